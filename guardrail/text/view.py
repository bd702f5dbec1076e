"""Views: texts derived from a reply, which remember where their characters came from.

Rules look at the plain text first and then at the views their audience has: list entries at what
`ENTRY_VIEWS` make, patterns at what `PATTERN_VIEWS` make. A view that uncovers one more disguise
is one more `Lens` in a tuple. A lens is asked only about texts in which its `asks` expression
occurs, so that an ordinary text costs no view at all.
"""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.text.fold import compatibility_forms, disguising, folds
from guardrail.text.widen import character_class, ranges


@dataclass(frozen=True, slots=True)
class View:
    """A derived text and its map to the original.

    Stretch `i` of the view, `view_starts[i]:view_ends[i]`, stands for `starts[i]:ends[i]` of the
    original; either may be empty. What lies between stretches is the same in both.
    """

    name: str
    text: str
    view_starts: Sequence[int]
    view_ends: Sequence[int]
    starts: Sequence[int]
    ends: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        r"""Return the original characters behind a part of the view that is not empty.

        >>> view = folded("\ufb01ne")
        >>> view.text, view.original_span(1, 3)
        ('fine', (0, 2))
        """
        return self._behind(start)[0], self._behind(end - 1)[1]

    def _behind(self, at: int) -> tuple[int, int]:
        """Return the original span of one character of the view."""
        stretch = bisect_right(self.view_starts, at) - 1
        if stretch < 0:
            return at, at + 1
        beyond = at - self.view_ends[stretch]
        if beyond < 0:
            return self.starts[stretch], self.ends[stretch]
        return self.ends[stretch] + beyond, self.ends[stretch] + beyond + 1


@dataclass(frozen=True, slots=True)
class Lens:
    """A way to look at a text.

    `asks` gives an RE2 expression that occurs in every text the lens would change; `look` gives
    the view, or None where it would show nothing new.
    """

    name: str
    asks: Callable[[], str]
    look: Callable[[str], View | None]


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
def _asks_to_fold() -> str:
    return character_class(disguising())


@functools.cache
def _asks_to_normalize() -> str:
    return character_class(compatibility_forms())


ENTRY_VIEWS: Final = (Lens("folded", _asks_to_fold, folded),)
"""What list entries and phrases look at besides the plain text."""

PATTERN_VIEWS: Final = (Lens("normalized", _asks_to_normalize, normalized),)
"""What patterns look at besides the plain text, unless they match `exactly`."""


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
    pieces: list[str] = []
    starts, ends = array("Q"), array("Q")
    view_starts, view_ends = array("Q"), array("Q")
    done = shift = 0
    for found in wanted.finditer(text):
        at = found.start()
        form = forms.get(text[at])
        if form is None:
            continue
        pieces += (text[done:at], form)
        starts.append(at)
        view_starts.append(at + shift)
        done = at + 1
        shift += len(form) - 1
        ends.append(done)
        view_ends.append(done + shift)
    if not done:
        return None
    pieces.append(text[done:])
    return View(name, "".join(pieces), view_starts, view_ends, starts, ends)
