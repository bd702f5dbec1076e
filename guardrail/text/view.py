"""Views: texts derived from a reply, which remember where their characters came from.

A view is made by a transform, from the original or from another view; `guardrail.text.lenses` says
which transforms there are, who looks through them, and when.
"""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import add, sub
from typing import Final, Literal, TypeAlias, overload

from guardrail.text.fold import compatibility_forms, disguising, folds
from guardrail.text.limits import LARGE
from guardrail.text.places import Places
from guardrail.text.widen import character_class, ranges

_MOST_ONE_BY_ONE: Final = 32
_SAMPLE: Final = 1 << 12
_MANY_OF: Final = 3
_FAR: Final = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class View:
    """A derived text and its map to the original.

    Stretch `i` of the view, `view_starts[i]:view_ends[i]`, stands for `starts[i]:ends[i]` of what
    the view was made from; either may be empty. What lies between stretches is the same in both.
    A view was made from the original, or from its `base`, which has a map of its own. Where
    `is_over` is set, the text went beyond a limit, and the view does not show everything. Where
    `is_reordered` is set, stretches stand in another order than in the original. A view with
    `is_trial` set is a guess: it shows what may never have been there.
    """

    name: str
    text: str
    view_starts: Sequence[int]
    view_ends: Sequence[int]
    starts: Sequence[int]
    ends: Sequence[int]
    base: View | None = None
    is_over: bool = False
    is_reordered: bool = False
    is_trial: bool = False

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        r"""Return the original characters behind a part of the view that is not empty.

        >>> view = folded("\ufb01ne")
        >>> view.text, view.original_span(1, 3)
        ('fine', (0, 2))
        """
        span = self.own_span(start, end)
        return span if self.base is None else self.base.original_span(*span)

    def own_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the same in the text that the view was made from, which may be a view too."""
        if not self.is_reordered:
            return self._behind(start)[0], self._behind(end - 1)[1]
        behind = [self._behind(at) for at in range(start, end)]
        return min(first for first, _ in behind), max(last for _, last in behind)

    def over(self, base: View | None, *, is_trial: bool = False) -> View:
        r"""Return the same view, made from another view of the original; maybe as a guess.

        >>> first = folded("\ufb01\ufb01ne")
        >>> second = View("cut", "ine", [0], [0], [0], [3]).over(first)
        >>> second.name, second.original_span(0, 1)
        ('folded+cut', (1, 2))
        """
        if base is None and not is_trial:
            return self
        return View(  # twice as fast as `replace`
            f"{base.name}+{self.name}" if base is not None and base.name else self.name,
            self.text,
            self.view_starts,
            self.view_ends,
            self.starts,
            self.ends,
            base,
            self.is_over or (base is not None and base.is_over),
            self.is_reordered,
            is_trial or self.is_trial or (base is not None and base.is_trial),
        )

    def _behind(self, at: int) -> tuple[int, int]:
        """Return the original span of one character of the view."""
        stretch = bisect_right(self.view_starts, at) - 1
        if stretch < 0:
            return at, at + 1
        beyond = at - self.view_ends[stretch]
        if beyond < 0:
            return self.starts[stretch], self.ends[stretch]
        return self.ends[stretch] + beyond, self.ends[stretch] + beyond + 1


Spelling: TypeAlias = Literal["own", "bare", "folded"]
"""What a list entry is compared in: its own forms, those without disguises too, or its fold."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A way to look at a text.

    `asks` gives an RE2 expression that occurs in every text the lens would change; `look` gives
    the view, or None where it would show nothing new. A lens with `is_trial` set guesses: what it
    shows may never have been there. Patterns look through a lens unless `is_for_patterns` is off.
    `is_free` says that a chain may have it beside the branches that are counted, and `is_last`
    that nothing comes after it.

    For streams, `begins` gives an expression such that whatever the lens changes lies in a match,
    with all that decides about it (`asks` without one): until no match can grow any more, the text
    may still be read in another way. `waits` gives an expression of what makes a lens wait for the
    end of the block, since what it changes may lie anywhere behind the place where that occurs
    (`asks` without one; `never` where no text does).
    """

    name: str
    asks: Callable[[], str]
    look: Callable[[str], View | None]
    spelling: Spelling = "own"
    is_trial: bool = False
    is_for_patterns: bool = True
    is_free: bool = False
    is_last: bool = False
    begins: Callable[[], str] | None = None
    waits: Callable[[], str] | None = None


def never() -> str:
    """Return an RE2 expression that occurs nowhere."""
    return r"[^\x{0}-\x{10FFFF}]"


def too_much(name: str) -> View:
    """Return the view of a text that is over a limit: it shows nothing.

    >>> too_much("decoded").is_over
    True
    """
    return View(name, "", (), (), (), (), is_over=True)


def part(text: str, start: int) -> View:
    """Return the view of a part of a text, which begins at `start` there.

    >>> part("cd", 2).original_span(0, 1)
    (2, 3)
    """
    return View("", text, (0,), (0,), (start,), (start,))


def folded(text: str) -> View | None:
    r"""Return the text with every character folded that a case-insensitive scan does not equate.

    None if all entries that the fold shows are found in the plain text too, in one of their
    forms (`guardrail.text.entries`). Upper case stays: entries do not regard it.

    >>> folded("Stra\u00dfe").text, folded("It’s 5 € – fine")
    ('Strasse', None)
    """
    if text.isascii() or Places(text, asks_to_fold()).next(0) is None:
        return None
    return substituted("folded", text, folds(), occurring_in(folds, text))


def normalized(text: str) -> View | None:
    r"""Return the text in compatibility form, with its case; None if it is in that form.

    >>> normalized("\uff21BC-\u2075").text
    'ABC-5'
    """
    if text.isascii():
        return None
    occurring = occurring_in(compatibility_forms, text)
    return substituted("normalized", text, compatibility_forms(), occurring)


@functools.cache
def asks_to_fold() -> str:
    """Return an RE2 expression that occurs wherever `folded` shows something."""
    return character_class(disguising())


@functools.cache
def asks_to_normalize() -> str:
    """Return an RE2 expression that occurs wherever `normalized` shows something."""
    return character_class(compatibility_forms())


def occurring_in(forms: Callable[[], Mapping[str, str]], text: str) -> set[str]:
    """Return the characters of a text that have forms, faster than from the set of them all."""
    return distinct(_near(forms), text) | (forms().keys() & distinct(_FAR, text))


def distinct(pattern: re.Pattern[str], text: str) -> set[str]:
    """Return the different characters of a text that a pattern for one character matches.

    Where they are many, each is taken out of the text where it is first met: then a text full of a
    few is quick too.

    >>> sorted(distinct(re.compile("[a-c]"), "cdcdad"))
    ['a', 'c']
    """
    some = text[:: 1 + len(text) // _SAMPLE]
    if _MANY_OF * len(pattern.findall(some)) < len(some):
        return {*pattern.findall(text)}
    found: set[str] = set()
    for _ in range(_MOST_ONE_BY_ONE):
        if (first := pattern.search(text)) is None:
            return found
        found.add(first[0])
        text = text[first.end() :].replace(first[0], "")
    return found.union(pattern.findall(text))


@functools.cache
def _near(forms: Callable[[], Mapping[str, str]]) -> re.Pattern[str]:
    """Return a pattern for the characters up to U+FFFF; a class with others is slow."""
    near = ranges(char for char in forms() if char < "\U00010000")
    return re.compile(f"[{''.join(f'{re.escape(a)}-{re.escape(b)}' for a, b in near)}]")


def substituted(name: str, text: str, forms: Mapping[str, str], occurring: set[str]) -> View | None:
    r"""Return the view in which each character that has a form is replaced by it.

    Only a form that is not one character long needs an entry in the map. `occurring` are those that
    occur in the text, and maybe others.

    >>> view = substituted("made", "a-b+", {"-": "_", "+": "plus"}, {*"-+"})
    >>> view.text, list(view.starts)
    ('a_bplus', [3])
    """
    wanted = forms.keys() & occurring
    if not wanted:
        return None
    single = {char for char in wanted if len(forms[char]) == 1}
    shown = replaced(text, {char: forms[char] for char in wanted})
    if single == wanted:
        return View(name, shown, (), (), (), ())

    def places() -> tuple[Sequence[int], ...]:
        others = "".join(map(re.escape, wanted - single))
        starts = [found.start() for found in re.finditer(f"[{others}]", text)]
        lengths = [len(forms[text[at]]) for at in starts]
        return places_of_edits(starts, [at + 1 for at in starts], lengths)

    return placed_later(name, shown, places)


def placed_later(
    name: str,
    text: str,
    places: Callable[[], tuple[Sequence[int], ...]],
    *,
    is_over: bool = False,
) -> View:
    """Return a view whose map, its four parts in order, is made when it is first needed.

    >>> placed_later("cut", "ine", lambda: ([0], [0], [0], [3])).original_span(0, 1)
    (3, 4)
    """
    made = _Places(places)
    a, b, c, d = (_Later(made, number) for number in range(4))
    return View(name, text, a, b, c, d, None, is_over)


def places_of_edits(
    starts: Sequence[int], ends: Sequence[int], lengths: Sequence[int]
) -> tuple[Sequence[int], ...]:
    """Return the map of a view that shows so many characters for each stretch.

    >>> places_of_edits([1, 4], [3, 6], [0, 1])[:2]
    (array('Q', [1, 2]), array('Q', [1, 3]))
    """
    growth = accumulate(map(sub, lengths, map(sub, ends, starts)), initial=0)
    view_starts = array("Q", map(add, starts, growth))
    view_ends = array("Q", map(add, view_starts, lengths))
    return view_starts, view_ends, array("Q", starts), array("Q", ends)


def replaced(text: str, forms: Mapping[str, str]) -> str:
    """Return a text with each of some characters replaced; no form has one of them.

    To replace a few characters one after the other is many times as fast as `translate`.
    """
    if len(forms) > _MOST_ONE_BY_ONE:
        return text.translate({ord(char): form for char, form in forms.items()})
    for char, form in forms.items():
        text = text.replace(char, form)
    return text


class _Places:
    """A map that is made when it is needed, which for nearly all views is never."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], tuple[Sequence[int], ...]]) -> None:
        self._make = make
        self._made: tuple[Sequence[int], ...] | None = None

    def __call__(self) -> tuple[Sequence[int], ...]:
        if self._made is None:
            self._made = self._make()
        return self._made


