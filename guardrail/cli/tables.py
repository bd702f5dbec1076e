"""Records as a table: `-o` with the suffix `.parquet` or `.arrow`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from guardrail.errors import MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

_SUFFIXES: Final = frozenset({".parquet", ".arrow"})


def is_table(target: str | None) -> bool:
    """Whether a file is written as a table.

    >>> is_table("verdicts.parquet"), is_table("verdicts.jsonl"), is_table(None)
    (True, False, False)
    """
    return target is not None and Path(target).suffix in _SUFFIXES


def allow_table(form: str, output: str | None, filtered: str | None, *, resume: bool) -> None:
    """Refuse a table where there are no records to put into it.

    Raises:
        click.UsageError: naming what to change.
    """
    if is_table(filtered):
        raise click.UsageError(
            f"--write-filtered {filtered}: a transcript is written as lines: "
            "name a file that ends in .jsonl, .gz or .zst"
        )
    if not is_table(output):
        return
    if form != "jsonl":
        raise click.UsageError(f"-o {output}: a table holds records: add --format jsonl")
    if resume:
        raise click.UsageError(
            f"--resume: of a table that was cut off nothing can be read: {output}; "
            "write lines, -o FILE.jsonl or FILE.jsonl.zst"
        )


class TableWriter:
    """Takes lines of records and writes a table; columns are the keys of a record.

    `signals` is a column of JSON text, because every policy has its own. Lone surrogates, which no
    table can hold, become their escapes.
    """

    def __init__(self, stream: BinaryIO, target: str) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as error:
            raise MissingExtraError(f"writing `{target}` (a table)", "parquet") from error
        self._schema = _schema(pa)
        self._new_batch = pa.RecordBatch.from_pylist
        if Path(target).suffix == ".parquet":
            self._table: Any = pq.ParquetWriter(stream, self._schema, compression="zstd")
        else:
            self._table = pa.ipc.new_file(stream, self._schema)

    def write(self, lines: bytes) -> None:
        """Write whole lines, each a record."""
        rows = [_row(line) for line in lines.splitlines()]
        self._table.write_batch(self._new_batch(rows, schema=self._schema))

    def isatty(self) -> bool:
        """Whether a terminal shows what is written: never."""
        return False

    def close(self) -> None:
        """Write the end of the table."""
        self._table.close()


def _row(line: bytes) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    output: str = row["output"]
    row["output"] = output.encode(errors="backslashreplace").decode()
    if "signals" in row:
        row["signals"] = json.dumps(row["signals"])
    return row


def _schema(arrow: Any) -> pa.Schema:
    text, number, score, words = (
        arrow.string(),
        arrow.int64(),
        arrow.float64(),
        arrow.list_(arrow.string()),
    )
    place = {"start": number, "end": number, "type": text}

    def objects(fields: dict[str, Any]) -> Any:
        return arrow.list_(arrow.struct(fields))

    spans = objects(place | {"score": score, "view": text})
    fired = {"rule": text, "principles": words, "severity": text, "action": text}
    return arrow.schema(
        {
            "file": text,
            "line": number,
            "turn": number,
            "role": text,
            "part": text,
            "action": text,
            "output": text,
            "blocked": arrow.bool_(),
            "fired": objects(fired | {"spans": spans, "message": text}),
            "excepted": objects({"rule": text} | place | {"by": text}),
            "escalations": words,
            "skipped": objects({"detector": text, "rules": words}),
            "errors": objects({"detector": text, "rules": words, "error": text}),
            "signals": text,
            "replied": text,
            "policy": arrow.struct({"name": text, "version": text, "digest": text}),
            "ms": score,
        }
    )
