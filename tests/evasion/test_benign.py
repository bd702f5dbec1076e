"""Views leave benign text alone: other scripts, emoji, mathematics, code, blobs, real replies.

`GUARDRAIL_PROPERTIES=20` checks every reply of the data folder and twenty times the made lines.
"""

from __future__ import annotations

import os
from typing import Final

import pytest

from .extra_hits import MOST, Line, count, generated, paragraphs, replies, written

SIZE: Final = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
CHANCE: Final = 1
"""Hits that a small share of the replies may have above the rate."""


def report(extras) -> str:
    return "\n".join(extra.shown() for extra in extras)


@pytest.mark.parametrize(
    "text",
    [
        "the \uff42\uff4f\uff4d\uff42 there",
        "a cy\u200banide b",
        "for b&#111;mb read",
    ],
)
def test_extra_hit_is_counted_where_something_is_disguised(text):
    assert count([Line("here", text)]).extras


def test_plain_finding_is_no_extra_hit():
    assert not count([Line("here", "the bomb there, cyanide, tim@example.com")]).extras


def test_hidden_text_in_a_line_of_ours_is_an_extra_hit():
    text = "x\U000e0041\U000e0042y"
    assert count([Line("here", text)]).by("rule") == {"hidden_text.hide_hidden_text": 1}
    assert not count([Line("there", text, ours=False)]).extras


def test_there_are_many_benign_lines():
    assert sum(1 for _ in (*written(), *generated())) >= 1200


def test_written_lines_have_no_extra_hits():
    total = count(written())
    assert not total.extras, report(total.extras)


@pytest.mark.properties
def test_paragraphs_have_no_extra_hits():
    total = count(paragraphs(min(1.0, SIZE / 4)))
    assert not total.extras, report(total.extras)


@pytest.mark.properties
def test_generated_lines_have_few_extra_hits():
    lines = (line for block in range(max(1, int(SIZE))) for line in generated(f"benign {block}"))
    total = count(lines)
    assert len(total.extras) <= MOST * total.lines, report(total.extras)


@pytest.mark.properties
@pytest.mark.shared
def test_replies_have_few_extra_hits():
    total = count(replies(min(1.0, SIZE / 20)))
    assert len(total.extras) <= MOST * total.lines + (CHANCE if SIZE < 20 else 0), total.by("view")