class _Later(Sequence[int]):
    """A part of such a map."""

    __slots__ = ("_number", "_places")

    def __init__(self, places: _Places, number: int) -> None:
        self._places, self._number = places, number

    @overload
    def __getitem__(self, at: int) -> int: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...

    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        return self._places()[self._number][at]

    def __iter__(self) -> Iterator[int]:
        return iter(self._places()[self._number])

    def __len__(self) -> int:
        return len(self._places()[self._number])


def edited(
    name: str,
    text: str,
    starts: Sequence[int],
    ends: Sequence[int],
    forms: Sequence[str],
    *,
    is_over: bool = False,
) -> View | None:
    r"""Return the view that shows each form for its stretch; stretches are in order.

    None if there are no stretches and nothing went over a limit; a large text over one shows
    nothing. It is made in bulk, for texts in which much changes.

    >>> edited("made", "a--b--", [1, 4], [3, 6], ["", "+"]).text
    'ab+'
    """
    if is_over and len(text) > LARGE:
        return too_much(name)
    if not starts and not is_over:
        return None
    between = map(slice, chain((0,), ends), chain(starts, (len(text),)))
    pieces = chain.from_iterable(
        zip(map(text.__getitem__, between), chain(forms, ("",)), strict=True)
    )

    def places() -> tuple[Sequence[int], ...]:
        return places_of_edits(starts, ends, [*map(len, forms)])

    return placed_later(name, "".join(pieces), places, is_over=is_over)


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

    def replace_run(self, starts: Sequence[int], ends: Sequence[int], form: str) -> None:
        """Show `form` for a stretch; its character `i` stands for `starts[i]:ends[i]`."""
        at = self._shown + max(0, starts[0] - self._done)
        self._pieces += (self._text[self._done : starts[0]], form)
        self._starts.extend(starts)
        self._ends.extend(ends)
        self._view_starts.extend(range(at, at + len(form)))
        self._view_ends.extend(range(at + 1, at + len(form) + 1))
        self._done, self._shown = ends[-1], at + len(form)

    def view(self) -> View | None:
        """Return the view, None if it would show the text itself and nothing went over a limit.

        Of a large text over a limit nothing is shown.
        """
        if self.is_over and len(self._text) > LARGE:
            return too_much(self._name)
        if not self._starts and not self.is_over:
            return None
        text = "".join((*self._pieces, self._text[self._done :]))
        places = (self._view_starts, self._view_ends, self._starts, self._ends)
        return View(self._name, text, *places, None, self.is_over)
