"""The planner and the engine decide as the reference, which runs everything, decides."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guardrail.values import NOT_RUN, Failure, Outcome, Subject
from tests.support.engine import (
    decision_of,
    essence,
    essence_of,
    seeds,
    verdict_of,
)
from tests.support.generate import Trial, by_sentence, trial
from tests.support.show import policy_text, show

if TYPE_CHECKING:
    from random import Random

    from guardrail.language.checked import CheckedPolicy, CheckedRule, Condition
    from guardrail.values import Verdict

pytestmark = pytest.mark.properties

BLOCKS = 10


@pytest.mark.parametrize("block", range(BLOCKS))
def test_engine_decides_as_the_reference(block: int) -> None:
    for seed, rng in seeds("planner", 4500, block, BLOCKS):
        check(trial(rng), seed)


def test_engine_decides_as_the_reference_sentence_by_sentence() -> None:
    for seed, rng in seeds("sentences", 500):
        check(by_sentence(rng, trial(rng)), seed)


def test_engine_decides_as_the_reference_with_detectors_that_did_not_run() -> None:
    for seed, rng in seeds("not-run", 500):
        each = trial(rng)
        outcomes = {
            name: NOT_RUN if rng.random() < 0.3 else outcome
            for name, outcome in each.outcomes.items()
        }
        check(replace(each, outcomes=outcomes), seed)


def check(each: Trial, seed: str) -> None:
    expected = decision_of(each)
    verdict = verdict_of(each)
    shown = f"seed {seed!r}\n{show(each)}"
    assert essence(verdict) == essence_of(expected), shown
    assert verdict.blocked == (verdict.action == "block"), shown
    fired = {(firing.rule, firing.action) for firing in verdict.fired}
    assert len(fired) == len(verdict.fired), shown
    wanted = {(rule, action.word) for rule, action in expected.fired}
    if each.policy.evaluate_all:
        assert fired == wanted, shown
        assert {error.detector for error in verdict.errors} == failed(each), shown
    else:
        explained = {rule for skipped in verdict.skipped for rule in skipped.rules}
        assert fired <= wanted, shown
        assert {rule for rule, _ in wanted - fired} <= explained, shown
        assert {error.detector for error in verdict.errors} <= failed(each), shown
    assert not asked(verdict) & {
        (skipped.detector, rule) for skipped in verdict.skipped for rule in skipped.rules
    }, shown


def failed(each: Trial) -> set[str]:
    """The detectors that failed and that a rule of this side asks; an empty text has no sentence."""
    rules = [
        rule
        for rule in each.policy.rules
        if rule.on in (each.side, "both") and (each.subject.text or not rule.is_each_sentence)
    ]
    wanted = {name for rule in rules for name in detectors_of(rule)}
    return {
        name
        for name, outcome in each.outcomes.items()
        if name in wanted
        and (isinstance(outcome, Failure) or (isinstance(outcome, float) and math.isnan(outcome)))
    }


def detectors_of(rule: CheckedRule) -> set[str]:
    def walk(condition: Condition | None) -> set[str]:
        if condition is None:
            return set()
        items = getattr(condition, "items", None) or (getattr(condition, "item", None),)
        names = {condition.detector} if hasattr(condition, "detector") else set()
        return names.union(*(walk(item) for item in items if item is not None))

    return walk(rule.condition) | walk(rule.unless)


def asked(verdict: Verdict) -> set[tuple[str, str]]:
    """Which detectors failed, and for which rules: one may look at sentences and at the whole."""
    return {(error.detector, rule) for error in verdict.errors for rule in error.rules}


def test_a_rule_is_not_said_to_fire_with_less_than_it_would() -> None:
    """Once a block is certain `web` is not asked; had it been, `hide` would have been a replace."""
    from guardrail.language.source import Source
    from guardrail.testing import ERROR, check_with

    text = """edition 1
policy p
  on error treat as violation
detector web = links()
rule hide on output
  when text contains "red" or web found
  then redact
rule stop on output
  when text contains "red"
  then block
"""
    verdict = check_with(Source("p.guard", text), "red", values={"web": ERROR})
    fired = {(firing.rule, firing.action) for firing in verdict.fired}
    assert ("stop", "block") in fired
    assert fired <= {("stop", "block"), ("hide", "replace")}


def test_a_guard_checks_as_its_pipeline() -> None:
    """Its short cut for texts without findings, and its batches, give the same verdicts."""
    from guardrail.runtime.build import pipeline_for
    from guardrail.runtime.guard import Guard
    from guardrail.runtime.host import Host

    for seed, rng in seeds("guard", 300):
        each = trial(rng)
        if rng.random() < 0.5:
            each = replace(each, subject=Subject("nothing", each.subject.prompt))
        given = {name: spanless(outcome) for name, outcome in each.outcomes.items()}
        sides = [pipeline_for(each.policy, side, given) for side in ("output", "input")]
        guard = Guard(each.policy, *sides, Host())
        expected = essence_of(decision_of(replace(each, outcomes=given)))
        text, prompt = each.subject.text, each.subject.prompt
        shown = f"seed {seed!r}\n{show(replace(each, outcomes=given))}"
        assert essence(guard.check(text, prompt=prompt, on=each.side)) == expected, shown
        batch = guard.check_batch([each.subject, each.subject], on=each.side)
        assert [essence(verdict) for verdict in batch] == [expected] * 2, shown


def spanless(outcome: Outcome) -> Outcome:
    return () if isinstance(outcome, tuple) else outcome


def test_a_policy_file_says_what_the_checked_policy_says() -> None:
    """A share of the trials goes through the parser; both then decide alike."""
    from guardrail.language.source import Source
    from guardrail.runtime.compile import diagnose

    parsed = 0
    for seed, rng in seeds("parsed", 150):
        each = renamed(trial(rng), rng)
        text = policy_text(each.policy)
        policy, diagnostics = diagnose(Source("generated.guard", text))
        codes = {item.code for item in diagnostics if item.level == "error"}
        assert codes <= {"G501"}, f"seed {seed!r}\n{diagnostics}\n{text}"
        if codes:  # a requirement that a reply does not meet: refused, and rightly
            continue
        assert policy is not None
        parsed += 1
        through = replace(each, policy=policy)
        shown = f"seed {seed!r}\n{show(each)}"
        assert decision_of(through) == decision_of(each), shown
        assert essence(verdict_of(through)) == essence_of(decision_of(each)), shown
    assert parsed > 50


def renamed(each: Trial, rng: Random) -> Trial:
    """The trial with rules that a root file can name."""
    policy: CheckedPolicy = each.policy
    names = ["ant", "bee", "cow", "doe", "eel", "fly", "gnu", "hen"]
    rng.shuffle(names)
    rules = tuple(replace(rule, name=name) for rule, name in zip(policy.rules, names, strict=False))
    return replace(each, policy=replace(policy, rules=rules))
