from __future__ import annotations

import itertools

import pytest

from guardrail.language.checked import CheckedDetector, Place
from guardrail.language.source import Range, Source
from guardrail.plan.logic import truth
from guardrail.plan.plan import Compare, Found, Is
from guardrail.solver.domains import FAILED, OTHER_LABEL, domain, representatives
from guardrail.values import Truth

PLACE = Place(Source("p.guard", ""), Range(0, 0))
OPERATORS = (">=", ">", "<", "<=")


def detector(kind, gives, labels=None):
    return CheckedDetector("d", "d", kind, gives, {}, True, None, PLACE, labels)


@pytest.mark.parametrize(
    ("cuts", "within", "expected"),
    [
        ([], "score", (0.0,)),
        ([(0.5, False)], "score", (0.0, 0.5)),
        ([(0.5, True)], "score", (0.0, 1.0)),
        ([(0.5, False), (0.5, True)], "score", (0.0, 0.5, 1.0)),
        ([(0.8, True), (0.85, False)], "score", (0.0, 0.82, 0.85)),
        ([(0.8, True), (0.81, True)], "score", (0.0, 0.81, 1.0)),
        ([(0.0, False)], "score", (0.0,)),
        ([(0.0, True)], "score", (0.0, 1.0)),
        ([(1.0, True)], "score", (0.0,)),
        ([(1.0, False)], "score", (0.0, 1.0)),
        ([(5.0, True)], "count", (0.0, 6.0)),
        ([(5.0, True), (6.0, False)], "count", (0.0, 6.0)),
        ([(5.5, False), (0.0, False), (0.0, True)], "count", (0.0, 1.0, 6.0)),
        ([(-3.0, False), (7.0, True)], "number", (-4.0, -3.0, 8.0)),
        ([(-3.0, True)], "number", (-3.0, -2.0)),
        ([(2.0, False)], "number", (0.0, 2.0)),
    ],
)
def test_numbers_stand_for_all_others(cuts, within, expected):
    found = representatives(cuts, within)
    assert found == tuple(sorted(found))
    assert found == expected


@pytest.mark.parametrize(
    ("kind", "gives", "grid"),
    [
        ("classifier", "score", [n / 80 for n in range(81)]),
        ("length", "number", [float(n) for n in range(12)]),
        ("host", "number", [n / 4 for n in range(-8, 60)]),
    ],
)
def test_every_number_answers_like_one_that_stands_for_it(kind, gives, grid):
    limits = (0.0, 0.5, 0.525, 1.0) if gives == "score" else (0.0, 2.0, 3.0, 7.5)
    every = [Compare(0, sign, limit) for sign in OPERATORS for limit in limits]
    for tests in itertools.combinations(every, 2):
        chosen = domain(detector(kind, gives), tests)
        seen = {tuple(truth(test, number) for test in tests) for number in grid}
        stand = {tuple(truth(test, number) for test in tests) for number in chosen.numbers}
        assert stand == seen, tests
        assert len(chosen.numbers) == len(stand), tests


def test_masks_say_what_the_logic_says():
    tests = [
        Compare(0, ">=", 0.5),
        Compare(0, "<", 0.2),
        Compare(0, ">", 0.2),
        Found(0, 1),
        Found(0, 3),
        Is(0, "en"),
        Is(0, "de"),
    ]
    for gives in ("score", "number", "spans", "label", "unknown"):
        chosen = domain(detector("host", gives), tests)
        for test in tests:
            true, false = chosen.masks(test)
            for number in range(chosen.size):
                expected = truth(test, chosen.outcome(number, "T"))
                assert (true >> number & 1) == (expected is Truth.TRUE)
                assert (false >> number & 1) == (expected is Truth.FALSE)
        assert chosen.outcome(chosen.size - 1, "T") == FAILED


def test_labels_leave_room_for_others():
    asked = [Is(0, "en"), Is(0, "de")]
    assert domain(detector("host", "label"), asked).labels == (OTHER_LABEL, "de", "en")
    closed = {"en": "English", "de": "German", "fr": "French"}
    assert domain(detector("language", "label", closed), asked).labels == ("fr", "de", "en")
    closed.pop("fr")
    assert domain(detector("language", "label", closed), asked).labels == ("de", "en")
