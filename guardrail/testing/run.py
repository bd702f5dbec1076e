"""The policy's own tests: every case through one pipeline for each side and set of stubs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from guardrail.language.checked import CheckedCase, CheckedExpect, CheckedPolicy, StubValue
from guardrail.language.resolve import Program
from guardrail.plan.plan import DetectorSource, Plan
from guardrail.runtime.build import pipeline_for
from guardrail.runtime.compile import PolicyPath
from guardrail.runtime.host import Host, HostDetectors, Rewrite, host_of
from guardrail.runtime.pipeline import Pipeline
from guardrail.runtime.state import State
from guardrail.stages.base import Detector
from guardrail.stages.pii import Recognizers
from guardrail.testing.columns import Columns, cases_of
from guardrail.testing.stubs import StubDetector, compiled
from guardrail.testing.why import Seen, difference, quoted, why
from guardrail.values import Failure, Outcome, Side, Subject, Verdict

_SIDES: Final[tuple[Side, ...]] = ("output", "input")


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one case of a `test` block ended; `row` counts the rows of `cases` from 1.

    `outcomes` holds one outcome for each source of the plan of `side`, `excepted` the findings
    that an `except` dropped, as (rule, list or pattern). `difference` marks where the output first
    leaves the expected one; it is empty where no output was expected.
    """

    __test__ = False  # not a test class of pytest

    title: str
    line: int
    row: int | None
    passed: bool
    expected: str
    got: str
    explanation: str
    case: CheckedCase = field(repr=False)
    rules_evaluated: frozenset[str] = field(default_factory=frozenset)
    rules_fired: frozenset[str] = field(default_factory=frozenset)
    side: Side = "output"
    difference: str = ""
    seconds: float = 0.0
    excepted: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class TestRun:
    """A policy, its files, and how each case of its tests ended."""

    __test__ = False  # not a test class of pytest

    policy: CheckedPolicy
    program: Program
    results: list[TestResult]


def run_tests(
    policy: PolicyPath,
    *,
    detectors: HostDetectors | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
    recognizers: Recognizers | None = None,
) -> list[TestResult]:
    """Run the `test` blocks of a policy file; one result for each case.

    Raises:
        PolicyError: the policy has errors.
        MissingExtraError: a detector that should really run needs an extra.

    >>> from guardrail.language.source import Source
    >>> text = '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule no_magic on output
    ...   when text contains "magic"
    ...   then flag
    ... test "magic is flagged"
    ...   given output "It is magic." expect flag by no_magic
    ... '''
    >>> [(result.title, result.passed) for result in run_tests(Source("tiny.guard", text))]
    [('magic is flagged', True)]
    """
    run = run_suite(policy, detectors=detectors, rewriters=rewriters, recognizers=recognizers)
    return run.results


def run_suite(
    policy: PolicyPath,
    *,
    detectors: HostDetectors | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
    recognizers: Recognizers | None = None,
) -> TestRun:
    """Run the `test` blocks of a policy file; the results come with what was tested.

    Raises:
        PolicyError: the policy has errors.
        MissingExtraError: a detector that should really run needs an extra.
    """
    host = host_of(detectors, rewriters=rewriters, recognizers=recognizers)
    checked, program = compiled(policy, host)
    return TestRun(checked, program, run_cases(checked, host))


def run_cases(policy: CheckedPolicy, host: Host | None = None) -> list[TestResult]:
    """Run the tests of a policy that has been checked, with the recognizers of the host.

    Raises:
        MissingExtraError: a detector that should really run needs an extra.
    """
    bench = _Bench(policy, host)
    trials = [
        bench.run(test.title, number if len(test.cases) > 1 else None, case)
        for test in policy.tests
        for number, case in enumerate(test.cases, start=1)
    ]
    evaluated = _evaluated(trials)
    return [
        _result(trial, rules | {each.rule for each in trial.verdict.fired})
        for trial, rules in zip(trials, evaluated, strict=True)
    ]


# ---------------------------------------------------------------- one case


@dataclass(frozen=True, slots=True)
class _Trial:
    """A case that has been run."""

    title: str
    row: int | None
    case: CheckedCase
    side: Side
    pipeline: Pipeline
    state: State
    verdict: Verdict
    seconds: float


