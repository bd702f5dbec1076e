"""Figures of two models: against sampling, and at their edges."""

from math import comb, inf
from random import Random

import pytest

from guardrail.compare.figures import mean_change, share_change


@pytest.mark.parametrize(("new", "gone"), [(0, 0), (1, 0), (3, 9), (20, 20), (40, 22)])
def test_p_is_the_share_of_splits_at_least_as_uneven(new, gone):
    total = new + gone
    uneven = [k for k in range(total + 1) if abs(2 * k - total) >= abs(new - gone)]
    expected = sum(comb(total, k) for k in uneven) / 2**total
    found = share_change([False] * new + [True] * gone, [True] * new + [False] * gone)
    assert (found or _Nothing).p == pytest.approx(expected)


class _Nothing:
    p = 1.0


def test_chance_alone_is_called_certain_in_at_most_one_of_twenty():
    dice = Random(1)
    certain = 0
    for _ in range(400):
        sides = [[dice.random() < 0.3 for _ in range(60)] for _ in range(2)]
        certain += share_change(*sides).is_certain
    assert certain <= 30


def test_prompts_are_compared_one_by_one():
    found = share_change([True, False, True, False], [False, True, True, False])
    assert (found.appeared, found.gone) == (1, 1)
    assert found.before.count == found.after.count == 2
    assert share_change([], []) is None


def test_the_interval_of_a_mean_holds_its_change():
    dice, held = Random(2), 0
    for _ in range(300):
        old = [dice.gauss(10, 3) for _ in range(80)]
        found = mean_change(old, [each + dice.gauss(1, 2) for each in old])
        held += found.low <= 1 <= found.high
    assert held >= 270


def test_one_prompt_alone_says_nothing_of_a_mean():
    found = mean_change([1.0], [5.0])
    assert (found.change, found.low, found.high) == (4.0, -inf, inf)
    assert not found.is_certain
