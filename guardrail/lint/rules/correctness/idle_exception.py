"""An `unless` is never true when the condition is: it excuses nothing.

## Why it matters

The author believes that some texts are excused, and they are not. Or the exception has lost its
purpose when the rule was changed, and hides what the rule does.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

detector size = length(unit: words)

rule too_long on output
  when size > 200
  unless size < 50
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

detector size = length(unit: words)

rule too_long on output
  when size > 200
  unless prompt contains "in detail"
  then flag
```

## How to fix it

Remove the `unless`, or say what it should excuse.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.lint.solving import is_never, is_sometimes, solved


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each `unless` that does not meet the condition."""
    for each in solved(context):
        written, unless = each.rule.node.unless, each.formulas.unless
        condition = each.formulas.condition
        if written is None or unless is None:
            continue
        if is_never(each.space, condition.is_true, unless.is_true) and is_sometimes(
            each.space, condition.is_true
        ):
            is_constant = is_never(each.space, unless.is_true)
            yield each.rule.finding(
                "G308",
                f"the `unless` of rule `{each.rule.name}` excuses nothing",
                "this is never true"
                if is_constant
                else "whenever the rule would fire, this is false",
                span=written.condition.span,
            )


RULE = LintRule(code="G308", family="correctness", check=check)
