"""A file as ranges of its bytes: a process that is handed one reads its lines itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from guardrail.transcripts.lines import Unreadable, blocks
from guardrail.transcripts.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE: Final = 512 * 1024


class Chunk(msgspec.Struct, frozen=True):
    """Some lines of one file with their numbers; `position` is how far the file has been read."""

    shape: Shape
    lines: list[tuple[int, bytes]]
    unreadable: list[Unreadable]
    position: int = 0

    def read(self) -> Chunk:
        """Return the chunk itself; a `Shard` has to read its lines first."""
        return self


class Shard(msgspec.Struct, frozen=True):
    """Whole lines of a plain file by their place: bytes `start` to `position`, the end exclusive.

    `first` is the number of the first line.
    """

    name: str
    shape: Shape
    start: int
    position: int
    first: int

    def read(self) -> Chunk:
        """Read the lines.

        A file that has become shorter meanwhile is reported as a line that cannot be read.
        """
        lines: list[tuple[int, bytes]] = []
        unreadable: list[Unreadable] = []
        with io.FileIO(self.name) as file:
            file.seek(self.start)
            part = _Part(file, self.position - self.start)
            for item in blocks(io.BufferedReader(part, _SIZE), first=self.first):
                if isinstance(item, Unreadable):
                    unreadable.append(item)
                else:
                    lines += numbered(item.first, item.lines)
        return Chunk(self.shape, lines, unreadable, self.position)


class _Part(io.RawIOBase):
    """The next `size` bytes of a file."""

    def __init__(self, file: io.FileIO, size: int) -> None:
        self._file = file
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._file.readinto(memoryview(buffer)[: self._left]) or 0
        if self._left and not count:
            raise OSError(0, "it became shorter while it was read")
        self._left -= count
        return count


def numbered(first: int, lines: list[bytes]) -> list[tuple[int, bytes]]:
    """Return the lines that are not blank, with their numbers."""
    return [
        (number, line) for number, line in enumerate(lines, first) if line and not line.isspace()
    ]


def shards(name: str, shape: Shape, stream: BinaryIO, size: int = _SIZE) -> Iterator[Shard]:
    r"""Yield ranges of about `size` bytes that end at line breaks and cover all of a plain file.

    >>> whole = io.BytesIO(b"one\ntwo\nthree")
    >>> [(each.start, each.position, each.first) for each in shards("a", Shape.CHAT, whole, 6)]
    [(0, 4, 1), (4, 8, 2), (8, 13, 3)]
    """
    stream.seek(0)
    number, start, position = 1, 0, 0
    while data := stream.read(size):
        end = data.rfind(b"\n") + 1
        if end:
            yield Shard(name, shape, start, position + end, number)
            start, number = position + end, number + data.count(b"\n")
        position += len(data)
    if start < position:
        yield Shard(name, shape, start, position, number)
