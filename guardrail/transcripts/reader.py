"""A transcript file as a stream of chunks, each small enough to hand to a worker."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from guardrail.errors import TranscriptError
from guardrail.transcripts.lines import MAX_LINE, Block, Unreadable, blocks, size_text, unpacked
from guardrail.transcripts.shapes import Shape, shape_of
from guardrail.transcripts.shards import Chunk, Shard, chunk_of, shards, size_for
from guardrail.transcripts.tables import RowGroup, is_parquet, is_table, row_groups, table_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_AT_LINES: Final = 20
_LOOK_AT_BLOCKS: Final = 4
_OPENINGS: Final = (b"[", b"{")  # alone on the first line: no JSON Lines
_JSON_LINES: Final = frozenset({".jsonl", ".ndjson", ".json"})


class Transcript:
    """An open transcript: its name, its shape, and its lines in chunks."""

    def __init__(self, name: str, stream: io.BufferedReader, limit: int = MAX_LINE) -> None:
        self.name = name
        self._file = stream
        self._limit = limit
        self._is_plain_file = self._has_groups = False
        if is_table(stream):
            self._has_groups = name != "-" and stream.seekable() and is_parquet(stream)
            self._blocks = table_blocks(stream, name)
        else:
            lines = unpacked(stream, name)
            self._is_plain_file = name != "-" and lines is stream and stream.seekable()
            self._blocks = blocks(lines, limit)
        self._head: list[Block | Unreadable] = []
        self._refused: str | None = None
        self.shape = self._detect()

    def chunks(self) -> Iterator[Chunk]:
        """Yield every line that is not blank, and every one that could not be read, once."""
        if self._refused is not None:
            yield Chunk(self.shape, [], [Unreadable(1, self._refused)], self._position())
            return
        if self.shape is Shape.PLAIN:
            yield self._whole()
            return
        for item in self._all():
            chunk = chunk_of(self.shape, item, self._position())
            if chunk.lines or chunk.unreadable:
                yield chunk

    def shards(self, jobs: int = 1, *, is_slow: bool = False) -> Iterator[Chunk | Shard | RowGroup]:
        """Yield the same for processes that read it: by place alone in plain files and Parquet."""
        if self._refused is not None or self.shape is Shape.PLAIN:
            yield from self.chunks()
        elif self._has_groups:
            yield from row_groups(self._file, self.name, self.shape)
        elif self._is_plain_file:
            size = size_for(os.fstat(self._file.fileno()).st_size, jobs, is_slow=is_slow)
            yield from shards(self.name, self.shape, self._file, size)
        else:
            yield from self.chunks()

    def _all(self) -> Iterator[Block | Unreadable]:
        head, self._head = self._head, []
        yield from head
        yield from self._blocks

    def _whole(self) -> Chunk:
        lines: list[bytes] = []
        size = 0
        for item in self._all():
            if isinstance(item, Unreadable):
                return Chunk(self.shape, [], [item], self._position())
            lines += item.lines
            size += sum(map(len, item.lines)) + len(item.lines)
            if size > self._limit + 1:
                reason = f"longer than {size_text(self._limit)}, too long for one reply"
                return Chunk(self.shape, [], [Unreadable(1, reason)], self._position())
        return Chunk(self.shape, [(1, b"\n".join(lines))], [], self._position())

    def _position(self) -> int:
        try:
            return self._file.tell()
        except (OSError, ValueError):
            return 0

    def _detect(self) -> Shape:
        """Look at the first lines. A name that says JSON Lines is believed; other names are not."""
        is_named = bool(_JSON_LINES & set(Path(self.name).suffixes))
        looked_at = objects = 0
        first = b""
        for line in self._first_lines():
            first = first or line.strip()
            if (is_named or self.name == "-") and first in _OPENINGS:
                return self._refuse(first)
            if self.name == "-" and first.startswith(b"[{"):
                return self._refuse(first)
            if not looked_at and not is_named and not line.lstrip().startswith(b"{"):
                return Shape.PLAIN
            shape = shape_of(line)
            if shape is not None and shape is not Shape.UNKNOWN:
                return shape
            looked_at += 1
            objects += shape is Shape.UNKNOWN
        if not looked_at and not any(isinstance(item, Unreadable) for item in self._head):
            return Shape.EMPTY
        if is_named and not objects and (first.startswith(b"[") or _is_binary(first)):
            return self._refuse(first)
        is_json = is_named or (looked_at > 0 and objects == looked_at)
        return Shape.UNKNOWN if is_json else Shape.PLAIN

    def _refuse(self, first: bytes) -> Shape:
        """Refuse the whole file: one line says what it is, instead of every line what it is not."""
        if _is_binary(first):
            self._refused = "binary data, not JSON Lines: is it a file of another kind?"
        elif first.startswith(b"["):
            self._refused = (
                "a JSON array, not JSON Lines; write one conversation a line: "
                f"jq -c '.[]' {self._shown}"
            )
        else:
            self._refused = (
                "JSON over several lines, not JSON Lines; write one conversation a line: "
                f"jq -c . {self._shown}"
            )
        return Shape.REFUSED

    @property
    def _shown(self) -> str:
        """The file as a shell command names it."""
        is_nameless = self.name == "-" or Path(self.name).suffix in {".gz", ".zst"}
        return "FILE" if is_nameless else shlex.quote(self.name)

    def _first_lines(self) -> Iterator[bytes]:
        """Yield some lines that are not blank; what is read for that is kept for `chunks`."""
        count = 0
        for item in self._blocks:
            self._head.append(item)
            for line in () if isinstance(item, Unreadable) else item.lines:
                if line and not line.isspace():
                    yield line
                    count += 1
                if count == _LOOK_AT_LINES:
                    return
            if len(self._head) == _LOOK_AT_BLOCKS:
                return


def _is_binary(line: bytes) -> bool:
    """Whether a line is no text at all."""
    try:
        return "\0" in line.decode()
    except UnicodeDecodeError:
        return True


@contextlib.contextmanager
def open_transcript(name: str, stdin: BinaryIO | None = None) -> Iterator[Transcript]:
    """Open a transcript by path; `-` is standard input.

    Raises:
        TranscriptError: there is no such file, or it is not one that can be read.
        MissingExtraError: it is packed with Zstandard, and the extra is not installed.
    """
    if name == "-":
        yield Transcript(name, _buffered(stdin or sys.stdin.buffer))
        return
    with _open(name) as stream:
        yield Transcript(name, stream)


def _buffered(stream: BinaryIO) -> io.BufferedReader:
    """Return a stream that can be peeked into; what a test puts for standard input cannot."""
    if isinstance(stream, io.BufferedReader):
        return stream
    return io.BufferedReader(cast("io.RawIOBase", stream))


def _open(name: str) -> io.BufferedReader:
    path = Path(name)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise TranscriptError(
                f"`{name}` is a folder", help="name the files in it: guardrail check FOLDER/*.jsonl"
            )
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise TranscriptError(f"`{name}` is a device, not a file")
        return io.BufferedReader(io.FileIO(path), 1024 * 1024)
    except FileNotFoundError:
        raise TranscriptError(f"`{name}` does not exist", help="check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise TranscriptError(f"`{name}` cannot be read: {reason.lower()}") from None
