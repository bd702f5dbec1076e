"""What a stream asks about the text so far: what is found for good, and what may still be found.

The *frontier* is the earliest place that a rule could still claim, whatever comes: where a match
has begun that can still grow, in the text or in a view of it, or where the text may still be read
in another way. All before it is as it will be in the whole reply.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from guardrail.plan.holds import Hold
from guardrail.plan.plan import Plan
from guardrail.runtime.pipeline import Pipeline
from guardrail.stages.base import Growing
from guardrail.stages.rules.scan import Scanner
from guardrail.text.alive import any_beginning, could_grow
from guardrail.text.blocks import blocks
from guardrail.text.lenses import BRANCHES, EARLY, LAYERS, PIECES, SIGNS
from guardrail.text.prefilter import Occurring, first_place, prefilter
from guardrail.text.syntax import Node
from guardrail.text.view import Lens, View

_BLOCK_END: Final = re.compile(r"\n[^\S\n]*\n\s*\Z")

LAST: Final = 2
"""So many characters at the end wait for the next chunk, where one look is to be enough.

A word and its space are the beginning of many a disguise, such as words joined over lines.
"""

_COUNTED: Final = 8
"""So many repeats are counted where a first look is enough."""

_NEVER: Final = r"[^\s\S]"
_ALWAYS: Final = r"\z"
_WORDS: Final = "some words "

_Place = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a text says: its frontier, and from where to go on looking.

    Before `quiet_from` nothing is left that could matter to what comes.
    """

    frontier: int
    quiet_from: int


