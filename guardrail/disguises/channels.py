"""Hidden channels: characters that show nothing and carry a text of their own.

Sources: the Tags block (Unicode 15.1, section 23.9: U+E0020-U+E007E mirror ASCII); bytes in
variation selectors (P. Butler, "Smuggling arbitrary data through an emoji", 2025: VS1-16 are the
bytes 0-15, VS17-256 the bytes 16-255); bits in invisible operators ("Sneaky Bits", J. Rehberger,
2025: U+2062 is 0, U+2064 is 1, eight a byte).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import Disguise, between

FAMILY: Final = "channel"
_COVERS: Final = ("\U0001f600", "\U0001f44d", "\u2728", "...", ":")
"""What the reader sees in place of the text."""

_TAGS: Final = 0xE0000
_FEW: Final = 16
"""The first block has so many variation selectors; the others stand in another plane."""


def as_tags(text: str) -> str:
    r"""Write the ASCII characters as tags.

    >>> as_tags("a") == "\U000e0061"
    True
    """
    return "".join(chr(_TAGS + ord(char)) if " " <= char <= "~" else char for char in text)


def _tags_encoded(text: str, dice: Random) -> str:
    """Write a text in tags; there are none for what is not ASCII."""
    if not text.isascii() or not text.isprintable():
        return text
    return dice.choice(_COVERS) + as_tags(text)


def _tags_interleaved(text: str, dice: Random) -> str:
    noise = [chr(_TAGS + code) for code in range(0x61, 0x7B)]
    return between(text, dice, lambda: dice.choice(noise))


def as_selectors(text: str) -> str:
    r"""Write the UTF-8 bytes as variation selectors.

    >>> as_selectors("\x0fa") == "\ufe0f\U000e0151"
    True
    """
    return "".join(chr(0xFE00 + b if b < _FEW else 0xE0100 + b - _FEW) for b in text.encode())


def _selector_bytes(text: str, dice: Random) -> str:
    return dice.choice(_COVERS[:3]) + as_selectors(text)


def as_bits(text: str, zero: str = "\u2062", one: str = "\u2064") -> str:
    """Write the bits of the UTF-8 bytes, highest first.

    >>> as_bits("a", "0", "1")
    '01100001'
    """
    bits = "".join(f"{byte:08b}" for byte in text.encode())
    return bits.translate({ord("0"): zero, ord("1"): one})


def _invisible_bits(text: str, dice: Random) -> str:
    return dice.choice(_COVERS) + as_bits(text)


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    yield Disguise("tags_encoded", FAMILY, _tags_encoded, is_hiding=True)
    yield Disguise("tags_interleaved", FAMILY, _tags_interleaved)
    yield Disguise("selector_bytes", FAMILY, _selector_bytes, is_hiding=True)
    yield Disguise("invisible_bits", FAMILY, _invisible_bits, is_hiding=True)
