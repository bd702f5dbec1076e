r"""Tests of what recurs between short pieces."""

from __future__ import annotations

import pytest

from guardrail.text.repeats import FEWEST_SEAMS, unrepeated


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('["bo", "mb", "er"]', '["bomber"]'),
        ('{"0": "bo", "1": "mb", "2": "er"}', '{"0": "bomber"}'),
        ('${"bo"}${"mb"}${"er"}', '${"bomber"}'),
        ("bo[^1]mb[^2]er", "bomber"),
        ("bo (pause) mb (pause) er", "bomber"),
        ('a="bo"; b="mb"; c="er"', 'a="bomber"'),
        ("{b}{o}{m}{b}", "{bomb}"),
        (r"\textbf{b}\textbf{o}\textbf{m}\textbf{b}", r"\textbf{bomb}"),
        ("text\n1 | bo\n2 | mb\n3 | er", "text\n1 | bomber"),
        ("12:00:08 INFO bo\n12:00:09 INFO mb\n12:00:10 INFO er", "12:00:08 INFO bomber"),
        ("> bo\n> mb\n> er", "> bomber"),
        ('<i data-0="bo" data-1="mb" data-2="er">', '<i data-0="bomber">'),
        (
            '<text x="1">bo</text><text x="2">mb</text><text x="3">er</text>',
            '<text x="1">bomber</text>',
        ),
    ],
)
def test_pieces_are_joined(text: str, shown: str) -> None:
    view = unrepeated(text)
    assert view is not None
    assert view.text == shown


def test_a_number_may_become_longer() -> None:
    word = "nightfall today"
    keys = ", ".join(f'"{number}": "{char}"' for number, char in enumerate(word))
    view = unrepeated(f"{{{keys}}}")
    assert view is not None
    assert word in view.text


def test_places_are_those_of_the_pieces() -> None:
    text = 'so ["bo", "mb"], ["ab", "cd", "ef"]'
    view = unrepeated(text)
    assert view is not None
    at = view.text.index("abcdef")
    start, end = view.original_span(at, at + 6)
    assert text[start:end] == 'ab", "cd", "ef'


@pytest.mark.parametrize(
    "text",
    [
        "One, two, red and so on: a list of (all) words.",
        'He said "so", and "no" to (all) of them.',
        "| 12 | 15 | 18 |\n| 22 | 25 | 28 |",
        "- red\n\n- blue\n\n- tan\n",
        "(1) the first (2) the second (3) the third",
        '["a long word", "another one", "words"]',
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert unrepeated(text) is None


def test_too_many_seams_are_told() -> None:
    view = unrepeated('"a","b",' * FEWEST_SEAMS)
    assert view is not None
    assert view.is_over
