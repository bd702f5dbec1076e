"""The TextMate grammar for policies, which VS Code and others read: scope `source.guard`.

python -m guardrail.editors.textmate > docs/editors/guard.tmLanguage.json
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from guardrail.editors.tokens import Kind, Rule, rules

SCOPES: Final[dict[Kind, str]] = {
    "comment": "comment.line.number-sign.guard",
    "string": "string.quoted.double.guard",
    "escape": "constant.character.escape.guard",
    "placeholder": "constant.other.placeholder.guard",
    "regex": "string.regexp.guard",
    "number": "constant.numeric.guard",
    "date": "constant.other.date.guard",
    "declaration": "keyword.declaration.guard",
    "clause": "keyword.control.guard",
    "action": "keyword.other.action.guard",
    "logic": "keyword.operator.logical.guard",
    "constant": "constant.language.guard",
    "subject": "variable.language.guard",
    "definition": "entity.name.guard",
    "name": "variable.other.guard",
    "parameter": "variable.parameter.guard",
    "comparison": "keyword.operator.comparison.guard",
    "assignment": "keyword.operator.assignment.guard",
    "punctuation": "punctuation.guard",
    "error": "invalid.illegal.guard",
}


def grammar() -> dict[str, Any]:
    """Return the grammar as JSON-ready data.

    >>> grammar()["scopeName"]
    'source.guard'
    """
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "Guard policy",
        "scopeName": "source.guard",
        "fileTypes": ["guard"],
        "patterns": [_pattern(rule) for rule in rules() if rule.kinds != ("space",)],
    }


def text() -> str:
    """Return the grammar as the file that editors read."""
    return json.dumps(grammar(), indent=2, ensure_ascii=True) + "\n"


def _pattern(rule: Rule) -> dict[str, Any]:
    pattern: dict[str, Any] = {"match": rule.expression}
    inside = [_pattern(each) for each in rule.inside]
    if len(rule.kinds) == 1:
        pattern["name"] = SCOPES[rule.kinds[0]]
        if inside:
            pattern["captures"] = {"0": {"patterns": inside}}
        return pattern
    pattern["captures"] = {
        str(number): {"name": SCOPES[kind]} | ({"patterns": inside} if kind == "regex" else {})
        for number, kind in enumerate(rule.kinds, start=1)
        if kind != "space"
    }
    return pattern


if __name__ == "__main__":
    sys.stdout.write(text())
