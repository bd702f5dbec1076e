"""Lengths in words, sentences and characters."""

from __future__ import annotations

import pytest

from guardrail.stages.length import LengthDetector
from guardrail.values import Subject


@pytest.mark.parametrize(
    ("text", "words", "sentences", "characters"),
    [
        ("", 0, 0, 0),
        ("  \n", 0, 0, 3),
        ("- ... !", 0, 0, 7),
        ("One word-pair, it's 3.5 %", 4, 1, 25),
        ("Dr. Lee left. ... Ok!", 4, 2, 21),
        ("你好，世界。再见", 6, 2, 8),
        ("カタカナ・とかな", 7, 1, 8),
        ("GPT模型3号", 5, 1, 7),
        ("한국어 문장", 2, 1, 6),
        ("🙂 café", 1, 1, 6),
    ],
)
def test_length_counts_what_says_something(text, words, sentences, characters):
    measured = [
        LengthDetector(unit).run([Subject(text)]) for unit in ("words", "sentences", "characters")
    ]
    assert measured == [[words], [sentences], [characters]]


def test_length_always_runs_and_gives_numbers():
    detector = LengthDetector("words")
    assert detector.gate == ()
    assert [type(each) for each in detector.run([Subject("a"), Subject("b")])] == [float, float]
