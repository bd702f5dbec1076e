"""Conditions over outcomes, in four values.

A deciding operand (false under `and`, true under `or`) wins over everything, not-run over error,
error over the rest; `not` keeps error and not-run. So the order of operands never matters.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

from guardrail.plan.plan import AllOf, AnyOf, Compare, Expr, Found, Inverse, Is, PlannedRule, Test
from guardrail.values import NOT_RUN, BySentence, Failure, Outcome, Span, Truth

Outcomes: TypeAlias = Sequence[Outcome] | Mapping[int, Outcome]
"""Outcomes by the index of their source."""

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


def evaluate(expr: Expr, outcomes: Outcomes) -> Truth:
    """Return the value of an expression; `outcomes` holds one outcome for each source."""
    if isinstance(expr, Found):  # nearly all are
        return truth(expr, outcomes[expr.source])
    match expr:
        case AllOf(items):
            return _join(items, outcomes, Truth.FALSE)
        case AnyOf(items):
            return _join(items, outcomes, Truth.TRUE)
        case Inverse(item):
            return _OPPOSITE[evaluate(item, outcomes)]
        case _:
            return truth(expr, outcomes[expr.source])


def _join(items: tuple[Expr, ...], outcomes: Outcomes, deciding: Truth) -> Truth:
    joined = _OPPOSITE[deciding]
    for item in items:
        value = evaluate(item, outcomes)
        if value is deciding:
            return deciding
        if value is Truth.NOT_RUN or (value is Truth.ERROR and joined is not Truth.NOT_RUN):
            joined = value
    return joined


def truth(test: Test, outcome: Outcome) -> Truth:
    """Return the value of one test on the outcome of its source: of sentences, that of any."""
    if isinstance(test, Found) and isinstance(outcome, tuple):
        holds = bool(outcome) if test.at_least == 1 else count(outcome) >= test.at_least
        return Truth.TRUE if holds else Truth.FALSE
    if outcome is NOT_RUN:
        return Truth.NOT_RUN
    if isinstance(outcome, BySentence):
        return any_of({truth(test, each) for each in outcome.outcomes})
    match test, outcome:
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
    """Return whether a rule fires; an `unless` that errs grants nothing.

    An `each sentence` rule fires if it does in any sentence.
    """
    if not rule.is_each_sentence:
        return fires_in(rule, outcomes)
    return any_of({fires_in(rule, each) for each in by_sentence(rule, outcomes)})


def any_of(values: AbstractSet[Truth]) -> Truth:
    """Join values with `or`."""
    order = (Truth.TRUE, Truth.NOT_RUN, Truth.ERROR)
    return next((value for value in order if value in values), Truth.FALSE)


def by_sentence(rule: PlannedRule, outcomes: Sequence[Outcome]) -> list[Outcomes]:
    """Return what a rule sees: the outcomes of each sentence, or those of the whole text.

    What is the same for all sentences, such as a detector that has not run, is there for each.
    """
    if not rule.is_each_sentence:
        return [outcomes]
    counts = [
        len(outcome.outcomes)
        for index in rule.sources
        if isinstance(outcome := outcomes[index], BySentence)
    ]
    return [
        {
            index: outcome.outcomes[number]
            if isinstance(outcome := outcomes[index], BySentence)
            else outcome
            for index in rule.sources
        }
        for number in range(max(counts, default=1))
    ]


def fires_in(rule: PlannedRule, outcomes: Outcomes) -> Truth:
    """Return whether a rule fires in a text, or in a sentence."""
    value = evaluate(rule.condition, outcomes)
    if rule.unless is None or value is Truth.FALSE:
        return value
    excuse = evaluate(rule.unless, outcomes)
    if excuse is Truth.TRUE:
        return Truth.FALSE
    return Truth.NOT_RUN if excuse is Truth.NOT_RUN else value


def lacking(rule: PlannedRule, outcomes: Sequence[Outcome]) -> set[int]:
    """Return the sources not yet run whose answer could still decide whether a rule fires."""
    lacks: set[int] = set()
    for each in by_sentence(rule, outcomes):
        if fires_in(rule, each) is Truth.NOT_RUN:
            lacks |= pending(rule.condition, each)
            if rule.unless is not None:
                lacks |= pending(rule.unless, each)
    return lacks


def pending(expr: Expr, outcomes: Outcomes) -> set[int]:
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
    """Whether a source ended as error, in any sentence."""
    if isinstance(outcome, BySentence):
        return any(map(has_failed, outcome.outcomes))
    return isinstance(outcome, Failure)
