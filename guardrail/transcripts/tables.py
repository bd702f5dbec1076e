"""Parquet and Arrow files as lines: a row is a conversation, its columns are the keys of an object.

So a row means what the same object means as a line of JSON, and its number is its line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from guardrail.errors import MissingExtraError
from guardrail.transcripts.lines import Block, Unreadable
from guardrail.transcripts.shapes import Shape
from guardrail.transcripts.shards import Chunk, chunk_of

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

_PARQUET: Final = b"PAR1"
_ARROW: Final = b"ARROW1"
_ROWS: Final = 1024
_DAMAGED: Final = "the table is damaged or cut off; the rest of it is missing"
_DAMAGED_GROUP: Final = "the table is damaged here; the rest of this row group is missing"
_LARGEST_GROUP: Final = 32 << 20
"""A row group of more bytes is read here, piece by piece: a process holds one as a whole."""


def is_table(stream: io.BufferedReader) -> bool:
    """Whether a stream is a Parquet file, or an Arrow file (Feather version 2)."""
    return stream.peek(6)[:6].startswith((_PARQUET, _ARROW))


def table_blocks(stream: io.BufferedReader, name: str) -> Iterator[Block | Unreadable]:
    """Return the rows of a table as blocks of lines of JSON, in constant memory.

    Raises:
        MissingExtraError: `pyarrow` is not installed.
    """
    try:
        import pyarrow as pa  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError(f"reading `{name}` (a table)", "parquet") from error
    return _blocks(stream)


def _blocks(stream: io.BufferedReader) -> Iterator[Block | Unreadable]:
    if not stream.seekable():
        yield Unreadable(1, "a table is read from a file, not from a pipe: name the file")
        return
    if not is_parquet(stream):
        yield from _encoded(_batches(stream), 1, _DAMAGED)
        return
    try:
        file, groups = _groups(stream)
    except Exception:  # noqa: BLE001 - pyarrow has many, and their messages may quote the data
        yield Unreadable(1, _DAMAGED)
        return
    for group in groups:
        yield from _rows_of(file, group.number, group.first)


def _encoded(batches: Iterator[Any], first: int, damaged: str) -> Iterator[Block | Unreadable]:
    """Yield the rows of batches as lines of JSON, numbered from `first`."""
    try:
        for batch in batches:
            for start in range(0, batch.num_rows, _ROWS):
                rows = batch.slice(start, _ROWS).to_pylist()
                yield Block(first, [msgspec.json.encode(row) for row in rows])
                first += len(rows)
    except Exception:  # noqa: BLE001 - pyarrow has many, and their messages may quote the data
        yield Unreadable(first, damaged)


def _batches(stream: io.BufferedReader) -> Iterator[Any]:
    import pyarrow.ipc  # noqa: PLC0415 - an extra

    with pyarrow.ipc.open_file(stream) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


# ---------------------------------------------------------------- row groups


def is_parquet(stream: io.BufferedReader) -> bool:
    """Whether a stream, at its beginning, is a Parquet file."""
    return stream.peek(4).startswith(_PARQUET)


class RowGroup(msgspec.Struct, frozen=True):
    """A row group of a Parquet file by its place; `first` is the number of its first row.

    `position` is how many bytes of columns there are up to its end.
    """

    name: str
    shape: Shape
    number: int
    first: int
    position: int

    def chunks(self) -> Iterator[Chunk]:
        """Read the rows; what cannot be read, because the file is another one now, is reported."""
        with Path(self.name).open("rb") as stream:
            for item in self._items(stream):
                yield chunk_of(self.shape, item, self.position)

    def _items(self, stream: io.BufferedReader) -> Iterator[Block | Unreadable]:
        import pyarrow.parquet  # noqa: PLC0415 - an extra

        try:
            file = pyarrow.parquet.ParquetFile(stream)
        except Exception:  # noqa: BLE001 - pyarrow has many, and their messages may quote the data
            yield Unreadable(self.first, _DAMAGED_GROUP)
            return
        yield from _rows_of(file, self.number, self.first)


def row_groups(stream: io.BufferedReader, name: str, shape: Shape) -> Iterator[Chunk | RowGroup]:
    """Yield the row groups of a Parquet file by place alone, and the rows of large ones."""
    stream.seek(0)
    try:
        file, groups = _groups(stream, name, shape)
    except Exception:  # noqa: BLE001 - pyarrow has many, and their messages may quote the data
        yield Chunk(shape, [], [Unreadable(1, _DAMAGED)])
        return
    for group in groups:
        if file.metadata.row_group(group.number).total_byte_size <= _LARGEST_GROUP:
            yield group
            continue
        for item in _rows_of(file, group.number, group.first):
            yield chunk_of(shape, item, group.position)


def _groups(
    stream: io.BufferedReader, name: str = "", shape: Shape = Shape.UNKNOWN
) -> tuple[Any, list[RowGroup]]:
    import pyarrow.parquet  # noqa: PLC0415 - an extra

    file = pyarrow.parquet.ParquetFile(stream)
    groups: list[RowGroup] = []
    first, position = 1, 0
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        columns = range(group.num_columns)
        position += sum(group.column(each).total_compressed_size for each in columns)
        groups.append(RowGroup(name, shape, number, first, position))
        first += group.num_rows
    return file, groups


def _rows_of(file: Any, number: int, first: int) -> Iterator[Block | Unreadable]:
    batches = file.iter_batches(_ROWS, row_groups=[number])
    yield from _encoded(batches, first, _DAMAGED_GROUP)
