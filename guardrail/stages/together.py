"""Answers those who ask at the same time in one go: whoever asks while a batch runs is in the next.

Nobody waits for company: alone, one is answered at once. The wait is bounded by the size of a
batch: it takes those who asked first, about `most` items, and the others wait for the next.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Together(Generic[Item, Answer]):
    """Runs a function over the items of all threads that ask at the same time, batch by batch.

    Args:
        run: gives one answer for each item, in order; it is never called by two threads at once.
        most: how many items a batch takes; whoever asks about more at once is not divided.

    >>> Together(lambda texts: [text.upper() for text in texts]).ask(["a", "b"])
    ['A', 'B']
    """

    def __init__(self, run: Callable[[list[Item]], Sequence[Answer]], most: int = 32) -> None:
        self._run = run
        self._most = most
        self._queue: deque[_Asked[Item, Answer]] = deque()
        self._guard = threading.Lock()
        self._leader: int | None = None  # the thread that runs a batch

    def __len__(self) -> int:
        """Return how many callers wait for a batch."""
        return len(self._queue)

    def ask(self, items: Sequence[Item]) -> list[Answer]:
        """Return the answers; what the function raises about these items is raised here."""
        if self._leader == threading.get_ident():  # a function that asks itself
            return self._checked(list(items))
        asked: _Asked[Item, Answer] = _Asked(items)
        with self._guard:
            self._queue.append(asked)
            is_leader = self._leader is None
            if is_leader:
                self._leader = threading.get_ident()
        if not is_leader:
            self._wait(asked)
        if asked.answers is None and asked.error is None:
            self._lead()
        if asked.answers is None:
            raise asked.error or RuntimeError("nobody answered")
        return asked.answers

    def _wait(self, asked: _Asked[Item, Answer]) -> None:
        try:
            asked.woken.wait()
        except BaseException:  # the caller is interrupted, and may have been the next to lead
            with self._guard:
                if asked in self._queue:
                    self._queue.remove(asked)
                if asked.woken.is_set() and asked.answers is None and asked.error is None:
                    self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Wake who waits longest, to lead; nobody leads where nobody waits."""
        self._leader = -1 if self._queue else None
        if self._queue:
            self._queue[0].woken.set()

    def _lead(self) -> None:
        """Run the next batch, wake those who wait for it, and hand on to who waits longest."""
        self._leader = threading.get_ident()
        batch = self._next()
        try:
            self._answer(batch)
        finally:
            for asked in batch:
                if asked.answers is None and asked.error is None:
                    asked.error = RuntimeError("interrupted")
                asked.woken.set()
            with self._guard:
                self._hand_on()

    def _next(self) -> list[_Asked[Item, Answer]]:
        """Take those who asked first; the leader is the first of them."""
        with self._guard:
            batch = [self._queue.popleft()]
            size = len(batch[0].items)
            while self._queue and size + len(self._queue[0].items) <= self._most:
                batch.append(self._queue.popleft())
                size += len(batch[-1].items)
        return batch

    def _answer(self, batch: Sequence[_Asked[Item, Answer]]) -> None:
        """Answer all at once; if that fails, each alone, so that nobody has another's error."""
        try:
            answers = self._checked([item for asked in batch for item in asked.items])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            if len(batch) == 1:
                batch[0].error = error
                return
            for asked in batch:
                self._answer([asked])
            return
        for asked in batch:
            asked.answers, answers = answers[: len(asked.items)], answers[len(asked.items) :]

    def _checked(self, items: list[Item]) -> list[Answer]:
        answers = list(self._run(items))
        if len(answers) != len(items):
            raise ValueError("wrong number of answers")
        return answers


class _Asked(Generic[Item, Answer]):
    """Items that wait for a batch, and then their answers or what went wrong."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.answers: list[Answer] | None = None
        self.error: Exception | None = None
        self.woken = threading.Event()
