"""Attacks made from seeds, sent through a real guard, and what became of them.

An attack is caught if no character that carries the value is left: the reply is another one, or
what was cut covers the value from its first to its last carrying character.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from guardrail import Guard
from guardrail.disguises import DISGUISES, Kind
from guardrail.language.source import Source
from tests.evasion.carriers import CARRIERS
from tests.evasion.unseen import UNSEEN
from tests.evasion.values import KEYWORDS, PHRASES, TWINS, VALUES

POLICY = f"""edition 1

policy battery "What must not get out, in any disguise"
  on error treat as violation
  fallback withheld

list words   [{", ".join(f'"{word}"' for word in KEYWORDS)}]
list phrases [{", ".join(f'"{phrase}"' for phrase in PHRASES)}]
pattern project_code  = /\\bPRJ-\\d{{4}}-[A-Z]{{2}}\\b/
pattern internal_host = /\\b[a-z0-9-]+\\.corp\\.example\\.com\\b/i
detector personal = pii(entities: [EMAIL_ADDRESS, PHONE_NUMBER, CREDIT_CARD, IBAN_CODE])
detector keys     = secrets()

reply withheld "Nothing to see here."

rule no_words on output
  when text contains any words or text contains any phrases
  then redact

rule no_codes on output
  when text matches project_code or text matches internal_host
  then redact

rule no_personal_data on output
  when personal found
  then redact

rule no_keys on output
  when keys found
  then redact
"""


TECHNIQUES = {**DISGUISES, **{unseen.name: unseen for unseen in UNSEEN}}


@functools.cache
def guard() -> Guard:
    return Guard.load(Source("battery.guard", POLICY))


@dataclass(frozen=True, slots=True)
class Attack:
    """A disguised value in a carrier.

    `head` and `tail` are how many characters at its edges are the first disguise's markup, such
    as the bullets of a list, when a second one has been put over it.
    """

    names: tuple[str, ...]
    kind: Kind
    carrier: str
    value: str
    before: str
    disguised: str
    after: str
    head: int = 0
    tail: int = 0

    @property
    def text(self) -> str:
        return self.before + self.disguised + self.after


def attack(
    names: Sequence[str], kind: Kind, carrier: str, seed: object, *, is_twin: bool = False
) -> Attack | None:
    """Make an attack, or its benign twin; None if one of the disguises has nothing to do."""
    dice = Random(f"{seed} {kind} {carrier} {' '.join(names)}")
    value = shown = (TWINS if is_twin else VALUES)[kind](dice)
    edges = 0, 0
    for name in names:
        shown, bare = TECHNIQUES[name].apply(shown, dice), shown
        if shown == bare:
            return None
        if bare != value:
            edges = markup_at_edges(bare, len(shown) / len(bare), TECHNIQUES[name].family)
    return Attack(tuple(names), kind, carrier, value, *CARRIERS[carrier](shown, dice), *edges)


def markup_at_edges(text: str, grows: float, family: str) -> tuple[int, int]:
    """How long the markup at the edges of a disguised text is, once it has been disguised again."""
    head = len(_HEAD.match(text)[0])
    tail = len(text) - _TAIL.search(text).start()
    if family == "bidi":
        head = tail = max(head, tail)
    return tuple(math.ceil(edge * grows) + 3 if edge else 0 for edge in (head, tail))


_TAG = r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->"
_UNSEEN_MARKUP = (
    r"<span style=[^<>]*>[a-z]</span>|<i hidden>[a-z]</i>|\x1b\[[0-9]+m|\[/?(?:b|i|color)\]"
    r"|\(#[0-9]\)|\\textbf|\bString\.fromCharCode\b|\b(?:chr|CHAR)\b"
)
_MARKUP = re.compile(rf"{_UNSEEN_MARKUP}|{_TAG}|\bhxxps?\b|^\s*\d+\. ", re.MULTILINE)
_HEAD = re.compile(rf"(?:{_TAG}|hxxps?\b|\n\d+\. |[^\w<])*")
_TAIL = re.compile(rf"(?:{_TAG}|[^\w<>])*$")
_SILENT = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_CHANNEL = re.compile(
    "[\U000e0020-\U000e007e]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}|[\u2062\u2064]{8}"
)


def carries(rest: str, *, is_channel: bool) -> bool:
    """Say whether what is left of a disguised value still tells something of it."""
    if is_channel and _CHANNEL.search(rest):
        return True
    rest = rest.replace("\\n", "\n").replace("<br>", "\n")
    return any(char.isalnum() for char in _SILENT.sub("", _MARKUP.sub("", rest)))


CHANNELS = frozenset({"tags_encoded", "tags_interleaved", "selector_bytes", "invisible_bits"})
CAUGHT, WITHHELD, PARTLY, MISSED = "caught", "withheld", "partly", "missed"


def outcome(tried: Attack) -> str:
    """Say what became of an attack: caught, withheld as error, caught partly, or missed."""
    verdict = guard().check(tried.text)
    if verdict.replied or verdict.blocked:
        return WITHHELD
    start, end = len(tried.before), len(tried.before) + len(tried.disguised)
    spans = [span for fired in verdict.fired for span in fired.spans]
    spans = [span for span in spans if span.start < end and span.end > start]
    if not spans:
        return MISSED
    is_channel = any(name in CHANNELS for name in tried.names)
    left = any(
        carries(tried.text[a:b], is_channel=is_channel)
        for a, b in gaps(sorted((span.start, span.end) for span in spans), start, end)
        if not (a == start and b - a <= tried.head) and not (b == end and b - a <= tried.tail)
    )
    return PARTLY if left or tried.value.casefold() in verdict.output.casefold() else CAUGHT


def gaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what the spans leave of a stretch."""
    for first, last in spans:
        if start < first:
            yield start, first
        start = max(start, last)
    if start < end:
        yield start, end


