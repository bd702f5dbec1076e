"""A file that several processes append to in turn: what each has made need not cross a pipe."""

from __future__ import annotations

from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Final

_STOPPED: Final = -1


class Turns:
    """Appends to a file in the order of numbers, by any process that was started with this.

    At any moment the file is the beginning of what it will be, as if one process had written it.
    """

    def __init__(self, path: Path, context: BaseContext) -> None:
        self._path = path
        self._changed = context.Condition()
        self._next = context.Value("q", 0, lock=False)

    def append(self, number: int, data: bytes) -> None:
        """Append when all with a lower number have; nothing once it was stopped.

        Raises:
            OSError: the file cannot be written, or is gone.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next.value in {number, _STOPPED})
            if self._next.value == _STOPPED:
                return
            with self._path.open("r+b") as file:  # one that was removed stays removed
                file.seek(0, 2)
                file.write(data)
            self._next.value += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Let nobody append any more: what came next is missing."""
        with self._changed:
            self._next.value = _STOPPED
            self._changed.notify_all()
