"""A rule's condition is always true: the rule fires on every text.

## Why it matters

A rule that always fires says nothing about the text. Mostly a comparison is turned round, or an
`or` should have been an `and`. Every reply then gets the rule's action, and no test with a bad
reply shows it.

The lint looks at the condition alone, with every detector in order: an `unless` may still switch
the rule off, and a detector that fails leaves the decision to `on error`.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

detector size = length(unit: words)

rule fair_length on output
  when size > 5 or size < 100
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

Read the condition aloud as "fires when …". Perhaps two limits are swapped, `or` stands for `and`,
or `require` for `when`. What is meant for every reply belongs into the code that calls guardrail.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.lint.solving import is_never, is_sometimes, solved


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose condition cannot be false."""
    for each in solved(context):
        condition = each.formulas.condition
        if (
            each.written is not None
            and is_never(each.space, condition.is_false)
            and is_sometimes(each.space, condition.is_true)
        ):
            is_required = each.rule.node.require is not None
            yield each.rule.finding(
                "G304",
                f"rule `{each.rule.name}` fires on every text",
                "nothing can meet this" if is_required else "this is always true",
                span=each.written.span,
            )


RULE = LintRule(code="G304", family="correctness", check=check)