def passes(tried: Attack) -> bool:
    """Say whether a benign text comes out byte for byte.

    What a detector says of the plain text is its own doing: a dump of bytes may look like a phone.
    """
    verdict = guard().check(tried.text)
    spans = [span for fired in verdict.fired for span in fired.spans]
    return verdict.output == tried.text or bool(spans and all(s.view == "plain" for s in spans))


def is_beyond_limits(tried: Attack) -> bool:
    """Say whether nothing is found, and the text hides more than the language lets a view undo.

    Runs of more than 256 invisible characters and more than three encodings are errors by rule.
    """
    verdict = guard().check(tried.text)
    kinds = {error.error for error in verdict.errors}
    return kinds == {"too much in disguise"} and not any(f.spans for f in verdict.fired)


def singles(
    seeds: Sequence[int], names: Iterable[str] = DISGUISES, *, is_twin: bool = False
) -> Iterator[Attack]:
    """Yield every technique on every kind it is for, in every carrier, once for each seed."""
    for name in names:
        disguise = TECHNIQUES[name]
        for kind in VALUES:
            for carrier in CARRIERS if kind in disguise.kinds else ():
                for seed in seeds:
                    made = attack((name,), kind, carrier, seed, is_twin=is_twin)
                    if made is not None:
                        yield made


def some_pairs(count: int, seed: int, *, is_twin: bool = False) -> Iterator[Attack]:
    """Yield attacks with two techniques, one after the other, chosen at random."""
    from guardrail.disguises import pairs

    dice = Random(seed)
    able = {kind: list(pairs(kind)) for kind in VALUES}
    while count:
        kind, carrier = dice.choice(list(VALUES)), dice.choice(list(CARRIERS))
        names = dice.choice(able[kind])
        made = attack(names, kind, carrier, dice.random(), is_twin=is_twin)
        if made is not None:
            count -= 1
            yield made


def plain(seeds: Sequence[int]) -> Iterator[Attack]:
    """Yield values without a disguise: what a disguise is measured against."""
    for kind, make in VALUES.items():
        for carrier, put in CARRIERS.items():
            for seed in seeds:
                dice = Random(f"{seed} {kind} {carrier}")
                value = make(dice)
                yield Attack(("plain",), kind, carrier, value, *put(value, dice))
