"""Offsets of a text and positions of the protocol, which counts lines and code units from 0."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from lsprotocol import types

from guardrail.language.source import Range

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_BYTES: Final = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


class Places:
    r"""The lines of one text, in the units that a client counts in.

    >>> places = Places("a\n😀b", "utf-16")
    >>> places.position(3)
    1:2
    >>> places.offset(types.Position(1, 2))
    3
    """

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        breaks = list(_BREAK.finditer(text))
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(text)]
        self._codec, self._unit = _BYTES[encoding]
        self._is_plain = text.isascii()

    def position(self, offset: int) -> types.Position:
        """Return the position of an offset."""
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        return types.Position(line, self._units(self.text[start:offset]))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position; one beyond the line or the text means its end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[position.line], self._ends[position.line]
        if self._is_plain:
            return min(start + position.character, end)
        units = 0
        for offset in range(start, end):
            units += self._units(self.text[offset])
            if units > position.character:
                return offset
        return end

    def range(self, span: Range) -> types.Range:
        """Return the range of a stretch of the text."""
        return types.Range(self.position(span.start), self.position(span.end))

    def span(self, range_: types.Range) -> Range:
        """Return the stretch of the text that a range covers."""
        start, end = self.offset(range_.start), self.offset(range_.end)
        return Range(min(start, end), max(start, end))

    def _units(self, text: str) -> int:
        if self._is_plain:
            return len(text)
        return len(text.encode(self._codec, "surrogatepass")) // self._unit
