"""Views: texts derived from a reply, which remember where their characters came from.

A view is made by a transform, from the original or from another view; `guardrail.text.lenses` says
which transforms there are, who looks through them, and when.
"""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from guardrail.text.fold import compatibility_forms, disguising, folds
from guardrail.text.widen import character_class, ranges


@dataclass(frozen=True, slots=True)
class View:
    """A derived text and its map to the original.

    Stretch `i` of the view, `view_starts[i]:view_ends[i]`, stands for `starts[i]:ends[i]` of what
    the view was made from; either may be empty. What lies between stretches is the same in both.
    A view was made from the original, or from its `base`, which has a map of its own. Where
    `is_over` is set, the text went beyond a limit, and the view does not show everything.
    """

    name: str
    text: str
    view_starts: Sequence[int]
    view_ends: Sequence[int]
    starts: Sequence[int]
    ends: Sequence[int]
    base: View | None = None
    is_over: bool = False

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        r"""Return the original characters behind a part of the view that is not empty.

        >>> view = folded("\ufb01ne")
        >>> view.text, view.original_span(1, 3)
        ('fine', (0, 2))
        """
        span = self._behind(start)[0], self._behind(end - 1)[1]
        return span if self.base is None else self.base.original_span(*span)

    def over(self, base: View | None) -> View:
        r"""Return the same view, made from another view of the original.

        >>> first = folded("\ufb01\ufb01ne")
        >>> second = View("cut", "ine", [0], [0], [0], [3]).over(first)
        >>> second.name, second.original_span(0, 1)
        ('folded+cut', (1, 2))
        """
        if base is None:
            return self
        name = f"{base.name}+{self.name}"
        is_over = self.is_over or base.is_over
        return View(name, self.text, *self._stretches(), base, is_over)

    def _stretches(self) -> tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]:
        return self.view_starts, self.view_ends, self.starts, self.ends

    def _behind(self, at: int) -> tuple[int, int]:
        """Return the original span of one character of the view."""
        stretch = bisect_right(self.view_starts, at) - 1
        if stretch < 0:
            return at, at + 1
        beyond = at - self.view_ends[stretch]
        if beyond < 0:
            return self.starts[stretch], self.ends[stretch]
        return self.ends[stretch] + beyond, self.ends[stretch] + beyond + 1


Spelling: TypeAlias = Literal["own", "folded", "bare"]
"""What a list entry is compared in: its own forms, its fold, or without disguises too."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A way to look at a text.

    `asks` gives an RE2 expression that occurs in every text the lens would change; `look` gives
    the view, or None where it would show nothing new.
    """

    name: str
    asks: Callable[[], str]
    look: Callable[[str], View | None]
    spelling: Spelling = "own"


def folded(text: str) -> View | None:
    r"""Return the text with every character folded that a case-insensitive scan does not equate.

    None if all entries that the fold shows are found in the plain text too, in one of their
    forms (`guardrail.text.entries`). Upper case stays: entries do not regard it.

    >>> folded("Stra\u00dfe").text, folded("It’s 5 € – fine")
    ('Strasse', None)
    """
    disguises = disguising()
    if text.isascii() or not any(c[0] in disguises for c in _disguising().finditer(text)):
        return None
    return _substituted("folded", text, _foldable(), folds())


def normalized(text: str) -> View | None:
    r"""Return the text in compatibility form, with its case; None if it is in that form.

    >>> normalized("\uff21BC-\u2075").text
    'ABC-5'
    """
    if text.isascii():
        return None
    return _substituted("normalized", text, _incompatible(), compatibility_forms())


@functools.cache
def asks_to_fold() -> str:
    """Return an RE2 expression that occurs wherever `folded` shows something."""
    return character_class(disguising())


@functools.cache
def asks_to_normalize() -> str:
    """Return an RE2 expression that occurs wherever `normalized` shows something."""
    return character_class(compatibility_forms())


@functools.cache
def _disguising() -> re.Pattern[str]:
    return _one_of(disguising())


@functools.cache
def _foldable() -> re.Pattern[str]:
    return _one_of(folds())


@functools.cache
def _incompatible() -> re.Pattern[str]:
    return _one_of(compatibility_forms())


def _one_of(chars: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for one of these, or any character beyond the first plane.

    A class of many ranges beyond the first plane is slow, a single one is not.
    """
    first_plane = ranges(char for char in chars if char <= "\uffff")
    listed = "".join(f"{first}-{last}" for first, last in first_plane)
    return re.compile(f"[{listed}\U00010000-\U0010ffff]")


def _substituted(
    name: str, text: str, wanted: re.Pattern[str], forms: Mapping[str, str]
) -> View | None:
    """Return the view in which each wanted character is replaced by its form."""
    edits = Edits(name, text)
    for found in wanted.finditer(text):
        form = forms.get(found[0])
        if form is not None:
            edits.replace(found.start(), found.end(), form)
    return edits.view()


class Edits:
    r"""Collects what a view shows instead of what, from left to right.

    >>> edits = Edits("made", "a--b")
    >>> edits.replace(1, 3, "")
    >>> edits.view().text, edits.view().original_span(0, 2)
    ('ab', (0, 4))
    """

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self._pieces: list[str] = []
        self._starts, self._ends = array("Q"), array("Q")
        self._view_starts, self._view_ends = array("Q"), array("Q")
        self._done = self._shown = 0
        self.is_over = False

    def replace(self, start: int, end: int, form: str) -> None:
        """Show `form` for a stretch, which neither begins nor ends before the last one does."""
        self._pieces += (self._text[self._done : start], form)
        self._starts.append(start)
        self._ends.append(end)
        at = self._shown + max(0, start - self._done)
        self._view_starts.append(at)
        self._done, self._shown = end, at + len(form)
        self._view_ends.append(self._shown)

    def view(self) -> View | None:
        """Return the view, None if it would show the text itself and nothing went over a limit."""
        if not self._starts and not self.is_over:
            return None
        text = "".join((*self._pieces, self._text[self._done :]))
        places = (self._view_starts, self._view_ends, self._starts, self._ends)
        return View(self._name, text, *places, None, self.is_over)
