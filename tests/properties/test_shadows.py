"""A rule that is called shadowed can be removed: no text is decided otherwise."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from guardrail.lint.shadows import find
from guardrail.plan.plan import ExceptSource, Plan
from guardrail.runtime.act import output, redact
from guardrail.runtime.decide import decide
from guardrail.solver.space import Space
from guardrail.values import Action, Outcome
from tests.properties.test_solver import World, small_policy
from tests.support.engine import seeds

pytestmark = pytest.mark.properties

COUNT = 5_000
"""How many policies are tried at full size; `make test` tries a twentieth."""

BLOCKS = 5
TEXT = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_shadowed_rules_change_nothing(block: int) -> None:
    shadowed = policies = 0
    for seed, rng in seeds("shadows", COUNT, block, BLOCKS):
        policy, plan, worlds = small_policy(rng)
        policies += 1
        space = Space([plan], [policy])
        found = find(space, plan, {rule.name: rule for rule in policy.rules})
        shadowed += len(found)
        for name, others in found.items():
            assert others, seed
            assert name not in others, seed
            without = replace(plan, rules=tuple(r for r in plan.rules if r.name != name))
            for outcomes in filter(partial(is_of_a_text, plan), map(World.outcomes, worlds)):
                shown = f"seed {seed!r}: {name} by {others}\n{outcomes}\n{plan.rules}"
                assert essence(plan, outcomes) == essence(without, outcomes), shown
    assert policies < 100 or shadowed


def is_of_a_text(plan: Plan, outcomes: list[Outcome]) -> bool:
    """Whether what each `except` keeps is among what was found.

    A world numbers findings only, and merging may leave fewer than are kept.
    """
    return all(
        set(outcomes[index]) <= set(outcomes[source.base])
        for index, source in enumerate(plan.sources)
        if isinstance(source, ExceptSource) and isinstance(outcomes[index], tuple)
    )


def essence(plan: Plan, outcomes: list[Outcome]) -> tuple[object, ...]:
    """What nobody may change; of a rewrite also the reasons that a model is told."""
    decision = decide(plan, outcomes)
    text, replied = output(TEXT, plan, decision, lambda: redact(TEXT, decision, outcomes))
    queues = frozenset(effect.queue for effect in decision.effects if effect.queue)
    reasons = None
    if decision.action is Action.REWRITE:
        reasons = tuple(
            dict.fromkeys(effect.rule.message or effect.rule.name for effect in decision.effects)
        )
    return decision.action, text, replied, queues, reasons
