"""What `diff` claims holds in every case, and its witnesses show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guardrail.diff.compare import Answer, Case, Comparison, party
from guardrail.diff.engine import diff, ways_of
from guardrail.diff.relation import Relation, relation_of
from guardrail.plan.lower import lower
from guardrail.runtime.build import pipeline_for
from guardrail.runtime.decide import decide
from guardrail.solver.space import Space
from guardrail.values import Action, Side, Subject
from tests.diff.every_case import Judge
from tests.diff.pairs import edited, pair, small_pair
from tests.support.engine import seeds, verdict_of
from tests.support.generate import Trial, random_outcome, random_text, trial
from tests.support.show import policy_text

if TYPE_CHECKING:
    from guardrail.language.checked import CheckedPolicy

pytestmark = pytest.mark.properties

BLOCKS = 4
MOST_CASES = 4_000
SIDES: tuple[Side, ...] = ("output", "input")


def comparison(old: CheckedPolicy, new: CheckedPolicy, side: Side) -> Comparison:
    plans = lower(old, side), lower(new, side)
    space = Space(plans, (old, new))
    first, second = ways_of(old, new, side)
    return Comparison(space, party(space, plans[0], *first), party(space, plans[1], *second))


def answers(asked: Comparison) -> dict[str, Answer]:
    parties = (asked.old, asked.new)
    names = {rule.rule.name for each in parties for rule in each.effects.rules}
    return {name: asked.rule(name) for name in sorted(names)}


def shown(seed: str, old: CheckedPolicy, new: CheckedPolicy, side: Side) -> str:
    return f"seed {seed!r}, {side}\n{policy_text(old)}\n# ---- new\n{policy_text(new)}"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_relations_are_those_of_trying_every_case(block: int) -> None:
    """In full: 8,000 pairs, of which some 7,300 are small enough to try every case."""
    tried = 0
    for seed, rng in seeds("diff every case", 400, block, BLOCKS):
        old, new = small_pair(rng)
        side: Side = "output" if rng.random() < 0.8 else "input"
        judge = Judge(old, new, side)
        if judge.count > MOST_CASES:
            continue
        tried += 1
        asked = comparison(old, new, side)
        rules = answers(asked)
        expected: dict[str | None, set[str]] = {name: set() for name in (None, *rules)}
        for case in judge.cases():
            for name, seen in expected.items():
                before, after = judge.does(0, case, name), judge.does(1, case, name)
                seen.update(["looser"] if after.lacks(before) else [])
                seen.update(["stricter"] if before.lacks(after) else [])
        for name, answer in {**rules, None: asked.whole(rules)}.items():
            wanted = relation_of(
                is_looser="looser" in expected[name], is_stricter="stricter" in expected[name]
            )
            assert answer.is_decided, (name, shown(seed, old, new, side))
            assert answer.relation is wanted, (name, shown(seed, old, new, side))
    assert tried > 20


@pytest.mark.parametrize("block", range(BLOCKS))
def test_witnesses_show_what_is_claimed(block: int) -> None:
    """In full: 4,000 pairs; every witness is replayed through the plan's own logic."""
    for seed, rng in seeds("diff witness", 200, block, BLOCKS):
        old, new = pair(rng)
        for side in SIDES:
            asked = comparison(old, new, side)
            rules = answers(asked)
            for name, answer in {**rules, None: asked.whole(rules)}.items():
                assert answer.is_decided, (name, shown(seed, old, new, side))
                for case, is_looser in ((answer.looser, True), (answer.stricter, False)):
                    if case is not None:
                        explained = shown(seed, old, new, side)
                        assert differs(asked, case, name, is_looser=is_looser), (name, explained)


def differs(asked: Comparison, case: Case, name: str | None, *, is_looser: bool) -> bool:
    """Whether the plans, given the outcomes of a witness, differ in the direction claimed."""
    parties = [each if name is None else each.alone(name) for each in (asked.old, asked.new)]
    plans = (asked.old.plan, asked.new.plan)
    made = [
        decide(each.plan, asked.space.outcomes(plan, case.witness))
        for each, plan in zip(parties, plans, strict=True)
    ]
    strong, weak = made if is_looser else made[::-1]
    both = [each.ways for each in parties]
    strong_ways, weak_ways = both if is_looser else both[::-1]
    if strong.action > weak.action:
        return True
    if {e.queue for e in strong.effects} - {e.queue for e in weak.effects} - {None}:
        return True
    late = (strong_ways.late, weak_ways.late)
    held = [
        any(e.action >= Action.REWRITE and e.rule.name not in names for e in each.effects)
        for each, names in zip((strong, weak), late, strict=True)
    ]
    if held[0] and not held[1]:
        return True
    appended = [
        {each_ways.appended[e.append] for e in each.effects if e.append}
        for each, each_ways in ((strong, strong_ways), (weak, weak_ways))
    ]
    if weak.action < Action.REWRITE and appended[0] - appended[1]:
        return True
    cuts = (case.old.cuts, case.new.cuts) if is_looser else (case.new.cuts, case.old.cuts)
    redacts = any(e.template is not None for e in strong.effects)
    return redacts and any(cuts[1].get(what, 0) < level for what, level in cuts[0].items())


def test_comparing_the_other_way_round_gives_the_opposite() -> None:
    """In full: 2,000 pairs."""
    opposite = {Relation.LOOSER: Relation.STRICTER, Relation.STRICTER: Relation.LOOSER}
    for seed, rng in seeds("diff opposite", 100):
        old, new = pair(rng)
        for side in SIDES:
            forth, back = comparison(old, new, side), comparison(new, old, side)
            one, other = forth.whole(answers(forth)), back.whole(answers(back))
            wanted = opposite.get(one.relation, one.relation)
            assert other.relation is wanted, shown(seed, old, new, side)


def test_a_policy_is_equal_to_itself_in_another_order() -> None:
    """In full: 2,000 policies."""
    for seed, rng in seeds("diff same", 100):
        old, _ = pair(rng)
        rules = list(old.rules)
        rng.shuffle(rules)
        found = diff(old, replace(old, rules=tuple(rules)))
        assert found.relation is Relation.EQUAL, f"seed {seed!r}\n{policy_text(old)}"
        assert not found.changes
        assert all(rule.status == "unchanged" for side in found.sides for rule in side.rules)


def test_a_safe_relation_holds_on_texts() -> None:
    """In full: 6,000 pairs through the real pipeline, three random texts each."""
    safe = 0
    for seed, rng in seeds("diff texts", 300):
        each = trial(rng)
        new = edited(rng, each.policy, 1)
        asked = comparison(each.policy, new, each.side)
        relation = asked.whole(answers(asked)).relation
        if not relation.is_safe:
            continue
        safe += 1
        # As long as these are there, the pipelines below share what they have compiled.
        alive = [pipeline_for(one, each.side, {}) for one in (each.policy, new)]
        for _ in range(3):
            text = random_text(rng)
            answer = {
                name: random_outcome(rng, detector, text)
                for name, detector in each.policy.detectors.items()
            }
            prompt = each.subject.prompt
            before = verdict_of(Trial(each.policy, each.side, Subject(text, prompt), answer))
            after = verdict_of(Trial(new, each.side, Subject(text, prompt), answer))
            explained = f"{text!r} {answer}\n{shown(seed, each.policy, new, each.side)}"
            was, now = Action[before.action.upper()], Action[after.action.upper()]
            assert now >= was, explained
            assert set(after.escalations) >= set(before.escalations), explained
            if relation is Relation.EQUAL:
                assert now == was, explained
        del alive
    assert safe > 50
