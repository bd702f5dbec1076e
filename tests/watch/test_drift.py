"""Planted drifts are found within the delays that the guide states, and quiet records are quiet."""

import os
from random import Random

import pytest

from guardrail.watch.embedding import HASHED, HashedTfIdf
from guardrail.watch.records import Record
from guardrail.watch.run import Limits, PolicyOf, Read, Watch
from guardrail.watch.series import Example, Place
from guardrail.watch.stream import Stream
from tests.watch.records import OTHER, said

SIZE = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
RATES = {"a": 0.0005, "b": 0.003, "c": 0.01, "d": 0.03, "e": 0.1}
PLACE = Place("chat.jsonl", 1)
POLICY = PolicyOf("desk", "sha256:0")


def watched(rates_at, count, seed):
    """The alerts on a stream whose rates depend on the conversation."""
    dice, example = Random(seed), Example(PLACE)
    stream, found = Stream("desk", None, "sha256:0", "assistant", Limits()), []
    for number in range(count):
        rates = rates_at(number)
        happened = {key: example for key, rate in rates.items() if dice.random() < rate}
        found += stream.add(happened, (), PLACE)
    return [*found, *stream.sync(PLACE)]


def quiet(_number):
    return {("rule", name): rate for name, rate in RATES.items()} | {("error", "tone"): 0.0002}


@pytest.mark.properties
def test_quiet_records_give_at_most_one_false_alarm_in_100_000():
    times = max(1, round(SIZE))
    found = [alert for seed in range(times) for alert in watched(quiet, 100_000, seed)]
    assert len(found) <= times


def test_a_doubled_rate_is_found_within_75_of_what_it_was():
    def rates(number):
        return quiet(number) | ({("rule", "d"): 0.06} if number >= 20_000 else {})

    for seed in (11, 12, 13):
        ((what, name, since, at),) = [
            (each.what, each.name, each.since, each.at)
            for each in watched(rates, 20_000 + round(75 / 0.03), seed)
        ]
        assert (what, name) == ("rule", "d")
        assert 19_000 < since <= at


def test_a_detector_that_fails_in_one_of_twenty_is_found_within_200():
    def rates(number):
        return quiet(number) | ({("error", "names"): 0.05} if number >= 10_000 else {})

    for seed in (21, 22, 23):
        (alert,) = watched(rates, 10_200, seed)
        assert (alert.what, alert.name) == ("error", "names")
        assert 10_000 < alert.since <= alert.at <= 10_200
        assert alert.before.count == 0


def texts(count, seed, since=None):
    dice = Random(seed)
    for number in range(count):
        is_new = since is not None and number >= since and dice.random() < 0.01
        text = said(dice, OTHER, kinds=1) if is_new else said(dice)
        yield Read(number + 1, Record("allow", (), POLICY, output=text))


def looked(reads):
    watch = Watch(Limits(learn=1000), HashedTfIdf, mask=lambda text: "*" * len(text))
    reads, found = [*reads], []
    for start in range(0, len(reads), 500):
        found += watch.add(reads[start : start + 500], "records.jsonl")
    return watch, [*found, *watch.end()]


@pytest.mark.properties
def test_a_new_topic_of_one_in_a_hundred_is_found_within_2000():
    for seed in range(1, 1 + max(1, round(SIZE))):
        watch, alerts = looked(texts(15_000, seed, since=13_000))
        assert watch.embedded_by == HASHED
        assert alerts[0].what == "topic"
        assert 12_900 < alerts[0].since <= alerts[0].at
        for each in alerts[0].examples:
            assert set(each.excerpt) == {"*"}
