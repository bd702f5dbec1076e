"""Rows of token ids as the arrays that models read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def padded(rows: Sequence[Sequence[int]], least: int = 1) -> tuple[Any, Any]:
    """Return rows as `input_ids` and `attention_mask`, both int64, rows × the longest or `least`.

    >>> ids, mask = padded([[7, 8, 9], [5]])
    >>> ids.tolist(), mask.tolist()
    ([[7, 8, 9], [5, 0, 0]], [[1, 1, 1], [1, 0, 0]])
    """
    import numpy as np

    ids: Any = np.zeros((len(rows), max(least, *map(len, rows))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
