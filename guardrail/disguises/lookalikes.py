"""Letters of other scripts that pass for Latin ones.

Sources: confusables of UTS #39 (Unicode Security Mechanisms); the substitution lists of homograph
generators (dnstwist, codebox.net), which have a few more that people accept in a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guardrail.disguises.base import Disguise, mapped

FAMILY: Final = "lookalike"
_CYRILLIC: Final = {
    "a": "\u0430", "c": "\u0441", "d": "\u0501", "e": "\u0435", "h": "\u04bb", "i": "\u0456",
    "j": "\u0458", "l": "\u04cf", "o": "\u043e", "p": "\u0440", "q": "\u051b", "s": "\u0455",
    "w": "\u051d", "x": "\u0445", "y": "\u0443", "A": "\u0410", "B": "\u0412", "C": "\u0421",
    "E": "\u0415", "H": "\u041d", "I": "\u0406", "J": "\u0408", "K": "\u041a", "M": "\u041c",
    "O": "\u041e", "P": "\u0420", "S": "\u0405", "T": "\u0422", "X": "\u0425", "Y": "\u04ae",
    "3": "\u0417", "0": "\u041e", "6": "\u0431",
}  # fmt: skip
_GREEK: Final = {
    "a": "\u03b1", "i": "\u03b9", "k": "\u03ba", "o": "\u03bf", "p": "\u03c1", "t": "\u03c4",
    "u": "\u03c5", "v": "\u03bd", "x": "\u03c7", "y": "\u03b3", "j": "\u03f3", "c": "\u03f2",
    "A": "\u0391", "B": "\u0392", "E": "\u0395", "Z": "\u0396", "H": "\u0397", "I": "\u0399",
    "K": "\u039a", "M": "\u039c", "N": "\u039d", "O": "\u039f", "P": "\u03a1", "T": "\u03a4",
    "X": "\u03a7", "Y": "\u03a5", "F": "\u03dc", "0": "\u039f",
}  # fmt: skip
_OTHER: Final = {
    "n": "\u0578", "u": "\u057d", "h": "\u0570", "g": "\u0581", "o": "\u0585", "q": "\u0566",
    "s": "\ua731", "i": "\u0131", "D": "\u13a0", "R": "\u13a1", "G": "\u13c0", "L": "\u13de",
    "V": "\u13d9", "W": "\u13b3", "Z": "\u13c3", "S": "\u13da", "U": "\u054d", "e": "\u212e",
}  # fmt: skip
"""Armenian, Cherokee, and Latin letters that are none of ASCII."""


def _mixed() -> dict[str, str]:
    tables = (_CYRILLIC, _GREEK, _OTHER)
    chars = {char for table in tables for char in table}
    return {char: "".join(table.get(char, "") for table in tables) for char in sorted(chars)}


def disguises() -> Iterator[Disguise]:
    r"""Yield the disguises of this family.

    >>> from random import Random
    >>> next(disguises()).apply("pop", Random(0)) == "\u0440\u043e\u0440"
    True
    """
    yield Disguise("cyrillic", FAMILY, mapped(_CYRILLIC))
    yield Disguise("greek", FAMILY, mapped(_GREEK))
    yield Disguise("mixed_scripts", FAMILY, mapped(_mixed()))
