"""Characters that show nothing, put between the letters of a value.

Source: the property Default_Ignorable_Code_Point of the Unicode Character Database (UAX #44,
section 5.1), and the blanks that are none of them: the Braille pattern U+2800.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import Apply, Disguise, between

FAMILY: Final = "invisible"
_MATH: Final = "\u2061\u2062\u2063\u2064"
_SELECTORS: Final = "".join(map(chr, range(0xFE00, 0xFE10)))
_HIDDEN: Final = {
    "zero_width_space": "\u200b",
    "zero_width_non_joiner": "\u200c",
    "zero_width_joiner": "\u200d",
    "word_joiner": "\u2060",
    "byte_order_mark": "\ufeff",
    "soft_hyphen": "\u00ad",
    "invisible_math": _MATH,
    "grapheme_joiner": "\u034f",
    "hangul_filler": "\u3164\u115f\u1160\uffa0",
    "braille_blank": "\u2800",
    "variation_selector": _SELECTORS,
    "invisible_mixed": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f" + _MATH + _SELECTORS,
}


def hidden(chars: str) -> Apply:
    r"""Make the disguise that puts one to three of the characters between letters.

    >>> hidden("\u200b")("bomb", Random(3)).replace("\u200b", "")
    'bomb'
    """

    def apply(text: str, dice: Random) -> str:
        most = dice.choice((1, 1, 3))
        return between(text, dice, lambda: "".join(dice.choices(chars, k=dice.randint(1, most))))

    return apply


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    for name, chars in _HIDDEN.items():
        yield Disguise(name, FAMILY, hidden(chars))
