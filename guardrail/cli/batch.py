"""The work of `check` on one chunk: read the turns, judge them, count, encode what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from guardrail.cli.exports import encoded_results, rule_infos
from guardrail.cli.guards import GuardSpec, load_guard
from guardrail.cli.resume import Earlier
from guardrail.cli.tally import Keep, Tally
from guardrail.records import encode_records
from guardrail.runtime.many import check_each
from guardrail.transcripts import (
    Chunk,
    NotReadableError,
    Turn,
    Unreadable,
    read_turns,
    with_texts,
)
from guardrail.values import Side, Subject, Verdict

On: TypeAlias = Literal["output", "input", "both"]
Stream: TypeAlias = Literal["records", "results"]
"""What is written while texts are checked: records of all, or SARIF results of rules that fired."""

BETWEEN: Final[dict[Stream | None, bytes]] = {None: b"", "records": b"", "results": b",\n"}
"""What stands between two pieces of a report."""

_SIDES: Final[dict[str, Side]] = {"assistant": "output", "user": "input"}


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of `check` does to every chunk."""

    guard: GuardSpec
    on: On
    stream: Stream | None = None
    tool_calls: bool = True
    keep: Keep = field(default_factory=Keep)
    writes_filtered: bool = False


class Checked(NamedTuple):
    """What became of a chunk: its part of the report and of the filtered transcript, counts."""

    written: bytes
    filtered: bytes
    tally: Tally


class Checker:
    """A guard and what to do with it; one for each process."""

    def __init__(self, job: Job) -> None:
        self.guard = load_guard(job.guard)
        self._job = job
        self._sides = {role: side for role, side in _SIDES.items() if job.on in (side, "both")}
        self._places = {rule.id: index for index, rule in enumerate(rule_infos(self.guard.policy))}

    @property
    def is_slow(self) -> bool:
        """Whether a check may wait for something slow, as a model."""
        return any(self.guard.blocks(side) for side in self._sides.values())

    def check(self, file: str, chunks: Iterable[Chunk], earlier: Earlier | None = None) -> Checked:
        """Return what is written of chunks, in input order, and what was counted.

        The verdicts are those of an earlier run, if one is given.

        Raises:
            RunOutError: the earlier run did not come to the end of these chunks.
        """
        checked = [self._checked(file, chunk, earlier) for chunk in chunks]
        if len(checked) == 1:
            return checked[0]
        tally = Tally(self._job.keep)
        for each in checked:
            tally.add(each.tally)
        pieces = [each.written for each in checked if each.written]
        written = BETWEEN[self._job.stream].join(pieces)
        return Checked(written, b"".join([each.filtered for each in checked]), tally)

    def _checked(self, file: str, chunk: Chunk, earlier: Earlier | None) -> Checked:
        tally = Tally(self._job.keep)
        unreadable = list(chunk.unreadable)
        turns: list[Turn] = []
        lines: list[tuple[int, bytes]] = []
        for number, line in chunk.lines:
            found = read_turns(chunk.shape, number, line, self._sides)
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                lines.append((number, line))
                turns += found
        tally.conversations = len(lines)
        if not self._job.tool_calls:
            turns = [turn for turn in turns if not turn.is_argument]
        judged = self._judged(turns) if earlier is None else earlier.verdicts(file, turns)
        tally.count(file, judged)
        filtered = b""
        if self._job.writes_filtered:
            changed = [(turn, verdict) for turn, verdict in judged if verdict.output != turn.text]
            filtered, lost = _filtered(chunk, lines, changed)
            unreadable += lost
        tally.add_unreadable(file, sorted(unreadable, key=lambda item: item.line))
        return Checked(self._written(file, judged), filtered, tally)

    def _written(self, file: str, judged: list[tuple[Turn, Verdict]]) -> bytes:
        """Return what the report holds of the verdicts, already encoded."""
        if self._job.stream == "records":
            return encode_records(file, judged)
        pieces: list[bytes] = []
        if self._job.stream == "results":
            for turn, verdict in judged:
                if verdict.fired:
                    pieces += encoded_results(file, turn, verdict, self.guard.policy, self._places)
        return BETWEEN[self._job.stream].join(pieces)

    def _judged(self, turns: list[Turn]) -> list[tuple[Turn, Verdict]]:
        """Judge each side, and give the verdicts back in input order."""
        if len(self._sides) == 1:
            (side,) = self._sides.values()
            return list(zip(turns, self._side_judged(turns, side), strict=True))
        verdicts: dict[int, Verdict] = {}
        for role, side in self._sides.items():
            places = [index for index, turn in enumerate(turns) if turn.role == role]
            judged = self._side_judged([turns[index] for index in places], side)
            verdicts.update(zip(places, judged, strict=True))
        return [(turn, verdicts[index]) for index, turn in enumerate(turns)]

    def _side_judged(self, turns: list[Turn], side: Side) -> list[Verdict]:
        """Judge one side: models gain from a batch, scans from short texts beside each other."""
        if side == "output" and not self.guard.blocks(side):
            return list(check_each(self.guard, turns))
        subjects = [Subject(turn.text, _prompt(turn, side), turn.system) for turn in turns]
        if self.guard.blocks(side):
            return self.guard.check_batch(subjects, on=side)
        return list(check_each(self.guard, subjects, on=side))


def _prompt(turn: Turn, side: Side) -> str | None:
    return turn.prompt if side == "output" else None


def _filtered(
    chunk: Chunk, lines: list[tuple[int, bytes]], judged: list[tuple[Turn, Verdict]]
) -> tuple[bytes, list[Unreadable]]:
    """Return the lines with the replies that users would have seen, and those that cannot be."""
    texts: dict[int, dict[tuple[int, str | None], str]] = {}
    for turn, verdict in judged:
        texts.setdefault(turn.line, {})[turn.turn, turn.part] = verdict.output
    written: list[bytes] = []
    lost: list[Unreadable] = []
    for number, line in lines:
        try:
            written.append(with_texts(chunk.shape, line, texts.get(number, {})))
        except NotReadableError as error:
            lost.append(Unreadable(number, str(error)))
    end = b"" if chunk.shape.is_whole else b"\n"
    return b"".join(line + end for line in written), lost
