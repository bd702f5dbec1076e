import pytest
import regex

from guardrail.text.exact import exact_matches, matches_in_ascii
from guardrail.text.parser import parse
from guardrail.text.pattern import parse_pattern


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


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\bab\b", "ab ab_ ab"),
        (r"(?m)^\w+$", "a\nb\n"),
        (r"(?i)k\s[^s]+", "K\x0bkelvin"),
        (r"a|ab|abc", "abcab"),
        (r"x.*?y|x", "x xy x"),
        (r"\A\d+", "12 3"),
        (r"\d+\Z", "12\n3"),
    ],
)
def test_matches_in_ascii_are_those_of_regex(source, text):
    expected = [found.span() for found in regex.finditer(source, text, regex.V0)]
    assert expected
    assert matches_in_ascii(parse(source, ""))(text, 1) == expected


@pytest.mark.parametrize("source", ["b$", r"a(?:b*|c){3,}d", "a{999}b"])
def test_what_has_no_form_in_ascii_is_left_to_regex(source):
    assert parse_pattern(source, "").in_ascii is None


def test_very_many_matches_in_ascii_end_when_their_time_is_over():
    matches = matches_in_ascii(parse("(?s)x.*y|x", ""))
    assert matches("x" * 64, 0) == [(at, at + 1) for at in range(64)]
    assert matches("x" * 10_000, 0) is None
