"""What a reader sees as one character, so that redaction never leaves half of one.

Findings are widened to whole extended grapheme clusters. A cluster of more than 32 code points is
cut into pieces of 32: no reply can make a finding grow without limit.
"""

from __future__ import annotations

import functools
from array import array
from bisect import bisect_left, bisect_right
from typing import Final

import regex

LONGEST_CLUSTER: Final = 32
"""How many code points of a cluster stay together."""

_CLUSTER: Final = regex.compile(r"\X", regex.V0)
_SLICE: Final = 256
_ALONE: Final = r"[\p{GCB=Other}\p{GCB=LV}\p{GCB=LVT}]"
"""Two of these never belong together, whatever stands around them."""

_CERTAIN_EDGE: Final = rf"(?<={_ALONE})(?={_ALONE})"

_IS_ALONE: Final = regex.compile(_ALONE, regex.V0)
_REMEMBERED: Final = 1 << 14
_EDGE_BEFORE: Final = regex.compile(rf"(?r){_CERTAIN_EDGE}|\A", regex.V0)
_EDGE_AFTER: Final = regex.compile(rf"{_CERTAIN_EDGE}|\Z", regex.V0)


class Graphemes:
    r"""The grapheme clusters of one text, found only where somebody asks; not for sharing.

    >>> Graphemes("cafe\u0301s").widen(0, 4)
    (0, 5)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._edges: array[int] = array("Q", (0,))

    def widen(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of whole clusters around this one; an empty one stays."""
        if start >= end:
            return start, end
        if not self._is_certain(start):
            edges = self._edges_around(start)
            start = edges[bisect_right(edges, start) - 1]
        if not self._is_certain(end):
            edges = self._edges_around(end)
            end = edges[bisect_left(edges, end)]
        return start, end

    def _is_certain(self, at: int) -> bool:
        """Whether the text surely breaks here, seen from the two characters alone."""
        if at in {0, len(self._text)}:
            return True
        before, after = self._text[at - 1], self._text[at]
        return _stands_alone(before) and _stands_alone(after)

    def _edges_around(self, at: int) -> array[int]:
        """Return the edges of the clusters in the uncertain stretch around a place.

        The last stretch is kept: findings come in order, and a stretch may be the whole text.
        """
        if not self._edges[0] <= at <= self._edges[-1]:
            before = _EDGE_BEFORE.search(self._text, 0, at)
            after = _EDGE_AFTER.search(self._text, at)
            first = before.start() if before else 0
            last = after.start() if after else len(self._text)
            self._edges = _cluster_edges(self._text, first, last)
        return self._edges


@functools.lru_cache(_REMEMBERED)
def _stands_alone(char: str) -> bool:
    return _IS_ALONE.match(char) is not None


def _cluster_edges(text: str, first: int, last: int) -> array[int]:
    """Return where the clusters of a stretch begin and end, long ones cut.

    The stretch is read in slices, since `regex` counts all flags before a flag. A slice begins at
    a true edge; its last cluster may go on behind it and is left to the next.
    """
    edges: array[int] = array("Q", (first,))
    size = _SLICE
    while first < last:
        piece = text[first : min(first + size, last)]
        clusters = [found.span() for found in _CLUSTER.finditer(piece)]
        if first + len(piece) < last:
            clusters.pop()
        for start, end in clusters:
            edges.extend(range(first + start + LONGEST_CLUSTER, first + end, LONGEST_CLUSTER))
            edges.append(first + end)
        size = _SLICE if clusters else size * 2
        first = edges[-1]
    return edges