@dataclass(frozen=True, eq=False)
class Lookout:
    """The part of a pipeline that a stream needs; immutable, shared by all streams.

    `holds` has the hold of each rule of the plan. `local` runs the rules that wait for matches,
    `by_sentence` those that look at each sentence; either is None where there are no such rules.
    Every finding of a local rule, and whatever may excuse one, is a match of one of `claims`, or
    one of a detector that is `growing`.

    `watch` tells in one pass what a text shows: if it gives one number, nothing, not even the
    beginning of a match but in the last `LAST` characters. If none is below `first_begun`, nothing
    is found and nothing is to be read in another way, but a match has begun, or, if that number is
    not among them, something that may come to be read in another way.
    """

    plan: Plan
    holds: tuple[Hold, ...]
    local: Pipeline | None
    by_sentence: Pipeline | None
    holds_sentences: bool
    holds_reply: bool
    claims: tuple[str | Node, ...] = field(repr=False)
    growing: tuple[Growing, ...] = ()
    watch: Occurring = field(init=False, repr=False)
    first_begun: int = field(init=False, repr=False)
    matching: _Place = field(init=False, repr=False)
    claimed: _Place = field(init=False, repr=False)
    pending: _Place = field(init=False, repr=False)
    unsettled: Callable[..., int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        looks = self.local is not None and self.local.text_scan.scanner.looks
        object.__setattr__(self, "watch", self._watch(looks=looks))
        known = 0 if self.scanner is None else len(self.scanner.expressions)
        object.__setattr__(self, "first_begun", known)
        object.__setattr__(self, "matching", could_grow(self.claims))
        object.__setattr__(self, "claimed", self._claimed(None))
        object.__setattr__(self, "pending", _pending() if looks else len)
        object.__setattr__(self, "unsettled", _first_unsettled() if looks else _whole)

    @property
    def scanner(self) -> Scanner | None:
        """What looks for all that local rules look for."""
        return None if self.local is None else self.local.text_scan.scanner

    def _watch(self, *, looks: bool) -> Occurring:
        claimed = (
            _before_the_last(self.claims)
            if looks
            else any_beginning(self.claims, LAST + 1, _COUNTED)
        )
        ends = [f"(?:{claimed or _NEVER})\\z", f"(?:{_any_change() if looks else _NEVER})\\z"]
        if first_place(ends[0])(_WORDS) < len(_WORDS):  # then it is no help in most texts
            ends[0] = _ALWAYS
        if self.scanner is None:
            return prefilter(ends)
        return self.scanner.candidates_or(ends)

    def _claimed(self, system: str | None) -> _Place:
        """Return what tells where a match or a finding of a growing detector may have begun."""
        match, growing = self.matching, self.growing
        if not growing:
            return match
        return lambda text: min(match(text), *(each.earliest(text, system) for each in growing))

    def given(self, system: str | None) -> Lookout:
        """Return the lookout for replies under a system prompt."""
        if not (self.growing and system):
            return self
        lookout = copy(self)
        object.__setattr__(lookout, "claimed", self._claimed(system))
        return lookout

    def earliest(self, text: str) -> int:
        """Return the earliest place that a match may still claim.

        From a stretch on that may be read in another way anything may follow.
        """
        return self.claimed(text[: self.pending(text)])

    def look(self, text: str, views: Iterable[tuple[View, bool]], since: int) -> Look:
        """Return how far a text is final; before `since` it is known to be.

        `views` are those that the scan of the text looked at, each with whether it is a fold.
        """
        return _Reading(self, text, since).look(views)


class _Reading:
    """One text, its views, and how far each of them is final."""

    def __init__(self, lookout: Lookout, text: str, since: int) -> None:
        self._lookout, self._text, self._since = lookout, text, since
        start = blocks(text)[-1][0] if text else 0
        self._is_closed = _BLOCK_END.search(text, start) is not None
        self._block = start
        self._finals: dict[int, int] = {}
        self._pending: dict[int, int] = {}

    def look(self, views: Iterable[tuple[View, bool]]) -> Look:
        frontier, changed = self._frontier(None), 0
        if not self._is_closed:
            for view, is_fold in views:
                if self._root(view) == self._block:
                    frontier = min(frontier, self._frontier(view))
                    changed = max(changed, 0 if is_fold else self._changed(view))
        return Look(frontier, frontier if changed <= frontier else self._since)

    def _frontier(self, view: View | None) -> int:
        """Return the earliest place of the text that a match in a view could still claim."""
        shown = self._text if view is None else view.text
        begin = max(self._begin(view) - 1, 0)
        at = begin + self._lookout.claimed(shown[begin : self._stable(view)])
        if view is None:
            return max(at, self._since)
        if at >= len(shown):
            return len(self._text)
        return max(view.original_span(at, at + 1)[0], self._since)

    def _begin(self, view: View | None) -> int:
        """Return the place in a view from which on something may still matter."""
        if view is None:
            return self._since
        if _is_block(view):
            return max(0, self._since - view.starts[0])
        return _forward(view, self._begin(view.base))

    def _final(self, view: View | None) -> int:
        """Return how much of a view's text is the same whatever comes."""
        if view is None:
            return len(self._text)
        known = self._finals.get(id(view))
        if known is None:
            whole = _is_block(view)
            known = len(view.text) if whole else _forward(view, self._stable(view.base))
            self._finals[id(view)] = known
        return known

    def _stable(self, view: View | None) -> int:
        """Return up to where all that is made of a text is the same whatever comes."""
        key = id(view)
        known = self._pending.get(key)
        if known is None:
            final = self._final(view)
            shown = self._text if view is None else view.text
            begin = self._begin(view)
            if view is None and self._is_closed:
                known = final
            else:
                begin = max(begin, self._block) if view is None else begin
                known = self._lookout.unsettled(shown[:final], begin)
                begin = min(max(begin - 1, 0), known)
                known = begin + self._lookout.pending(shown[begin:known])
            self._pending[key] = known
        return known

    def _root(self, view: View) -> int:
        """Return where the block begins of which a view was made."""
        while view.base is not None:
            view = view.base
        return view.starts[0] if _is_block(view) else self._block

    def _changed(self, view: View) -> int:
        """Return the place of the text behind which a view shows it as it is."""
        if view.is_reordered:
            return len(self._text)
        return len(self._text) - _same_end(self._text, view.text)


def _is_block(view: View) -> bool:
    """Whether a view is a block of the text as it is, of which others are made."""
    return view.base is None and not view.name


def _same_end(one: str, other: str) -> int:
    """Return how many characters at their ends two texts share.

    >>> _same_end("a cat", "the bat")
    2
    """
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[-middle:] == other[-middle:]:
            least = middle
        else:
            most = middle - 1
    return least


def _whole(text: str, start: int) -> int:  # noqa: ARG001 - where no lens looks, nothing waits
    return len(text)


def _forward(view: View, at: int) -> int:
    """Return the place in a view of a place in the text it was made of."""
    if view.is_reordered:
        return at if not len(view.starts) or at <= min(view.starts) else 0
    stretch = bisect_left(view.starts, at) - 1
    if stretch < 0:
        return at
    beyond = at - view.ends[stretch]
    return view.view_starts[stretch] if beyond < 0 else view.view_ends[stretch] + beyond


def _before_the_last(claims: tuple[str | Node, ...]) -> str:
    """Return what matches where a claim has begun before the last characters, and goes up to them.

    They may change, and go on as something else.
    """
    begun = [any_beginning(claims, LAST + 1 - behind, _COUNTED) for behind in range(LAST + 1)]
    return "|".join(f"{each}(?s:.{{{behind}}})" for behind, each in enumerate(begun) if each)


_FAMILIES: Final = (LAYERS, (*EARLY, *SIGNS), PIECES)
"""Lenses with an automaton each family: one for all would need a state for each mixture."""


def _changes(lenses: Iterable[Lens]) -> Iterator[str]:
    """Yield what all that lenses change is a match of."""
    return ((lens.begins or lens.asks)() for lens in lenses)


@cache
def _any_change() -> str:
    return any_beginning(_changes((*LAYERS, *BRANCHES)), LAST + 1, _COUNTED)


@cache
def _pending() -> _Place:
    """Return what tells where a change of a lens may have begun that is not yet seen whole."""
    first, *others = (could_grow(_changes(family)) for family in _FAMILIES)

    def pending(text: str) -> int:
        at = first(text)
        for place in others:
            at = min(at, place(text))
        return at

    return pending


@cache
def _first_unsettled() -> Callable[..., int]:
    """Return what tells where a lens, from a place on, first waits for the end of the block."""
    asks = dict.fromkeys((lens.waits or lens.asks)() for lens in (*LAYERS, *BRANCHES))
    return first_place("|".join(f"(?:{each})" for each in asks))
