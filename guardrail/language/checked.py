"""A policy that has been checked: every name bound, every type right.

Only `guardrail.language.check` makes these, and the planner takes nothing else. Names are
qualified by the alias they were imported under (`privacy.emails`); a name of the root file stands
alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from guardrail.language.nodes import Operator, Subject
from guardrail.language.source import Range, Source
from guardrail.language.vocabulary import Gives
from guardrail.text.pattern import Pattern
from guardrail.values import Severity, Treat


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written."""

    source: Source
    span: Range


@dataclass(frozen=True, slots=True)
class EntryList:
    """A list of entries; `label` is the declared name, which `{type}` shows in upper case."""

    name: str
    label: str
    entries: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CheckedPattern:
    """A pattern that compiles and runs in linear time."""

    name: str
    label: str
    pattern: Pattern
    place: Place


@dataclass(frozen=True, slots=True)
class ListRef:
    """An argument that names a list (by qualified name)."""

    name: str


ArgumentValue: TypeAlias = float | str | ListRef | tuple["ArgumentValue", ...]


@dataclass(frozen=True, slots=True)
class CheckedDetector:
    """A detector: its kind, what it gives, and its arguments by name.

    `labels` are all that it can give, each with its name in words; None where they are open.
    `model` is the model folder that it needs; None if it needs none.
    """

    name: str
    label: str
    kind: str
    gives: Gives
    arguments: Mapping[str, ArgumentValue]
    is_model_free: bool
    missing: str | None
    place: Place
    labels: Mapping[str, str] | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedReply:
    """A canned reply."""

    name: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class CheckedRewriter:
    """A rewriter: `regenerate` or one of the host's; it always ends in `otherwise`."""

    name: str
    kind: str
    attempts: int
    otherwise: str
    arguments: Mapping[str, ArgumentValue]
    place: Place


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class All:
    """True when all are."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True when any is."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """True when the other is false."""

    item: Condition


@dataclass(frozen=True, slots=True)
class Contains:
    """Entries of a list, or a phrase, in the text or the prompt."""

    subject: Subject
    mode: Literal["any", "all", "phrase"]
    what: str  # qualified list name, or the phrase


@dataclass(frozen=True, slots=True)
class Matches:
    """A pattern in the text or the prompt."""

    subject: Subject
    pattern: str
    exactly: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Findings of a detector, `at_least` of them."""

    detector: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A score or number against a limit."""

    detector: str
    operator: Operator
    number: float


@dataclass(frozen=True, slots=True)
class Is:
    """A label."""

    detector: str
    label: str


Atom: TypeAlias = Contains | Matches | Found | Compare | Is
Condition: TypeAlias = All | Any | Negated | Atom


@dataclass(frozen=True, slots=True)
class Actions:
    """What a rule does, by part; `replace` and `block` are exclusive with all but `escalate`.

    `redact` is the template. `append`, `replace` and `block` name replies; a `block` without a
    reply of its own has `block` set to the empty name.
    """

    redact: str | None = None
    append: str | None = None
    rewrite: str | None = None
    replace: str | None = None
    block: str | None = None
    escalate: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule with its names bound and its defaults filled in.

    `condition` is what was written; `is_requirement` says that the rule fires when it is false.
    `unless` is None when there is none or when its last day has passed.
    """

    name: str
    on: Literal["output", "input", "both"]
    severity: Severity
    principles: tuple[str, ...]
    condition: Condition
    is_requirement: bool
    unless: Condition | None
    except_lists: tuple[str, ...]
    except_patterns: tuple[str, ...]
    actions: Actions
    on_error: Treat
    message: str | None
    meta: tuple[tuple[str, str], ...]
    is_late: bool
    is_each_sentence: bool
    place: Place


# ---------------------------------------------------------------- tests


@dataclass(frozen=True, slots=True)
class StubFinding:
    """A stubbed finding: every occurrence of `text` counts, as `type` (or the detector's label)."""

    text: str
    type: str | None


StubValue: TypeAlias = float | str | tuple[StubFinding, ...] | None
"""A stub's answer; None stands for `error`."""


@dataclass(frozen=True, slots=True)
class CheckedExpect:
    """What a case expects: an action (perhaps by rules), or an output."""

    action: str | None
    by: tuple[str, ...]
    output: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class CheckedCase:
    """One row of a test; shared setup is already merged in.

    With `output` the output is checked and `input` is its prompt; with `input` alone, the input.
    """

    input: str | None
    output: str | None
    stubs: Mapping[str, StubValue]
    expects: tuple[CheckedExpect, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """A `test` block of the root file."""

    title: str
    cases: tuple[CheckedCase, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A policy, whole: the root file and everything it imports."""

    name: str
    title: str | None
    owner: str | None
    version: str | None
    digest: str
    on_error: Treat
    fallback: str | None
    budget_ms: float | None
    evaluate_all: bool
    principles: Mapping[str, str]
    lists: Mapping[str, EntryList]
    patterns: Mapping[str, CheckedPattern]
    detectors: Mapping[str, CheckedDetector]
    replies: Mapping[str, CheckedReply]
    rewriters: Mapping[str, CheckedRewriter]
    rules: tuple[CheckedRule, ...]
    tests: tuple[CheckedTest, ...]
    source: Source
    needs_hash_key: bool
