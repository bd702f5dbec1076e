"""A value in pieces, over lines, items of a list or cells of a table.

Source: payload splitting (Kang et al., "Exploiting programmatic behavior of LLMs", 2023), in the
forms that CommonMark 0.31 and GitHub Flavored Markdown 0.29 show as lines, lists and tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import Disguise, pieces

FAMILY: Final = "split"


def _lines(text: str, dice: Random) -> str:
    return "\n".join(pieces(text.strip("\n"), dice))


def _items(text: str, dice: Random) -> str:
    bullet = dice.choice(("- ", "* ", "+ "))
    return "\n" + "".join(f"{bullet}{piece}\n" for piece in pieces(text, dice))


def _numbered_items(text: str, dice: Random) -> str:
    parts = enumerate(pieces(text, dice), 1)
    return "\n" + "".join(f"{number}. {piece}\n" for number, piece in parts)


def _cells(text: str, dice: Random) -> str:
    return " | ".join(pieces(text, dice))


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    yield Disguise("lines", FAMILY, _lines, is_breaking=True)
    yield Disguise("list_items", FAMILY, _items, is_breaking=True)
    yield Disguise("numbered_items", FAMILY, _numbered_items, is_breaking=True)
    yield Disguise("table_cells", FAMILY, _cells)
