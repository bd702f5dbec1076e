"""Cuts a text's tokens into windows that overlap, and puts windows of about one length together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

BATCH: Final = 8
"""How many windows one run of a model takes at most."""
_SPREAD: Final = 8
"""Windows in one batch differ by at most so many tokens from its longest, or by an eighth."""

Window: TypeAlias = tuple[int, int]
"""The first token of a window and the one behind its last; tokens that surround it do not count."""


def windows(count: int, room: int, overlap: int) -> list[Window]:
    """Return the windows over so many tokens; each but the last has `room` tokens.

    A text without tokens has one window, which is empty.

    >>> windows(10, 6, 2)
    [(0, 6), (4, 10)]
    """
    step = max(1, room - overlap)
    starts = range(0, max(1, count - overlap), step)
    return [(start, min(start + room, count)) for start in starts]


def seen(count: int, cut: Sequence[Window]) -> float:
    """Return the share of the tokens that lie in a window, from 0 to 1.

    >>> seen(10, [(0, 4), (3, 5)])
    0.5
    """
    covered = reached = 0
    for start, end in sorted(cut):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered / count if count else 1.0


def owned(cut: Sequence[Window]) -> list[Window]:
    """Return the part of each window that no other knows better.

    A token in two windows belongs to the one in which it stands farther from the edge: they are
    parted in the middle of what they share.

    >>> owned([(0, 6), (4, 10)])
    [(0, 5), (5, 10)]
    """
    middles = [(right[0] + left[1]) // 2 for left, right in pairwise(cut)]
    return list(zip([cut[0][0], *middles], [*middles, cut[-1][1]], strict=True))


def batches(sizes: Sequence[int], most: int = BATCH) -> Iterator[list[int]]:
    """Yield the numbers of windows that run together, from their sizes in tokens, shortest first.

    There are `most` in one batch.

    >>> list(batches([40, 3, 4]))
    [[1, 2], [0]]
    """
    batch: list[int] = []
    for number in sorted(range(len(sizes)), key=sizes.__getitem__):
        size = sizes[number]
        is_far = bool(batch) and size - sizes[batch[0]] > max(_SPREAD, size // 8)
        if is_far or len(batch) == most:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
