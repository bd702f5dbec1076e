"""The shape of verdicts outside Python: pydantic models, their schema, and the JSONL encoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final, Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import BaseModel, ConfigDict, Field

from guardrail.values import DetectorError, Excepted, PolicyId, Skipped, Verdict

Word = Literal["allow", "flag", "redact", "append", "rewrite", "replace", "block"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpanRecord(_Record):
    """A finding; offsets are Python characters of the original text, the end exclusive."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    type: str = Field(description="What was found: an entity, or the name of a list or pattern.")
    score: float = Field(ge=0, le=1)
    view: str = Field(description="`plain`, or the derived view of the text that showed it.")


class FiredRecord(_Record):
    """A rule that fired."""

    rule: str
    principles: list[str]
    severity: Literal["low", "medium", "high", "critical"]
    action: Word
    spans: list[SpanRecord]
    message: str | None


class ExceptedRecord(_Record):
    """A finding that an `except` clause dropped."""

    rule: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    type: str
    by: str = Field(description="The list or pattern that excused it.")


class SkippedRecord(_Record):
    """A detector that was not asked, because no answer could have mattered."""

    detector: str
    rules: list[str]


class ErrorRecord(_Record):
    """A detector that failed."""

    detector: str
    rules: list[str]
    error: str


class PolicyRecord(_Record):
    """The policy that decided."""

    name: str
    version: str | None
    digest: str = Field(pattern="^sha256:[0-9a-f]{64}$")


class VerdictRecord(_Record):
    """What `Verdict.record()` gives; `record(text=False)` leaves `output` out."""

    action: Word = Field(description="The strongest action of the rules that fired.")
    output: str | None = Field(default=None, description="What the user would see.")
    blocked: bool
    fired: list[FiredRecord]
    excepted: list[ExceptedRecord]
    escalations: list[str] = Field(description="The queues that `escalate to` named.")
    skipped: list[SkippedRecord]
    errors: list[ErrorRecord]
    signals: dict[str, float | int | str] | None = Field(
        default=None, description="With `--signals`: score, number, label or count of findings."
    )
    coverage: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The share of the text that models saw; absent if none was asked.",
    )
    replied: str | None = Field(description="The name of the canned reply that was used.")
    policy: PolicyRecord
    ms: float = Field(ge=0)


class Record(VerdictRecord):
    """A line of `guardrail check --format jsonl`: one for each checked text, in input order."""

    file: str
    line: int = Field(ge=1)
    turn: int = Field(ge=1, description="The message within its conversation, counted from 1.")
    role: str
    part: str | None = Field(
        default=None,
        description="The piece of the message that was checked, as `tool_calls[0].arguments`, or "
        "the side of a preference; absent for the message itself.",
    )


class _Begun(msgspec.Struct, gc=False):
    """What a record begins with."""

    file: str
    line: int
    turn: int
    role: str
    part: str | UnsetType
    action: str
    output: str


class _Line(_Begun, gc=False):
    """A record on its way out: `msgspec` writes it several times faster than a dictionary."""

    blocked: bool
    fired: object
    excepted: tuple[Excepted, ...]
    escalations: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    errors: tuple[DetectorError, ...]
    signals: dict[str, float | int | str] | UnsetType
    coverage: float | UnsetType
    replied: str | None
    policy: PolicyId
    ms: float


class _Alike(_Begun, gc=False):
    """The same, where all from `blocked` on but `ms` is written already, the key apart."""

    blocked: msgspec.Raw
    ms: float


_ENCODER: Final = msgspec.json.Encoder()


def encode_record(
    verdict: Verdict, *, file: str, line: int, turn: int, role: str, part: str | None = None
) -> bytes:
    """Return the record of a check as a line of JSON.

    Lone surrogates, which UTF-8 cannot carry, are written as the escapes they came from.

    >>> from guardrail.values import PolicyId
    >>> verdict = Verdict("allow", "Hi", PolicyId("demo", None, "sha256:0"))
    >>> encode_record(verdict, file="a.jsonl", line=1, turn=2, role="assistant")[:60]
    b'{"file":"a.jsonl","line":1,"turn":2,"role":"assistant","acti'
    """
    return _encoded(_line(verdict, file, line, turn, role, part))


