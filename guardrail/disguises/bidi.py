"""Directional controls: what is stored in one order and shown in another.

Sources: the Unicode Bidirectional Algorithm (UAX #9: explicit overrides X4-X5, isolates X5a-X5c);
"Trojan Source" (N. Boucher, R. Anderson, 2021) for swapped isolates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import Apply, Disguise, letters, pieces

FAMILY: Final = "bidi"
_LRO, _RLO, _PDF = "\u202d", "\u202e", "\u202c"
_LRI, _RLI, _FSI, _PDI = "\u2066", "\u2067", "\u2068", "\u2069"
_MIRRORED: Final = str.maketrans("()[]{}<>", ")(][}{><")
"""Under an override to the right these show as each other (UAX #9, L4)."""


def overridden(text: str) -> str:
    r"""Store the text backwards under an override to the right, so that it shows forwards.

    >>> overridden("bomb") == "\u202ebmob\u202c"
    True
    """
    backwards = "".join(reversed(letters(text)))
    return f"{_RLO}{backwards.translate(_MIRRORED)}{_PDF}"


def _on_lines(apply: Apply) -> Apply:
    """Apply to each line: the scope of a control ends with the paragraph (UAX #9, P1)."""
    return lambda text, dice: "".join(
        apply(line, dice) if line.strip() else line for line in re.split(r"(\n)", text)
    )


def _rlo(text: str, _: Random) -> str:
    return overridden(text)


def _rlo_pieces(text: str, dice: Random) -> str:
    parts = pieces(text, dice, 4)
    start = dice.randrange(2)
    return "".join(overridden(part) if at % 2 == start else part for at, part in enumerate(parts))


def _lro(text: str, dice: Random) -> str:
    return "".join(f"{_LRO}{part}{_PDF}" for part in pieces(text, dice, 4))


def _isolates(text: str, dice: Random) -> str:
    control = dice.choice((_LRI, _FSI))
    return "".join(f"{control}{part}{_PDI}" for part in pieces(text, dice, 4))


def _isolates_swapped(text: str, dice: Random) -> str:
    parts = reversed(pieces(text, dice))
    return _RLI + "".join(f"{_LRI}{part}{_PDI}" for part in parts) + _PDI


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    yield Disguise("override_right", FAMILY, _on_lines(_rlo), is_hiding=True)
    yield Disguise("override_right_pieces", FAMILY, _on_lines(_rlo_pieces), is_hiding=True)
    yield Disguise("override_left", FAMILY, _on_lines(_lro))
    yield Disguise("isolates", FAMILY, _on_lines(_isolates))
    yield Disguise("isolates_swapped", FAMILY, _on_lines(_isolates_swapped), is_hiding=True)
