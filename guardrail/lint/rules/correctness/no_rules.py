"""The policy has no rules, neither its own nor imported ones.

## Why it matters

Every text passes a policy without rules. Somebody may believe that it guards something.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

rule calm on output
  when text contains "stop it"
  then flag
```

## How to fix it

Add a rule, or import a file that has some. A file that only holds lists or detectors for other
files needs no `policy` block, and then `guardrail lint FOLDER` judges it where it is imported.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import nodes
from guardrail.lint.rule import Context, Finding, LintRule, finding


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding if no rule applies to any text."""
    if context.policy.rules:
        return
    for block in context.parts[0].items(nodes.Policy):
        message = f"policy `{block.name.name}` has no rules: every text passes"
        help_ = "add a rule, or import a file that has some"
        yield finding("G302", message, context.policy.source, block.name.span, help=help_)


RULE = LintRule(code="G302", family="correctness", check=check)
