"""From bytes to blocks of numbered lines: unpacked, bounded, and honest about what is not read."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol

import msgspec

from guardrail.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_LINE: Final = 64 * 1024 * 1024
"""A longer line is reported instead of read; so is a plain text file that is larger."""

_BLOCK: Final = 256 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"


class Unreadable(msgspec.Struct, frozen=True):
    """A line that could not be read, and why; the reason never quotes the line."""

    line: int
    reason: str


class _Unpacker(Protocol):
    """What zlib and zstandard call a decompression object."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Packed(io.RawIOBase):
    """A compressed stream as a plain one.

    Every byte before a fault is delivered first: the standard reader drops up to a buffer of good
    data when a file ends early, and zstandard's does not notice at all. `feed` bounds how much one
    step can unpack, so a small file cannot fill the memory.
    """

    def __init__(self, stream: BinaryIO, new: Callable[[], _Unpacker], feed: int) -> None:
        self._stream = stream
        self._new = new
        self._feed = feed
        self._unpacker: _Unpacker | None = None
        self._left = b""  # packed bytes after the end of a member
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            packed = self._left or self._stream.read(self._feed)
            self._left = b""
            if not packed:
                if self._unpacker is not None:
                    raise EOFError
                return 0
            self._ready = self._unpack(packed)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _unpack(self, packed: bytes) -> bytes:
        if self._unpacker is None:
            packed = packed.lstrip(b"\0")  # tape padding between members
            if not packed:
                return b""
            self._unpacker = self._new()
        plain = self._unpacker.decompress(packed)
        if self._unpacker.eof:
            self._left = self._unpacker.unused_data
            self._unpacker = None
        return plain


def unpacked(stream: io.BufferedReader, name: str) -> io.BufferedReader:
    """Return the stream with gzip or Zstandard taken off; its first bytes say which it is.

    Raises:
        MissingExtraError: the stream is Zstandard and `zstandard` is not installed.
    """
    magic = stream.peek(4)[:4]
    if magic.startswith(_GZIP):
        packed = _Packed(stream, lambda: zlib.decompressobj(31), feed=16 * 1024)
    elif magic == _ZSTD:
        packed = _Packed(stream, _zstd(name), feed=1024)
    else:
        return stream
    return io.BufferedReader(packed, 256 * 1024)


def _zstd(name: str) -> Callable[[], _Unpacker]:
    try:
        import zstandard  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError(f"reading `{name}` (Zstandard)", "zstd") from error
    return lambda: zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()


class Block(NamedTuple):
    """Lines that follow each other, without their line breaks; `first` is the number of the first.

    All lines of a file, joined by line breaks, are the file: the last one may be empty.
    """

    first: int
    lines: list[bytes]


def blocks(
    stream: io.BufferedReader, limit: int = MAX_LINE, size: int = _BLOCK, first: int = 1
) -> Iterator[Block | Unreadable]:
    r"""Yield all lines in blocks of about `size` bytes; a byte order mark is dropped.

    `first` is the number of the first line of the stream in its file.

    A line over `limit` is skipped and reported. A fault of the stream itself (a truncated gzip
    file, say) is reported at the line it interrupts, and ends the iteration.

    >>> list(blocks(io.BufferedReader(io.BytesIO(b"one\ntwo"))))
    [Block(first=1, lines=[b'one']), Block(first=2, lines=[b'two'])]
    """
    number = first
    tail: list[bytes] = []  # the line that is not complete yet; empty while one is skipped
    length = 0
    while True:
        try:
            data = stream.read1(size)
        except Exception as error:  # noqa: BLE001 - zlib.error, ZstdError, OSError, EOFError
            yield Unreadable(number, _fault(error))
            return
        if number == 1 and not length:
            data = data.removeprefix(_BYTE_ORDER_MARK)
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines:
            line = _line(number, [*tail, lines[0]], length + len(lines[0]), limit)
            if isinstance(line, Unreadable):
                yield line
                number += 1
                del lines[0]
            else:
                lines[0] = line
            yield from _within(Block(number, lines), limit)
            number += len(lines)
            tail, length = [], 0
        length += len(rest)
        tail = [] if length > limit else [*tail, rest]
        if not data:
            line = _line(number, tail, length, limit)
            yield line if isinstance(line, Unreadable) else Block(number, [line])
            return


def _line(number: int, pieces: list[bytes], length: int, limit: int) -> bytes | Unreadable:
    if length > limit:
        return Unreadable(number, f"longer than {size_text(limit)}")
    return b"".join(pieces)


def _within(block: Block, limit: int) -> Iterator[Block | Unreadable]:
    """Take lines over the limit out of a block."""
    if not block.lines or max(map(len, block.lines)) <= limit:
        if block.lines:
            yield block
        return
    for number, line in enumerate(block.lines, block.first):
        found = _line(number, [line], len(line), limit)
        yield found if isinstance(found, Unreadable) else Block(number, [found])


def _fault(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the compressed file ends early: it was cut off; the rest of it is missing"
    if isinstance(error, OSError):
        return f"the file cannot be read on: {error.strerror or 'input/output error'}"
    return "the compressed file is damaged; the rest of it is missing"


def size_text(count: int) -> str:
    """Return a size as people read it.

    >>> size_text(64 * 1024 * 1024)
    '64 MiB'
    """
    return f"{count // (1024 * 1024)} MiB" if count >= 1024 * 1024 else f"{count} bytes"
