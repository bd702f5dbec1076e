"""Replies that no rule fires on, but that are unlike those before; and groups of them.

The first texts are the usual ones. How far each is from its nearest neighbour among them tells what
is far: only one text in 200 is farther from its own. Texts that are as far as one in 20 come in
topics: one founds a topic, and those no farther from it than that one in 200 belong to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from guardrail.watch.embedding import Embedding

USUAL: Final = 2000
"""So many texts are the usual ones."""

_FAR: Final = 0.995
_UNLIKE: Final = 0.95
_MOST: Final = 1000
"""So many topics are known at once; the one without a text for longest is forgotten."""


class Found(NamedTuple):
    """What a text is: far from the usual ones, and of which topics.

    It is of several where their founders are near each other. `is_founder` says that the only one
    is founded by it, and `forgotten` which one had to make room for that.
    """

    is_far: bool
    topics: tuple[int, ...] = ()
    is_founder: bool = False
    forgotten: int | None = None


class Topics:
    """Tells which texts are unlike the first ones; no text is kept once those are known."""

    def __init__(self, embedding: Embedding, usual: int = USUAL) -> None:
        self._embedding = embedding
        self._wanted = usual
        self._first: list[str] = []
        self._usual: Any = None
        self._far = self._unlike = 0.0
        self._founders: Any = None
        self._numbers: list[int] = []
        self._last: list[int] = []
        self._known: set[int] = set()
        self._founded = self._time = 0

    @property
    def is_ready(self) -> bool:
        """Whether the usual texts are known."""
        return self._usual is not None

    def look(self, texts: Sequence[str]) -> list[Found | None]:
        """Return what each text is; None for the usual ones, and for those without a vector."""
        missing = max(self._wanted - len(self._first), 0) if not self.is_ready else 0
        if missing:
            self._first += texts[:missing]
            if len(self._first) == self._wanted:
                self._learn()
        rest = texts[missing:]
        found: list[Found | None] = [None] * (len(texts) - len(rest))
        if rest:
            vectors = self._embedding.vectors(rest)
            nearest = 1 - (vectors @ self._usual.T).max(axis=1, initial=0.0)
            for vector, distance in zip(vectors, nearest.tolist(), strict=True):
                found.append(self._looked(vector, distance) if vector.any() else None)
        return found

    def know(self, topic: int) -> None:
        """Say that a topic was told: its texts belong to no other any more."""
        self._known.add(topic)

    def _learn(self) -> None:
        import numpy as np

        self._embedding.learn(self._first)
        vectors = self._embedding.vectors(self._first)
        self._usual = vectors[vectors.any(axis=1)]
        self._first = []
        nearness = self._usual @ self._usual.T
        np.fill_diagonal(nearness, -1.0)
        distances = 1 - nearness.max(axis=1) if len(self._usual) else np.zeros(1)
        self._far, self._unlike = np.quantile(distances, [_FAR, _UNLIKE]).tolist()
        self._founders = np.zeros((_MOST, vectors.shape[1]), dtype=np.float32)

    def _looked(self, vector: Any, distance: float) -> Found:
        self._time += 1
        if distance <= self._unlike:
            return Found(is_far=False)
        is_far = distance > self._far
        near = 1 - self._founders[: len(self._numbers)] @ vector <= self._far
        members = near.nonzero()[0].tolist()
        if not members:
            return Found(is_far, *self._found(vector))
        for at in members:
            self._last[at] = self._time
        numbers = [self._numbers[at] for at in members]
        known = [number for number in numbers if number in self._known]
        return Found(is_far, tuple(known or numbers))

    def _found(self, vector: Any) -> tuple[tuple[int, ...], bool, int | None]:
        """Make a topic of a text; return its number, True, and the topic that is forgotten."""
        forgotten = None
        at = len(self._numbers)
        self._founded += 1
        if at < _MOST:
            self._numbers.append(self._founded)
            self._last.append(self._time)
        else:
            at = min(range(at), key=self._last.__getitem__)
            forgotten = self._numbers[at]
            self._numbers[at], self._last[at] = self._founded, self._time
        self._founders[at] = vector
        return (self._founded,), True, forgotten
