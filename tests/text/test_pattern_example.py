"""A text for a pattern is one that the pattern matches."""

from __future__ import annotations

import pytest

from guardrail.text.pattern import parse_pattern
from guardrail.text.pattern_example import matching


@pytest.mark.parametrize(
    ("source", "flags", "text"),
    [
        (r"\bT-[0-9]{4}\b", "", "T-1111"),
        (r"red|blue", "", "red"),
        (r"(?:db|web)\d{2,4}", "i", "db11"),
        (r"[a-f0-9]+\.example\.com", "", "a.example.com"),
        (r"^ab?c$", "m", "abc"),
        (r"\p{Greek}+", "", "Ͱ"),
        (r"[^\x00-\x7f]", "", "é"),
        (r"a.c", "s", "aac"),
    ],
)
def test_a_pattern_gets_a_text_it_matches(source, flags, text):
    pattern = parse_pattern(source, flags)
    assert matching(pattern) == text
    assert pattern.compiled().search(text)


@pytest.mark.parametrize("source", [r"\b\Bx", r"x\by", r"a{201}"])
def test_a_pattern_without_an_easy_text_gets_none(source):
    assert matching(parse_pattern(source, "")) is None
