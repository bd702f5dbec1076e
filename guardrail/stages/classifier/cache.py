"""Answers about the texts that were asked last, by keyed hash; no text is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Keeps `most` answers, those that were asked for last; threads may share it.

    >>> cache = Cache[int](2)
    >>> cache.put({b"a": 1, b"b": 2})
    >>> cache.get([b"a"])
    {b'a': 1}
    >>> cache.put({b"c": 3})
    >>> cache.get([b"a", b"b", b"c"])
    {b'a': 1, b'c': 3}
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._held: OrderedDict[bytes, T] = OrderedDict()
        self._lock = threading.Lock()

    def grow(self, most: int) -> None:
        """Keep at least so many."""
        self._most = max(self._most, most)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, T]:
        """Return what is known, by key."""
        if not self._most:
            return {}
        with self._lock:
            found = {key: self._held[key] for key in keys if key in self._held}
            for key in found:
                self._held.move_to_end(key)
        return found

    def put(self, answers: Mapping[bytes, T]) -> None:
        """Keep answers; the ones that nobody asked for longest go."""
        if not self._most:
            return
        with self._lock:
            self._held.update(answers)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
