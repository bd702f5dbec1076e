"""The rows and cells of a table: where a border stands, and what stands above and below it."""

from __future__ import annotations

import functools
import re
from typing import Final

_LINE: Final = 256
"""How much of a line is looked at."""

_MOST_POINTS: Final = 3
"""An address of a computer has so many points, and no value that is looked for has more."""


def is_first(text: str, at: int) -> bool:
    """Whether the cell that ends at a place is the first one of its row."""
    row = text[max(0, at - _LINE) : at].rpartition("\n")[2]
    return "|" not in row.lstrip(" \t|")


def rows(text: str, at: int) -> tuple[int, str, str, str]:
    """Return the number of the cell before a border, its row, and the rows above and below."""
    start = text.rfind("\n", max(0, at - _LINE), at) + 1 or max(0, at - _LINE)
    end = text.find("\n", at, at + _LINE)
    if end < 0:
        end = min(len(text), at + _LINE)
    above = text[max(0, start - _LINE) : max(0, start - 1)].rpartition("\n")[2]
    below = text[end + 1 : end + 1 + _LINE].partition("\n")[0]
    return text.count("|", start, at), text[start:end], above, below


def is_between_figures(column: int, row: str, above: str, below: str) -> bool:
    """Whether the row has a number in thousands, or those above or below others at this border.

    More numbers with a point than a value has points are figures too.
    """
    if _thousands().search(row) or len(_decimals().findall(row)) > _MOST_POINTS:
        return True
    widths = _widths(row, column)
    others = (_widths(above, column), _widths(below, column))
    return bool(widths) and any(other and other != widths for other in others)


def is_before_addresses(column: int, row: str, above: str, below: str) -> bool:
    """Whether the cells behind a border are a column of addresses, each whole."""
    cells = [each.split("|")[column + 1 : column + 2] for each in (row, above, below)]
    whole = [bool(cell) and is_address(cell[0]) for cell in cells]
    return whole[0] and any(whole[1:])


def is_address(cell: str) -> bool:
    """Whether a cell is an e-mail address, and nothing else."""
    return _address().fullmatch(cell) is not None


def _widths(row: str, column: int) -> tuple[int, int] | None:
    """Return how long the numbers at both sides of a border are, if there are two."""
    left, right, *_ = (*row.split("|")[column : column + 2], "", "")
    if _figures().fullmatch(left) and _figures().fullmatch(right):
        return len(left.strip()), len(right.strip())
    return None


@functools.cache
def _figures() -> re.Pattern[str]:
    return re.compile(r"\s*[-+\u2212$\u20ac\u00a3~]{0,2}[0-9][0-9.,]*\s?%?\s*")


@functools.cache
def _thousands() -> re.Pattern[str]:
    return re.compile(r"[0-9],[0-9]{3}\s*\|")


@functools.cache
def _decimals() -> re.Pattern[str]:
    return re.compile(r"(?<![0-9.])(?:[0-9]+\.[0-9]*|\.[0-9]+)(?![0-9.])")


@functools.cache
def _address() -> re.Pattern[str]:
    return re.compile(r"\s*[^\s@|]{1,64}@[^\s@|]{1,64}\.[A-Za-z]{2,24}\s*")
