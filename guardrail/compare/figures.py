"""One figure of two models on the same prompts: both values, the change, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, sqrt
from statistics import fmean, stdev

import msgspec

from guardrail.intervals import wilson

_Z = 1.96


class Share(msgspec.Struct, frozen=True):
    """A share of prompts with its 95 % interval (Wilson)."""

    count: int
    of: int
    share: float
    low: float
    high: float


class ShareChange(msgspec.Struct, frozen=True):
    """A share of the prompts for both models.

    `appeared` counts prompts for which it holds of the second model alone, `gone` those of the
    first alone. `p` is the exact sign test over them (McNemar): how likely a split at least as
    uneven is if nothing changed.
    """

    before: Share
    after: Share
    appeared: int
    gone: int
    p: float

    @property
    def is_certain(self) -> bool:
        """Whether chance is an unlikely reason, at 5 %."""
        return self.p < 0.05  # noqa: PLR2004 - the usual level


class MeanChange(msgspec.Struct, frozen=True):
    """A mean over the prompts for both models; `low` and `high` bound its change (95 %, normal)."""

    before: float
    after: float
    change: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def share_change(before: Sequence[bool], after: Sequence[bool]) -> ShareChange | None:
    """Return how a share changed, prompt by prompt; None of no prompt.

    >>> found = share_change([True] * 6 + [False] * 4, [False] * 10)
    >>> found.gone, found.appeared, found.p, found.is_certain
    (6, 0, 0.03125, True)
    """
    if not before:
        return None
    pairs = list(zip(before, after, strict=True))
    appeared = sum(new and not old for old, new in pairs)
    gone = sum(old and not new for old, new in pairs)
    return ShareChange(_share(before), _share(after), appeared, gone, _sign_test(appeared, gone))


def mean_change(before: Sequence[float], after: Sequence[float]) -> MeanChange:
    """Return how a mean changed, prompt by prompt; of at least one prompt.

    >>> mean_change([1.0, 2.0, 3.0], [2.0, 3.0, 5.0])
    MeanChange(before=2.0, after=3.3333, change=1.3333, low=0.68, high=1.9867)
    """
    changes = [new - old for old, new in zip(before, after, strict=True)]
    change = fmean(changes)
    half = _Z * stdev(changes) / sqrt(len(changes)) if len(changes) > 1 else float("inf")
    shown = (fmean(before), fmean(after), change, change - half, change + half)
    return MeanChange(*(round(each, 4) for each in shown))


def _share(held: Sequence[bool]) -> Share:
    count, of = sum(held), len(held)
    low, high = wilson(count, of)
    return Share(count, of, round(count / of, 4), round(low, 4), round(high, 4))


def _sign_test(one: int, other: int) -> float:
    """Return the two-sided probability of a split at least as uneven as this one."""
    total, least = one + other, min(one, other)
    tail = sum(comb(total, number) for number in range(least + 1))
    return min(1.0, 2 * tail / (1 << total))
