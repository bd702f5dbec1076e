"""Four-valued conditions, compared with the contract's own words by enumeration."""

import itertools

import pytest

from guardrail.language.checked import Actions
from guardrail.plan.logic import count, evaluate, fires, pending, truth
from guardrail.plan.plan import AllOf, AnyOf, Compare, Found, Inverse, Is, PlannedRule
from guardrail.values import NOT_RUN, Action, Failure, Severity, Span, Truth

SPAN = Span(0, 1, "A")
OUTCOMES = {
    Truth.FALSE: (),
    Truth.TRUE: (SPAN,),
    Truth.ERROR: Failure("x"),
    Truth.NOT_RUN: NOT_RUN,
}
ATOMS = tuple(Found(index, 1) for index in range(3))


def outcomes(values):
    return [OUTCOMES[value] for value in values]


@pytest.mark.parametrize("values", list(itertools.product(Truth, repeat=3)))
def test_and_or_follow_the_order_of_precedence(values):
    for deciding, joined in ((Truth.FALSE, AllOf(ATOMS)), (Truth.TRUE, AnyOf(ATOMS))):
        neutral = Truth.TRUE if deciding is Truth.FALSE else Truth.FALSE
        wanted = next(
            value
            for value in (deciding, Truth.NOT_RUN, Truth.ERROR, neutral)
            if value in values or value is neutral
        )
        assert evaluate(joined, outcomes(values)) is wanted


def test_not_keeps_error_and_not_run():
    wanted = [Truth.TRUE, Truth.FALSE, Truth.ERROR, Truth.NOT_RUN]
    assert [evaluate(Inverse(ATOMS[0]), outcomes([value])) for value in Truth] == wanted


@pytest.mark.parametrize(
    ("test", "outcome", "wanted"),
    [
        (Compare(0, ">=", 0.8), 0.8, Truth.TRUE),
        (Compare(0, ">", 0.8), 0.8, Truth.FALSE),
        (Compare(0, "<=", 3), 3.0, Truth.TRUE),
        (Compare(0, "<", 3), 3.0, Truth.FALSE),
        (Compare(0, "<", 3), float("nan"), Truth.ERROR),
        (Compare(0, "<", 3), "en", Truth.ERROR),
        (Is(0, "en"), "en", Truth.TRUE),
        (Is(0, "en"), "de", Truth.FALSE),
        (Is(0, "en"), (SPAN,), Truth.ERROR),
        (Found(0, 2), (SPAN,), Truth.FALSE),
        (Found(0, 2), (SPAN, Span(1, 2, "A")), Truth.TRUE),
        (Found(0, 2), (SPAN, Span(0, 2, "B")), Truth.FALSE),
        (Found(0, 1), 0.5, Truth.ERROR),
    ],
)
def test_truth_of_one_test(test, outcome, wanted):
    assert truth(test, outcome) is wanted


def test_count_merges_transitively_and_keeps_touching_apart():
    spans = (Span(0, 3, "A"), Span(2, 5, "A"), Span(4, 6, "B"), Span(6, 7, "A"), Span(0, 1, "C"))
    assert count(spans) == 2


def rule(unless):
    return PlannedRule(
        "r", Severity.LOW, (), ATOMS[0], unless, (), (0, 1), Actions(), Action.FLAG, "flag", None
    )


@pytest.mark.parametrize(
    ("value", "excuse", "wanted"),
    [
        (Truth.TRUE, Truth.TRUE, Truth.FALSE),
        (Truth.TRUE, Truth.FALSE, Truth.TRUE),
        (Truth.TRUE, Truth.ERROR, Truth.TRUE),
        (Truth.TRUE, Truth.NOT_RUN, Truth.NOT_RUN),
        (Truth.ERROR, Truth.TRUE, Truth.FALSE),
        (Truth.ERROR, Truth.ERROR, Truth.ERROR),
        (Truth.ERROR, Truth.NOT_RUN, Truth.NOT_RUN),
        (Truth.FALSE, Truth.NOT_RUN, Truth.FALSE),
        (Truth.NOT_RUN, Truth.TRUE, Truth.FALSE),
        (Truth.NOT_RUN, Truth.ERROR, Truth.NOT_RUN),
    ],
)
def test_unless_switches_off_and_an_error_grants_nothing(value, excuse, wanted):
    assert fires(rule(ATOMS[1]), outcomes([value, excuse])) is wanted


def test_pending_names_only_what_can_still_matter():
    expr = AnyOf((AllOf((ATOMS[0], ATOMS[1])), ATOMS[2]))
    assert pending(expr, outcomes([Truth.FALSE, Truth.NOT_RUN, Truth.NOT_RUN])) == {2}
    assert pending(expr, outcomes([Truth.NOT_RUN, Truth.NOT_RUN, Truth.TRUE])) == set()
    assert pending(expr, outcomes([Truth.TRUE, Truth.NOT_RUN, Truth.FALSE])) == {1}
