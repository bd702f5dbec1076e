"""No rule enforces a principle.

## Why it matters

A principle without a rule is a promise that nothing keeps. Who reads the policy believes that it is
enforced.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

principle polite "Keep a polite tone"

rule no_rudeness on output
  when text contains "shut up"
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

principle polite "Keep a polite tone"

rule no_rudeness on output
  enforces polite
  when text contains "shut up"
  then flag
```

## How to fix it

Write a rule that `enforces` it, name it in the rule that does so already, or remove it. A principle
that no machine can judge belongs into the document that the policy comes from.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import nodes
from guardrail.lint.rule import Context, Finding, LintRule, finding


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each principle that no rule names."""
    enforced = {name for rule in context.policy.rules for name in rule.principles}
    for part in context.parts:
        for node in part.items(nodes.Principle):
            if part.qualified(node.name.name) not in enforced:
                message = f"no rule enforces the principle `{node.name.name}`"
                help_ = f"add `enforces {node.name.name}` to the rule that does"
                yield finding("G701", message, part.source, node.name.span, help=help_)


RULE = LintRule(code="G701", family="documentation", check=check)
