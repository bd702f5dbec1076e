"""Templates: what `redact as "…"` puts in the place of a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from guardrail.language.source import Range

if TYPE_CHECKING:
    from guardrail.language import nodes
    from guardrail.language.names import Scope

PLAIN: Final = "[{type}]"
KEYED: Final = "{hash}"

_PLACEHOLDERS: Final = "{type}, {last4}, {hash} or {n}"
_WRONG_BRACE: Final = re.compile(r"\{(?!(?:type|last4|hash|n)\})(?:\w*\})?")
_CHARACTER: Final = re.compile(r"\\u\{[^}]*\}|\\.|.", re.DOTALL)


def check_template(scope: Scope, template: nodes.Text | None) -> str:
    """Check the template of a redaction; without one it shows the type in brackets."""
    if template is None:
        return PLAIN
    if not template.value:
        scope.report("G211", "the template is empty", template.span, help=f'write "{PLAIN}"')
    for wrong in _WRONG_BRACE.finditer(template.value):
        span = _span_in(scope, template, wrong.start(), wrong.end())
        found = f"`{wrong[0]}` is not a placeholder"
        scope.report("G211", found, span, f"a template can hold {_PLACEHOLDERS}")
    return template.value


def _span_in(scope: Scope, text: nodes.Text, start: int, end: int) -> Range:
    """Find a part of a string in its file, where a character may be written as an escape."""
    first = text.span.start + 1
    body = scope.source.text[first : text.span.end - 1]
    ends = [0, *(match.end() for match in _CHARACTER.finditer(body))]
    return Range(first + ends[start], first + ends[end])
