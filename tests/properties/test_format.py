"""The formatter on random policies: nothing changes but the layout, and that changes once.

The full count is 10,000 policies; `make test` runs 500 of them.
"""

from __future__ import annotations

import re

import pytest

from guardrail.language.comments import comments
from guardrail.language.format import format_policy
from guardrail.language.nodes import File
from guardrail.language.parser import parse
from guardrail.language.source import Source
from tests.support.engine import seeds
from tests.support.layouts import random_layout

pytestmark = pytest.mark.properties

BLOCKS = 5


@pytest.mark.parametrize("block", range(BLOCKS))
def test_formatting_keeps_meaning_and_comments_and_is_idempotent(block: int) -> None:
    for seed, rng in seeds("format", 500, block, BLOCKS):
        layout = random_layout(rng)
        text = format_policy(Source("random.guard", layout.text))
        shown = f"seed {seed!r}\n{layout.text!r}\n{text}"
        assert file_of(text) == file_of(layout.text), shown
        assert tuple(each.text for each in comments(Source("", text))) == layout.comments, shown
        assert format_policy(Source("random.guard", text)) == text, shown
        assert is_clean(text), shown


def test_layout_does_not_depend_on_line_breaks() -> None:
    for seed, rng in seeds("line breaks", 100):
        text = format_policy(Source("random.guard", random_layout(rng).text))
        for other in (text.replace("\n", "\r\n"), f"\ufeff{text}", text[:-1], f"\n\n{text}\n\t\n"):
            assert format_policy(Source("random.guard", other)) == text, f"seed {seed!r}"


def file_of(text: str) -> File:
    """What a text says; it must parse."""
    file, wrong = parse(Source("random.guard", text))
    assert file is not None
    assert wrong == []
    return file


def is_clean(text: str) -> bool:
    """One line feed at the end, no blanks at the end of a line, no two blank lines, no tabs.

    A carriage return can stand inside a comment only; it is part of its text.
    """
    lines = text.split("\n")
    code = re.sub(r'"(?:[^"\\]|\\.)*"|/(?:[^/\\\n]|\\.)+/|#[^\n]*', "", text)
    return (
        lines[-1] == ""
        and lines[0] != ""
        and all(line == line.rstrip() for line in lines)
        and "\n\n\n" not in text
        and not set("\t\r\ufeff") & set(code)
    )
