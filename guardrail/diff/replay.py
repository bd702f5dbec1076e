"""Both policies over transcripts: which verdicts change, and by which rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from guardrail.runtime.guard import Guard
from guardrail.transcripts import Chunk, Turn, Unreadable, read_turns
from guardrail.values import Action, Side, Subject, Verdict

On: TypeAlias = Literal["output", "input", "both"]

EXAMPLES_PER_CHANGE: Final = 2
UNREADABLE_SHOWN: Final = 20
_SIDES: Final[dict[str, Side]] = {"assistant": "output", "user": "input"}


@dataclass(frozen=True, slots=True, repr=False)
class Example:
    """A reply whose verdict changed. It holds the text: show excerpts only."""

    file: str
    turn: Turn
    old: Verdict
    new: Verdict

    def __repr__(self) -> str:
        place = f"{self.file!r}, line {self.turn.line}"
        return f"Example({place}, {self.old.action}, {self.new.action})"


@dataclass(slots=True)
class Replay:
    """What two policies say to the same texts.

    `actions` counts changed verdicts by old and new action; equal ones had another output or
    queue. `rules` counts, for each rule, the texts on which it no longer fires and those on
    which it fires now, or fires with another action.
    """

    checked: int = 0
    changed: int = 0
    weaker: int = 0
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[Example]] = field(default_factory=dict)
    unreadable: int = 0
    unreadable_shown: list[tuple[str, Unreadable]] = field(default_factory=list)


class Replayer:
    """Checks each text with both policies and counts what changes."""

    def __init__(self, old: Guard, new: Guard, on: On) -> None:
        self.replay = Replay()
        self._old, self._new, self._on = old, new, on

    def check(self, file: str, chunk: Chunk) -> None:
        """Check what one chunk of a file holds; lines that cannot be read are kept by number."""
        unreadable = list(chunk.unreadable)
        turns: list[Turn] = []
        for number, line in chunk.lines:
            found = read_turns(chunk.shape, number, line)
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                turns += found
        unreadable.sort(key=lambda each: each.line)
        self.replay.unreadable += len(unreadable)
        room = UNREADABLE_SHOWN - len(self.replay.unreadable_shown)
        self.replay.unreadable_shown += [(file, each) for each in unreadable[: max(room, 0)]]
        for turn, old, new in self._judged(turns):
            self._count(file, turn, old, new)

    def _judged(self, turns: Sequence[Turn]) -> Iterator[tuple[Turn, Verdict, Verdict]]:
        for role, side in _SIDES.items():
            if self._on not in (side, "both"):
                continue
            wanted = [turn for turn in turns if turn.role == role]
            subjects = [_subject(turn, side) for turn in wanted]
            verdicts = (guard.check_batch(subjects, on=side) for guard in (self._old, self._new))
            yield from zip(wanted, *verdicts, strict=True)

    def _count(self, file: str, turn: Turn, old: Verdict, new: Verdict) -> None:
        replay = self.replay
        replay.checked += 1
        for which, verdict in (("old", old), ("new", new)):
            for error in verdict.errors:
                replay.errors[which, error.detector, error.error] += 1
        if _essence(old) == _essence(new):
            return
        replay.changed += 1
        replay.weaker += Action[new.action.upper()] < Action[old.action.upper()]
        pair = old.action, new.action
        replay.actions[pair] += 1
        was, now = _firings(old), _firings(new)
        replay.lost.update({rule for rule, _ in was - now})
        replay.gained.update({rule for rule, _ in now - was})
        known = replay.examples.setdefault(pair, [])
        if len(known) < EXAMPLES_PER_CHANGE:
            known.append(Example(file, turn, old, new))


def _subject(turn: Turn, side: Side) -> Subject:
    return Subject(turn.text, turn.prompt if side == "output" else None, turn.system)


def _essence(verdict: Verdict) -> tuple[object, ...]:
    return verdict.action, verdict.output, verdict.blocked, frozenset(verdict.escalations)


def _firings(verdict: Verdict) -> set[tuple[str, str]]:
    return {(fired.rule, fired.action) for fired in verdict.fired}


def counted(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return pairs of actions, the largest step down first.

    >>> counted([("allow", "block"), ("block", "allow"), ("flag", "allow")])
    [('block', 'allow'), ('flag', 'allow'), ('allow', 'block')]
    """

    def step(pair: tuple[str, str]) -> tuple[int, tuple[str, str]]:
        return Action[pair[1].upper()] - Action[pair[0].upper()], pair

    return sorted(pairs, key=step)
