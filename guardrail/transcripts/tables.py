"""Parquet and Arrow files as lines: a row is a conversation, its columns are the keys of an object.

So a row means what the same object means as a line of JSON, and its number is its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from guardrail.errors import MissingExtraError
from guardrail.transcripts.lines import Block, Unreadable

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

_PARQUET: Final = b"PAR1"
_ARROW: Final = b"ARROW1"
_ROWS: Final = 1024
_DAMAGED: Final = "the table is damaged or cut off; the rest of it is missing"


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
    number = 1
    try:
        for batch in _batches(stream):
            for start in range(0, batch.num_rows, _ROWS):
                rows = batch.slice(start, _ROWS).to_pylist()
                yield Block(number, [msgspec.json.encode(row) for row in rows])
                number += len(rows)
    except Exception:  # noqa: BLE001 - pyarrow has many, and their messages may quote the data
        yield Unreadable(number, _DAMAGED)


def _batches(stream: io.BufferedReader) -> Iterator[Any]:
    import pyarrow.ipc  # noqa: PLC0415 - an extra
    import pyarrow.parquet  # noqa: PLC0415 - an extra

    if stream.peek(4).startswith(_PARQUET):
        yield from pyarrow.parquet.ParquetFile(stream).iter_batches(_ROWS)
        return
    with pyarrow.ipc.open_file(stream) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
