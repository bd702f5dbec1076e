"""The Pygments lexer for policies: `pygmentize -l guard`, MkDocs, Sphinx, rich."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
    _TokenType,
)

from guardrail.editors.tokens import Kind, scan

TOKENS: Final[dict[Kind, _TokenType]] = {
    "space": Whitespace,
    "comment": Comment.Single,
    "string": String.Double,
    "escape": String.Escape,
    "placeholder": String.Interpol,
    "regex": String.Regex,
    "number": Number,
    "date": Literal.Date,
    "declaration": Keyword.Declaration,
    "clause": Keyword,
    "action": Keyword.Reserved,
    "logic": Operator.Word,
    "constant": Keyword.Constant,
    "subject": Keyword.Pseudo,
    "definition": Name.Class,
    "name": Name,
    "parameter": Name.Attribute,
    "comparison": Operator,
    "assignment": Operator,
    "punctuation": Punctuation,
    "error": Error,
}


class GuardLexer(Lexer):  # type: ignore[misc]  # Pygments has no types
    """Colors the text of a policy.

    >>> [text for kind, text in GuardLexer().get_tokens("rule r on output") if kind in Name]
    ['r']
    """

    name = "Guard policy"
    url = "https://pypi.org/project/guardrail-sdk/"
    aliases: ClassVar[list[str]] = ["guard"]
    filenames: ClassVar[list[str]] = ["*.guard"]
    mimetypes: ClassVar[list[str]] = ["text/x-guard"]
    version_added = ""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield the place, the token type and the text of everything in a policy."""
        for start, kind, part in scan(text):
            yield start, TOKENS[kind], part

    def analyse_text(text: str) -> float:  # noqa: N805 - as Pygments has it
        """Say how much a text looks like a policy, from 0 to 1."""
        return 0.9 if re.match(r"\s*(?:#.*\n\s*)*edition[ \t]+\d", text) else 0.0
