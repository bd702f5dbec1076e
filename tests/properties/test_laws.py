"""The laws of "How actions combine", for fixed detector values, errors included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guardrail.language.checked import All, Any, CheckedRule, Condition, Negated
from guardrail.values import Action, Outcome, Subject
from tests.support.engine import essence, seeds, verdict_of
from tests.support.generate import Trial, fixpoint_trial, random_outcome, trial
from tests.support.show import show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from guardrail.values import Verdict

pytestmark = pytest.mark.properties


def with_rules(each: Trial, rules: Sequence[CheckedRule]) -> Trial:
    return replace(each, policy=replace(each.policy, rules=tuple(rules)))


def rank(verdict: Verdict) -> Action:
    return Action[verdict.action.upper()]


def test_adding_a_rule_never_lowers_the_verdict() -> None:
    for seed, rng in seeds("adding", 300):
        each = trial(rng)
        whole = verdict_of(each)
        gone = rng.randrange(len(each.policy.rules))
        fewer = with_rules(each, [r for i, r in enumerate(each.policy.rules) if i != gone])
        shown = f"seed {seed!r}, without rule {gone}\n{show(each)}"
        assert rank(verdict_of(fewer)) <= rank(whole), shown


def test_the_order_of_rules_changes_nothing() -> None:
    for seed, rng in seeds("order", 300):
        each = trial(rng)
        rules = rng.sample(each.policy.rules, len(each.policy.rules))
        verdict, other = verdict_of(each), verdict_of(with_rules(each, rules))
        assert essence(verdict) == essence(other), f"seed {seed!r}\n{show(each)}"
        if each.policy.evaluate_all:
            assert set(verdict.fired) == set(other.fired), f"seed {seed!r}\n{show(each)}"


def test_removing_unless_or_except_never_lowers_the_verdict() -> None:
    for seed, rng in seeds("removing", 400):
        each = trial(rng)
        rules = [
            replace(
                rule,
                unless=None if rng.random() < 0.6 else rule.unless,
                **({"except_lists": (), "except_patterns": ()} if rng.random() < 0.6 else {}),
            )
            for rule in each.policy.rules
        ]
        bare = with_rules(each, rules)
        shown = f"seed {seed!r}\n{show(each)}\n# and without unless or except\n{show(bare)}"
        assert rank(verdict_of(bare)) >= rank(verdict_of(each)), shown


def test_the_order_of_operands_changes_nothing() -> None:
    for seed, rng in seeds("operands", 300):
        each = trial(rng)
        rules = [
            replace(
                rule,
                condition=shuffled(rule.condition, rng),
                unless=shuffled(rule.unless, rng) if rule.unless is not None else None,
            )
            for rule in each.policy.rules
        ]
        other = with_rules(each, rules)
        shown = f"seed {seed!r}\n{show(each)}\n# and shuffled\n{show(other)}"
        assert essence(verdict_of(each)) == essence(verdict_of(other)), shown


def shuffled(condition: Condition, rng: Random) -> Condition:
    match condition:
        case All(items) | Any(items):
            mixed = rng.sample([shuffled(item, rng) for item in items], len(items))
            return replace(condition, items=tuple(mixed))
        case Negated(item):
            return Negated(shuffled(item, rng))
        case _:
            return condition


def test_redacting_twice_is_redacting_once() -> None:
    cut = 0
    for seed, rng in seeds("fixpoint", 300):
        each = fixpoint_trial(rng)
        first = verdict_of(each)
        again = replace(each, subject=Subject(first.output))
        cut += first.action == "redact"
        assert verdict_of(again).output == first.output, f"seed {seed!r}\n{show(each)}"
    assert cut > 60


def test_skipped_detectors_could_have_changed_nothing() -> None:
    skips = 0
    for seed, rng in seeds("skipped", 300):
        each = trial(rng)
        if each.policy.evaluate_all:
            each = replace(each, policy=replace(each.policy, evaluate_all=False))
        verdict = verdict_of(each)
        skipped = {item.detector for item in verdict.skipped}
        if not skipped:
            continue
        skips += 1
        everything = replace(each, policy=replace(each.policy, evaluate_all=True))
        for _ in range(4):
            other = {name: another(each, name, rng) for name in skipped & set(each.outcomes)}
            changed = replace(everything, outcomes={**each.outcomes, **other})
            shown = (
                f"seed {seed!r}, {sorted(skipped)} skipped\n{show(each)}\n# and\n{show(changed)}"
            )
            assert essence(verdict_of(changed)) == essence(verdict), shown
    assert skips > 30


def another(each: Trial, name: str, rng: Random) -> Outcome:
    return random_outcome(rng, each.policy.detectors[name], each.subject.text)


def test_checking_again_gives_the_same_verdict() -> None:
    for seed, rng in seeds("again", 100):
        each = trial(rng)
        assert replace_ms(verdict_of(each)) == replace_ms(verdict_of(each)), f"seed {seed!r}"


def replace_ms(verdict: Verdict) -> dict[str, object]:
    return {**verdict.record(), "ms": 0.0}
