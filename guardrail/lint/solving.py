"""What the lint rules ask the solver; what it cannot decide is not reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guardrail.language import nodes
from guardrail.lint.rule import Context, JudgedRule
from guardrail.plan.plan import Plan
from guardrail.solver.formula import Formula, conj
from guardrail.solver.search import UndecidedError
from guardrail.solver.space import EncodedRule, Space
from guardrail.values import Side


@dataclass(frozen=True, slots=True)
class Solved:
    """A judged rule on one side, with its formulas."""

    rule: JudgedRule
    side: Side
    plan: Plan
    space: Space
    formulas: EncodedRule

    @property
    def written(self) -> nodes.Expr | None:
        """The condition as it was written."""
        return self.rule.node.when or self.rule.node.require


def solved(context: Context) -> Iterator[Solved]:
    """Yield every judged rule, on the first of its sides: conditions are the same on both."""
    for rule in context.rules:
        side = rule.sides[0]
        space, plan = context.space(side), context.plans[side]
        yield Solved(rule, side, plan, space, space.rules(plan)[rule.name])


def is_never(space: Space, *formulas: Formula) -> bool:
    """Whether formulas surely cannot all hold."""
    try:
        return not space.is_possible(conj(*formulas))
    except UndecidedError:
        return False


def is_sometimes(space: Space, *formulas: Formula) -> bool:
    """Whether formulas surely can all hold."""
    try:
        return space.is_possible(conj(*formulas))
    except UndecidedError:
        return False
