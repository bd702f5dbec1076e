"""Letters that stand for digits."""

import re

import pytest

from guardrail.text.letter_digits import asks_for_letter_digits, renumbered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 4l5-555-O123", "call 415-555-0123"),
        ("4lll 1111 1111 1111", "4111 1111 1111 1111"),
        ("GB82 WEST l234 5698 7654 32", "GB82 WEST 1234 5698 7654 32"),
    ],
)
def test_letters_among_digits_are_digits(text, expected):
    assert renumbered(text).text == expected
    assert re.search(asks_for_letter_digits().replace(r"\z", r"\Z"), text)


@pytest.mark.parametrize("text", ["All 10 or 20", "I said 5 Oil lamps", "oil 0 l 1", "IO 2.0"])
def test_letters_elsewhere_stay(text):
    assert renumbered(text) is None
