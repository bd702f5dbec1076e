"""What a disguise is, and the few moves that all of them are made of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["keyword", "phrase", "pattern", "email", "phone", "card", "iban", "key"]
"""What a value is: list entry of one word or several, match of a pattern, personal data, secret."""

Apply: TypeAlias = Callable[[str, Random], str]

KINDS: Final[tuple[Kind, ...]] = (
    "keyword", "phrase", "pattern", "email", "phone", "card", "iban", "key",
)  # fmt: skip
ALL: Final = frozenset(KINDS)
WORDS: Final[frozenset[Kind]] = frozenset({"keyword", "phrase"})
NUMBERED: Final[frozenset[Kind]] = frozenset({"pattern", "phone", "card", "iban", "key"})
"""Kinds whose values have digits."""

LETTERED: Final[frozenset[Kind]] = ALL - {"phone", "card"}
"""Kinds whose values have letters."""

BUILT_IN: Final[frozenset[Kind]] = frozenset({*WORDS, "email", "phone", "card", "iban", "key"})
"""All but patterns: what views with letters joined, words respelled and ciphers are for."""


@dataclass(frozen=True, slots=True)
class Disguise:
    r"""One way to write a text so that people still read or decode it and plain rules do not.

    `apply(text, dice)` gives the disguised text; the same dice give the same text, and a text
    with nothing to disguise comes back as it is. `kinds` are the values it makes sense for.
    `is_hiding` says that nobody reads the result without decoding it; `is_reading` that its
    reader must recognize what was there, so that it never comes after one that hides;
    `is_breaking` that it starts new lines, where the scope of directional controls ends.

    >>> from random import Random
    >>> from guardrail.disguises import DISGUISES
    >>> DISGUISES["entity_decimal"].apply("bomb", Random(1))
    '&#98;&#111;&#109;&#98;'
    """

    name: str
    family: str
    apply: Apply
    kinds: frozenset[Kind] = ALL
    is_hiding: bool = False
    is_reading: bool = False
    is_breaking: bool = False

    def can_follow(self, first: Disguise) -> bool:
        """Say whether this one makes sense on a text that has the first one on."""
        if first is self or (first.is_hiding and self.is_reading):
            return False
        return not (first.family == "bidi" and (self.family == "bidi" or self.is_breaking))


def whole(change: Callable[[str], str]) -> Apply:
    """Make a disguise of a function of the text alone."""
    return lambda text, _: change(text)


def mapped(table: Mapping[str, Sequence[str]]) -> Apply:
    """Make a disguise that replaces characters, each by one of its forms: all of them, or some."""

    def apply(text: str, dice: Random) -> str:
        is_markup = markup(text)
        places = [at for at, char in enumerate(text) if char in table and not is_markup[at]]
        chosen = set(some(places, dice))
        return "".join(
            dice.choice(table[char]) if at in chosen else char for at, char in enumerate(text)
        )

    return apply


def markup(text: str) -> Sequence[bool]:
    """Say of each character whether it belongs to a tag, a comment or the number of an item.

    Whoever stacks disguises leaves the markup of the first one working.
    """
    found = bytearray(len(text))
    for mark in _MARKUP.finditer(text):
        found[mark.start() : mark.end()] = b"\1" * len(mark[0])
    return [bool(flag) for flag in found]


def outside(apply: Apply) -> Apply:
    """Apply a disguise to what stands between markup only."""

    def kept(text: str, dice: Random) -> str:
        parts = _MARKUP.split(text)
        marks = [*_MARKUP.findall(text), ""]
        return "".join(apply(p, dice) + mark for p, mark in zip(parts, marks, strict=True))

    return kept


def some(places: Sequence[int], dice: Random) -> list[int]:
    """Choose some of the places: at least one, and as often as not all of them."""
    share = dice.choice((0.35, 0.7, 1.0, 1.0))
    chosen = [place for place in places if dice.random() < share]
    return chosen or ([dice.choice(places)] if places else [])


_TAG: Final = r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->"
_MARKUP: Final = re.compile(rf"{_TAG}|^(?:[-+*]|\d+\.) ", re.MULTILINE)
_CLUSTER: Final = re.compile(
    rf"(?s:(?:{_TAG})*(?:[\U0001f1e6-\U0001f1ff]{{2}}|.)(?:{_TAG}|["
    r"\u00ad\u0300-\u036f\u0483-\u0489\u115f\u1160\u200b-\u200d\u202a-\u202e\u2060-\u2064"
    r"\u2066-\u2069\u20d0-\u20ff\ufe00-\ufe0f\ufeff\U000e0020-\U000e007f"
    r"\U000e0100-\U000e01ef])*)"
)


def letters(text: str) -> list[str]:
    r"""Return the text in what its reader takes for letters: marks and tags stay with theirs.

    >>> letters("b<b>o</b>m")
    ['b<b>', 'o</b>', 'm']
    """
    return _CLUSTER.findall(text)


def pieces(text: str, dice: Random, most: int = 3) -> list[str]:
    """Cut the text in two or more pieces, none of them empty; one letter stays whole."""
    found = letters(text)
    count = min(len(found), dice.randint(2, most))
    cuts = [0, *sorted(dice.sample(range(1, len(found)), count - 1)), len(found)] if found else []
    return ["".join(found[a:b]) for a, b in itertools.pairwise(cuts)]


def between(text: str, dice: Random, make: Callable[[], str]) -> str:
    """Put something between the letters: at some places, or at all of them."""
    found = letters(text)
    chosen = set(some(range(1, len(found)), dice))
    return "".join((make() if at in chosen else "") + letter for at, letter in enumerate(found))
