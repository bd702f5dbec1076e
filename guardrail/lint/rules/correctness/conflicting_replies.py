"""Two rules of one rank send different replies, and both can fire: the name decides.

## Why it matters

Of the rules with the strongest action the highest severity gives the reply, and among equals the
name that comes first in the alphabet. Renaming a rule would then change what users read.

Compared are rules with the same action (rewrite, replace or block) and the same severity that apply
to the same side. A rewriter counts as a reply.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

reply no_plans "I cannot talk about our plans."
reply no_prices "I cannot quote prices."

rule plans on output
  when text contains "roadmap"
  then replace with no_plans

rule prices on output
  when text contains "price list"
  then replace with no_prices
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

reply no_plans "I cannot talk about our plans."
reply no_prices "I cannot quote prices."

rule plans on output severity high
  when text contains "roadmap"
  then replace with no_plans

rule prices on output severity medium
  when text contains "price list"
  then replace with no_prices
```

## How to fix it

Say which reply matters more: give one of the rules another severity. Or send the same reply.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.language.checked import CheckedRule
from guardrail.lint.rule import SIDES, Context, Finding, JudgedRule, LintRule
from guardrail.lint.solving import is_sometimes
from guardrail.plan.plan import Plan, PlannedRule
from guardrail.solver.formula import Formula, Variable
from guardrail.solver.space import Space
from guardrail.values import Action, Side

_MOST: Final = 10
"""How many rivals of a rule are counted."""


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A rule that sends a reply, on one side."""

    rule: PlannedRule
    checked: CheckedRule
    reply: object
    fires: Formula
    related: frozenset[Variable]


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose reply another one of its rank can displace."""
    order = {rule.name: at for at, rule in enumerate(context.rules)}
    rivals: dict[str, dict[str, None]] = {}
    for side in SIDES:
        for rank in _ranks(context, side):
            rank.sort(key=lambda each: order.get(each.rule.name, -1))
            for later, earlier in _conflicts(context.space(side), rank):
                rivals.setdefault(later, {})[earlier] = None
    for rule in context.rules:
        if rule.name in rivals:
            yield _finding(context, rule, list(rivals[rule.name]))


def _ranks(context: Context, side: Side) -> Iterable[list[_Speaker]]:
    """Return the rules of a side that send a reply, those of one rank together."""
    space, plan = context.space(side), context.plans[side]
    checked = {rule.name: rule for rule in context.policy.rules}
    ranks: dict[object, list[_Speaker]] = {}
    for rule in plan.rules:
        speaker = _speaker(space, plan, rule, checked[rule.name])
        if speaker is not None:
            ranks.setdefault((rule.action, rule.severity), []).append(speaker)
    return ranks.values()


def _conflicts(space: Space, rank: Sequence[_Speaker]) -> Iterator[tuple[str, str]]:
    """Yield the names of rules that conflict, the later one first, up to `_MOST` of each."""
    for at, later in enumerate(rank):
        rivals = (earlier for earlier in rank[:at] if _conflict(space, earlier, later))
        for earlier in itertools.islice(rivals, _MOST):
            yield later.rule.name, earlier.rule.name


def _speaker(space: Space, plan: Plan, rule: PlannedRule, checked: CheckedRule) -> _Speaker | None:
    if rule.action < Action.REWRITE:
        return None
    fires = space.rules(plan)[rule.name].fires
    if not is_sometimes(space, fires):
        return None
    return _Speaker(rule, checked, _reply(plan, rule), fires, space.related(fires))


def _reply(plan: Plan, rule: PlannedRule) -> object:
    """Return the text that a rule sends, or the rewriter that writes it."""
    if rule.action is Action.REWRITE:
        rewriter = plan.rewriters[rule.actions.rewrite or ""]
        arguments = frozenset(rewriter.arguments.items())
        return rewriter.kind, rewriter.attempts, plan.replies[rewriter.otherwise], arguments
    name = rule.actions.replace if rule.action is Action.REPLACE else rule.actions.block
    name = name or plan.fallback
    return None if name is None else plan.replies[name]


def _conflict(space: Space, one: _Speaker, other: _Speaker) -> bool:
    """Whether two rules send different replies and can fire together."""
    if one.reply == other.reply:
        return False
    if one.checked.is_each_sentence != other.checked.is_each_sentence or one.related.isdisjoint(
        other.related
    ):
        return True  # each can fire, whatever the other does
    return is_sometimes(space, one.fires, other.fires)


def _finding(context: Context, rule: JudgedRule, rivals: list[str]) -> Finding:
    first = min(rivals[0], rule.name)
    count = "many" if len(rivals) >= _MOST else len(rivals) - 1
    more = f" and {count} more" if len(rivals) > 1 else ""
    where = context.where(rivals[0], rule.source)
    return rule.finding(
        "G306",
        f"rules `{rivals[0]}` and `{rule.name}` send different replies at the same rank",
        f"both can fire with `{rivals[0]}` ({where}){more}; then only the name decides: `{first}`",
        help="give them different severities, or the same reply",
    )


RULE = LintRule(code="G306", family="correctness", check=check)
