"""What may still matter: the detectors whose answer could change the outcome of a check.

*Lower* is the decision over the rules that are certain. A detector is skipped only if no value of
it, error included, could change the action, the output or an escalation. The test errs on the side
of running: what it calls needed may turn out not to matter, never the other way round. While a
rewrite may come, every open rule counts: its findings and its reason go to the rewriter.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrail.plan.logic import fires, pending
from guardrail.plan.plan import Plan, PlannedRule
from guardrail.runtime.decide import Decision, Effect, combine, resolve
from guardrail.values import NOT_RUN, Action, Outcome, Truth


def needed(plan: Plan, outcomes: Sequence[Outcome]) -> frozenset[int]:
    """Return the sources not yet run whose outcome could still matter."""
    certain: list[Effect] = []
    open_rules: list[tuple[PlannedRule, set[int]]] = []
    for rule in plan.rules:
        value = fires(rule, outcomes)
        waits = _waits_for(rule, value, outcomes)
        if waits:
            open_rules.append((rule, waits))
        elif (effect := resolve(rule, value, outcomes)) is not None:
            certain.append(effect)
    lower = combine(certain)
    may_rewrite = lower.action <= Action.REWRITE and (
        lower.action is Action.REWRITE
        or any(rule.action is Action.REWRITE for rule, _ in open_rules)
    )
    wanted: set[int] = set()
    for rule, waits in open_rules:
        if may_rewrite or _could_matter(rule, lower):
            wanted |= waits
    return frozenset(wanted)


def _waits_for(rule: PlannedRule, value: Truth, outcomes: Sequence[Outcome]) -> set[int]:
    """Return the sources that an undecided rule, or the cuts of a redaction, still lack."""
    if value is Truth.FALSE:
        return set()
    waits: set[int] = set()
    if value is Truth.NOT_RUN:
        waits |= pending(rule.condition, outcomes)
        if rule.unless is not None:
            waits |= pending(rule.unless, outcomes)
    if rule.actions.redact is not None:
        waits |= {index for index in rule.cuts if outcomes[index] is NOT_RUN}
    return waits


def _could_matter(rule: PlannedRule, lower: Decision) -> bool:
    """Whether an open rule could change the action, the output or an escalation."""
    queue = rule.actions.escalate
    if queue is not None and all(effect.queue != queue for effect in lower.effects):
        return True
    incomplete = rule.actions.redact is not None and rule.on_error == "violation"
    upper = Action.REPLACE if incomplete else rule.action
    if lower.leader is None or lower.action < Action.REWRITE:
        return upper > lower.action or rule.action in {Action.REDACT, Action.APPEND}
    if upper != lower.action:
        return upper > lower.action
    return (-rule.severity, rule.name) < lower.leader.rank
