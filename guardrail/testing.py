"""Test policies offline: fixed detector values, the policy's own tests, a fake generator.

Nothing here loads a model: a detector is replaced by a fixed value, really runs if it needs no
model, or is not run.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from guardrail.errors import PolicyError, SettingsError
from guardrail.language.checked import CheckedCase, CheckedExpect, CheckedPolicy, StubFinding
from guardrail.runtime.build import pipeline_for
from guardrail.runtime.compile import PolicyPath, diagnose, unavailable_rules
from guardrail.runtime.host import Host, HostDetectors, Rewrite, host_of
from guardrail.stages.base import Detector
from guardrail.values import Failure, Outcome, Side, Span, Subject, Verdict


class Error(enum.Enum):
    """The fixed value of a detector that fails."""

    ERROR = "error"


ERROR: Final = Error.ERROR
Value: TypeAlias = float | str | Sequence[tuple[str, str | None]] | Literal[Error.ERROR]
"""A fixed answer: a number, a label, `ERROR`, or findings as (text, type), each occurrence one."""


@dataclass(frozen=True, slots=True)
class StubDetector:
    """A detector whose findings are every occurrence of fixed texts."""

    findings: tuple[StubFinding, ...]
    label: str
    gate: tuple[str, ...] = ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Return the occurrences in each text, overlapping ones included."""
        return [tuple(self._spans(subject.text)) for subject in subjects]

    def _spans(self, text: str) -> Iterator[Span]:
        for finding in self.findings:
            start = text.find(finding.text) if finding.text else -1
            while start >= 0:
                end = start + len(finding.text)
                yield Span(start, end, finding.type or self.label.upper())
                start = text.find(finding.text, start + 1)


def check_with(
    policy: PolicyPath,
    text: str,
    *,
    values: Mapping[str, Value] | None = None,
    on: Side = "output",
    prompt: str | None = None,
    system: str | None = None,
    detectors: HostDetectors | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
    evaluate_all: bool = False,
) -> Verdict:
    """Check one text with fixed detector values, as a policy's own `test` blocks do.

    Detectors without a value really run if they need no model; others are not run. Budgets are
    off and nobody is asked to rewrite.

    Raises:
        PolicyError: the policy has errors.
        SettingsError: a value for a detector that the policy does not have.
        MissingExtraError: a detector that should really run needs an extra.

    >>> from guardrail.language.source import Source
    >>> text = '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... detector hate = classifier(model: "m", label: hate)
    ... rule no_hate on output
    ...   when hate >= 0.8
    ...   then block
    ... '''
    >>> check_with(Source("tiny.guard", text), "Hello", values={"hate": 0.93}).action
    'block'
    """
    checked = _compiled(policy, host_of(detectors, rewriters=rewriters))
    if unknown := sorted(set(values or {}) - set(checked.detectors)):
        known = ", ".join(checked.detectors) or "none"
        raise SettingsError(
            f"the policy has no detector `{unknown[0]}`", help=f"its detectors: {known}"
        )
    stubs = {name: _stub(checked, name, value) for name, value in (values or {}).items()}
    pipeline = pipeline_for(
        checked, on, stubs, runs_model_free=True, has_hash_key=True, evaluate_all=evaluate_all
    )
    return pipeline.check(Subject(text, prompt, system))


def _compiled(policy: PolicyPath, host: Host) -> CheckedPolicy:
    checked, diagnostics = diagnose(policy, host)
    errors = [each for each in diagnostics if each.level == "error"]
    if checked is None or errors:
        raise PolicyError(diagnostics)
    if missing := unavailable_rules(checked):
        raise PolicyError(missing)
    return checked


def _stub(policy: CheckedPolicy, name: str, value: Value) -> Outcome | Detector:
    if value is ERROR:
        return Failure("stubbed error")
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(value)
    findings = tuple(StubFinding(text, type_) for text, type_ in value)
    return StubDetector(findings, policy.detectors[name].label)


