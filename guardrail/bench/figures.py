"""What was measured, without a word of any text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

_FIRST_US: Final = 1
_OFTEN: Final = 0.02


class Latency(msgspec.Struct, frozen=True):
    """How long something took: microseconds, at the share of cases that the name says."""

    count: int
    mean_us: float
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        """Return the latencies of cases that took so many seconds.

        >>> Latency.of([1e-6, 3e-6]).mean_us
        2.0
        """
        ordered = sorted(each * 1e6 for each in seconds)
        if not ordered:
            return cls(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        last = len(ordered) - 1
        at = (ordered[round(last * share)] for share in (0.5, 0.9, 0.99, 1.0))
        mean = sum(ordered) / len(ordered)
        return cls(len(ordered), *(round(each, 3) for each in (mean, *at)))


class Bar(msgspec.Struct, frozen=True):
    """How many cases took less than this and no less than the bar before."""

    below_us: float
    count: int


def histogram(seconds: Sequence[float]) -> tuple[Bar, ...]:
    """Return bars that each reach twice as far as the one before, none empty at either end.

    >>> [(bar.below_us, bar.count) for bar in histogram([3e-6, 5e-6, 20e-6])]
    [(4, 1), (8, 1), (16, 0), (32, 1)]
    """
    counts: dict[int, int] = {}
    for each in seconds:
        power = 0
        while each * 1e6 >= _FIRST_US << power:
            power += 1
        counts[power] = counts.get(power, 0) + 1
    if not counts:
        return ()
    powers = range(min(counts), max(counts) + 1)
    return tuple(Bar(_FIRST_US << power, counts.get(power, 0)) for power in powers)


class Stage(msgspec.Struct, frozen=True):
    """A part of a check: of which share of the texts, how long there, and on average over all."""

    name: str
    share_of_texts: float
    share_of_time: float
    mean_us: float
    latency: Latency


class SourceCost(msgspec.Struct, frozen=True):
    """A list, a pattern or a detector.

    `asked` is the share of texts in which the scan said that it may find something, or on which it
    ran; `found` the share in which it did. The scan knows nothing of a detector without a gate.
    `mean_us` is what it took beside the scan, over all texts.
    """

    name: str
    asked: float
    found: float
    mean_us: float
    has_gate: bool = True


class RuleCost(msgspec.Struct, frozen=True):
    """A rule: the share of texts it fires on, and what its sources take beside the scan.

    A source of several rules counts for each of them.
    """

    name: str
    fires: float
    mean_us: float
    sources: tuple[SourceCost, ...]

    @property
    def defeating(self) -> tuple[SourceCost, ...]:
        """The sources that are often looked for although the rule seldom fires.

        >>> ids = SourceCost("ids", asked=0.4, found=0.3, mean_us=1.0)
        >>> RuleCost("r", 0.01, 1.0, (ids,)).defeating == (ids,)
        True
        >>> RuleCost("r", 0.39, 1.0, (ids,)).defeating
        ()
        """
        return tuple(
            source
            for source in self.sources
            if source.asked >= _OFTEN and (not source.has_gate or self.fires < source.asked / 2)
        )


class Start(msgspec.Struct, frozen=True):
    """What a new process needs, in milliseconds, and how much memory it has then."""

    import_ms: float
    load_ms: float
    first_check_ms: float
    peak_mib: float | None


class Texts(msgspec.Struct, frozen=True):
    """What was checked."""

    count: int
    mean_characters: float
    side: str


class Figures(msgspec.Struct, frozen=True):
    """Everything that was measured; `quiet` is the share of texts that one scan decides."""

    policy: dict[str, str | None]
    machine: dict[str, str | int]
    texts: Texts
    quiet: float
    check: Latency
    histogram: tuple[Bar, ...]
    stages: tuple[Stage, ...]
    rules: tuple[RuleCost, ...]
    start: Start | None = None
