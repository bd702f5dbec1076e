"""Grids of numbers or letters: lines of one shape, in which each stands for itself.

A puzzle or a table of figures has rows that all hold the same count of numbers; a number in pieces
has few digits, and its last row is most often shorter. So what is in a grid is not put together.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from itertools import islice
from typing import Final

FEWEST_ROWS: Final = 3
FEWEST_COLUMNS: Final = 3
FEWEST_DIGITS: Final = 20
"""A grid has so many rows, numbers in each, and digits: more than a card number has."""

FEWEST_LETTERS: Final = 5
"""A grid of letters has so many rows, and letters in each."""

MOST_ROWS: Final = 1 << 12
"""So many rows of a text are looked at; what is behind them is in no grid."""

_ROW: Final = r"[|\[({ \t]*+[0-9._+-][0-9.,;|_*+\[\](){} \t-]{3,256}+(?=\r?\n|\Z)"
_LETTERS: Final = (
    r"[|\[({ \t\"']{0,4}+[A-Z](?:[|,;\"' \t]{1,5}+[A-Z]){4,128}+[|\])}, \t\"']{0,4}+(?=\r?\n|\Z)"
)
_NUMBER: Final = r"[A-Z]|[0-9._*+-]++(?:,[0-9]{3}(?![0-9]))*+"


_OF_ROWS: Final = r"A-Z.,;|_*+\[\](){} \t\r:=\"'\-"
_LINES: Final = 3
ROWS: Final = (
    rf"(?:[{_OF_ROWS}\n]*(?:[0-9][{_OF_ROWS}\n]*){{0,{FEWEST_DIGITS}}}"
    rf"|[0-9{_OF_ROWS}]*(?:\n[0-9{_OF_ROWS}]*){{0,{_LINES}}})"
)
"""An RE2 expression of what goes on as rows do, until that is a grid for sure, or none.

It is one when there are digits enough, in rows enough: so many lines have them, though there may be
rules between.
"""


class Grids:
    r"""Says what is in a grid of a text, which is looked for when it is first asked.

    >>> grids = Grids("1 2 3 4 5 6 7\n2 3 . 5 6 7 8\n3 4 5 6 7 8 9")
    >>> grids.has(3), Grids("1 2 3 4\n5 6\n7").has(3)
    (True, False)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans: list[tuple[int, int]] | None = None

    def has(self, at: int) -> bool:
        """Whether a place is in a grid."""
        if self._spans is None:
            self._spans = _grids(self._text)
        which = bisect_right(self._spans, (at, len(self._text) + 1)) - 1
        return which >= 0 and at <= self._spans[which][1]


def _grids(text: str) -> list[tuple[int, int]]:
    spans = []
    start = end = rows = columns = digits = 0
    for found in islice(_rows().finditer(text), MOST_ROWS):
        row = found[0]
        if not row.strip("-+|. \t"):
            continue
        numbers = _numbers().findall(row)
        is_next = text[end : found.start()].strip("\r\n|+-=: \t") == "" and len(numbers) == columns
        if not is_next:
            if _is_grid(rows, columns, digits):
                spans.append((start, end))
            start, rows, columns, digits = found.start(), 0, len(numbers), 0
        rows, end = rows + 1, found.end()
        digits += sum(map(str.isdigit, row))
    if _is_grid(rows, columns, digits):
        spans.append((start, end))
    return spans


def _is_grid(rows: int, columns: int, digits: int) -> bool:
    if digits == 0:
        return min(rows, columns) >= FEWEST_LETTERS
    return rows >= FEWEST_ROWS and columns >= FEWEST_COLUMNS and digits >= FEWEST_DIGITS


@functools.cache
def _rows() -> re.Pattern[str]:
    return re.compile(f"(?m:^)(?:{_ROW}|{_LETTERS})")


@functools.cache
def _numbers() -> re.Pattern[str]:
    return re.compile(_NUMBER)
