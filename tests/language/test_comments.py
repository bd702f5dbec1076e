"""Comments are found wherever the parser skips one, and nowhere else."""

from __future__ import annotations

import pytest

from guardrail.language.comments import comments
from guardrail.language.source import Source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("edition 1", []),
        ("# one", [("# one", True)]),
        ("\ufeff# one\nedition 1", [("# one", True)]),
        ("edition 1 # one", [("# one", False)]),
        ("edition 1\n\t # one  \t\r\n", [("# one", True)]),
        ("#\n##\n", [("#", True), ("##", True)]),
        ("a # b # c", [("# b # c", False)]),
        ('reply a "# no" # yes', [("# yes", False)]),
        ('reply a "\\"# no" # "yes"', [('# "yes"', False)]),
        ('reply a "\\\\" # yes"', [('# yes"', False)]),
        ("pattern a = /# no/ # yes", [("# yes", False)]),
        ("pattern a = /\\/# no/i # yes/", [("# yes/", False)]),
        ('pattern a = /"/ # yes"', [('# yes"', False)]),
        ("// # yes", [("# yes", False)]),
        ('reply a "not closed # no\n# yes', [("# yes", True)]),
        ("pattern a = /not closed # no\n# yes", [("# yes", True)]),
        ('reply a "ends in \\\n# yes', [("# yes", True)]),
        ("# 你好 \u2028 not a line break", [("# 你好 \u2028 not a line break", True)]),
    ],
)
def test_comments_are_what_the_parser_skips(text: str, expected: list[tuple[str, bool]]) -> None:
    """Strings and patterns hide a `#`; a comment hides quotes and slashes."""
    found = comments(Source("a.guard", text))
    assert [(comment.text, comment.is_own_line) for comment in found] == expected


def test_spans_cover_the_text_of_a_comment() -> None:
    """The span of each comment is its text, without the white space behind it."""
    text = "edition 1 # one \r\n  # two\t\n"
    assert [text[c.span.start : c.span.end] for c in comments(Source("a.guard", text))] == [
        "# one",
        "# two",
    ]
