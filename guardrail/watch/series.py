"""One rate over time: how often something happened, in stretches, and when that changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

from guardrail.intervals import wilson
from guardrail.watch.change import RateWatch

What: TypeAlias = Literal["rule", "error", "skipped", "far", "topic"]
"""A rule fired, a detector failed or was skipped, a text was far from those before, or of a group
of such texts."""

Key: TypeAlias = tuple[What, str]

_PLACES: Final = 4096
_SHOWN: Final = 5


class Place(msgspec.Struct, frozen=True):
    """Where a reply is: the file that was checked, its line and turn.

    A record that does not say is in its own place: the file of records and its line.
    """

    file: str
    line: int
    turn: int | None = None
    part: str | None = None

    def __str__(self) -> str:
        turn = "" if self.turn is None else f", turn {self.turn}"
        return f"{self.file}:{self.line}{turn}{f', {self.part}' if self.part else ''}"


class Rate(msgspec.Struct, frozen=True):
    """A share of conversations with its 95 % interval (Wilson)."""

    count: int
    of: int
    share: float
    low: float
    high: float


def rate(count: int, of: int) -> Rate:
    """Return a share with its interval, rounded to 6 digits; `of` is at least 1.

    >>> rate(5, 50)
    Rate(count=5, of=50, share=0.1, low=0.043475, high=0.213605)
    """
    low, high = wilson(count, of)
    return Rate(count, of, round(count / of, 6), round(low, 6), round(high, 6))


class Example(msgspec.Struct, frozen=True):
    """A reply to look at: its place, and its shape without its words, if texts are allowed."""

    place: Place
    excerpt: str | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that has changed.

    `since` is the conversation at which that began, most likely, and `at` the one where it was
    certain enough; both are counted from 1 within the records of one policy and role. `before` is
    the rate since the change before this one, `after` the rate since `since`.
    """

    what: What
    name: str
    policy: str
    digest: str
    role: str
    since: int
    since_place: Place | None
    at: int
    place: Place
    before: Rate
    after: Rate
    examples: tuple[Example, ...] = ()

    @property
    def has_risen(self) -> bool:
        """Whether the rate is higher than before."""
        return self.after.share > self.before.share


@dataclass(slots=True)
class Series:
    """How often one thing happened; `counts` has a number for each stretch of conversations.

    `origin` is the conversation, counted from 0, since which it could have happened.
    """

    watch: RateWatch
    origin: int = 0
    counts: list[int] = field(default_factory=list)
    total: int = 0
    recent: deque[tuple[int, Example]] = field(default_factory=lambda: deque(maxlen=_PLACES))

    def count(self, trial: int, stretch: int, example: Example) -> None:
        """Count a conversation in which it happened."""
        self.counts += [0] * (stretch + 1 - len(self.counts))
        self.counts[stretch] += 1
        self.total += 1
        self.recent.append((trial, example))

    def merge(self) -> None:
        """Make one stretch of every two."""
        padded = [*self.counts, 0]
        self.counts = [sum(padded[at : at + 2]) for at in range(0, len(self.counts), 2)]

    def examples(self, since: int) -> tuple[Example, ...]:
        """Return the newest examples from a trial on, the oldest first."""
        return tuple(example for trial, example in self.recent if trial >= since)[-_SHOWN:]

    def place_of(self, trial: int) -> Place | None:
        """Return where a trial is, if it is still known."""
        return next((example.place for at, example in self.recent if at == trial), None)