class _Held:
    """A detector that answers what the case at hand says."""

    gate: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.answer: Outcome | StubDetector = ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Give the answer of this case to every text."""
        if isinstance(self.answer, StubDetector):
            return self.answer.run(subjects)
        return [self.answer] * len(subjects)


class _Bench:
    """Runs cases; one pipeline serves all that check one side and stub the same detectors.

    What a stub answers changes from case to case; which detectors are stubbed is part of a
    pipeline, because a real detector may be proved silent by the scan and a stub never is.
    """

    def __init__(self, policy: CheckedPolicy, host: Host | None) -> None:
        self._policy = policy
        self._host = host
        self._held = {name: _Held() for name in policy.detectors}
        self._bases: dict[tuple[Side, frozenset[str]], Pipeline] = {}
        self._pipelines: dict[tuple[Side, frozenset[str]], Pipeline] = {}

    def run(self, title: str, row: int | None, case: CheckedCase) -> _Trial:
        side: Side = "input" if case.output is None else "output"
        text = case.output if case.output is not None else case.input or ""
        subject = Subject(text, case.input if side == "output" else None)
        pipeline = self._pipeline(side, frozenset(case.stubs))
        for name, value in case.stubs.items():
            self._held[name].answer = _answer(self._policy, name, value)
        started = perf_counter()
        state = pipeline.observe([subject])[0]
        verdict = pipeline.verdict(state, pipeline.decide(state), None)
        seconds = perf_counter() - started
        return _Trial(title, row, case, side, pipeline, state, verdict, seconds)

    def _pipeline(self, side: Side, stubbed: frozenset[str]) -> Pipeline:
        found = self._pipelines.get((side, stubbed))
        if found is None:
            base = self._base(side, stubbed)
            held: dict[int, Detector | Outcome] = {
                index: self._held[source.name]
                for index, source in enumerate(base.plan.sources)
                if isinstance(source, DetectorSource) and source.name in stubbed
            }
            found = dataclasses.replace(base, detectors={**base.detectors, **held})
            self._pipelines[side, stubbed] = found
        return found

    def _base(self, side: Side, stubbed: frozenset[str]) -> Pipeline:
        """Return the pipeline in which no model runs; the scan is built once for all of them."""
        real = frozenset(name for name in stubbed if self._policy.detectors[name].is_model_free)
        found = self._bases.get((side, real))
        if found is None:
            found = pipeline_for(
                self._policy,
                side,
                {name: self._held[name] for name in real},
                runs_model_free=True,
                has_hash_key=True,
                host=self._host,
            )
            self._bases[side, real] = found
        return found


def _answer(policy: CheckedPolicy, name: str, value: StubValue) -> Outcome | StubDetector:
    match value:
        case None:
            return Failure("stubbed error")
        case str():
            return value
        case int() | float():
            return float(value)
        case tuple():
            return StubDetector(value, policy.detectors[name].label)


# ---------------------------------------------------------------- results


def _evaluated(trials: Sequence[_Trial]) -> list[set[str]]:
    """Return, for each case, the rules that are known not to fire or that ended as error."""
    evaluated: list[set[str]] = [set() for _ in trials]
    for side in _SIDES:
        mine = [number for number, trial in enumerate(trials) if trial.side == side]
        if not mine:
            continue
        plan = trials[mine[0]].pipeline.plan
        columns = Columns(plan, [trials[number].state.outcomes for number in mine])
        others: list[set[str]] = [set() for _ in mine]
        for rule in plan.rules:  # most rules do not fire in most cases, so note the others
            value = columns.fires(rule)
            for case in cases_of(columns.every & ~value.false & ~value.error):
                others[case].add(rule.name)
        names = frozenset(rule.name for rule in plan.rules)
        for number, fired in zip(mine, others, strict=True):
            evaluated[number] = set(names - fired)
    return evaluated


def _result(trial: _Trial, evaluated: set[str]) -> TestResult:
    verdict, case = trial.verdict, trial.case
    failed = [expect for expect in case.expects if not _holds(expect, verdict)]
    shown = failed or case.expects
    seen = Seen(trial.pipeline, trial.state, verdict)
    outputs = [expect.output for expect in failed if expect.output is not None]
    return TestResult(
        title=trial.title,
        line=case.place.source.position(case.place.span.start)[0],
        row=trial.row,
        passed=not failed,
        expected="; ".join(_wanted(expect) for expect in shown),
        got=_got(shown, verdict),
        explanation="\n".join(why(seen, _missing(failed, trial.pipeline.plan, verdict))),
        rules_evaluated=frozenset(evaluated),
        rules_fired=frozenset(each.rule for each in verdict.fired),
        side=trial.side,
        difference=difference(outputs[0], verdict.output) if outputs else "",
        seconds=trial.seconds,
        excepted=frozenset((each.rule, each.by) for each in verdict.excepted),
        outcomes=tuple(trial.state.outcomes),
        case=case,
    )


def _missing(failed: Sequence[CheckedExpect], plan: Plan, verdict: Verdict) -> Iterator[str]:
    """Yield the rules that were to fire and did not: those named, or all of that action."""
    if not failed:
        return
    fired = {(each.rule, each.action) for each in verdict.fired}
    actions = {rule.name: rule.action.word for rule in plan.rules}
    named = dict.fromkeys(rule for expect in failed for rule in expect.by)
    wanted = {expect.action for expect in failed if expect.action is not None and not expect.by}
    if verdict.action not in wanted:
        named |= dict.fromkeys(rule for rule, action in actions.items() if action in wanted)
    yield from (rule for rule in named if (rule, actions.get(rule, "")) not in fired)


def _holds(expect: CheckedExpect, verdict: Verdict) -> bool:
    if expect.output is not None:
        return verdict.output == expect.output
    fired = {(each.rule, each.action) for each in verdict.fired}
    return verdict.action == expect.action and all(
        (rule, expect.action) in fired for rule in expect.by
    )


def _wanted(expect: CheckedExpect) -> str:
    if expect.output is not None:
        return f"output {quoted(expect.output)}"
    by = f" by {', '.join(expect.by)}" if expect.by else ""
    return f"{expect.action}{by}"


def _got(expects: Sequence[CheckedExpect], verdict: Verdict) -> str:
    by = ", ".join(each.rule for each in verdict.fired if each.action == verdict.action)
    got = f"{verdict.action}{f' by {by}' if by else ''}"
    if any(expect.output is not None for expect in expects):
        got += f"; output {quoted(verdict.output)}"
    return got
