"""Conditions over outcomes, in four values.

A deciding operand (false under `and`, true under `or`) wins over everything, not-run over error,
error over the rest; `not` keeps error and not-run. So the order of operands never matters.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

from guardrail.plan.plan import AllOf, AnyOf, Compare, Expr, Found, Inverse, Is, PlannedRule, Test
from guardrail.values import NOT_RUN, Failure, Outcome, Span, Truth

_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_OPPOSITE: Final = {
    Truth.TRUE: Truth.FALSE,
    Truth.FALSE: Truth.TRUE,
    Truth.ERROR: Truth.ERROR,
    Truth.NOT_RUN: Truth.NOT_RUN,
}


def evaluate(expr: Expr, outcomes: Sequence[Outcome]) -> Truth:
    """Return the value of an expression; `outcomes` holds one outcome for each source."""
    match expr:
        case AllOf(items):
            return _join(items, outcomes, Truth.FALSE)
        case AnyOf(items):
            return _join(items, outcomes, Truth.TRUE)
        case Inverse(item):
            return _OPPOSITE[evaluate(item, outcomes)]
        case _:
            return truth(expr, outcomes[expr.source])


def _join(items: tuple[Expr, ...], outcomes: Sequence[Outcome], deciding: Truth) -> Truth:
    joined = _OPPOSITE[deciding]
    for item in items:
        value = evaluate(item, outcomes)
        if value is deciding:
            return deciding
        if value is Truth.NOT_RUN or (value is Truth.ERROR and joined is not Truth.NOT_RUN):
            joined = value
    return joined


def truth(test: Test, outcome: Outcome) -> Truth:
    """Return the value of one test on the outcome of its source."""
    if outcome is NOT_RUN:
        return Truth.NOT_RUN
    match test, outcome:
        case Found(at_least=1), tuple():
            holds = bool(outcome)
        case Found(at_least=at_least), tuple():
            holds = count(outcome) >= at_least
        case Compare(operator=sign, number=number), float():
            if outcome != outcome:  # noqa: PLR0124 - NaN answers nothing
                return Truth.ERROR
            holds = _OPERATORS[sign](outcome, number)
        case Is(label=label), str():
            holds = outcome == label
        case _:
            return Truth.ERROR
    return Truth.TRUE if holds else Truth.FALSE


def count(spans: tuple[Span, ...]) -> int:
    """Count findings after merging those that share a character.

    >>> count((Span(0, 4, "A"), Span(3, 6, "B"), Span(6, 9, "C")))
    2
    """
    merged, reach = 0, -1
    for span in sorted(spans):
        if span.start >= reach:
            merged += 1
        reach = max(reach, span.end)
    return merged


def fires(rule: PlannedRule, outcomes: Sequence[Outcome]) -> Truth:
    """Return whether a rule fires; an `unless` that errs grants nothing."""
    value = evaluate(rule.condition, outcomes)
    if rule.unless is None or value is Truth.FALSE:
        return value
    excuse = evaluate(rule.unless, outcomes)
    if excuse is Truth.TRUE:
        return Truth.FALSE
    return Truth.NOT_RUN if excuse is Truth.NOT_RUN else value


def pending(expr: Expr, outcomes: Sequence[Outcome]) -> set[int]:
    """Return the sources not yet run whose answer could still change the value of `expr`."""
    match expr:
        case AllOf(items) | AnyOf(items):
            if evaluate(expr, outcomes) is not Truth.NOT_RUN:
                return set()
            return set().union(*(pending(item, outcomes) for item in items))
        case Inverse(item):
            return pending(item, outcomes)
        case _:
            return {expr.source} if outcomes[expr.source] is NOT_RUN else set()


def has_failed(outcome: Outcome) -> bool:
    """Whether a source ended as error."""
    return isinstance(outcome, Failure)