# ---------------------------------------------------------------- the policy's own tests


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one case of a `test` block ended; `row` counts the rows of `cases` from 1."""

    __test__ = False  # not a test class of pytest

    title: str
    line: int
    row: int | None
    passed: bool
    expected: str
    got: str
    explanation: str
    rules_evaluated: frozenset[str] = field(default_factory=frozenset)
    rules_fired: frozenset[str] = field(default_factory=frozenset)


def run_tests(
    policy: PolicyPath,
    *,
    detectors: HostDetectors | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
) -> list[TestResult]:
    """Run the `test` blocks of a policy file; one result for each case.

    Raises:
        PolicyError: the policy has errors.
        MissingExtraError: a detector that should really run needs an extra.
    """
    checked = _compiled(policy, host_of(detectors, rewriters=rewriters))
    return [
        _run_case(checked, test.title, number if len(test.cases) > 1 else None, case)
        for test in checked.tests
        for number, case in enumerate(test.cases, start=1)
    ]


def _run_case(policy: CheckedPolicy, title: str, row: int | None, case: CheckedCase) -> TestResult:
    stubs = {name: _case_stub(policy, name, value) for name, value in case.stubs.items()}
    side: Side = "input" if case.output is None else "output"
    text = case.output if case.output is not None else case.input or ""
    pipeline = pipeline_for(policy, side, stubs, runs_model_free=True, has_hash_key=True)
    verdict = pipeline.check(Subject(text, case.input if side == "output" else None))
    failed = [expect for expect in case.expects if not _holds(expect, verdict)]
    shown = failed or case.expects
    skipped = {rule for skip in verdict.skipped for rule in skip.rules}
    fired = frozenset(each.rule for each in verdict.fired)
    rules = {rule.name for rule in pipeline.plan.rules}
    return TestResult(
        title=title,
        line=case.place.source.position(case.place.span.start)[0],
        row=row,
        passed=not failed,
        expected="; ".join(_wanted(expect) for expect in shown),
        got=_got(shown, verdict),
        explanation=_why(verdict),
        rules_evaluated=frozenset(rules - (skipped - fired)),
        rules_fired=fired,
    )


def _case_stub(policy: CheckedPolicy, name: str, value: object) -> Outcome | Detector:
    match value:
        case None:
            return Failure("stubbed error")
        case str():
            return value
        case int() | float():
            return float(value)
        case tuple():
            return StubDetector(value, policy.detectors[name].label)
        case _:
            raise TypeError(f"a stub cannot be {type(value).__name__}")


def _holds(expect: CheckedExpect, verdict: Verdict) -> bool:
    if expect.output is not None:
        return verdict.output == expect.output
    fired = {(each.rule, each.action) for each in verdict.fired}
    return verdict.action == expect.action and all(
        (rule, expect.action) in fired for rule in expect.by
    )


def _wanted(expect: CheckedExpect) -> str:
    if expect.output is not None:
        return f'output "{expect.output}"'
    by = f" by {', '.join(expect.by)}" if expect.by else ""
    return f"{expect.action}{by}"


def _got(expects: Sequence[CheckedExpect], verdict: Verdict) -> str:
    by = ", ".join(each.rule for each in verdict.fired if each.action == verdict.action)
    got = f"{verdict.action}{f' by {by}' if by else ''}"
    if any(expect.output is not None for expect in expects):
        got += f'; output "{verdict.output}"'
    return got


def _why(verdict: Verdict) -> str:
    lines = [
        f"{each.rule} ({each.severity}) fired: {each.action}"
        + (f", {len(each.spans)} finding(s)" if each.spans else "")
        for each in verdict.fired
    ]
    lines += [f"{each.detector} was not run" for each in verdict.skipped]
    lines += [f"{each.detector} failed: {each.error}" for each in verdict.errors]
    lines += [f"{each.rule}: a finding was excepted by {each.by}" for each in verdict.excepted]
    return "\n".join(lines or ["no rule fired"])


# ---------------------------------------------------------------- generators


class FakeGenerator:
    """A generator of fixed replies, for tests of guarded functions.

    It is called with a prompt, remembers what it was asked, and gives its replies in turn, the
    last one for ever. `chunks` and `achunks` give the same reply in pieces.

    >>> generator = FakeGenerator("first", "second")
    >>> generator("a"), generator("b"), generator("c"), generator.prompts
    ('first', 'second', 'second', ['a', 'b', 'c'])
    """

    def __init__(self, *replies: str, size: int = 4) -> None:
        self.replies = replies or ("",)
        self.size = size
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        """Give the next reply."""
        self.prompts.append(prompt)
        return self.replies[min(len(self.prompts), len(self.replies)) - 1]

    async def acall(self, prompt: str) -> str:
        """Give the next reply to an awaiting caller."""
        return self(prompt)

    def chunks(self, prompt: str) -> Iterator[str]:
        """Give the next reply in chunks of `size` characters."""
        reply = self(prompt)
        for start in range(0, len(reply), self.size):
            yield reply[start : start + self.size]

    async def achunks(self, prompt: str) -> AsyncIterator[str]:
        """Give the next reply in chunks to an asynchronous caller."""
        for chunk in self.chunks(prompt):
            yield chunk
