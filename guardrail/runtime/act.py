"""The only file that changes text: cuts, appended replies, canned replies."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from guardrail.errors import ReplyTypeError
from guardrail.plan.plan import Plan
from guardrail.runtime.decide import Decision, Effect, findings
from guardrail.text.normal_values import normal_value
from guardrail.values import Action, Outcome, Span

WITHHELD: Final = "This reply was withheld."
"""What the user sees when a reply is withheld and the policy names no text for it."""

_PLACEHOLDER: Final = re.compile(r"\{(type|last4|hash|n)\}")
_FILLINGS: Final = {"last4": r"(?:[^\W_]{4}|\*{4})", "n": "[0-9]+", "hash": "[0-9a-f]{16}"}
_LAST4_LENGTH: Final = 4
_LAST4_MINIMUM: Final = 8


class Conversation:
    """The pseudonym numbers of one conversation: the same value keeps its number.

    Pass one to every `check` of a conversation. It keeps keyed digests of the values, never the
    values themselves, and may be shared by threads. A `Vault` keeps the values too.

    >>> numbers = Conversation()
    >>> numbers.number("a@example.org", "EMAIL_ADDRESS"), numbers.number("A@example.org", "EMAIL_ADDRESS")
    (1, 1)
    """  # noqa: E501

    def __init__(self) -> None:
        self._numbers: dict[str, dict[bytes, int]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Conversation(values={sum(map(len, list(self._numbers.values())))})"

    @functools.cached_property
    def _key(self) -> bytes:
        return secrets.token_bytes(32)

    def number(self, value: str, type: str) -> int:  # noqa: A002
        """Return the number of a value among the values of its type, counted from 1."""
        with self._lock:
            digest = _digest(self._key, value, type)
            numbers = self._numbers.setdefault(type, {})
            return numbers.setdefault(digest, len(numbers) + 1)

    def keep(self, template: str, type: str, shown: str, value: str) -> None:  # noqa: A002
        """Take note of what stands in the place of a value; a conversation keeps nothing."""


_NO_NUMBERS: Final = Conversation()
"""For cuts in which no value gets a number."""


class Vault(Conversation):
    """A conversation that can put values back where their pseudonyms stand.

    It keeps what was cut in memory, until it is dropped or told to `forget`; it cannot be pickled
    or copied, and shows no value. A value comes back the way it was first written, and only where
    a pseudonym of its own stands: one of a template with `{n}` or `{hash}`, and more than a bare
    number, that stands for no other value.

    >>> vault = Vault()
    >>> vault.keep("<{type}_{n}>", "MAIL", "<MAIL_1>", "a@example.org")
    >>> vault.restore("Written to <MAIL_1>, not <MAIL_2>."), vault
    ('Written to a@example.org, not <MAIL_2>.', Vault(values=1))
    """

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, tuple[bytes, str | None]] = {}
        self._shapes: dict[str, None] = {}
        self._shape: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"Vault(values={len(self._values)})"

    def __getstate__(self) -> object:
        raise TypeError("a vault cannot be copied or pickled: it holds the values it hides")

    def keep(self, template: str, type: str, shown: str, value: str) -> None:  # noqa: A002
        """Keep the value that a pseudonym stands for; two values make it stand for none."""
        if not _is_pseudonym(template):
            return
        shape = _shape(template, type)
        with self._lock:
            digest = _digest(self._key, value, type)
            known, _ = self._values.setdefault(shown, (digest, value))
            if known != digest:
                self._values[shown] = (known, None)
            if shape not in self._shapes:
                self._shapes[shape] = None
                longest_first = sorted(self._shapes, key=len, reverse=True)
                self._shape = re.compile("|".join(longest_first))

    def restore(self, text: str) -> str:
        """Return a text with the values in the place of their pseudonyms.

        The result is as private as the values: it is for the one who may see them all.

        Raises:
            ReplyTypeError: `text` is not text.
        """
        if not isinstance(text, str):
            raise ReplyTypeError("the text to restore", text)
        with self._lock:
            if self._shape is None:
                return text
            return self._shape.sub(self._value, text)

    def forget(self) -> None:
        """Forget all values; their numbers stay taken."""
        with self._lock:
            self._values.clear()

    def _value(self, match: re.Match[str]) -> str:
        _, value = self._values.get(match[0], (b"", None))
        return match[0] if value is None else value


def _is_pseudonym(template: str) -> bool:
    """Tell whether a template tells values apart, and cannot be taken for any other number."""
    return "{hash}" in template or ("{n}" in template and template.strip() != "{n}")


def _shape(template: str, type_: str) -> str:
    """Return what a template looks like when it is filled in, as an expression."""
    fillings = {"type": re.escape(type_), **_FILLINGS}
    parts = _PLACEHOLDER.split(template)  # text, placeholder, text, placeholder, …, text
    filled = "".join(fillings[part] if at % 2 else re.escape(part) for at, part in enumerate(parts))
    sample = _PLACEHOLDER.sub(lambda found: type_ if found[1] == "type" else "0", template)
    before = r"(?<!\w)" if re.match(r"\w", sample) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", sample) else ""
    return before + filled + after


def _digest(key: bytes, value: str, type_: str) -> bytes:
    normal = normal_value(value, type_).encode("utf-8", "surrogatepass")
    return hmac.new(key, type_.encode() + b"\0" + normal, hashlib.sha256).digest()


class Cut(NamedTuple):
    """A stretch to cut and what stands there instead; `span` is the finding that names it."""

    start: int
    end: int
    span: Span
    template: str


def redact(
    text: str,
    decision: Decision,
    outcomes: Sequence[Outcome],
    *,
    conversation: Conversation | None = None,
    hash_key: bytes | None = None,
) -> str:
    """Return the text with the findings of every redaction cut out."""
    return redacted(text, [*found_by(decision, outcomes)], conversation, hash_key)


def redacted(
    text: str,
    found_by: Sequence[tuple[Effect, Span]],
    conversation: Conversation | None,
    hash_key: bytes | None,
) -> str:
    """Return the text with these findings cut out, each by its redaction."""
    if len(found_by) == 1 and conversation is None:
        effect, span = found_by[0]
        shown = _of_type(effect.template or "", span.type)
        if shown is not None:  # most often
            return f"{text[: span.start]}{shown}{text[span.end :]}"
    cuts = merged_cuts(found_by)
    if not cuts:
        return text
    numbers = conversation
    if numbers is None:
        has_numbers = any("{n}" in cut.template for cut in cuts)
        numbers = Conversation() if has_numbers else _NO_NUMBERS
    return redacted_part(text, cuts, 0, len(text), numbers, hash_key)


def redacted_part(
    text: str,
    cuts: Sequence[Cut],
    start: int,
    end: int,
    numbers: Conversation,
    hash_key: bytes | None,
) -> str:
    """Return a part of a text in which the cuts lie, with what stands in their place."""
    pieces: list[str] = []
    for cut in cuts:
        pieces += (text[start : cut.start], _fill(text, cut, numbers, hash_key))
        start = cut.end
    return "".join((*pieces, text[start:end]))


def found_by(decision: Decision, outcomes: Sequence[Outcome]) -> Iterator[tuple[Effect, Span]]:
    """Yield the findings that are to be cut, each with the redaction that cuts it."""
    for effect in decision.effects:
        if effect.template is not None:
            for span in findings(effect, outcomes):
                yield effect, span


def merged_cuts(found_by: Iterable[tuple[Effect, Span]]) -> list[Cut]:
    """Merge findings that share a character, transitively; touching ones stay apart.

    Label and template come from the finding of higher severity, then the longer one, then by rule
    name and type.
    """
    found = sorted(
        (span.start, span.end, _precedence(effect, span), span, effect.template or "")
        for effect, span in found_by
    )
    cuts: list[Cut] = []
    best: tuple[int, int, str, str] | None = None
    for start, end, precedence, span, template in found:
        if cuts and best is not None and start < cuts[-1].end:
            last = cuts[-1]
            end = max(last.end, end)  # noqa: PLW2901
            if best <= precedence:
                span, template = last.span, last.template  # noqa: PLW2901
            best = min(best, precedence)
            cuts[-1] = Cut(last.start, end, span, template)
        else:
            cuts.append(Cut(start, end, span, template))
            best = precedence
    return cuts


def _precedence(effect: Effect, span: Span) -> tuple[int, int, str, str]:
    return (-effect.rule.severity, span.start - span.end, effect.rule.name, span.type)


def _fill(text: str, cut: Cut, numbers: Conversation, hash_key: bytes | None) -> str:
    value, type_ = text[cut.span.start : cut.span.end], cut.span.type
    shown = _of_type(cut.template, type_)
    if shown is not None:
        numbers.keep(cut.template, type_, shown, value)
        return shown

    def placeholder(match: re.Match[str]) -> str:
        match match[1]:
            case "type":
                return type_
            case "last4":
                return _last4(value)
            case "n":
                return str(numbers.number(value, type_))
            case _:
                return _digest(hash_key or b"", value, type_).hex()[:16]

    shown = _PLACEHOLDER.sub(placeholder, cut.template)
    numbers.keep(cut.template, type_, shown, value)
    return shown


def _of_type(template: str, type_: str) -> str | None:
    """Return what stands for any value of a type, None if that depends on the value.

    >>> _of_type("<{type}>", "EMAIL"), _of_type("<{type}_{n}>", "EMAIL")
    ('<EMAIL>', None)
    """
    if "{" in type_:  # it would be taken for a placeholder
        return None
    shown = template.replace("{type}", type_)
    return None if "{" in shown else shown


def _last4(value: str) -> str:
    kept = [character for character in value if character.isalnum()]
    return "".join(kept[-_LAST4_LENGTH:]) if len(kept) >= _LAST4_MINIMUM else "*" * _LAST4_LENGTH


def append(text: str, plan: Plan, decision: Decision) -> str:
    """Add the replies of the `append` effects, highest severity first, equal texts once."""
    names = [effect.append for effect in decision.effects if effect.append is not None]
    for reply in dict.fromkeys(map(plan.replies.__getitem__, names)) if names else ():
        text = f"{text}\n\n{reply}" if text else reply
    return text


def canned(plan: Plan, effect: Effect) -> tuple[str, str | None]:
    """Return text and name of the reply of a replace or block."""
    name = effect.reply or plan.fallback
    return (WITHHELD, None) if name is None else (plan.replies[name], name)


def output(
    text: str, plan: Plan, decision: Decision, redacted: Callable[[], str]
) -> tuple[str, str | None]:
    """Return the output of a decision and the name of the canned reply it used.

    A rewrite gives what stands when nobody can be asked: its `otherwise` reply.
    """
    leader = decision.leader
    if leader is None or leader.action is Action.FLAG:
        return text, None
    if leader.action >= Action.REPLACE:
        return canned(plan, leader)
    if leader.rewriter is not None:
        name = plan.rewriters[leader.rewriter].otherwise
        return plan.replies[name], name
    return append(redacted(), plan, decision), None
