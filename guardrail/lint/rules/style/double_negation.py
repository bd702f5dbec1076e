"""A condition says `not` twice.

## Why it matters

`require not E` means `when E`, and `not not E` means `E`. Each needs a second reading, and the next
change easily turns it into its opposite.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

rule no_rudeness on output
  require not text contains "shut up"
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

Leave both out. `guardrail lint --fix` does it, unless a comment stands in between.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import nodes
from guardrail.language.comments import comments
from guardrail.language.source import Range
from guardrail.lint.rule import Context, Edit, Finding, JudgedRule, LintRule


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each condition that is negated more than once."""
    for rule in context.rules:
        written = rule.node.require
        if isinstance(written, nodes.Not) and _peeled(written)[1] % 2:
            yield _requirement(rule, written)
            written = _peeled(written)[0]
        unless = rule.node.unless.condition if rule.node.unless else None
        for expr in (rule.node.when, written, unless):
            if expr is not None:
                yield from _in(rule, expr, is_operand=False)


def _peeled(expr: nodes.Expr) -> tuple[nodes.Expr, int]:
    """Return what is negated, and how often."""
    count = 0
    while isinstance(expr, nodes.Not):
        expr, count = expr.item, count + 1
    return expr, count


def _in(rule: JudgedRule, expr: nodes.Expr, *, is_operand: bool) -> Iterator[Finding]:
    inner, count = _peeled(expr)
    if count > 1:
        is_group = isinstance(inner, nodes.And | nodes.Or) and (is_operand or count % 2)
        said = _text(rule, inner.span)
        said = f"{'not ' if count % 2 else ''}{f'({said})' if is_group else said}"
        edits = _edits(rule, expr.span, said)
        yield rule.finding("G752", "`not` is said twice", span=expr.span, help=said, edits=edits)
    if isinstance(inner, nodes.And | nodes.Or):
        for item in inner.items:
            yield from _in(rule, item, is_operand=True)


def _requirement(rule: JudgedRule, condition: nodes.Not) -> Finding:
    start = rule.source.text.rfind("require", 0, condition.span.start)
    said = f"when {_text(rule, _peeled(condition)[0].span)}"
    return rule.finding(
        "G752",
        "`require not` says `not` twice",
        "a rule fires when what it requires is false",
        span=Range(start, condition.span.start + len("not")),
        help=said,
        edits=_edits(rule, Range(start, condition.span.end), said),
    )


def _edits(rule: JudgedRule, span: Range, text: str) -> tuple[Edit, ...]:
    """Return the edit, unless a comment would be lost."""
    if "#" in _text(rule, span) and any(
        span.start <= comment.span.start < span.end for comment in comments(rule.source)
    ):
        return ()
    return (Edit(rule.source, span, text),)


def _text(rule: JudgedRule, span: Range) -> str:
    return rule.source.text[span.start : span.end]


RULE = LintRule(code="G752", family="style", check=check)
