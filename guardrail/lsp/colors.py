"""Semantic tokens: the colors of a policy for editors without a TextMate grammar."""

from __future__ import annotations

import re
from typing import Final

from lsprotocol import types

from guardrail.editors.tokens import Kind, scan
from guardrail.language.source import Range
from guardrail.lsp.places import Places

_TYPES: Final[dict[Kind, str]] = {
    "comment": "comment",
    "string": "string",
    "escape": "string",
    "placeholder": "macro",
    "regex": "regexp",
    "number": "number",
    "date": "number",
    "declaration": "keyword",
    "clause": "keyword",
    "action": "keyword",
    "logic": "keyword",
    "constant": "enumMember",
    "subject": "keyword",
    "definition": "function",
    "name": "variable",
    "parameter": "parameter",
    "comparison": "operator",
    "assignment": "operator",
}
_NAMES: Final = sorted(set(_TYPES.values()))

LEGEND: Final = types.SemanticTokensLegend(token_types=_NAMES, token_modifiers=[])


def colors(places: Places) -> list[int]:
    """Return the tokens as the protocol packs them: each relative to the one before."""
    data: list[int] = []
    line = character = 0
    for start, kind, part in scan(places.text):
        type_ = _TYPES.get(kind)
        for match in re.finditer(r"[^\r\n]+", part) if type_ is not None else ():
            span = Range(start + match.start(), start + match.end())
            range_ = places.range(span)
            length = range_.end.character - range_.start.character
            new = range_.start.line - line
            shift = range_.start.character - (0 if new else character)
            data += [new, shift, length, _NAMES.index(_TYPES[kind]), 0]
            line, character = range_.start.line, range_.start.character
    return data
