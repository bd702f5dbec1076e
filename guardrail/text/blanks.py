"""Blanks and dashes beyond ASCII, which are read as the ones that ASCII has."""

from __future__ import annotations

from typing import Final

ODD_BLANKS: Final = "\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Blanks of the general category Zs."""

ODD_DASHES: Final = "\u2212\ufe58\ufe63\uff0d" + "".join(map(chr, range(0x2010, 0x2016)))
"""Dashes that are written with Latin letters, typographic ones too, and the minus sign."""
