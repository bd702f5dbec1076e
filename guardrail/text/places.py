"""Where an expression occurs in a text, one place after the other, found by RE2.

A lens that takes long for each character looks only there: a text in which little may be disguised
costs one quick pass.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import re2

from guardrail.text.prefilter import encoded, options

_MEMORY: Final = 1 << 25
_FIRST_LOOK: Final = 64
_MARGIN: Final = 256
_NEAR: Final = 64


class Places:
    """Finds the places of a text in which an expression of RE2 matches, from left to right.

    >>> places = Places("\u00e9 12 3", "[0-9]+")
    >>> places.next(0), places.next(3), places.next(6)
    ((2, 4), (3, 4), None)
    """

    def __init__(self, text: str, expression: str) -> None:
        self._text, self._data = text, encoded(text)
        self._is_ascii = len(self._data) == len(text)
        self._match = _matcher(expression)
        self._char = self._byte = 0

    def next(self, at: int) -> tuple[int, int] | None:
        """Return the first match that begins at `at` or behind it, which never goes back."""
        self._go(at)
        start, end = self._match(self._data, self._byte)
        if start < 0:
            return None
        if self._is_ascii:
            return start, end
        first = at + len(self._data[self._byte : start].decode())
        return first, first + len(self._data[start:end].decode())

    def _go(self, at: int) -> None:
        step = at - self._char
        self._byte += step if self._is_ascii else len(encoded(self._text[self._char : at]))
        self._char = at


def stretches(
    text: str, expression: str, edge: re.Pattern[str], *, is_rough: bool = False
) -> Iterator[tuple[int, int]]:
    """Yield parts of a text, apart from each other, in which all matches of an expression lie.

    Each goes on, to both sides, to the nearest match of `edge`, which it takes in. Rough parts are
    longer where matches are near each other: then the next piece, as long as all before it, is
    taken in unseen.

    >>> [*stretches("ab c.d.e fg, hi", "[.]", re.compile("[a-z]{2}"))]
    [(0, 11)]
    """
    places = Places(text, expression)
    found, done = places.next(0), 0
    while found is not None:
        start, done = _edge_before(text, edge, done, found[0]), _edge_after(text, edge, found[1])
        found = _behind(places, text, found, done)
        while is_rough and found is not None and found[0] - done < _NEAR:
            done = _edge_after(text, edge, min(len(text), max(found[1], 2 * done - start)))
            found = _behind(places, text, found, done)
        yield start, done


def matches_in(
    text: str, parts: Iterable[tuple[int, int]], pattern: re.Pattern[str]
) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begin in parts of a text, and end there.

    >>> [found[0] for found in matches_in("ab12cd34", [(0, 5)], re.compile("[0-9]+"))]
    ['12']
    """
    for start, end in parts:
        for found in pattern.finditer(text, start, end + _MARGIN):
            if found.start() >= end:
                break
            yield found


def _behind(places: Places, text: str, found: tuple[int, int], done: int) -> tuple[int, int] | None:
    """Return the next match, which may begin in the last character of an edge."""
    return None if done == len(text) else places.next(max(found[1], done - 1))


def _edge_after(text: str, edge: re.Pattern[str], at: int) -> int:
    """Return where the next match of `edge` behind a place ends, the length if there is none."""
    after = edge.search(text, at)
    return len(text) if after is None else after.end()


def matches_near(text: str, expression: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begin in a match of an expression of RE2.

    To be all that there are, each has to begin in one; `pattern` looks less than `_MARGIN`
    characters ahead to say where a match begins.

    >>> [found[0] for found in matches_near("a 12 1 123", "[0-9]{2}", re.compile("[0-9]+"))]
    ['12', '123']
    """
    places, done = Places(text, expression), 0
    while (near := places.next(done)) is not None:
        at, done = near
        while (begun := pattern.search(text, at, done + _MARGIN)) and begun.start() < done:
            found = pattern.match(text, begun.start()) or begun
            yield found
            at = found.end()
            done = max(at, done)


def _edge_before(text: str, edge: re.Pattern[str], first: int, at: int) -> int:
    """Return where the last match of `edge` before a place begins, `first` if there is none."""
    size = _FIRST_LOOK
    while True:
        start = max(first, at - size)
        if found := [*edge.finditer(text, start, at)]:
            return found[-1].start()
        if start == first:
            return first
        size *= 4


@functools.cache
def _matcher(expression: str) -> Any:
    pattern: Any = re2.compile(expression, options(_MEMORY))
    match = pattern._regexp.Match  # noqa: SLF001 - the wrapper around it costs four times as much
    anywhere = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001

    def matching(data: bytes, start: int) -> tuple[int, int]:
        found: tuple[int, int] = match(anywhere, data, start, len(data))[0]
        return found

    return matching
