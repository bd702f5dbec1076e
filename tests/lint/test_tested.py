"""What tests are judged to show, and what happens when they run."""

from __future__ import annotations

import pytest

from guardrail.assets import folder
from guardrail.lint.engine import look
from guardrail.lint.rule import Context, Options
from guardrail.lint.tested import shown
from guardrail.testing import run_tests
from tests.lint.test_rules import EVERY, TODAY

POLICIES = sorted(folder("policies").rglob("*.guard"))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.stem)
def test_rule_judged_to_fire_and_rest_does_so_when_the_tests_run(policy):
    compare(policy)


WITH_TESTS = [case for case in EVERY if case.code == "G703" and "test " in case.policy]


@pytest.mark.parametrize("case", WITH_TESTS, ids=lambda case: case.name)
def test_judged_case_holds_when_it_runs(case, tmp_path):
    path = tmp_path / "p.guard"
    path.write_text(case.policy, "utf-8")
    compare(path)


def compare(path):
    inspection, _ = look(path)
    assert inspection.program is not None
    assert inspection.policy is not None
    results = run_tests(path)
    assert all(result.passed for result in results)
    fired = frozenset().union(*(result.rules_fired for result in results))
    rested = frozenset().union(*(result.rules_evaluated - result.rules_fired for result in results))
    context = Context(inspection.program, inspection.policy, Options(), TODAY)
    for name, seen in shown(context).items():
        assert not seen.fires or name in fired, name
        assert not seen.rests or name in rested, name
