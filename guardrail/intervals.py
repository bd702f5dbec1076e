"""Intervals of shares, as several reports give them."""

from __future__ import annotations

from math import sqrt


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a rate, after Wilson.

    >>> [round(end, 3) for end in wilson(0, 100)]
    [0.0, 0.037]
    """
    rate, room = hits / total, z * z / total
    middle = (rate + room / 2) / (1 + room)
    half = z * sqrt(rate * (1 - rate) / total + room / total / 4) / (1 + room)
    return max(0.0, middle - half), min(1.0, middle + half)
