"""Verdict records from a file or a stream: what the watch reads of them, and where they stand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from guardrail.transcripts.lines import Unreadable, blocks, unpacked
from guardrail.transcripts.shapes import NotReadableError, read_json

_OTHER_ROLE: Final = "assistant"


class _Fired(msgspec.Struct, frozen=True):
    rule: str


class _Asked(msgspec.Struct, frozen=True):
    detector: str


class PolicyOf(msgspec.Struct, frozen=True):
    """The policy that decided."""

    name: str
    digest: str
    version: str | None = None


class Record(msgspec.Struct, frozen=True):
    """A verdict record, as far as the watch looks at it; those without a place are fine too.

    `output` is the text that the user would see. A record of `Verdict.record(text=False)` has none.
    """

    action: str
    fired: tuple[_Fired, ...]
    policy: PolicyOf
    errors: tuple[_Asked, ...] = ()
    skipped: tuple[_Asked, ...] = ()
    role: str = _OTHER_ROLE
    file: str | None = None
    line: int | None = None
    turn: int | None = None
    part: str | None = None
    output: str | None = None

    def __repr__(self) -> str:
        return f"Record({self.action!r}, {self.file!r}, {self.line!r})"

    @property
    def is_clean(self) -> bool:
        """Whether no rule fired, so that `output` is the text as it was checked."""
        return not self.fired and self.action == "allow"


class Read(NamedTuple):
    """A record and the line of its file that it stands in."""

    line: int
    record: Record


_DECODER: Final = msgspec.json.Decoder(Record)


def read_records(stream: io.BufferedReader, name: str) -> Iterator[list[Read | Unreadable]]:
    r"""Yield the records of a stream in batches, as they come in; gzip and Zstandard are unpacked.

    Args:
        stream: lines of JSON.
        name: what errors call it.

    Raises:
        MissingExtraError: the stream is Zstandard, and the extra `zstd` is not installed.

    >>> lines = b'{"action":"allow","fired":[],"policy":{"name":"p","digest":"d"}}\nnothing\n'
    >>> ((first, second),) = read_records(io.BufferedReader(io.BytesIO(lines)), "records.jsonl")
    >>> first.record.is_clean, second.line
    (True, 2)
    """
    for block in blocks(unpacked(stream, name)):
        if isinstance(block, Unreadable):
            yield [block]
            continue
        batch = [
            _read(number, line) for number, line in enumerate(block.lines, block.first) if line
        ]
        if batch:
            yield batch


def _read(number: int, line: bytes) -> Read | Unreadable:
    try:
        return Read(number, read_json(line, _DECODER))
    except NotReadableError as error:
        return Unreadable(number, str(error))
