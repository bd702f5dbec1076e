"""What `check` counts and keeps: bounded, whatever the size of the input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail.cli.excerpts import Piece, masked_excerpt, masked_pieces
from guardrail.transcripts import Turn, Unreadable
from guardrail.values import Action, Severity, Verdict

UNREADABLE_SHOWN: Final = 20
HITS: Final = 2_000
"""How many replies a page shows; so many of each action are kept, the strongest are shown."""

LAST_TURN: Final = 60
"""Later turns are counted as this one."""

_HIT_WIDTH: Final = 280


@dataclass(frozen=True, slots=True)
class Keep:
    """What a report needs beside the counts: excerpts of each rule, perhaps by file; whole hits."""

    excerpts: int = 2
    is_by_file: bool = False
    hits: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A rule that fired as reports may show it: where, and the shape of the text around it."""

    file: str
    line: int
    turn: int
    part: str | None
    rule: str
    action: str
    shown: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A reply for which rules fired: rule and action of each, and the masked text."""

    file: str
    line: int
    turn: int
    role: str
    part: str | None
    action: str
    replied: str | None
    rules: tuple[tuple[str, str], ...]
    length: int
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Tally:
    """What is counted; adding tallies in order gives the same as counting in one go."""

    keep: Keep = field(default_factory=Keep)
    conversations: int = 0
    checked: int = 0
    ms: float = 0.0
    actions: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    principles: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    turns: Counter[tuple[int, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    escalations: Counter[str] = field(default_factory=Counter)
    excepted: Counter[str] = field(default_factory=Counter)
    excerpts: dict[tuple[str, str], list[Excerpt]] = field(default_factory=dict)
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    unreadable: int = 0
    unreadable_shown: list[tuple[str, Unreadable]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what another chunk counted."""
        self.conversations += other.conversations
        self.checked += other.checked
        self.ms += other.ms
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for key, excerpts in other.excerpts.items():
            known = self.excerpts.setdefault(key, [])
            known += excerpts[: self.keep.excerpts - len(known)]
        for action, hits in other.hits.items():
            kept = self.hits.setdefault(action, [])
            kept += hits[: HITS - len(kept)]
        self.unreadable += other.unreadable
        room = UNREADABLE_SHOWN - len(self.unreadable_shown)
        self.unreadable_shown += other.unreadable_shown[: max(room, 0)]

    def add_unreadable(self, file: str, items: list[Unreadable]) -> None:
        """Count lines that could not be read; only the first of them are kept."""
        self.unreadable = len(items)
        self.unreadable_shown = [(file, item) for item in items[:UNREADABLE_SHOWN]]

    def count(self, file: str, judged: Sequence[tuple[Turn, Verdict]]) -> None:
        """Count verdicts, and keep what reports show of them."""
        self.checked += len(judged)
        self.ms += sum([verdict.ms for _, verdict in judged])
        places = [(turn.turn, verdict.action) for turn, verdict in judged]
        for (number, action), times in Counter(places).items():
            self.actions[action] += times
            self.turns[min(number, LAST_TURN), action] += times
        for turn, verdict in judged:
            if verdict.fired or verdict.skipped or verdict.errors or verdict.excepted:
                self._count_more(file, turn, verdict)
            if verdict.escalations:
                self.escalations.update(verdict.escalations)

    def _count_more(self, file: str, turn: Turn, verdict: Verdict) -> None:
        """Count what most verdicts have nothing of."""
        for skipped in verdict.skipped:
            self.skipped[skipped.detector] += 1
        for error in verdict.errors:
            self.errors[error.detector, error.error] += 1
        for excepted in verdict.excepted:
            self.excepted[excepted.rule] += 1
        if verdict.fired:
            self._count_rules(file, turn, verdict)

    def _count_rules(self, file: str, turn: Turn, verdict: Verdict) -> None:
        self.principles.update({name for fired in verdict.fired for name in fired.principles})
        self.severities[_worst_severity(verdict)] += 1
        for fired in verdict.fired:
            self.rules[fired.rule, fired.action] += 1
            known = self.excerpts.setdefault((file if self.keep.is_by_file else "", fired.rule), [])
            if len(known) < self.keep.excerpts:
                shown = masked_excerpt(turn.text, fired, verdict)
                place = (file, turn.line, turn.turn, turn.part)
                known.append(Excerpt(*place, fired.rule, fired.action, shown))
        if self.keep.hits:
            hits = self.hits.setdefault(verdict.action, [])
            if len(hits) < HITS:
                hits.append(_hit(file, turn, verdict))

    @property
    def worst(self) -> Action:
        """The strongest action of any verdict."""
        return max((Action[word.upper()] for word in self.actions), default=Action.ALLOW)


_COUNTERS: Final = (
    "actions",
    "rules",
    "principles",
    "severities",
    "turns",
    "errors",
    "skipped",
    "escalations",
    "excepted",
)


def _worst_severity(verdict: Verdict) -> str:
    return max(Severity[fired.severity.upper()] for fired in verdict.fired).word


def _hit(file: str, turn: Turn, verdict: Verdict) -> Hit:
    spans = [span for fired in verdict.fired for span in fired.spans]
    return Hit(
        file,
        turn.line,
        turn.turn,
        turn.role,
        turn.part,
        verdict.action,
        verdict.replied,
        tuple((fired.rule, fired.action) for fired in verdict.fired),
        len(turn.text),
        masked_pieces(turn.text, spans, _HIT_WIDTH),
    )
