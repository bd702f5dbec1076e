"""The words for a syntax error: from a token that cannot stand there to one clear message.

In this order: what people are known to write at that place (`hints.py`), tokens that are wrong
anywhere (`bad_tokens.py`), words of other languages, words left out, misspelt or out of place,
and at last the tokens that could stand there, by their human names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, TypeAlias

from guardrail.language.bad_tokens import END, Failure, bad_token, shortened
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.hints import HINTS, INSTEAD, Hint
from guardrail.language.words import ACTIONS, CLAUSES, MODIFIERS, TOP_LEVEL

_LONG_WORD: Final = 6
"""From this length on, a misspelt word may begin with another letter than the right one."""

_ENUMERATED: Final = frozenset({"NAME", "STRING", "NUMBER"})

Place: TypeAlias = tuple[int, frozenset[str], str]
"""A parser state, what could stand there, and the kind of what does (or the very word).

The state alone does not tell the name of a list from that of a reply; what may follow does.
"""

Table: TypeAlias = Mapping[Place, str]
"""From the place of a mistake to the label of its hint."""


def table(fail: Callable[[str], Failure]) -> Table:
    """Return the table that the samples make; `fail` parses one and returns where it failed.

    Raises:
        ValueError: Two hints claim the same place.
    """
    entries: dict[Place, str] = {}
    for label, hint in HINTS.items():
        for sample in hint.samples:
            failure = fail(sample)
            place = _place(failure, exact=hint.by == "word")
            if entries.setdefault(place, label) != label:
                raise ValueError(f"{label} and {entries[place]} claim one place: {sample}")
    return entries


def explain(failure: Failure, entries: Table, keywords: Collection[str]) -> Diagnostic:
    """Return the message for a failure; `keywords` are all words of the language."""
    if diagnostic := _without_subject(failure) or _date(failure):
        return diagnostic
    exact = entries.get(_place(failure, exact=True))
    placed = entries.get(_place(failure, exact=False))
    if exact is None and failure.found.kind != "NAME":
        exact = placed
    if exact is not None:
        return _hinted(failure, HINTS[exact])
    if diagnostic := _glued(failure, keywords):
        return diagnostic
    for station in _STATIONS:
        if diagnostic := station(failure):
            return diagnostic
    if placed is not None and (HINTS[placed].at == "before" or failure.is_same_line):
        return _hinted(failure, HINTS[placed])
    return _expected(failure)


def _place(failure: Failure, *, exact: bool) -> Place:
    found = failure.found
    return failure.state, failure.accepts, f"word {found.text}" if exact else found.kind


def _hinted(failure: Failure, hint: Hint) -> Diagnostic:
    before = failure.before or failure.found
    span = before.span if hint.at == "before" else failure.found.span
    word, text = shortened(before.text), shortened(failure.found.text)
    message = hint.message.format(found=failure.shown, before=word)
    fix = hint.help.format(found=text, before=word, inside=failure.inside)
    return Diagnostic(hint.code, message, failure.source, Label(span), (), (fix,))


# ---------------------------------------------------------------- words


def _cannot(failure: Failure, meant: str) -> Diagnostic:
    return failure.report(f"{failure.shown} cannot stand here", note=f"did you mean `{meant}`?")


def _other_language(failure: Failure) -> Diagnostic | None:
    for meant in INSTEAD.get(failure.found.text.lower(), ()):
        kind = "COMPARE" if meant in "<>" else meant.split()[0]
        if kind in failure.accepts:
            return _cannot(failure, meant)
    return None


def _missing(failure: Failure) -> Diagnostic | None:
    """Return the message for a word that joins or introduces and was left out."""
    text, accepts, before = failure.found.text, failure.accepts, failure.before
    if before and before.text == "then" and {"found", "is"} <= accepts:
        return failure.report("a condition is missing before `then`", span=before.span)
    if text == "reason" and before and before.kind == "DATE":
        hint = f'write `reason "…" until {before.text}`'
        return failure.report("`reason` stands before `until`", hint)
    if text == "or" and {"and", "or"} & accepts == {"and"}:
        return failure.report("actions are joined with `and`, not with `or`")
    if text in {"text", "prompt", "not", "("}:
        if "or" in accepts:
            return failure.report(f"`and` or `or` is missing before `{text}`")
        if "when" in accepts:
            hint = "write `when` for what must not be, `require` for what must be"
            return failure.report("a condition starts with `when` or `require`", hint)
    if text in ACTIONS and "then" in accepts:
        word = "and" if {"and", "or"} & accepts == {"and"} else "then"
        return failure.report(f"`{word}` is missing before `{text}`", f"write `{word} {text}`")
    return None


def _without_subject(failure: Failure) -> Diagnostic | None:
    """Return the message for `contains` or `matches` where nothing says what does."""
    word, found = failure.before, failure.found.text
    if word is None or word.text not in {"contains", "matches"} or "found" not in failure.accepts:
        return None
    what = found
    if found in {"any", "all"}:
        what = " ".join([found, *re.findall(r"^\s*([\w.]+)", failure.rest)])
    hint = f"write `text {word.text} {shortened(what)}`"
    message = f"`{word.text}` needs `text` or `prompt` before it"
    return failure.report(message, hint, span=word.span)


_DATES: Final = (
    re.compile(r'"?(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b'),
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b"),
    re.compile(r"(?P<day>1[3-9]|2\d|3[01])[/-](?P<month>\d{1,2})[/-](?P<year>\d{4})\b"),
    re.compile(r"(?P<month>\d{1,2})[/-](?P<day>1[3-9]|2\d|3[01])[/-](?P<year>\d{4})\b"),
)
"""How people write dates, as far as day and month can be told apart."""


def _date(failure: Failure) -> Diagnostic | None:
    """Return the message for a date written otherwise."""
    if failure.accepts != {"DATE"}:
        return None
    for form in _DATES:
        if match := form.match(failure.found.text + failure.rest):
            written = f"{match['year']}-{match['month']:0>2}-{match['day']:0>2}"
            hint = f"write `until {written}`"
            return failure.report("a date is written year-month-day", hint, code="G015")
    return None


def _budget(failure: Failure) -> Diagnostic | None:
    """Return the message for a budget without its unit."""
    if failure.accepts != {"ms"} or failure.before is None:
        return None
    number = failure.before
    many = 1000 if failure.found.text in {"s", "sec", "second", "seconds"} else 1
    hint = f"write `budget {float(number.text) * many:g} ms`"
    return failure.report("a budget needs its unit, `ms`", hint, span=number.span)


def _unit(failure: Failure) -> Diagnostic | None:
    """Return the message for a unit behind the number of a comparison."""
    unit, before = failure.found, failure.before
    if before is None or before.kind != "NUMBER" or "or" not in failure.accepts:
        return None
    if unit.kind != "NAME" or not failure.is_same_line:
        return None
    hints = [f"leave {failure.shown} out"]
    if unit.text in {"words", "sentences", "characters"}:
        hints.append(f"the unit belongs to the detector: `length(unit: {unit.text})`")
    return failure.report("a number has no unit here", *hints)


def _raw_string(failure: Failure) -> Diagnostic | None:
    """Return the message for a pattern that is written as in Python."""
    if "REGEX" not in failure.accepts or failure.found.text.lower() not in {"r", "re", "rb"}:
        return None
    body = re.match(r"""(["'/])(.*)\1""", failure.rest)
    if body is None:
        return None
    slashed = body[2] if body[1] == "/" else re.sub(r"(?<!\\)/", r"\/", body[2])
    hint = f"write `/{shortened(slashed)}/`"
    return failure.report(f"a pattern has no {failure.shown} before it", hint)


def _misspelt(failure: Failure) -> Diagnostic | None:
    if not failure.found.text.isidentifier():
        return None
    words = sorted(kind for kind in failure.accepts if kind.islower())
    meant = _nearest(failure.found.text, words)
    return _cannot(failure, meant) if meant else None


def _nearest(text: str, words: Sequence[str]) -> str | None:
    """Return the word that `text` was probably meant to be."""
    text = text.lower()
    for close in get_close_matches(text, words, n=3, cutoff=0.7):
        if close[0] == text[0] or sorted(close) == sorted(text) or len(text) >= _LONG_WORD:
            return close
    return None


@lru_cache(maxsize=1024)
def is_misspelt_head(word: str) -> bool:
    """Whether a word is nearly one that begins a declaration.

    >>> is_misspelt_head("ruel"), is_misspelt_head("then")
    (True, False)
    """
    return _nearest(word, TOP_LEVEL) is not None


def _misplaced(failure: Failure) -> Diagnostic | None:
    """Return the message for a clause that belongs elsewhere, after a whole declaration."""
    word, inside = failure.found.text, failure.inside
    if END not in failure.accepts:
        return None
    if word == "edition":
        return failure.report("`edition` stands once, at the start of a file", "leave it out here")
    if word in MODIFIERS and inside == "rule":
        return failure.report(
            f"`{word}` stands in the head of a rule, before its clauses",
            "write it after `on output`, `on input` or `on both`",
        )
    owners = [owner for owner, clauses in CLAUSES.items() if word in clauses]
    if not owners or inside in owners:
        return None
    this = f", this is a {inside}" if inside else ""
    return failure.report(f"`{word}` belongs in a {' or a '.join(owners)}{this}")


def _comma(failure: Failure) -> Diagnostic | None:
    """Return the message for a comma left out, in brackets or on one line."""
    before, found = failure.before, failure.found
    if before is None or "," not in failure.accepts or found.kind not in _ENUMERATED:
        return None
    if failure.opened is None and not failure.is_same_line:
        return None
    hint = f"write `{shortened(before.text)}, {shortened(found.text)}`"
    return failure.report(f"a comma is missing before {failure.shown}", hint)


def _glued(failure: Failure, keywords: Collection[str]) -> Diagnostic | None:
    text = failure.found.text
    for first in sorted(failure.accepts):
        rest = text.removeprefix(first)
        if rest != text and rest in keywords:
            return failure.report(
                f"a space is missing in {failure.shown}", f"write `{first} {rest}`"
            )
    return None


_STATIONS: Final = (
    bad_token,
    _raw_string,
    _other_language,
    _budget,
    _missing,
    _misspelt,
    _unit,
    _misplaced,
    _comma,
)
"""Who is asked for the words of a mistake that has no hint, in this order."""


# ---------------------------------------------------------------- what could stand there

_ACTIONS: Final = ("flag", "redact", "append", "rewrite", "replace", "block", "escalate")

_KINDS: Final = {
    "NAME": "a name",
    "STRING": "a string",
    "NUMBER": "a number",
    "DATE": "a date such as `2027-01-31`",
    "REGEX": "a pattern such as `/[a-z]+/`",
    "COMPARE": "a comparison such as `>=`",
    END: "the end of the file",
}

_GROUPS: Final = (
    (frozenset(TOP_LEVEL[1:]) | {END}, "another declaration"),
    (CLAUSES["rule"], "a clause of the rule"),
    (CLAUSES["policy"], "a clause of the policy"),
    (ACTIONS, "an action"),
)


def _expected(failure: Failure) -> Diagnostic:
    """Return the message that lists what could stand there."""
    rest, groups = set(failure.accepts), []
    for members, name in _GROUPS:
        if members <= rest:
            rest -= members
            groups.append(name)
    kinds = [name for kind, name in _KINDS.items() if kind in rest]
    if len(rest) > 1:
        rest -= {".", "at"}
    texts = sorted(rest - _KINDS.keys(), key=lambda text: (text.isalpha(), text))
    names = [*kinds, *(f"`{text}`" for text in texts), *reversed(groups)]
    hints = []
    if failure.accepts == {"STRING"} and failure.found.kind in {"NAME", "NUMBER"}:
        hints.append('a string stands in double quotes: `"…"`')
    if names == ["an action"]:
        hints.append(f"an action is {_alternatives([f'`{word}`' for word in _ACTIONS])}")
    if names == ["another declaration"]:
        declarations = _alternatives([f"`{word}`" for word in TOP_LEVEL[1:]])
        hints.append(f"a declaration starts with {declarations}")
    message = f"expected {_alternatives(names)}, found {failure.shown}"
    return replace(failure.report(message, *hints), others=_open_end(failure))


def _open_end(failure: Failure) -> tuple[Label, ...]:
    """Return what is unfinished where a declaration or clause begins too early."""
    ends = failure.found.kind == END or any(failure.found.text in one for one in CLAUSES.values())
    if ends and failure.opened is not None:
        return (Label(failure.opened, "still open"),)
    if failure.found.kind == END and failure.found.text and failure.before is not None:
        return (Label(failure.before.span, "expected after this"),)
    return ()


def _alternatives(names: list[str]) -> str:
    """Return names in a row.

    >>> _alternatives(["a string", "`,`", "`]`"])
    'a string, `,` or `]`'
    """
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