def encode_records(file: str, judged: Sequence[tuple[Placed, Verdict]]) -> bytes:
    """Return the records of many checks, the same as one by one, and sooner.

    In most verdicts no rule says anything: what they have in common is written once.

    >>> from guardrail.transcripts import Turn
    >>> from guardrail.values import PolicyId
    >>> hi, verdict = Turn(1, 2, "user", "Hi"), Verdict("allow", "Hi", PolicyId("demo", None, ""))
    >>> one = encode_record(verdict, file="a.jsonl", line=1, turn=2, role="user")
    >>> encode_records("a.jsonl", [(hi, verdict)] * 2) == one * 2
    True
    """
    try:
        return _ENCODER.encode_lines(_lines(file, judged))
    except UnicodeEncodeError:
        lines = [_line(each, file, at.line, at.turn, at.role, at.part) for at, each in judged]
        return b"".join(map(_encoded, lines))


def _lines(file: str, judged: Iterable[tuple[Placed, Verdict]]) -> list[_Line | _Alike]:
    lines: list[_Line | _Alike] = []
    known: object = None
    common = msgspec.Raw()
    for at, each in judged:
        if each.fired or each.excepted or each.errors or each.signals or each.coverage is not None:
            lines.append(_line(each, file, at.line, at.turn, at.role, at.part))
            continue
        same = each.policy, each.escalations, each.skipped, each.blocked, each.replied, each.signals
        if same != known:
            known, common = same, _common(each)
        part = UNSET if at.part is None else at.part
        line = _Alike(
            file, at.line, at.turn, at.role, part, each.action, each.output, common, each.ms
        )
        lines.append(line)
    return lines


def _common(verdict: Verdict) -> msgspec.Raw:
    """Return what stands behind `"blocked":` and before `ms` in a record of such a verdict."""
    record = _encoded(_line(verdict, "", 1, 1, "", None))
    return msgspec.Raw(record.partition(b'"blocked":')[2].rpartition(b',"ms":')[0])


class Placed(Protocol):
    """Where a text stood, as a `Turn` of `guardrail.transcripts` says it."""

    @property
    def line(self) -> int:
        """The line of the file, counted from 1."""
        ...

    @property
    def turn(self) -> int:
        """The message within its conversation, counted from 1."""
        ...

    @property
    def role(self) -> str:
        """Who said it."""
        ...

    @property
    def part(self) -> str | None:
        """The piece of the message, None for the message itself."""
        ...


def _encoded(line: _Line) -> bytes:
    try:
        return _ENCODER.encode(line) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(line), separators=(",", ":")).encode() + b"\n"


def _line(verdict: Verdict, file: str, line: int, turn: int, role: str, part: str | None) -> _Line:
    return _Line(
        file,
        line,
        turn,
        role,
        UNSET if part is None else part,
        verdict.action,
        verdict.output,
        verdict.blocked,
        verdict.record()["fired"] if verdict.fired else (),
        verdict.excepted,
        verdict.escalations,
        verdict.skipped,
        verdict.errors,
        UNSET if verdict.signals is None else verdict.signals,
        UNSET if verdict.coverage is None else verdict.coverage,
        verdict.replied,
        verdict.policy,
        verdict.ms,
    )


def digest_of(records: Iterable[bytes]) -> str:
    """Return a digest of records as they are written, whatever their order and `ms` are.

    Two runs of one policy over one input have the same, on any number of processes or machines.

    >>> one, other = b'{"turn":1,"ms":0.25}', b'{"turn":2,"ms":0.5}'
    >>> digest_of([one, other]) == digest_of([other, b'{"turn":1,"ms":7.0}'])
    True
    >>> digest_of([one, other]) == digest_of([one, other, other])
    False
    """
    total = 0
    for record in records:
        untimed = record.rstrip().rpartition(b',"ms":')[0]
        total += int.from_bytes(hashlib.sha256(untimed).digest())
    return f"sha256+:{total % 2**256:064x}"
