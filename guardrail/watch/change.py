"""When did the rate of an event change: a CUSUM of what the rate so far makes unlikely.

An event was a hit in so many of the trials so far. The rate that this predicts (with Jeffreys'
prior, a half and a half) is held against eight others, whose odds were so many times as high when
they were chosen. The likelihood ratio of each, multiplied over the newest trials, is large only if
the rate has changed. Taken from its best beginning, it is Page's CUSUM (1954); while it stands at
nothing, the other rate is chosen anew.

**False alarms.** While nothing changes each ratio is expected to be 1, whatever was seen before.
So the sum over all beginnings (Shiryaev and Roberts) grows by 1 a trial on average, and it is at
least the CUSUM: the mean over the eight reaches `t` after `t` trials on average, or later (Pollak
1985).
"On average" includes the rate itself, drawn from the prior: it is not known, only learnt.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import log
from typing import Final

ODDS: Final = (1.5, 2.0, 4.0, 16.0, 64.0, 256.0, 0.5, 0.25)
"""Of a rate that has changed, against the odds of before."""

RUN: Final = 64
"""So many trials at most are judged by one prediction; a rate that falls is found at their end."""

_RECENT: Final = 4096
"""Hits whose places are kept, to tell where a change began."""

_LEAST_SIDE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Change:
    """A rate that has changed: the trial it began at, counted from 0, and hits before and since."""

    since: int
    hits_before: int
    trials_before: int
    hits_since: int
    trials_since: int


@dataclass(slots=True)
class RateWatch:
    """The rate of one event; `seen` is told each trial with a hit, and `upto` how many there were.

    Args:
        learn: trials before the first look, and after each change before the next one.
        hits, trials: since the last change, as far as they were judged.
    """

    learn: int
    trials: int = 0
    hits: int = 0
    start: int = 0
    """The trial at which counting began."""
    _sums: list[float] = field(default_factory=lambda: [0.0] * len(ODDS))
    _others: list[float] = field(default_factory=lambda: [0.5] * len(ODDS))
    """The rates that the predicted one is held against."""
    _gains: list[float] = field(default_factory=list)
    _misses: list[float] = field(default_factory=list)
    _until: int = 0
    _recent: deque[int] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def copy(self) -> RateWatch:
        """Return a watch that has seen the same."""
        return RateWatch(
            self.learn,
            self.trials,
            self.hits,
            self.start,
            [*self._sums],
            [*self._others],
            [*self._gains],
            [*self._misses],
            self._until,
            self._recent.copy(),
        )

    @property
    def evidence(self) -> float:
        """The logarithm of the CUSUM, divided by how many rates it is the mean of, at least."""
        return max(self._sums) - log(len(ODDS))

    def upto(self, trial: int) -> None:
        """Judge all trials before this one, as far as they are not: none of them was a hit."""
        end = trial - self.start
        while self.trials < end:
            if self.trials >= self._until:
                self._predict()
            count = min(end, self._until) - self.trials
            if self.trials >= self.learn:
                self._miss(count)
            self.trials += count

    def seen(self, trial: int) -> None:
        """Judge a trial that was a hit, and all before it."""
        self.upto(trial)
        if self.trials >= self._until:
            self._predict()
        if self.trials >= self.learn:
            for index, gain in enumerate(self._gains):
                self._sums[index] = max(self._sums[index], 0.0) + gain
        self._hit(trial)

    def noted(self, trial: int) -> None:
        """Count a trial that was a hit by definition, so that it is no evidence of a change."""
        self.upto(trial)
        self._hit(trial)

    def _hit(self, trial: int) -> None:
        self.trials += 1
        self.hits += 1
        self._recent.append(trial)
        self._until = min(self._until, self.trials)  # the next trial has a prediction of its own

    def _predict(self) -> None:
        rate = (self.hits + 0.5) / (self.trials + 1)
        for index, odds in enumerate(ODDS):
            if self._sums[index] <= 0:
                self._others[index] = odds * rate / (1 - rate + odds * rate)
        self._gains = [log(other / rate) for other in self._others]
        self._misses = [log((1 - other) / (1 - rate)) for other in self._others]
        self._until = self.trials + RUN

    def _miss(self, count: int) -> None:
        """Add so many trials without a hit; each sum falls to 0 at most before the last of them."""
        for index, gain in enumerate(self._misses):
            known = max(self._sums[index], 0.0)
            if gain >= 0:
                self._sums[index] = known + count * gain
            else:
                self._sums[index] = max(known + (count - 1) * gain, 0.0) + gain

    def restart(self) -> Change:
        """Return the likeliest change, and begin anew with the trials since."""
        end = self.start + self.trials
        since, hits_since = self._split(end)
        change = Change(since, self.hits - hits_since, since - self.start, hits_since, end - since)
        self.start, self.trials, self.hits = since, end - since, hits_since
        self._sums = [0.0] * len(ODDS)
        self._until = 0
        self._recent = deque((at for at in self._recent if at >= since), maxlen=_RECENT)
        return change

    def _split(self, end: int) -> tuple[int, int]:
        """Return the trial from which on another rate is likeliest, and the hits since.

        A rate that rose did so at a hit, one that fell behind a hit; among those that are known.
        """
        places = [*self._recent]
        best, found = float("-inf"), (end - 1, 0)
        for back, at in enumerate(reversed(places), start=1):
            for since, hits in ((at, back), (at + 1, back - 1)):
                if self.start < since < end:
                    ours = _fit(hits, end - since)
                    ours += _fit(self.hits - hits, since - self.start)
                    if ours > best:
                        best, found = ours, (since, hits)
        return found


def _fit(hits: int, trials: int) -> float:
    """Return the log-likelihood of so many hits under the rate that suits them best."""
    misses = trials - hits
    some = hits * log(max(hits / trials, _LEAST_SIDE)) if hits else 0.0
    return some + (misses * log(max(misses / trials, _LEAST_SIDE)) if misses else 0.0)
