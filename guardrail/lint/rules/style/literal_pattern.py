r"""A pattern has no operator: a phrase or a list says it better.

## Why it matters

A list is easier to read, looks for whole words in any case, and sees through disguises that a
pattern does not see through. In a pattern, a forgotten `\b` or `i` goes unnoticed.

A pattern stays quiet if a list cannot say what it says: one without the flag `i` that holds capital
letters, and one that is used with `exactly`.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

pattern rude = /\bshut up\b/i

rule no_rudeness on output
  when text matches rude
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

rule no_rudeness on output
  when text contains "shut up"
  then flag
```

## How to fix it

Write a list, or `text contains "…"`. If parts of words are to be found too, keep the pattern and
allow it with that reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import checked, nodes
from guardrail.language.checked import Condition
from guardrail.lint.rule import Context, Finding, LintRule, finding
from guardrail.text import syntax
from guardrail.text.pattern import Pattern


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pattern that only spells out a text."""
    exact = {
        atom.pattern
        for rule in context.policy.rules
        for condition in (rule.condition, rule.unless)
        if condition is not None
        for atom in _matches(condition)
        if atom.exactly
    }
    for part in context.parts:
        for node in part.items(nodes.PatternNode):
            name = part.qualified(node.name.name)
            pattern = context.policy.patterns[name].pattern
            literal = _literal(pattern)
            if literal is None or name in exact:
                continue
            written = literal.replace("\\", "\\\\").replace('"', '\\"')
            helps = (f'list {node.name.name} ["{written}"]', *_differences(pattern))
            message = f"the pattern `{node.name.name}` spells out a text"
            yield finding("G751", message, part.source, node.source_span, help=helps)


def _matches(condition: Condition) -> Iterator[checked.Matches]:
    match condition:
        case checked.All(items) | checked.Any(items):
            for item in items:
                yield from _matches(item)
        case checked.Negated(item):
            yield from _matches(item)
        case checked.Matches():
            yield condition


def _literal(pattern: Pattern) -> str | None:
    r"""Return the text that a pattern spells out, `\b` at its ends aside; None if it does more."""
    items = list(_flat(pattern.tree))
    if items and _is_boundary(items[0]):
        items = items[1:]
    if items and _is_boundary(items[-1]):
        items = items[:-1]
    chars = [item for item in items if isinstance(item, syntax.Literal)]
    text = "".join(item.char for item in chars)
    if len(chars) < len(items) or not text.strip() or not text.isprintable():
        return None
    if not all(item.fold for item in chars) and text != text.lower():
        return None
    return text if text == text.strip() else None


def _flat(node: syntax.Node) -> Iterator[syntax.Node]:
    match node:
        case syntax.Sequence(items=items):
            for item in items:
                yield from _flat(item)
        case syntax.Group(body=body):
            yield from _flat(body)
        case _:
            yield node


def _is_boundary(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Assertion) and node.source == r"\b"


def _differences(pattern: Pattern) -> Iterator[str]:
    bounds = sum(map(_is_boundary, _flat(pattern.tree)))
    also = [] if "i" in pattern.flags else ["in any case"]
    if bounds < 2:  # noqa: PLR2004 - both ends
        also.insert(0, "as whole words only")
    if also:
        yield f"a list finds it {' and '.join(also)}"


RULE = LintRule(code="G751", family="style", check=check)
