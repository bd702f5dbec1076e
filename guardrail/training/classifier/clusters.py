"""Near-duplicates: texts that share most of their words in order belong to one cluster.

MinHash over runs of three words, 32 values in 4 bands: pairs with a Jaccard similarity of about
0.84 or more are found, those below 0.6 hardly ever. Source: Broder, "On the resemblance and
containment of documents" (1997).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Sequence
from typing import Any, Final

from guardrail.training.classifier.examples import Example

_BANDS: Final = 4
_ROWS: Final = 8
_RUN: Final = 3
_PRIME: Final = 2**31 - 1
_WORD: Final = re.compile(r"\w+")


def clusters(examples: Sequence[Example], unlike: Collection[str] = ()) -> list[int]:
    """Return the cluster of each example: the number of the first example in it.

    Args:
        examples: the examples.
        unlike: sources whose texts are alike by how they are made; near-duplicates of those are
            not looked for.

    >>> from guardrail.training.classifier.examples import Example
    >>> texts = ["Open the door, please", "open the door please!", "Close it"]
    >>> clusters([Example(text, {}, None, "s") for text in texts])
    [0, 0, 2]
    """
    first_of: dict[object, int] = {}
    groups = _Groups(len(examples))
    coefficients = _coefficients()
    for number, example in enumerate(examples):
        is_unlike = example.source in unlike
        keys: list[object] = [] if is_unlike else list(_bands(example.text, coefficients))
        if example.cluster is not None:
            keys.append((example.source, example.cluster))
        for key in keys:
            groups.join(first_of.setdefault(key, number), number)
    return [groups.first(number) for number in range(len(examples))]


class _Groups:
    """Groups that grow together; the first member names a group."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def first(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.first(one), self.first(other)))
        self._parent[high] = low


def _coefficients() -> tuple[Any, Any]:
    import numpy as np

    dice = np.random.default_rng(1)
    count = _BANDS * _ROWS
    return dice.integers(1, _PRIME, count), dice.integers(0, _PRIME, count)


def _bands(text: str, coefficients: tuple[Any, Any]) -> list[tuple[int, bytes]]:
    import numpy as np

    words = _WORD.findall(text.lower())
    runs = {" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))}
    hashes = np.array([zlib.crc32(run.encode()) % _PRIME for run in sorted(runs)], dtype=np.int64)
    slope, offset = coefficients
    signature = ((hashes[:, None] * slope + offset) % _PRIME).min(axis=0)
    return [
        (band, signature[band * _ROWS : (band + 1) * _ROWS].tobytes()) for band in range(_BANDS)
    ]
