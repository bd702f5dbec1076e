"""Part of a condition changes nothing: the rest says it already.

## Why it matters

In `hate >= 0.80 or hate >= 0.90` the second part is dead: changing its limit changes nothing.
Mostly it is a leftover, or `and` and `or` are confused. A part that is always or never true is
reported as well, unless the whole condition is (see G304 and G305).

Failures count: a part is reported only if the condition keeps its value also when a detector fails.
A list or pattern that runs out of time is left out of this, because that is no reason to write
anything twice.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

detector hate = classifier(model: "guard-mini", label: hate)

rule no_hate on output
  when hate >= 0.80 or hate >= 0.90
  then block
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

detector hate = classifier(model: "guard-mini", label: hate)

rule no_hate on output
  when hate >= 0.80
  then block
```

## How to fix it

Leave the part out. If it should matter, look for a wrong limit, a wrong name, or `or` in the place
of `and`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrail.language import nodes
from guardrail.language.diagnostics import Label
from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.lint.solving import Solved, is_never, solved
from guardrail.plan.lower import walk
from guardrail.plan.plan import (
    AllOf,
    AnyOf,
    DetectorSource,
    ExceptSource,
    Expr,
    Inverse,
)
from guardrail.solver.formula import neg
from guardrail.solver.space import Truth3


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each operand that its siblings make superfluous."""
    for each in solved(context):
        planned = each.formulas.rule
        if each.written is not None:
            condition = planned.condition
            if each.rule.node.require is not None and isinstance(condition, Inverse):
                condition = condition.item
            yield from _in(each, each.written, condition)
        if each.rule.node.unless is not None and planned.unless is not None:
            yield from _in(each, each.rule.node.unless.condition, planned.unless)


def _in(each: Solved, written: nodes.Expr, expr: Expr) -> Iterator[Finding]:
    if isinstance(written, nodes.Not) and isinstance(expr, Inverse):
        yield from _in(each, written.item, expr.item)
    if not isinstance(written, nodes.And | nodes.Or) or not isinstance(expr, AllOf | AnyOf):
        return
    truth = each.space.truth(each.plan, expr)
    if is_never(each.space, truth.is_true) or is_never(each.space, truth.is_false):
        return
    pairs = list(zip(written.items, expr.items, strict=True))
    kept = list(range(len(pairs)))
    for at in reversed(range(len(pairs))):
        others = [index for index in kept if index != at]
        said = _superfluous(each, expr, at, others)
        if said is None:
            yield from _in(each, *pairs[at])
            continue
        kept = others
        yield _finding(each, written, at, *said)


def _superfluous(
    each: Solved, expr: AllOf | AnyOf, at: int, others: Sequence[int]
) -> tuple[str, int | None] | None:
    """Return why an operand can be left out, and which of the others says so if one does."""
    operands = [each.space.truth(each.plan, item) for item in expr.items]
    is_all = isinstance(expr, AllOf)
    operand = operands[at]
    if is_never(each.space, operand.is_true if not is_all else operand.is_false):
        return f"this is {'always' if is_all else 'never'} true", None
    for other in others:
        if _follows(each, expr, at, [other]):
            return "", other
    if len(others) > 1 and _follows(each, expr, at, others):
        return "the other parts say it already", None
    return None


def _follows(each: Solved, expr: AllOf | AnyOf, at: int, others: Sequence[int]) -> bool:
    """Whether the other operands have the same value together with this one and without it."""
    kind = type(expr)
    rest = kind(tuple(expr.items[index] for index in others))
    one, two = (each.space.truth(each.plan, item) for item in (expr.items[at], rest))
    if _reach(each, one).isdisjoint(_reach(each, two)):
        return False
    if isinstance(expr, AllOf):
        one, two = Truth3(one.is_false, one.is_true), Truth3(two.is_false, two.is_true)
    if not is_never(each.space, one.is_true, two.is_false):
        return False
    if not _has_detector(each, expr.items[at]) and not _has_detector(each, rest):
        return True
    return is_never(each.space, one.is_true, neg(two.is_true)) and is_never(
        each.space, two.is_false, neg(one.is_false)
    )


def _reach(each: Solved, truth: Truth3) -> frozenset[object]:
    return each.space.related(truth.is_true) | each.space.related(truth.is_false)


def _has_detector(each: Solved, expr: Expr) -> bool:
    sources = each.plan.sources
    for test, _ in walk(expr):
        source = sources[test.source]
        if isinstance(source, ExceptSource):
            source = sources[source.base]
        if isinstance(source, DetectorSource):
            return True
    return False


def _finding(
    each: Solved, written: nodes.And | nodes.Or, at: int, why: str, other: int | None
) -> Finding:
    text = each.rule.source.text
    span = written.items[at].span
    others: tuple[Label, ...] = ()
    if other is not None:
        is_or = isinstance(written, nodes.Or)
        why = "whenever this is true, the other is too" if is_or else "the other says it already"
        others = (Label(written.items[other].span, "the other"),)
    said = text[span.start : span.end]
    return each.rule.finding(
        "G309", f"`{said}` changes nothing", why, span=span, others=others, help="leave it out"
    )


RULE = LintRule(code="G309", family="correctness", check=check)
