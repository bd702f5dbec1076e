"""The work of `check` on one chunk: read the turns, judge them, count, and encode the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from guardrail.cli.excerpts import masked_excerpt
from guardrail.cli.guards import GuardSpec, load_guard
from guardrail.records import encode_record
from guardrail.transcripts import Chunk, Turn, Unreadable, read_turns
from guardrail.values import Action, Side, Subject, Verdict

On: TypeAlias = Literal["output", "input", "both"]

EXCERPTS_PER_RULE: Final = 2
UNREADABLE_SHOWN: Final = 20
_SIDES: Final[dict[str, Side]] = {"assistant": "output", "user": "input"}


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of `check` does to every chunk."""

    guard: GuardSpec
    on: On
    writes_records: bool
    tool_calls: bool = True


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A hit as reports may show it: where, which rule, and the shape of the text around it."""

    file: str
    line: int
    turn: int
    rule: str
    action: str
    shown: str


@dataclass(slots=True)
class Tally:
    """What is counted; adding tallies in order gives the same as counting in one go."""

    conversations: int = 0
    checked: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    escalations: Counter[str] = field(default_factory=Counter)
    excepted: Counter[str] = field(default_factory=Counter)
    excerpts: dict[str, list[Excerpt]] = field(default_factory=dict)
    unreadable: int = 0
    unreadable_shown: list[tuple[str, Unreadable]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what another chunk counted."""
        self.conversations += other.conversations
        self.checked += other.checked
        for name in ("actions", "rules", "errors", "skipped", "escalations", "excepted"):
            getattr(self, name).update(getattr(other, name))
        for rule, excerpts in other.excerpts.items():
            known = self.excerpts.setdefault(rule, [])
            known += excerpts[: EXCERPTS_PER_RULE - len(known)]
        self.unreadable += other.unreadable
        room = UNREADABLE_SHOWN - len(self.unreadable_shown)
        self.unreadable_shown += other.unreadable_shown[: max(room, 0)]

    @property
    def worst(self) -> Action:
        """The strongest action of any verdict."""
        return max((Action[word.upper()] for word in self.actions), default=Action.ALLOW)


class Checker:
    """A guard and what to do with it; one for each process."""

    def __init__(self, job: Job) -> None:
        self.guard = load_guard(job.guard)
        self._job = job

    def check(self, file: str, chunk: Chunk) -> tuple[bytes, Tally]:
        """Return the records of a chunk, in input order, and what was counted."""
        tally = Tally()
        unreadable = list(chunk.unreadable)
        turns: list[Turn] = []
        for number, line in chunk.lines:
            found = read_turns(chunk.shape, number, line)
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                tally.conversations += 1
                turns += (turn for turn in found if self._wants(turn))
        unreadable.sort(key=lambda item: item.line)
        tally.unreadable = len(unreadable)
        tally.unreadable_shown = [(file, item) for item in unreadable[:UNREADABLE_SHOWN]]
        records = []
        for turn, verdict in self._judged(turns):
            _count(tally, file, turn, verdict)
            if self._job.writes_records:
                records.append(
                    encode_record(
                        verdict,
                        file=file,
                        line=turn.line,
                        turn=turn.turn,
                        role=turn.role,
                        part=turn.part,
                    )
                )
        return b"".join(records), tally

    def _wants(self, turn: Turn) -> bool:
        if turn.is_argument and not self._job.tool_calls:
            return False
        side = _SIDES.get(turn.role)
        return side is not None and self._job.on in (side, "both")

    def _judged(self, turns: list[Turn]) -> Iterator[tuple[Turn, Verdict]]:
        """Judge each side, and give the verdicts back in input order."""
        verdicts: dict[int, Verdict] = {}
        for role, side in _SIDES.items():
            places = [index for index, turn in enumerate(turns) if turn.role == role]
            judged = self._side_judged([turns[index] for index in places], side)
            verdicts.update(zip(places, judged, strict=True))
        return ((turn, verdicts[index]) for index, turn in enumerate(turns))

    def _side_judged(self, turns: list[Turn], side: Side) -> list[Verdict]:
        """Judge one side: models gain from a batch, everything else is faster one by one."""
        if self.guard.blocks(side):
            subjects = [Subject(turn.text, _prompt(turn, side), turn.system) for turn in turns]
            return self.guard.check_batch(subjects, on=side)
        check = self.guard.check
        return [
            check(turn.text, prompt=_prompt(turn, side), system=turn.system, on=side)
            for turn in turns
        ]


def _prompt(turn: Turn, side: Side) -> str | None:
    return turn.prompt if side == "output" else None


def _count(tally: Tally, file: str, turn: Turn, verdict: Verdict) -> None:
    tally.checked += 1
    tally.actions[verdict.action] += 1
    for skipped in verdict.skipped:
        tally.skipped[skipped.detector] += 1
    for error in verdict.errors:
        tally.errors[error.detector, error.error] += 1
    for excepted in verdict.excepted:
        tally.excepted[excepted.rule] += 1
    tally.escalations.update(verdict.escalations)
    for fired in verdict.fired:
        tally.rules[fired.rule, fired.action] += 1
        known = tally.excerpts.setdefault(fired.rule, [])
        if len(known) < EXCERPTS_PER_RULE:
            shown = masked_excerpt(turn.text, fired, verdict)
            known.append(Excerpt(file, turn.line, turn.turn, fired.rule, fired.action, shown))
