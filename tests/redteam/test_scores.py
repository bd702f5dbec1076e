"""Shares and their intervals, against sampling and known bounds."""

from random import Random

import pytest

from guardrail.redteam.scores import rate


@pytest.mark.parametrize(("count", "of"), [(1, 5), (3, 40), (30, 60), (190, 200), (5, 2000)])
def test_intervals_are_those_of_a_bootstrap_that_samples(count, of):
    dice = Random(count * of)
    seen = [True] * count + [False] * (of - count)
    shares = sorted(sum(dice.choices(seen, k=of)) / of for _ in range(2000))
    found = rate(count, of)
    assert found.low == pytest.approx(shares[50], abs=2.1 / of)
    assert found.high == pytest.approx(shares[1949], abs=2.1 / of)


def test_where_all_ended_alike_the_exact_bound_stands_in():
    # Clopper-Pearson: nothing of 10 has the upper bound 0.3085, nothing of 100 has 0.0362
    assert (rate(0, 10).low, rate(0, 10).high) == (0.0, 0.3085)
    assert (rate(0, 100).low, rate(0, 100).high) == (0.0, 0.0362)
    assert (rate(10, 10).low, rate(10, 10).high) == (0.6915, 1.0)


def test_many_attempts_do_not_underflow():
    found = rate(500_000, 1_000_000)
    assert found.low == pytest.approx(0.499, abs=0.0001)
    assert found.high == pytest.approx(0.501, abs=0.0001)


def test_nothing_tried_has_no_share():
    assert rate(0, 0).share is rate(0, 0).low is rate(0, 0).high is None
