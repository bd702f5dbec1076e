"""The comments of a policy text, which the syntax tree does not hold.

They are found without the parser, so that a text with mistakes has its comments too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardrail.language.source import Range

if TYPE_CHECKING:
    from guardrail.language.source import Source

# A string or a pattern that is not closed goes on to the end of its line, as it does for the
# parser. Two slashes open no pattern.
_PIECE: Final = re.compile(
    r"""
    "[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*["\\]?
    | //
    | /[^/\\\r\n]*(?:\\[^\r\n][^/\\\r\n]*)*[/\\]?
    | (?P<comment>\#[^\n]*)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where it stands, its text as written, and whether it has its line to itself.

    The text begins with `#`; white space at its end is in neither `text` nor `span`.
    """

    span: Range
    text: str
    is_own_line: bool


def comments(source: Source) -> tuple[Comment, ...]:
    """Return the comments of a text, in its order; the text need not parse.

    >>> from guardrail.language.source import Source
    >>> [comment.text for comment in comments(Source("a.guard", 'reply a "#1"  # bye'))]
    ['# bye']
    """
    return tuple(_comments(source.text))


def _comments(text: str) -> list[Comment]:
    found: list[Comment] = []
    for match in _PIECE.finditer(text):
        written = match["comment"]
        if written is None:
            continue
        trimmed = written.rstrip()
        start = match.start()
        before = text[text.rfind("\n", 0, start) + 1 : start]
        is_own_line = not before.lstrip("\ufeff").strip()
        found.append(Comment(Range(start, start + len(trimmed)), trimmed, is_own_line))
    return found
