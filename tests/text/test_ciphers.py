"""Tests of words in simple ciphers."""

from __future__ import annotations

import string

import pytest

from guardrail.text.ciphers import FEWEST_WORDS, deciphered

_SMALL = string.ascii_lowercase


def shifted(text: str, by: int) -> str:
    return text.translate(str.maketrans(_SMALL, _SMALL[by:] + _SMALL[:by]))


WORDS = (
    *("thermite", "malware", "password", "nightfall", "phishing", "existential", "explosive"),
    *("fraudulent", "counterfeit", "wilderness"),
)


def test_shifted_words_are_read_where_they_are_strange() -> None:
    """Most words are strange in most alphabets; all that are read have the word among them."""
    found = 0
    for by in (by for by in range(1, 26) if by != 13):
        for word in WORDS:
            view = deciphered(f"about {shifted(word, by)}, then")
            found += view is not None and word in view.text
    assert found >= 0.6 * 24 * len(WORDS)


def test_words_behind_a_strange_one_are_read_with_it() -> None:
    view = deciphered(f"say {shifted('malware scan', 3)} twice")
    assert view is not None
    assert "malware scan" in view.text
    start, end = view.original_span(view.text.index("scan"), view.text.index("scan") + 4)
    assert (start, end) == (12, 16)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (">2=H2C6", "malware"),
        ("<td>>2=H2C6</td>", "<td>malware</td>"),
        ("13-1-12-23-1-18-5", "malware"),
        ("13 1 12 23 1 18 5", "malware"),
    ],
)
def test_other_ciphers(text: str, shown: str) -> None:
    view = deciphered(text)
    assert view is not None
    assert view.text == shown


@pytest.mark.parametrize(
    "text",
    [
        "Fahrenheit and Kyiv: names are not ciphers of words.",
        "1-2-3-4-5-6, 5 10 15 20 25",
        "at 12:30:45 or 23:59:59, x == y, a => b",
        "the PDF of HTML, JSON and CSS",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert deciphered(text) is None


def test_too_many_words_are_told() -> None:
    view = deciphered("pdozduh, " * (FEWEST_WORDS + 1))
    assert view is not None
    assert view.is_over
