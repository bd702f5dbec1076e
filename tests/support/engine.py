"""The engine under random trials: how it is asked, what counts, and how many trials there are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.values import NOT_RUN, Verdict

from .generate import Trial
from .reference import Decision, decide

MULTIPLIER: Final = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
"""How many times the default number of trials is run."""

Essence = tuple[str, str, str | None, frozenset[str]]
"""What nobody may change: action, output, reply name and escalations."""


def seeds(name: str, count: int, block: int = 0, blocks: int = 1) -> Iterator[tuple[str, Random]]:
    """Give this block's share of `count` generators (times the multiplier), each with its seed."""
    for number in range(block, round(count * MULTIPLIER), blocks):
        seed = f"{name} {number}"
        yield seed, Random(seed)


def verdict_of(trial: Trial) -> Verdict:
    """Ask the engine."""
    from guardrail.runtime.build import pipeline_for

    given = {name: each for name, each in trial.outcomes.items() if each is not NOT_RUN}
    return pipeline_for(trial.policy, trial.side, given).check(trial.subject)


def essence(verdict: Verdict) -> Essence:
    """Return what counts of a verdict."""
    return verdict.action, verdict.output, verdict.replied, frozenset(verdict.escalations)


def decision_of(trial: Trial) -> Decision:
    """Ask the reference."""
    return decide(trial.policy, trial.side, trial.subject, trial.outcomes)


def essence_of(decision: Decision) -> Essence:
    """Return what counts of a decision of the reference."""
    return decision.action.word, decision.output, decision.replied, decision.escalations
