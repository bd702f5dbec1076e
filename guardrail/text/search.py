"""The search for what a text hides: which views of it there are.

At each text, first the plain one, the layers are taken off one after the other, round by round,
until none is left. Each branch is then taken from the text itself and from what the layers left,
and what it shows is searched in the same way, guesses after all else. No chain has more than two
branches that count and three that are free. Equal texts are looked at once. Which lenses a text
asks for is known from the one scan that it gets anyway. A text that asks for some is searched block
by block.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from guardrail.text.blocks import blocks
from guardrail.text.charwise import Charwise
from guardrail.text.decoding import DEEPEST
from guardrail.text.decoding.nesting import depth
from guardrail.text.invisible import ESCAPE, has_long_run
from guardrail.text.lenses import (
    BRANCHES,
    CHARWISE,
    DECODED,
    EARLY,
    LAYERS,
    LENSES,
    NUMBERED,
    VISIBLE,
)
from guardrail.text.limits import LARGE
from guardrail.text.prefilter import Occurring
from guardrail.text.symbols import written_passing, written_unseen
from guardrail.text.view import Lens, Spelling, View, part, too_much

MOST_BRANCHES: Final = 2
"""How many branches a chain may have beside the free ones."""

MOST_FREE: Final = 3
"""How many free branches a chain may have."""

MOST_LOOKS: Final = 2 * DEEPEST
"""How often a chain decodes; where places of several depths stand, each is taken off in turn."""

MOST_ROUNDS: Final = 8
"""How often the layers are gone through."""

FEWEST_SHOWN: Final = 1 << 22
FEWEST_OF_BLOCK: Final = 1 << 18
MOST_SHOWN: Final = 12
MOST_GUESSED: Final = 4
"""Views of a text may be so many characters together, or so many times the text. More are an error.
Guesses have as much room once more, and so much of it in each block, or so many times the block:
beyond that, what would be guessed of a guess is left out, since any long text gives rise to many of
those. An error are only guesses for twice the room."""

COST: Final = 4096
COST_OF_GUESS: Final = 1024
"""A view counts for so many characters more: to make it takes time, however short it is. Ordinary
text asks for few views that are no guesses, and for many guesses."""

LEFT_WHEN_OVER: Final = 1 << 17
"""How much room the other blocks of a large text have, once a view of it is over a limit."""

LONGEST_CHARWISE: Final = 1 << 17
"""Of a longer block the views are counted one by one: they may be over a limit."""

OF_SILENCE: Final = 1 << 15
"""So many characters of a long text are asked about at once, whether nothing is to be found."""

_RANK: Final = ("own", "bare", "folded")


@dataclass(frozen=True, slots=True)
class Shown:
    """A text to look at: the plain one, or a view of it, and what could occur in it.

    `ids` number the expressions of the scan. `spelling` says what entries are compared in, and
    `is_for_patterns` whether patterns look at it too.
    """

    view: View | None
    text: str
    ids: Sequence[int]
    spelling: Spelling = "own"
    is_for_patterns: bool = True
    branches: int = 0
    free: int = 0
    decoded: int = 0
    is_last: bool = False
    lens: str = ""
    """The name of the lens that made it."""

    def reaches_as_far_as(self, other: Shown) -> bool:
        """Whether what is found from here shows all that would be found from an equal text."""
        return (
            self.branches <= other.branches
            and self.free <= other.free
            and self.decoded <= other.decoded
            and self.is_for_patterns >= other.is_for_patterns
            and self.is_guess <= other.is_guess
            and _RANK.index(self.spelling) >= _RANK.index(other.spelling)
        )

    @property
    def is_guess(self) -> bool:
        """Whether it shows what may never have been there."""
        return self.view is not None and self.view.is_trial


class _Room:
    """How many characters the views of a text may still be, and the guesses among them."""

    def __init__(self, text: str) -> None:
        self._most = max(FEWEST_SHOWN, MOST_SHOWN * len(text))
        self._left = self._of_guesses = self._most
        self._of_block = 0
        self._is_large = len(text) > LARGE

    def enter(self, block: str) -> None:
        """Begin another block, where guesses have room of their own."""
        self._of_block = max(FEWEST_OF_BLOCK, MOST_GUESSED * len(block))

    def take(self, shown: Shown) -> None:
        """Take the room of a view."""
        if shown.is_guess:
            size = len(shown.text) + COST_OF_GUESS
            self._of_guesses -= size
            self._of_block -= size
        else:
            self._left -= len(shown.text) + COST

    def narrow(self) -> None:
        """Leave little room: the text is over a limit already, and large."""
        if not self._is_large:
            return
        self._left = min(self._left, LEFT_WHEN_OVER)
        self._of_guesses = min(self._of_guesses, LEFT_WHEN_OVER - self._most)

    @property
    def is_spent(self) -> bool:
        """Whether the rest of the text cannot be looked at."""
        return self._left < 0 or self._of_guesses < -self._most

    @property
    def is_spent_on_guesses(self) -> bool:
        """Whether nothing more is to be guessed of guesses in this block."""
        return self._of_guesses < 0 or self._of_block < 0


class _Met:
    """The texts met in a block: what occurs in each, who saw it, and the first that showed it."""

    def __init__(self, plain: Shown) -> None:
        self.ids = {plain.text: plain.ids}
        self._yielded = {plain.text: True}
        self._queued = {plain.text: plain}

    def is_new(self, shown: Shown) -> bool:
        """Say whether a text is shown for the first time, or first to patterns; note that it is."""
        known = self._yielded.get(shown.text)
        if known or known == shown.is_for_patterns:
            return False
        self._yielded[shown.text] = shown.is_for_patterns
        return True

    def queue(self, shown: Shown) -> None:
        """Note that branches of a text will be taken."""
        self._queued.setdefault(shown.text, shown)

    def is_queued(self, shown: Shown) -> bool:
        """Whether all branches of a text are taken elsewhere."""
        first = self._queued.get(shown.text)
        return first is not None and first.reaches_as_far_as(shown)


class Search:
    """Finds the views of texts; `asks` gives the number of each lens's expression in the scan.

    `occurring_last` may leave out what lenses ask for: it is for views that are looked at and left.
    """

    def __init__(
        self, asks: Mapping[Lens, int], occurring: Occurring, occurring_last: Occurring
    ) -> None:
        self._layers = tuple((asks[lens], lens) for lens in LAYERS if lens in asks)
        self._branches = tuple((asks[lens], lens) for lens in BRANCHES if lens in asks)
        self._early = tuple((asks[lens], lens) for lens in EARLY if lens in asks)
        self._lenses = (*self._layers, *self._branches)
        self._asking = frozenset(key for key, _ in self._lenses)
        self._charwise = frozenset(asks[lens] for lens in CHARWISE if lens in asks)
        self._visible, self._numbered = asks.get(VISIBLE, -1), asks.get(NUMBERED, -1)
        self._occurring, self._occurring_last = occurring, occurring_last

    def shows_nothing(self, text: str, ids: Sequence[int]) -> bool:
        """Whether a text surely has no views: it is one block, and no lens sees what it asks for.

        `shown` comes to the same, in twice the time.
        """
        return "\n" not in text and all(
            asks not in ids or lens.look(text) is None for asks, lens in self._lenses
        )

    def shown(
        self,
        text: str,
        ids: Sequence[int],
        *,
        is_silent: bool = False,
        silences: Callable[[str], bool] | None = None,
    ) -> Iterator[Shown]:
        """Yield the text, and each view of it once.

        Nothing is to be found in the charwise views of one that `is_silent`: they are left out
        where they ask for no others. So are those of parts of a text that `silences` says so of.
        """
        yield Shown(None, text, ids)
        if self._asking.isdisjoint(ids):
            return
        parts, room = blocks(text), _Room(text)
        if len(parts) == 1:
            if not (is_silent and self._is_charwise(text, ids)):
                yield from self._views(Shown(None, text, ids), room)
            return
        told = 0
        for start, end in parts:
            if silences is not None and end > told:
                told = max(end, start + OF_SILENCE)
                is_silent = silences(text[start:told])
            block = text[start:end]
            seen = self._occurring(block)
            if self._asking.isdisjoint(seen) or (is_silent and self._is_charwise(block, seen)):
                continue
            yield from self._views(Shown(part(block, start), block, seen), room)
            if room.is_spent:  # the last view said so
                return

    def _is_charwise(self, block: str, ids: Sequence[int]) -> bool:
        """Whether a block surely has no views but those that go character by character."""
        asked = self._asking.intersection(ids)
        if not asked <= self._charwise or len(block) > LONGEST_CHARWISE or ESCAPE in block:
            return False
        is_unseen = self._visible in asked
        if is_unseen and (has_long_run(block) or _others().may_occur(written_unseen(block))):
            return False
        if asked == {self._visible}:
            return True
        has_numbers = self._numbered in asked
        shown = written_passing(block, has_numbers=has_numbers)
        if not has_numbers and _numbers().may_occur(shown):
            shown = written_passing(block, has_numbers=True)
        return not _others().may_occur(shown)

    def _views(self, plain: Shown, room: _Room) -> Iterator[Shown]:
        """Yield each view of a block once."""
        room.enter(plain.text)
        is_large = len(plain.text) > LARGE
        for shown in self._found(plain, room):
            yield shown
            if shown.view is not None and shown.view.is_over:
                room.narrow()
                if is_large:
                    return
            if room.is_spent:
                break
        if room.is_spent:
            yield replace(plain, view=too_much("views").over(plain.view), text="", ids=())

    def _found(self, plain: Shown, room: _Room) -> Iterator[Shown]:
        """Yield each view of a block once, until there is no room for another step."""
        met = _Met(plain)
        waiting, guesses = deque([plain]), deque[Shown]()
        while not room.is_spent and (waiting or (guesses and not room.is_spent_on_guesses)):
            steps = [(waiting or guesses).popleft()]
            for last in self._uncovered(steps[0], met):
                room.take(last)
                steps.append(last)
                if met.is_new(last) or (last.view is not None and last.view.is_over):
                    yield last
            for branch in self._branched(steps, met):
                room.take(branch)
                if not met.is_new(branch):
                    continue
                yield branch
                if not branch.is_last:
                    met.queue(branch)
                    (guesses if branch.is_guess else waiting).append(branch)

    def _uncovered(self, at: Shown, met: _Met) -> Iterator[Shown]:
        """Yield what is left of a text after each layer."""
        for _ in range(MOST_ROUNDS):
            before = at
            for asks, lens in self._layers:
                if asks not in at.ids or (view := lens.look(at.text)) is None:
                    continue
                if lens is DECODED and at.decoded >= DEEPEST and _is_too_deep(view, at):
                    over = replace(view, text="", is_over=True).over(at.view)
                    yield replace(at, view=over, text="", ids=())
                    return
                at = self._through(lens, view, at, met)
                yield at
            if at is before:
                return
        yield replace(at, view=too_much("layers").over(at.view), text="", ids=())

    def _branched(self, steps: Sequence[Shown], met: _Met) -> Iterator[Shown]:
        """Yield the branches of a text and of what the layers leave of it step by step."""
        for at in steps:
            is_edge = at is steps[0] or at is steps[-1]
            if at is steps[0] or not met.is_queued(at):
                yield from self._branching(at, self._branches if is_edge else self._early, met)

    def _branching(
        self, at: Shown, lenses: Sequence[tuple[int, Lens]], met: _Met
    ) -> Iterator[Shown]:
        """Yield what each branch shows of a text; a free one shows nothing more of its own view."""
        for asks, lens in lenses:
            is_full = at.free == MOST_FREE if lens.is_free else at.branches == MOST_BRANCHES
            if is_full or asks not in at.ids or (lens.is_free and lens.name == at.lens):
                continue
            if (view := lens.look(at.text)) is None:
                continue
            yield self._through(lens, view, at, met, is_branch=True)

    def _through(
        self, lens: Lens, view: View, at: Shown, met: _Met, *, is_branch: bool = False
    ) -> Shown:
        ids = met.ids.get(view.text)
        if ids is None and lens.is_last:
            ids = self._occurring_last(view.text)
        elif ids is None:
            ids = met.ids[view.text] = self._occurring(view.text)
        return Shown(
            view.over(at.view, is_trial=lens.is_trial),
            view.text,
            ids,
            max(at.spelling, lens.spelling, key=_RANK.index),
            at.is_for_patterns and lens.is_for_patterns,
            at.branches + (is_branch and not lens.is_free),
            at.free + (is_branch and lens.is_free),
            at.decoded + (lens is DECODED),
            is_branch and lens.is_last,
            lens.name,
        )


@functools.cache
def _others() -> Charwise:
    """Return what all lenses ask for that do not go character by character."""
    return Charwise((lens.asks() for lens in LENSES if lens not in CHARWISE), is_whole=True)


@functools.cache
def _numbers() -> Charwise:
    return Charwise([NUMBERED.asks()], is_whole=True)


def _is_too_deep(view: View, at: Shown) -> bool:
    """Whether something that is still encoded in a view is what was decoded most often."""
    return at.decoded == MOST_LOOKS or any(
        depth(at.view, start, end) >= DEEPEST
        for start, end in zip(view.starts, view.ends, strict=True)
    )
