"""A rule's condition is never true: the rule cannot fire.

## Why it matters

The rule looks like protection and is none. Mostly two limits contradict each other, or an `and`
should have been an `or`. It fires at best when a detector fails, if `on error` says so.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

detector size = length(unit: words)

rule fair_length on output
  when size < 5 and size > 100
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

detector size = length(unit: words)

rule fair_length on output
  when size < 5 or size > 100
  then flag
```

## How to fix it

Read the condition aloud as "fires when …" and look for two parts that exclude each other. A rule
with `require` never fires if its condition is always true. Remove the rule if nothing is left of
it.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.lint.solving import is_never, solved


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose condition cannot be true."""
    for each in solved(context):
        if each.written is not None and is_never(each.space, each.formulas.condition.is_true):
            is_required = each.rule.node.require is not None
            yield each.rule.finding(
                "G305",
                f"rule `{each.rule.name}` can never fire",
                "every text meets this" if is_required else "this is never true",
                span=each.written.span,
            )


RULE = LintRule(code="G305", family="correctness", check=check)
