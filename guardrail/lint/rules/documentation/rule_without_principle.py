"""A rule enforces no principle.

## Why it matters

A verdict that names a principle tells people why. A rule without one can be traced to nobody's
decision, and nobody knows when it may go.

This lint rule runs where it is enabled.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

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

Add `enforces …`, and the principle if it is not written down yet.

## Options

```toml
[tool.guardrail.lint]
enable = ["rule-without-principle"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule without `enforces`."""
    for rule in context.rules:
        if not rule.node.enforces:
            message = f"rule `{rule.node.name.name}` enforces no principle"
            yield rule.finding("G707", message, help="add `enforces PRINCIPLE`")


RULE = LintRule(code="G707", family="documentation", check=check, is_default=False)
