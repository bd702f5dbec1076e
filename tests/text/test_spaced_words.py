"""Numbers that are spelled without blanks, words with signs and blanks, and hidden text."""

import pytest
import re2

from guardrail.text.hidden_runs import unhidden
from guardrail.text.spaced import asks_for_spaced, spaced
from guardrail.text.spoken import asks_for_digits, unspoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call fouronefive fivefivefive", "call 415 555"),
        ("two6three two eight nine", "263289"),
        ("sevenseventeen one two", "71712"),
    ],
)
def test_numbers_in_one_word_are_digits(text, expected):
    assert unspoken(text).text == expected
    assert re2.search(asks_for_digits(), text)


@pytest.mark.parametrize("text", ["oneness of twofold fours", "someone often weighs", "nonenoone"])
def test_words_that_begin_like_numbers_stay(text):
    assert unspoken(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z-e-r-o -d-a-y", "zero day"),
        ("k.i.l.l. s.w.i.t.c.h", "kill switch"),
    ],
)
def test_blank_beside_a_separator_parts_words(text, expected):
    assert spaced(text).text == expected
    assert re2.search(asks_for_spaced(), text)


def test_hidden_text_may_hold_what_nobody_sees():
    message = "".join(chr(0xE0100 + byte - 16) for byte in "bo\u2060mb".encode())
    assert unhidden(message).text.strip() == "bo\u2060mb"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r-\u3000-i-\u3000-c-\u3000-i-\u3000-n", "ricin"),
        ("b.-.o.-.m.-.b.-.s", "bombs"),
        ("6*-*1*-*7*-*5*-*5*-*5*-*0*-*1*-*9*-*1", "6175550191"),
    ],
)
def test_letters_that_are_apart_twice_stand_together(text, expected):
    assert spaced(text).text == expected
    assert re2.search(asks_for_spaced(), text)


@pytest.mark.parametrize("text", ["1 - 2 - 3 - 4", "a -.- b", "x .-. y .-. z"])
def test_a_few_things_with_signs_between_them_stay(text):
    assert spaced(text) is None


def test_controls_of_direction_around_a_message_are_none_of_it():
    bits = "".join(
        "\u2064" if bit == "1" else "\u2062" for byte in b"bomb" for bit in f"{byte:08b}"
    )
    assert " bomb " in unhidden(f"\u2067\u2066{bits}\u2069\u2069").text
