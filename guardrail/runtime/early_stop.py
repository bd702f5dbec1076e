"""What may still matter: the detectors whose answer could change the outcome of a check.

*Lower* is the decision over the rules that are certain. A detector is skipped only if no value of
it, error included, could change the action, the output or an escalation. The test errs on the side
of running: what it calls needed may turn out not to matter, never the other way round. While a
rewrite may come, every open rule counts: its findings and its reason go to the rewriter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guardrail.plan.logic import fires, lacking
from guardrail.plan.plan import Plan, PlannedRule
from guardrail.runtime.decide import Decision, Effect, Reach, combine, resolve
from guardrail.values import NOT_RUN, Action, Outcome, Truth


@dataclass(slots=True)
class Frontier:
    """How far one check has come: the rules still open, and the effects of those that are not.

    An outcome never changes once it is there. So a rule that is decided is not looked at again,
    and an open one only when something it waits for (`waits`; None before the first look) is there.
    """

    open: list[tuple[PlannedRule, set[int] | None]]
    certain: list[Effect] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        plan: Plan,
        outcomes: Sequence[Outcome],
        reach: Reach | None = None,
        moved: Iterable[int] | None = None,
    ) -> Frontier:
        """Return the beginning of a check; `reach` and `moved` are as in `decide`."""
        rules, certain = reach.split(outcomes, moved) if reach is not None else (plan.rules, [])
        return cls([(rule, None) for rule in rules], certain)

    def move(self, outcomes: Sequence[Outcome]) -> list[tuple[PlannedRule, set[int]]]:
        """Take in what has been seen since; return the rules still open and what they lack."""
        still: list[tuple[PlannedRule, set[int]]] = []
        for rule, waits in self.open:
            if waits is None or any(outcomes[index] is not NOT_RUN for index in waits):
                value = fires(rule, outcomes)
                lacks = _waits_for(rule, value, outcomes)
                if lacks:
                    still.append((rule, lacks))
                elif (effect := resolve(rule, value, outcomes)) is not None:
                    self.certain.append(effect)
            else:
                still.append((rule, waits))
        self.open = [*still]
        return still


def needed(
    plan: Plan,
    outcomes: Sequence[Outcome],
    frontier: Frontier | None = None,
    among: frozenset[int] | None = None,
) -> frozenset[int]:
    """Return the sources not yet run whose outcome could still matter.

    `frontier`, if given, has followed the same check from its beginning and is moved on. With
    `among`, only those sources are asked about.
    """
    frontier = frontier or Frontier.of(plan, outcomes)
    open_rules = frontier.move(outcomes)
    lower = combine(frontier.certain)
    may_rewrite = lower.action <= Action.REWRITE and (
        lower.action is Action.REWRITE
        or any(rule.action is Action.REWRITE for rule, _ in open_rules)
    )
    wanted: set[int] = set()
    for rule, waits in open_rules:
        asked = waits if among is None else waits & among
        if asked and (may_rewrite or could_matter(rule, lower)):
            wanted |= asked
    return frozenset(wanted)


def _waits_for(rule: PlannedRule, value: Truth, outcomes: Sequence[Outcome]) -> set[int]:
    """Return the sources that an undecided rule, or the cuts of a redaction, still lack."""
    if value is Truth.FALSE:
        return set()
    waits: set[int] = set()
    if value is Truth.NOT_RUN:
        waits |= lacking(rule, outcomes)
    if rule.actions.redact is not None:
        waits |= {index for index in rule.cuts if outcomes[index] is NOT_RUN}
    return waits


def could_matter(rule: PlannedRule, lower: Decision) -> bool:
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
