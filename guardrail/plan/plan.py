"""A plan: the sources to ask, in order, and the rules over their outcomes.

A *source* is anything that gives an outcome for one text: a list or pattern, a detector, or
another source less the findings that an `except` drops. One that serves an `each sentence` rule
looks at each sentence by itself (`by_sentence`). Rules and sources refer to each other by
index, so that a decision is a walk over tuples.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from guardrail.language.checked import Actions, CheckedDetector, CheckedRewriter
from guardrail.language.nodes import Operator, Subject
from guardrail.text.pattern import Pattern
from guardrail.values import Action, PolicyId, Severity, Side, Treat


class Cost(enum.IntEnum):
    """Stages of work, cheapest first."""

    LITERALS = 0
    PATTERNS = 1
    PII = 2
    MODELS = 3
    JUDGES = 4


@dataclass(frozen=True, slots=True)
class EntriesSource:
    """Entries of a list, or one phrase."""

    name: str
    label: str
    subject: Subject
    mode: Literal["any", "all", "phrase"]
    entries: tuple[str, ...]
    by_sentence: bool = False


@dataclass(frozen=True, slots=True)
class PatternSource:
    """A pattern."""

    name: str
    label: str
    subject: Subject
    pattern: Pattern
    is_exact: bool
    by_sentence: bool = False


@dataclass(frozen=True, slots=True)
class DetectorSource:
    """A detector."""

    name: str
    detector: CheckedDetector
    by_sentence: bool = False


@dataclass(frozen=True, slots=True)
class ExceptSource:
    """The findings of `base` that none of these lists and patterns excuses."""

    name: str
    base: int
    lists: tuple[str, ...]
    patterns: tuple[str, ...]


Source: TypeAlias = EntriesSource | PatternSource | DetectorSource | ExceptSource


def base_of(sources: Sequence[Source], index: int) -> int:
    """Return the source behind an `except`, or the source itself."""
    source = sources[index]
    return source.base if isinstance(source, ExceptSource) else index


def is_by_sentence(source: Source) -> bool:
    """Whether a source looks at each sentence by itself; an `except` looks at no text."""
    return not isinstance(source, ExceptSource) and source.by_sentence


# ---------------------------------------------------------------- conditions over sources


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when all are."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when any is."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Inverse:
    """True when the other is false."""

    item: Expr


@dataclass(frozen=True, slots=True)
class Found:
    """At least so many findings, after merging."""

    source: int
    at_least: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A score or number against a limit."""

    source: int
    operator: Operator
    number: float


@dataclass(frozen=True, slots=True)
class Is:
    """A label."""

    source: int
    label: str


Test: TypeAlias = Found | Compare | Is
Expr: TypeAlias = AllOf | AnyOf | Inverse | Test


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule over sources.

    It fires when `condition` is true and `unless` is not. `cuts` are the sources whose findings a
    redaction cuts and a report shows: the span atoms under an even number of negations.
    """

    name: str
    severity: Severity
    principles: tuple[str, ...]
    condition: Expr
    unless: Expr | None
    cuts: tuple[int, ...]
    sources: tuple[int, ...]
    actions: Actions
    action: Action
    on_error: Treat
    message: str | None
    is_each_sentence: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to run: the scan of all lists and patterns, or one detector."""

    cost: Cost
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one side of a policy does, in order."""

    policy: PolicyId
    side: Side
    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    rules: tuple[PlannedRule, ...]
    replies: Mapping[str, str]
    rewriters: Mapping[str, CheckedRewriter]
    principles: Mapping[str, str]
    fallback: str | None
    budget_ms: float | None
    evaluate_all: bool

    @property
    def is_slow(self) -> bool:
        """Whether a step may wait for a model, a judge or the host's code."""
        return any(
            step.cost >= Cost.MODELS or _needs_model(self.sources[index])
            for step in self.steps
            for index in step.sources
        )


def _needs_model(source: Source) -> bool:
    return isinstance(source, DetectorSource) and source.detector.model is not None
