"""A file as ranges of its bytes: a process that is handed one reads its lines itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from guardrail.transcripts.lines import Block, Unreadable, blocks
from guardrail.transcripts.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE: Final = 512 * 1024
_LARGEST: Final = 2 * 1024 * 1024
_PARTS: Final = 8  # for each process: they end at about the same time, and little waits for another


class Chunk(msgspec.Struct, frozen=True):
    """Some lines of one file with their numbers; `position` is how far the file has been read."""

    shape: Shape
    lines: list[tuple[int, bytes]]
    unreadable: list[Unreadable]
    position: int = 0

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunk itself; a `Shard` has to read its lines first."""
        yield self


class Shard(msgspec.Struct, frozen=True):
    """Whole lines of a plain file by their place: bytes `start` to `position`, the end exclusive.

    `first` is the number of the first line.
    """

    name: str
    shape: Shape
    start: int
    position: int
    first: int

    def chunks(self) -> Iterator[Chunk]:
        """Read the lines, some at a time.

        A file that has become shorter meanwhile is reported as a line that cannot be read.
        """
        with io.FileIO(self.name) as file:
            file.seek(self.start)
            part = _Part(file, self.position - self.start)
            for item in blocks(io.BufferedReader(part, _SIZE), first=self.first):
                yield chunk_of(self.shape, item, self.position)


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


def chunk_of(shape: Shape, item: Block | Unreadable, position: int) -> Chunk:
    """Return the lines of a block that are not blank, with numbers, or the one that failed."""
    if isinstance(item, Unreadable):
        return Chunk(shape, [], [item], position)
    lines = [
        (number, line)
        for number, line in enumerate(item.lines, item.first)
        if line and not line.isspace()
    ]
    return Chunk(shape, lines, [], position)


def size_for(file_size: int, jobs: int, *, is_slow: bool) -> int:
    """Return how large shards should be for so many processes, which are slow with a text or not.

    Large ones cost less to hand over; of small ones each process gets its share, and less is lost
    when a run is cut off.

    >>> [size_for(size, 2, is_slow=False) // 1024 for size in (1_000_000, 20_000_000, 10**9)]
    [512, 1220, 2048]
    """
    return _SIZE if is_slow else max(_SIZE, min(file_size // (jobs * _PARTS), _LARGEST))


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
