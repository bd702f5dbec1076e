"""The words everybody uses: actions, severities, spans, outcomes and verdicts.

Internal values are frozen `msgspec.Struct`s: they cost 0.03 µs to make, a validated pydantic
object 0.7 µs, and one is made for every reply that is checked. Pydantic stands at the edges
(`guardrail/records.py`), where JSON leaves or enters.
"""

from __future__ import annotations

import enum
import functools
from typing import Final, Literal, Protocol, TypeAlias

import msgspec


class Action(enum.IntEnum):
    """What a rule does when it fires, weakest first; the order is the language's.

    >>> Action.REDACT < Action.BLOCK, Action.REDACT.word
    (True, 'redact')
    """

    ALLOW = 0
    FLAG = 1
    REDACT = 2
    APPEND = 3
    REWRITE = 4
    REPLACE = 5
    BLOCK = 6

    @functools.cached_property
    def word(self) -> str:
        """The action as policies and records spell it."""
        return self.name.lower()


class Severity(enum.IntEnum):
    """How much a rule matters; it breaks ties between rules of one action."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3

    @functools.cached_property
    def word(self) -> str:
        """The severity as policies and records spell it."""
        return self.name.lower()


Treat: TypeAlias = Literal["violation", "flag", "pass"]
Side: TypeAlias = Literal["output", "input"]


class Truth(enum.IntEnum):
    """The four values of a condition."""

    FALSE = 0
    TRUE = 1
    ERROR = 2
    NOT_RUN = 3


class Span(msgspec.Struct, frozen=True, gc=False, order=True):
    """One finding: where in the original text, and of which type.

    Offsets are Python characters of the original text, end exclusive. `entry` is the index of
    the list entry that was found (`contains all` counts them), -1 where there is none.
    """

    start: int
    end: int
    type: str
    score: float = 1.0
    view: str = "plain"
    entry: int = -1


class Failure(msgspec.Struct, frozen=True):
    """A detector that could not answer; `kind` says why and never quotes the text."""

    kind: str


class NotRun(enum.Enum):
    """The outcome of a detector that was not asked."""

    NOT_RUN = "not-run"


NOT_RUN: Final = NotRun.NOT_RUN

Single: TypeAlias = tuple[Span, ...] | float | str | Failure | NotRun
"""What a detector says about one text: findings, a number, a label, an error, or nothing yet."""


class BySentence(msgspec.Struct, frozen=True):
    """What a detector says about each sentence of a text, in order.

    Findings have their places in the whole text.
    """

    outcomes: tuple[Single, ...]


Outcome: TypeAlias = Single | BySentence
"""What a source says about one text, as a whole or sentence by sentence."""


class Derived(Protocol):
    """A text derived from another one, such as its decoded form, with the way back."""

    @property
    def name(self) -> str:
        """How it was derived, as findings name it."""
        ...

    @property
    def text(self) -> str:
        """The derived text."""
        ...

    @property
    def is_trial(self) -> bool:
        """Whether it is a guess: what it shows may never have been there."""
        ...

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the characters of the original behind a part of the derived text."""
        ...


class Subject(msgspec.Struct, frozen=True):
    """What detectors look at: the text under check and what stands around it.

    `views` are the texts derived from it in which the gate of a detector occurs.
    """

    text: str
    prompt: str | None = None
    system: str | None = None
    views: tuple[Derived, ...] = ()

    def __repr__(self) -> str:
        return f"Subject({len(self.text)} characters)"


class Fired(msgspec.Struct, frozen=True):
    """A rule that fired, with the action it took."""

    rule: str
    principles: tuple[str, ...]
    severity: str
    action: str
    spans: tuple[Span, ...]
    message: str | None = None


class Excepted(msgspec.Struct, frozen=True):
    """A finding that an `except` clause dropped; `by` names the list or pattern."""

    rule: str
    start: int
    end: int
    type: str
    by: str


class Skipped(msgspec.Struct, frozen=True):
    """A detector that was not asked because no answer could have mattered."""

    detector: str
    rules: tuple[str, ...]


class DetectorError(msgspec.Struct, frozen=True):
    """A detector that failed, and the rules that wanted its answer."""

    detector: str
    rules: tuple[str, ...]
    error: str


class PolicyId(msgspec.Struct, frozen=True):
    """Which policy decided: its name, its version and the digest of every file it read."""

    name: str
    version: str | None
    digest: str


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one check.

    `output` is what the user may see. `blocked` is true for `block` only. `replied` names the
    canned reply that was used. `signals` (detector → score, number, label or count of findings)
    is filled when everything was evaluated. `coverage` is the share of the text, from 0 to 1, that
    the models which were asked have seen, None if none was asked; below 1 that is an error of
    theirs too. `ms` is the time the check took.
    """

    action: str
    output: str
    policy: PolicyId
    blocked: bool = False
    replied: str | None = None
    fired: tuple[Fired, ...] = ()
    excepted: tuple[Excepted, ...] = ()
    escalations: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    errors: tuple[DetectorError, ...] = ()
    signals: dict[str, float | int | str] | None = None
    coverage: float | None = None
    ms: float = 0.0

    def record(self, *, text: bool = True) -> dict[str, object]:
        """The verdict as JSON-ready data; `text=False` leaves the output out, for logs.

        The shape is published by `guardrail schema verdict`.
        """
        record: dict[str, object] = {"action": self.action}
        if text:
            record["output"] = self.output
        record["blocked"] = self.blocked
        record["fired"] = [_fired_record(fired) for fired in self.fired]
        record["excepted"] = [msgspec.structs.asdict(item) for item in self.excepted]
        record["escalations"] = list(self.escalations)
        record["skipped"] = [
            {"detector": item.detector, "rules": list(item.rules)} for item in self.skipped
        ]
        record["errors"] = [
            {"detector": item.detector, "rules": list(item.rules), "error": item.error}
            for item in self.errors
        ]
        if self.signals is not None:
            record["signals"] = dict(self.signals)
        if self.coverage is not None:
            record["coverage"] = self.coverage
        record["replied"] = self.replied
        record["policy"] = msgspec.structs.asdict(self.policy)
        record["ms"] = self.ms
        return record


def _fired_record(fired: Fired) -> dict[str, object]:
    return {
        "rule": fired.rule,
        "principles": list(fired.principles),
        "severity": fired.severity,
        "action": fired.action,
        "spans": [
            {"start": s.start, "end": s.end, "type": s.type, "score": s.score, "view": s.view}
            for s in fired.spans
        ],
        "message": fired.message,
    }
