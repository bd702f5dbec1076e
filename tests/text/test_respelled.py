"""List entries in other spellings."""

import pytest
import re2

from guardrail.text.respelled import leet_asks, leet_occurrences


@pytest.mark.parametrize("text", ["8ada55", "b4da5s", "(b@da55)", "BADA55 and more"])
def test_leet_is_found_where_it_is_asked_for(text):
    assert list(leet_occurrences("badass", text))
    assert re2.search(leet_asks("badass"), text)


@pytest.mark.parametrize("text", ["color: #BADA55;", "#bada55", "badass", "8ada55x"])
def test_colours_and_plain_words_are_no_leet(text):
    assert not list(leet_occurrences("badass", text))


@pytest.mark.parametrize("blank", [" ", "\x0b", "\x85", "\u2003", "\n \t"])
def test_words_of_leet_may_stand_apart_by_any_blank(blank):
    text = f"the c0den4me{blank}falc0n is"
    assert list(leet_occurrences("codename falcon", text))
    assert re2.search(leet_asks("codename falcon"), text)
