"""Marks on letters: accents, piles of them, and lines through the text.

Source: general categories Mn and Me (UAX #44); blocks Combining Diacritical Marks, its
Extensions and Supplement, Combining Diacritical Marks for Symbols.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import Apply, Disguise, markup, some

FAMILY: Final = "mark"
_ACCENTS: Final = (
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328\u0331"
)
_PILE: Final = "".join(map(chr, (*range(0x0300, 0x034F), *range(0x0350, 0x0370))))
_STROKES: Final = "\u0335\u0336\u0337\u0338\u0332\u0333\u20d2\u20d3\u20e5"


def _marked(text: str, dice: Random, make: Apply) -> str:
    is_markup = markup(text)
    places = [at for at, char in enumerate(text) if char.isalnum() and not is_markup[at]]
    chosen = set(some(places, dice))
    return "".join(make(char, dice) if at in chosen else char for at, char in enumerate(text))


def _accent(char: str, dice: Random) -> str:
    made = char + dice.choice(_ACCENTS)
    return unicodedata.normalize("NFC", made) if dice.random() < 0.8 else made  # noqa: PLR2004


def _diacritics(text: str, dice: Random) -> str:
    return _marked(text, dice, _accent)


def _zalgo(text: str, dice: Random) -> str:
    most = dice.choice((2, 4, 8))
    return _marked(text, dice, lambda c, d: c + "".join(d.choices(_PILE, k=d.randint(1, most))))


def _struck(text: str, dice: Random) -> str:
    mark = dice.choice(_STROKES)
    is_markup = markup(text)
    return "".join(
        char if in_tag or char == "\n" else char + mark
        for char, in_tag in zip(text, is_markup, strict=True)
    )


def disguises() -> Iterator[Disguise]:
    r"""Yield the disguises of this family.

    >>> [disguise.name for disguise in disguises()]
    ['diacritics', 'zalgo', 'strike_through']
    """
    yield Disguise("diacritics", FAMILY, _diacritics)
    yield Disguise("zalgo", FAMILY, _zalgo)
    yield Disguise("strike_through", FAMILY, _struck)
