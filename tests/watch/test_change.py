"""When did a rate change: against streams whose rates are known."""

from math import log
from random import Random

import pytest

from guardrail.watch.change import RUN, RateWatch

LIMIT = log(100_000 * 20)


def hits(dice, rate, count, start=0):
    at = start - 1
    while (at := at + 1 + int(log(1 - dice.random()) / log(1 - rate))) < start + count:
        yield at


def alarms(places, end, learn=2000):
    watch, found = RateWatch(learn), []
    for at in [*places, None]:
        if at is None:
            watch.upto(end)
        else:
            watch.seen(at)
        if watch.evidence > LIMIT:
            found.append((end if at is None else at, watch.restart()))
    return found


def test_the_sums_are_those_of_every_trial_taken_alone():
    dice = Random(1)
    places = [*hits(dice, 0.03, 3000)]
    fast, slow = RateWatch(500), RateWatch(500)
    known = set(places)
    for trial in range(3000):
        if trial in known:
            slow.seen(trial)
        else:
            slow.upto(trial + 1)
    for at in places:
        fast.seen(at)
    fast.upto(3000)
    assert fast._sums == pytest.approx(slow._sums)
    assert (fast.hits, fast.trials) == (len(places), 3000)


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.2])
def test_a_rate_that_doubles_is_found_and_so_is_where(rate):
    dice = Random(int(rate * 1000))
    before, after = 20_000, int(75 / rate)
    places = [*hits(dice, rate, before), *hits(dice, 2 * rate, after, before)]
    ((at, change),) = alarms(places, before + after)
    assert before < at
    assert abs(change.since - before) < 15 / rate
    assert change.hits_before + change.hits_since == sum(each <= at for each in places)


def test_a_rate_that_falls_to_a_quarter_is_found_at_the_next_look():
    dice = Random(4)
    places = [*hits(dice, 0.05, 20_000), *hits(dice, 0.0125, 3000, 20_000)]
    watch = RateWatch(2000)
    for at in places:
        watch.seen(at)
        if watch.evidence > LIMIT:
            break
    change = watch.restart()
    assert change.hits_since / change.trials_since < change.hits_before / change.trials_before
    assert abs(change.since - 20_000) < 400


def test_what_never_happened_and_then_fails_in_one_of_twenty_is_found_at_once():
    places = [*hits(Random(2), 0.05, 400, 30_000)]
    at, change = alarms(places, 30_400)[0]
    assert at < 30_000 + 150
    assert change.hits_before <= 1
    assert 30_000 < change.since <= at


def test_nothing_is_said_while_it_learns():
    assert alarms(range(1900), 1999) == []
    watch = RateWatch(2000)
    watch.upto(5000)
    assert watch.evidence < 0


def test_a_copy_goes_its_own_way():
    watch = RateWatch(0)
    watch.upto(RUN)
    other = watch.copy()
    other.seen(RUN)
    assert (watch.hits, other.hits) == (0, 1)
    assert watch._sums != other._sums
