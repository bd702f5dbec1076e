"""The solver finds possible exactly what trying all values finds, and its witnesses replay."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from guardrail.plan.logic import evaluate
from guardrail.plan.lower import lower
from guardrail.plan.plan import DetectorSource, EntriesSource, ExceptSource, PatternSource, Plan
from guardrail.runtime.decide import decide, resolve
from guardrail.solver.formula import TRUE, Formula, conj, neg
from guardrail.solver.space import Space
from guardrail.values import Failure, Outcome, Span, Truth
from tests.support.engine import seeds
from tests.support.generate import random_policy

if TYPE_CHECKING:
    from random import Random

    from guardrail.language.checked import CheckedPolicy
    from guardrail.solver.space import EncodedRule

pytestmark = pytest.mark.properties

COUNT = 10_000
"""How many policies are compared at full size; `make test` compares a twentieth."""

BLOCKS = 10
MOST = 1_500
ERROR = Failure("tried")
SCORES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 0.9, 1.0)
LABELS = ("en", "de", "fr", "it")
COUNTS = range(4)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_solver_agrees_with_trying_everything(block: int) -> None:
    compared = tried = 0
    for seed, rng in seeds("solver", COUNT, block, BLOCKS):
        policy, plan, worlds = small_policy(rng)
        check(policy, plan, worlds, seed)
        compared += 1
        tried += len(worlds)
    assert tried > 20 * compared > 0


def check(policy: CheckedPolicy, plan: Plan, worlds: Sequence[World], seed: str) -> None:
    """Compare which answers of all conditions and `unless` go together."""
    possible = {answers(plan, world.outcomes()) for world in worlds}
    space = Space([plan], [policy])
    encoded = space.rules(plan)
    parts = [
        truth
        for rule in encoded.values()
        for truth in (rule.condition, rule.unless)
        if truth is not None
    ]
    for wanted in itertools.product((Truth.TRUE, Truth.FALSE, Truth.ERROR), repeat=len(parts)):
        formula = conj(*(of(part, each) for part, each in zip(parts, wanted, strict=True)))
        witness = space.solve(formula)
        shown = f"seed {seed!r}: {wanted}\n{plan.sources}\n{plan.rules}"
        assert (witness is not None) == (wanted in possible), shown
        assert space.is_possible(formula) == (witness is not None), shown
        if witness is not None:
            outcomes = space.outcomes(plan, witness)
            assert answers(plan, outcomes) == wanted, shown
            assert witness.satisfies(formula), shown
            assert replayed(plan, outcomes) == expected(encoded, wanted, outcomes), shown
            assert len(set(witness.words())) == len(witness.words()), shown


def of(part: object, truth: Truth) -> Formula:
    """When a part of a rule has this value."""
    name = {Truth.TRUE: "is_true", Truth.FALSE: "is_false", Truth.ERROR: "is_error"}[truth]
    formula: Formula = getattr(part, name)
    return formula


def answers(plan: Plan, outcomes: Sequence[Outcome]) -> tuple[Truth, ...]:
    """The value of every condition and `unless`."""
    return tuple(
        evaluate(expr, outcomes)
        for rule in plan.rules
        for expr in (rule.condition, rule.unless)
        if expr is not None
    )


def replayed(plan: Plan, outcomes: Sequence[Outcome]) -> set[str]:
    return {effect.rule.name for effect in decide(plan, outcomes).effects}


def expected(
    encoded: Mapping[str, EncodedRule], wanted: Sequence[Truth], outcomes: Sequence[Outcome]
) -> set[str]:
    """The rules that have an effect, by the values of their parts."""
    left, names = iter(wanted), set()
    for name, rule in encoded.items():
        value = next(left)
        if rule.unless is not None and next(left) is Truth.TRUE:
            value = Truth.FALSE
        if resolve(rule.rule, value, outcomes) is not None:
            names.add(name)
    return names


def test_what_fires_is_what_the_logic_fires() -> None:
    """`fires` and `errs` are the two ways in which a rule gets to act."""
    from guardrail.plan.logic import fires

    for seed, rng in seeds("solver fires", 1_000):
        policy, plan, worlds = small_policy(rng)
        space = Space([plan], [policy])
        seen = {tuple(fires(rule, world.outcomes()) for rule in plan.rules) for world in worlds}
        for rule, values in zip(plan.rules, zip(*seen, strict=True), strict=True):
            encoded = space.rules(plan)[rule.name]
            assert space.is_possible(encoded.fires) == (Truth.TRUE in values), seed
            assert space.is_possible(encoded.errs) == (Truth.ERROR in values), seed
            quiet = conj(neg(encoded.fires), neg(encoded.errs))
            assert space.is_possible(quiet) == (Truth.FALSE in values), seed


def test_parts_of_two_policies_are_the_same_where_they_say_the_same() -> None:
    """Two plans of one policy answer alike in every world; so do permuted lists."""
    from dataclasses import replace

    for seed, rng in seeds("solver twins", 500):
        policy, plan, _ = small_policy(rng)
        twin = replace(
            policy,
            lists={
                name: replace(each, entries=each.entries[::-1])
                for name, each in policy.lists.items()
            },
        )
        other = lower(twin, "output")
        space = Space([plan, other], [policy, twin])
        for name, rule in space.rules(plan).items():
            same = space.rules(other)[name]
            for one, two in ((rule.fires, same.fires), (rule.errs, same.errs)):
                assert not space.is_possible(conj(one, neg(two))), seed
                assert not space.is_possible(conj(two, neg(one))), seed
        assert space.is_possible(TRUE)


# ---------------------------------------------------------------- trying everything


class World:
    """One answer for everything a plan can ask: entries, patterns, detectors, what is kept."""

    def __init__(self, plan: Plan, policy: CheckedPolicy, answers: Mapping[object, object]) -> None:
        self.plan = plan
        self.policy = policy
        self.answers = answers

    def outcomes(self) -> list[Outcome]:
        return [self.outcome(source) for source in self.plan.sources]

    def outcome(self, source: object) -> Outcome:
        match source:
            case EntriesSource():
                return self.entries(source)
            case PatternSource() | DetectorSource():
                answer = self.answers[thing(source)]
                return spans(answer) if isinstance(answer, int) else answer
            case ExceptSource():
                return self.kept(source)
        raise AssertionError

    def entries(self, source: EntriesSource) -> Outcome:
        found = [self.answers[source.subject, entry] for entry in set(source.entries)]
        if source.mode == "all":
            if 0 in found:
                return ()
            return ERROR if ERROR in found else spans(1)
        if 1 in found:
            return spans(1)
        return ERROR if ERROR in found else ()

    def kept(self, source: ExceptSource) -> Outcome:
        base = self.plan.sources[source.base]
        outcome = self.outcome(base)
        if not isinstance(outcome, tuple) or not outcome:
            return outcome
        excuses = excuses_of(self.policy, source)
        if not isinstance(base, EntriesSource):
            return spans(self.answers[thing(base), excuses])
        kept = [self.answers[base.subject, entry, excuses] for entry in set(base.entries)]
        return spans(int(all(kept) if base.mode == "all" else any(kept)))

    def is_lawful(self) -> bool:
        """Whether a text could answer so."""
        return all(self.is_lawful_for(key) for key in self.answers)

    def is_lawful_for(self, key: object) -> bool:
        answers = self.answers
        if not answers[key]:
            return True
        least = (1, ERROR) if answers[key] is ERROR else (1,)
        match key:
            case ("text" | "prompt" as subject, str(entry)):
                words = f" {entry} "
                others = (each[1] for each in answers if len(each) == 2 and each[0] == subject)
                return all(answers[subject, o] in least for o in others if f" {o} " in words)
            case ("pattern", subject, source, True):
                return answers.get(("pattern", subject, source, False), 1) in least
            case (*base, frozenset() as excuses):
                base = base[0] if isinstance(base[0], tuple) else tuple(base)
                found = answers[base]
                fewer = (each for each in answers if each[:-1] == key[:-1] and each[-1] < excuses)
                is_found = found not in (0, 0.0) and not isinstance(found, Failure)
                return is_found and all(answers[each] for each in fewer)
        return True


def spans(count: object) -> tuple[Span, ...]:
    assert isinstance(count, int)
    return tuple(Span(3 * at, 3 * at + 2, "T") for at in range(count))


def thing(source: object) -> tuple[object, ...]:
    if isinstance(source, PatternSource):
        return ("pattern", source.subject, source.pattern.source, source.is_exact)
    assert isinstance(source, DetectorSource)
    return ("detector", source.name, source.detector.gives, "")


def excuses_of(policy: CheckedPolicy, source: ExceptSource) -> frozenset[str]:
    entries = {entry for name in source.lists for entry in policy.lists[name].entries}
    return frozenset(entries | {f"/{policy.patterns[n].pattern.source}/" for n in source.patterns})


def things(plan: Plan, policy: CheckedPolicy) -> dict[object, tuple[object, ...]]:
    """Everything that is asked, with all answers that are tried."""
    found: dict[object, tuple[object, ...]] = {}
    for source in plan.sources:
        base = plan.sources[source.base] if isinstance(source, ExceptSource) else source
        kept = excuses_of(policy, source) if isinstance(source, ExceptSource) else None
        if isinstance(base, EntriesSource):
            for entry in base.entries:
                key = (base.subject, entry)
                found[key if kept is None else (*key, kept)] = (0, 1) if kept else (0, 1, ERROR)
            continue
        key = thing(base)
        if kept is not None:
            found[key, kept] = COUNTS if isinstance(base, DetectorSource) else (0, 1)
        elif isinstance(base, PatternSource):
            found[key] = (0, 1, ERROR)
        else:
            found[key] = (*detector_answers(base), ERROR)
    return found


def detector_answers(source: DetectorSource) -> Sequence[object]:
    match source.detector.gives:
        case "score":
            return SCORES
        case "number":
            return [float(number) for number in range(10)]
        case "label":
            return LABELS
    return COUNTS


def small_policy(rng: Random) -> tuple[CheckedPolicy, Plan, list[World]]:
    """Return the first policy that few enough worlds tell all about, of one to three rules."""
    from dataclasses import replace

    while True:
        policy = random_policy(rng)
        outputs = tuple(rule for rule in policy.rules if rule.on != "input")
        policy = replace(policy, rules=outputs[: rng.randint(1, 3)])
        plan = lower(policy, "output")
        asked = things(plan, policy)
        if plan.rules and math.prod(map(len, asked.values())) <= MOST:
            return policy, plan, list(worlds_of(plan, policy, asked))


def worlds_of(
    plan: Plan, policy: CheckedPolicy, asked: Mapping[object, tuple[object, ...]]
) -> Iterator[World]:
    for answers in itertools.product(*asked.values()):
        world = World(plan, policy, dict(zip(asked, answers, strict=True)))
        if world.is_lawful():
            yield world
