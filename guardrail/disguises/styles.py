"""Letters and digits in another style or of another script.

Sources: compatibility decompositions of the Unicode Character Database (UAX #15; blocks Halfwidth
and Fullwidth Forms, Mathematical Alphanumeric Symbols, Enclosed Alphanumerics, Superscripts and
Subscripts, Phonetic Extensions); decimal digits of other scripts (general category Nd, UAX #44).
"""

from __future__ import annotations

import functools
import string
import unicodedata
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from guardrail.disguises.base import ALL, LETTERED, NUMBERED, Apply, Disguise, Kind, mapped, outside

FAMILY: Final = "style"
_MATH: Final = {
    "math_bold": "BOLD",
    "math_italic": "ITALIC",
    "math_script": "SCRIPT",
    "math_bold_script": "BOLD SCRIPT",
    "math_fraktur": "FRAKTUR",
    "math_double_struck": "DOUBLE-STRUCK",
    "math_sans": "SANS-SERIF",
    "math_sans_bold": "SANS-SERIF BOLD",
    "math_monospace": "MONOSPACE",
}
_LETTERLIKE: Final = {
    "ITALIC": {"h": "\u210e"},
    "SCRIPT": {
        "B": "\u212c", "E": "\u2130", "F": "\u2131", "H": "\u210b", "I": "\u2110", "L": "\u2112",
        "M": "\u2133", "R": "\u211b", "e": "\u212f", "g": "\u210a", "o": "\u2134",
    },
    "FRAKTUR": {"C": "\u212d", "H": "\u210c", "I": "\u2111", "R": "\u211c", "Z": "\u2128"},
    "DOUBLE-STRUCK": {
        "C": "\u2102", "H": "\u210d", "N": "\u2115", "P": "\u2119", "Q": "\u211a", "R": "\u211d",
        "Z": "\u2124",
    },
}  # fmt: skip
"""Letters that had a place elsewhere when the mathematical block was made."""

_DIGITS: Final = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
_SCRIPTS: Final = {
    "digits_arabic": (0x0660, 0x06F0),
    "digits_indic": (0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66),
    "digits_other": (0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xA9D0, 0x104A0),
}


def _named(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


def _math(style: str) -> dict[str, str]:
    forms = dict(_LETTERLIKE.get(style, {}))
    for char in string.ascii_letters:
        size = "CAPITAL" if char.isupper() else "SMALL"
        forms.setdefault(char, _named(f"MATHEMATICAL {style} {size} {char.upper()}"))
    for digit, name in enumerate(_DIGITS):
        forms[str(digit)] = _named(f"MATHEMATICAL {style} DIGIT {name}")
    return {char: form for char, form in forms.items() if form}


def _full_width() -> dict[str, str]:
    return {" ": "\u3000"} | {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


def _circled() -> dict[str, str]:
    upper = {char: chr(0x24B6 + at) for at, char in enumerate(string.ascii_uppercase)}
    lower = {char: chr(0x24D0 + at) for at, char in enumerate(string.ascii_lowercase)}
    digits = {str(digit): chr(0x2460 + digit - 1) for digit in range(1, 10)}
    return upper | lower | digits | {"0": "\u24ea"}


def _superscript() -> dict[str, str]:
    lower = dict(zip(
        "abcdefghijklmnoprstuvwxyz",
        "\u1d43\u1d47\u1d9c\u1d48\u1d49\u1da0\u1d4d\u02b0\u2071\u02b2\u1d4f\u02e1\u1d50\u207f\u1d52\u1d56\u02b3\u02e2\u1d57\u1d58\u1d5b\u02b7\u02e3\u02b8\u1dbb",
        strict=True,
    ))  # fmt: skip
    upper = dict(zip(
        "ABDEGHIJKLMNOPRTUW",
        "\u1d2c\u1d2e\u1d30\u1d31\u1d33\u1d34\u1d35\u1d36\u1d37\u1d38\u1d39\u1d3a\u1d3c\u1d3e\u1d3f\u1d40\u1d41\u1d42",
        strict=True,
    ))  # fmt: skip
    digits = {str(digit): chr(0x2070 + digit) for digit in range(10)}
    digits |= {"1": "\u00b9", "2": "\u00b2", "3": "\u00b3"}
    return lower | upper | digits


def _subscript() -> dict[str, str]:
    lower = dict(zip(
        "aehijklmnoprstuvx",
        "\u2090\u2091\u2095\u1d62\u2c7c\u2096\u2097\u2098\u2099\u2092\u209a\u1d63\u209b\u209c\u1d64\u1d65\u2093",
        strict=True,
    ))  # fmt: skip
    return lower | {str(digit): chr(0x2080 + digit) for digit in range(10)}


def _digits(zeros: Sequence[int]) -> Apply:
    def apply(text: str, dice: Random) -> str:
        zero = dice.choice(zeros)
        return text.translate({ord("0") + digit: zero + digit for digit in range(10)})

    return outside(apply)


def _instead(digit: str, letter: str) -> Apply:
    return mapped({digit: letter})


@functools.cache
def tables() -> dict[str, dict[str, str]]:
    r"""Return what each style makes of each ASCII character it has a form for.

    >>> tables()["circled"]["a"] == "\u24d0"
    True
    """
    return {
        "full_width": _full_width(),
        "circled": _circled(),
        "superscript": _superscript(),
        "subscript": _subscript(),
        **{name: _math(style) for name, style in _MATH.items()},
    }


_COUNTED: Final[frozenset[Kind]] = frozenset({"phone", "card", "iban"})
"""Digits alone are there, so that a letter among them is read as the digit it looks like."""


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    for name, table in tables().items():
        yield Disguise(name, FAMILY, mapped(table), ALL if "1" in table else LETTERED)
    for name, zeros in _SCRIPTS.items():
        yield Disguise(name, FAMILY, _digits(zeros), NUMBERED)
    yield Disguise("letter_for_zero", FAMILY, _instead("0", "Oo"), _COUNTED, is_reading=True)
    yield Disguise("letter_for_one", FAMILY, _instead("1", "lI"), _COUNTED, is_reading=True)
