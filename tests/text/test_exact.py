import pytest
import regex

from guardrail.text.exact import exact_matches
from guardrail.text.parser import parse


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\bab\b", "ab ab"),
        (r"\bab\b", "äb ab abé"),
        (r"\w+\b|\b-|\B.", "aé- é-- -é"),
        (r"\b\b\w\B.", "éa中a"),
        (r"ab$", "ab\nab"),
        (r"ab$", "ab\nab\n"),
        (r"[^x]ab\n?$", "\nab\n"),
        (r"(?m)^\w+$", "a\nb\n"),
        (r"\wb+?", "ébbb"),
        (r"(?i)straße", "STRAẞE"),
        (r"a(?:b*)?d", "abbd"),
        (r"\d[^a]", "12\ud83d"),
    ],
)
def test_exact_matches_are_those_of_regex(source, text):
    expected = [found.span() for found in regex.finditer(source, text, regex.V0)]
    assert exact_matches(parse(source, ""), text) == expected


@pytest.mark.parametrize("source", [r"a(?:b*|c){3,}d", r"(?m:^)b$", r"(?:a{1000}){1000}b"])
def test_what_re2_reads_otherwise_has_no_exact_matches(source):
    assert exact_matches(parse(source, ""), "ab") is None


def test_pattern_that_tells_too_many_characters_apart_has_no_exact_matches():
    letters = "".join(map(chr, range(0x430, 0x450)))
    many = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + letters
    assert exact_matches(parse(many, ""), many) is None
    assert exact_matches(parse(many, ""), letters) == []


def test_boundaries_cost_a_text_of_other_letters_no_more():
    text = "a" * 200_000 + "é bob@corp"
    assert exact_matches(parse(r"\w+@corp\b", ""), text) == [(200_002, 200_010)]
