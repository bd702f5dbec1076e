"""Outcomes → effects → the decision; pure, and the only place where a verdict is made.

The rules are those of "How actions combine" and "Evaluation" in the language reference: errors are
decided once per rule, after evaluation; the strongest action wins; ties go to the higher severity,
then to the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from guardrail.plan.logic import by_sentence, fires, fires_in, has_failed
from guardrail.plan.plan import Plan, PlannedRule
from guardrail.values import Action, BySentence, Outcome, Span, Truth


class Effect(msgspec.Struct, frozen=True):
    """What one rule does to this text once its errors are decided.

    `reply` names the canned reply of a replace or block, or of what a redaction became whose
    findings are incomplete; None stands for the fallback.
    """

    rule: PlannedRule
    action: Action
    template: str | None = None
    append: str | None = None
    rewriter: str | None = None
    reply: str | None = None
    queue: str | None = None

    @property
    def rank(self) -> tuple[int, str]:
        """The key that breaks ties: higher severity first, then the qualified name."""
        return -self.rule.severity, self.rule.name


class Decision(msgspec.Struct, frozen=True):
    """What fired, and which effect leads: the first of the strongest, None when all is allowed."""

    effects: tuple[Effect, ...]
    leader: Effect | None

    @property
    def action(self) -> Action:
        """The strongest action that fired."""
        return Action.ALLOW if self.leader is None else self.leader.action


class Reach:
    """Which rules a source can move, and what each rule does while all its sources find nothing.

    In a long policy most rules see nothing in most texts; what they do then is known beforehand.
    """

    def __init__(self, plan: Plan) -> None:
        self._rules = plan.rules
        self._moved: list[list[int]] = [[] for _ in plan.sources]
        self._still: dict[int, Effect] = {}
        self._when_true: list[Effect | None] = []
        nothing: list[Outcome] = [()] * len(plan.sources)
        for number, rule in enumerate(plan.rules):
            for index in rule.sources:
                self._moved[index].append(number)
            effect = resolve(rule, fires(rule, nothing), nothing)
            if effect is not None:
                self._still[number] = effect
            self._when_true.append(resolve(rule, Truth.TRUE, nothing))

    def rules_of(self, sources: Iterable[int]) -> list[PlannedRule]:
        """Return the rules that ask any of these sources, in the plan's order."""
        numbers = {number for index in sources for number in self._moved[index]}
        return [self._rules[number] for number in sorted(numbers)]

    def effects(self, outcomes: Sequence[Outcome], moved: Iterable[int]) -> list[Effect]:
        """Return the effects of all rules; the sources that are not `moved` found nothing.

        What a rule does that is true, and no cut of which has failed, is known beforehand.
        """
        numbers: set[int] = set()
        for index in moved:
            numbers.update(self._moved[index])
        effects = [effect for number, effect in self._still.items() if number not in numbers]
        for number in sorted(numbers):
            rule = self._rules[number]
            value = fires(rule, outcomes)
            if value is Truth.FALSE:
                continue
            if value is Truth.TRUE and not has_lost_cuts(rule, outcomes):
                effect = self._when_true[number]
            else:
                effect = resolve(rule, value, outcomes)
            if effect is not None:
                effects.append(effect)
        return effects

    def split(
        self, outcomes: Sequence[Outcome], moved: Iterable[int] | None = None
    ) -> tuple[list[PlannedRule], list[Effect]]:
        """Return the rules that must be looked at, and the effects of all others.

        `moved`, if given, are all sources whose outcome may be another than an empty one.
        """
        numbers: set[int] = set()
        for index in range(len(outcomes)) if moved is None else moved:
            if outcomes[index] != ():
                numbers.update(self._moved[index])
        still = [effect for number, effect in self._still.items() if number not in numbers]
        return [self._rules[number] for number in sorted(numbers)], still


def decide(
    plan: Plan,
    outcomes: Sequence[Outcome],
    reach: Reach | None = None,
    moved: Iterable[int] | None = None,
) -> Decision:
    """Return what the rules of `plan` make of the outcomes of its sources.

    `reach`, if given, is that of the plan, and `moved` are all sources whose outcome may be another
    than an empty one; the decision is the same, and sooner made.
    """
    if reach is not None:
        return combine(reach.effects(outcomes, range(len(outcomes)) if moved is None else moved))
    effects: list[Effect] = []
    for rule in plan.rules:
        effect = resolve(rule, fires(rule, outcomes), outcomes)
        if effect is not None:
            effects.append(effect)
    return combine(effects)


def combine(effects: Sequence[Effect]) -> Decision:
    """Order effects by rank and find the leader."""
    if len(effects) <= 1:
        return Decision(tuple(effects), effects[0] if effects else None)
    ordered = tuple(sorted(effects, key=lambda effect: effect.rank))
    leader = min(ordered, key=lambda effect: (-effect.action, *effect.rank), default=None)
    return Decision(ordered, leader)


def resolve(rule: PlannedRule, value: Truth, outcomes: Sequence[Outcome]) -> Effect | None:
    """Decide one rule, errors included; None when it does nothing."""
    if value is Truth.FALSE or value is Truth.NOT_RUN:
        return None
    if value is Truth.ERROR:
        if rule.on_error == "pass":
            return None
        if rule.on_error == "flag":
            return Effect(rule, Action.FLAG)
    actions = rule.actions
    if rule.on_error == "violation" and has_lost_cuts(rule, outcomes):
        return Effect(rule, Action.REPLACE, queue=actions.escalate)
    return Effect(
        rule,
        rule.action,
        template=actions.redact,
        append=actions.append,
        rewriter=actions.rewrite,
        reply=actions.replace if actions.replace is not None else actions.block or None,
        queue=actions.escalate,
    )


def has_lost_cuts(rule: PlannedRule, outcomes: Sequence[Outcome]) -> bool:
    """Whether something that a redaction would cut is not known, because a source has failed."""
    if rule.actions.redact is None:
        return False
    for index in rule.cuts:
        outcome = outcomes[index]
        if not isinstance(outcome, tuple) and has_failed(outcome):
            return True
    return False


def findings(effect: Effect, outcomes: Sequence[Outcome]) -> tuple[Span, ...]:
    """Return the findings behind an effect, left to right.

    Those of an `each sentence` rule are the findings in the sentences in which it fires.
    """
    rule = effect.rule
    if len(rule.cuts) == 1 and not rule.is_each_sentence:
        only = outcomes[rule.cuts[0]]
        if not isinstance(only, BySentence):
            if not isinstance(only, tuple):
                return ()
            return only if len(only) == 1 else tuple(sorted(only))
    found: set[Span] = set()
    for seen in by_sentence(rule, outcomes):
        if rule.is_each_sentence and fires_in(rule, seen) not in _COUNTING:
            continue
        for index in rule.cuts:
            outcome = seen[index]
            if isinstance(outcome, tuple):
                found.update(outcome)
    return tuple(sorted(found))


_COUNTING = frozenset({Truth.TRUE, Truth.ERROR})
