"""Tests of a policy that share a pipeline end as if each had one of its own."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guardrail.language.checked import CheckedCase, CheckedTest, StubFinding
from guardrail.plan.logic import evaluate, fires
from guardrail.plan.lower import lower
from guardrail.runtime.build import pipeline_for
from guardrail.testing import StubDetector, run_cases
from guardrail.testing.columns import Columns, cases_of
from guardrail.values import NOT_RUN, Failure, Subject, Truth
from tests.support.engine import seeds
from tests.support.generate import random_outcome, random_text, trial
from tests.support.show import policy_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from guardrail.language.checked import CheckedDetector, CheckedPolicy, StubValue
    from guardrail.plan.plan import Expr
    from guardrail.testing.columns import Split
    from guardrail.values import Side

pytestmark = pytest.mark.properties

CASES = 12
BUILT = {"pii", "length", "links", "language"}
"""The kinds that really run where nothing stands in for them."""


def stub(rng: Random, detector: CheckedDetector, text: str) -> StubValue:
    outcome = random_outcome(rng, detector, text)
    if isinstance(outcome, Failure) or (isinstance(outcome, float) and math.isnan(outcome)):
        return None
    if isinstance(outcome, tuple):
        found = {text[span.start : span.end] for span in outcome} - {""}
        return tuple(StubFinding(each, None) for each in sorted(found))
    assert isinstance(outcome, float | str)
    return outcome


def case(rng: Random, policy: CheckedPolicy) -> CheckedCase:
    text, prompt = random_text(rng), random_text(rng)
    names = [
        detector.name
        for detector in policy.detectors.values()
        if rng.random() < 0.6 or (detector.is_model_free and detector.kind not in BUILT)
    ]
    return CheckedCase(
        input=prompt if rng.random() < 0.5 else None,
        output=text if rng.random() < 0.8 else None,
        stubs={name: stub(rng, policy.detectors[name], text) for name in names},
        expects=(),
        place=policy.rules[0].place,
    )


def alone(policy: CheckedPolicy, each: CheckedCase) -> tuple[object, ...]:
    """Run a case in a pipeline of its own, with fixed outcomes."""
    side: Side = "input" if each.output is None else "output"
    values = {}
    for name, value in each.stubs.items():
        if isinstance(value, tuple):
            values[name] = StubDetector(value, policy.detectors[name].label)
        else:
            values[name] = Failure("stubbed error") if value is None else value
    pipeline = pipeline_for(policy, side, values, runs_model_free=True, has_hash_key=True)
    text = each.output if each.output is not None else each.input or ""
    state = pipeline.observe([Subject(text, each.input if side == "output" else None)])[0]
    verdict = pipeline.verdict(state, pipeline.decide(state), None)
    fired = frozenset(fired.rule for fired in verdict.fired)
    values_of = {rule.name: fires(rule, state.outcomes) for rule in pipeline.plan.rules}
    known = {name for name, value in values_of.items() if value in (Truth.FALSE, Truth.ERROR)}
    excepted = frozenset((found.rule, found.by) for found in verdict.excepted)
    return side, tuple(state.outcomes), fired, known | fired, excepted


def test_cases_that_share_a_pipeline_end_as_if_they_had_their_own() -> None:
    """600 policies of twelve cases in the full count."""
    for seed, rng in seeds("test runner", 30):
        policy = trial(rng).policy
        cases = tuple(case(rng, policy) for _ in range(CASES))
        tests = (CheckedTest("t", cases, policy.rules[0].place),)
        results = run_cases(replace(policy, tests=tests))
        for number, (each, result) in enumerate(zip(cases, results, strict=True)):
            got = (
                result.side,
                result.outcomes,
                result.rules_fired,
                result.rules_evaluated,
                result.excepted,
            )
            shown = f"seed {seed!r}, case {number}: {each}\n{policy_text(policy)}"
            assert got == alone(policy, each), shown


def test_columns_say_what_each_case_says() -> None:
    """3,000 policies in the full count."""
    for seed, rng in seeds("columns", 150):
        each = trial(rng)
        plan = lower(each.policy, each.side)
        rows = [random_row(rng, each.policy, len(plan.sources)) for _ in range(CASES)]
        columns = Columns(plan, rows)
        for rule in plan.rules:
            shown = f"seed {seed!r}, rule {rule.name}\n{policy_text(each.policy)}"
            assert truths(columns.value(rule.condition)) == values(rule.condition, rows), shown
            assert truths(columns.fires(rule)) == [fires(rule, row) for row in rows], shown


def random_row(rng: Random, policy: CheckedPolicy, count: int) -> list[object]:
    """One outcome for each source, of any type: columns must not care."""
    detectors = list(policy.detectors.values())
    row: list[object] = []
    for _ in range(count):
        chance = rng.random()
        if chance < 0.2:
            row.append(NOT_RUN)
        elif chance < 0.5 or not detectors:
            row.append(())
        else:
            row.append(random_outcome(rng, rng.choice(detectors), "some words to find"))
    return row


def values(expr: Expr, rows: Sequence[list[object]]) -> list[Truth]:
    return [evaluate(expr, row) for row in rows]


def truths(split: Split) -> list[Truth]:
    found = [Truth.NOT_RUN] * CASES
    for bits, value in (
        (split.true, Truth.TRUE),
        (split.false, Truth.FALSE),
        (split.error, Truth.ERROR),
    ):
        for index in cases_of(bits):
            assert found[index] is Truth.NOT_RUN, "a case has one value"
            found[index] = value
    return found
