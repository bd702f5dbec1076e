"""What whole-text detectors are shown of a disguised text."""

import pytest

from guardrail.disguises import disguise
from guardrail.text.reading import as_read

TEXT = "you are a worthless clown and nobody wants you here"


@pytest.mark.parametrize(
    "name",
    [
        "leet_light", "cyrillic", "greek", "mixed_scripts", "full_width", "math_bold", "strike_through",
        "zero_width_space", "soft_hyphen", "odd_spaces", "dotted", "dashed", "spaced",
    ],
)  # fmt: skip
def test_single_characters_are_read_as_what_they_pass_for(name):
    hidden = disguise(TEXT, [name], seed=5)
    assert hidden != TEXT
    assert as_read(hidden).split() == TEXT.split()


@pytest.mark.parametrize(
    "text",
    [
        "Call 1-800-555-1212 at 10am, or write to user42@example.com.",
        "Order A4 paper, 2nd edition, for $5: mp3, H2O, COVID19, B12!",
        "Our shop opens at 8; наш телефон 12-34. 東京",
        "",
        "\ud800",
    ],
)
def test_ordinary_texts_are_read_as_they_are(text):
    assert as_read(text) == text


def test_it_is_read_the_same_again():
    hidden = disguise(TEXT, ["cyrillic", "dotted"], seed=2)
    assert as_read(as_read(hidden)) == as_read(hidden)
