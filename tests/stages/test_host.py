"""Detectors of the host: what they answer is checked before anybody sees it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from guardrail.errors import SettingsError
from guardrail.stages.host import HostDetector, JudgeDetector
from guardrail.values import Failure, Span, Subject

SCORE, NUMBER, LABEL, SPAN = map(
    Failure, ("not a score", "not a number", "not a label", "bad span")
)


def answer(value, gives, text="0123456789"):
    (outcome,) = HostDetector("my_check", lambda _: value, gives, {}).run([Subject(text)])
    return outcome


@pytest.mark.parametrize(
    ("gives", "value", "expected"),
    [
        ("score", 0, 0.0),
        ("score", 1.0, 1.0),
        ("score", 1.0001, SCORE),
        ("score", -0.1, SCORE),
        ("score", float("nan"), SCORE),
        ("score", True, SCORE),
        ("score", "0.5", SCORE),
        ("score", None, SCORE),
        ("number", 42, 42.0),
        ("number", -1.5, -1.5),
        ("number", float("inf"), NUMBER),
        ("number", float("nan"), NUMBER),
        ("number", False, NUMBER),
        ("label", "en", "en"),
        ("label", b"en", LABEL),
        ("label", None, LABEL),
    ],
)
def test_answer_is_checked_against_its_type(gives, value, expected):
    outcome = answer(value, gives)
    assert outcome == expected
    assert type(outcome) is type(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], ()),
        ([(0, 3)], (Span(0, 3, ""),)),
        ([(5, 10, "B"), [0, 3, None, 0.5]], (Span(0, 3, "", 0.5), Span(5, 10, "B"))),
        (iter([(0, 1, "A", 1)]), (Span(0, 1, "A"),)),
        ([SimpleNamespace(start=0, end=2)], (Span(0, 2, ""),)),
        (
            [SimpleNamespace(start=0, end=2, entity_type="NAME", score=0.25)],
            (Span(0, 2, "NAME", 0.25),),
        ),
        ([Span(1, 2, "A", 0.5)], (Span(1, 2, "A", 0.5),)),
        (None, SPAN),
        ("ab", SPAN),
        (7, SPAN),
        ([(0, 11)], SPAN),
        ([(-1, 2)], SPAN),
        ([(3, 3)], SPAN),
        ([(4, 3)], SPAN),
        ([(0.0, 3)], SPAN),
        ([(False, True)], SPAN),
        ([(0,)], SPAN),
        ([(0, 1, "A", 0.5, "x")], SPAN),
        ([(0, 1, 5)], SPAN),
        ([(0, 1, "A", 1.5)], SPAN),
        ([(0, 1, "A", float("nan"))], SPAN),
        ([object()], SPAN),
        ([(0, 1), (0, 99)], SPAN),
    ],
)
def test_findings_lie_within_the_text(value, expected):
    assert answer(value, "spans") == expected


def test_function_gets_the_text_and_the_arguments():
    calls = []

    def check(text, **arguments):
        calls.append((text, arguments))
        return 0.5

    detector = HostDetector("check", check, "score", {"level": 2.0, "words": ["a"]})
    assert detector.run([Subject("x"), Subject("y", prompt="z")]) == [0.5, 0.5]
    assert calls == [(text, {"level": 2.0, "words": ["a"]}) for text in "xy"]
    assert detector.gate == ()


def test_exceptions_of_the_function_are_the_pipelines():
    detector = HostDetector("check", lambda _: 1 / 0, "score", {})
    with pytest.raises(ZeroDivisionError):
        detector.run([Subject("x")])


def test_judge_is_asked_the_question():
    judge = JudgeDetector(lambda text, question: len(text + question) / 10, "rude?")
    assert judge.run([Subject("abc"), Subject("a" * 9)]) == [0.8, SCORE]
    assert judge.gate == ()


def test_what_cannot_be_called_here_is_refused():
    async def check(text):
        return 0.5

    with pytest.raises(SettingsError, match="async"):
        HostDetector("check", check, "score", {})
    with pytest.raises(SettingsError, match="async"):
        JudgeDetector(check, "rude?")
    with pytest.raises(SettingsError, match="nobody knows"):
        HostDetector("check", lambda _: 1, "unknown", {})
