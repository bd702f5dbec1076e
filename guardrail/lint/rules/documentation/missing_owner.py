"""The policy does not say who owns it.

## Why it matters

When a rule has to change, or a reply was withheld wrongly, somebody must be asked.

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
  owner "Support, Example Corp"
  on error treat as violation

rule no_rudeness on output
  when text contains "shut up"
  then flag
```

## How to fix it

Add `owner "…"` to the policy block: a team lives longer than a name.

## Options

```toml
[tool.guardrail.lint]
enable = ["missing-owner"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import nodes
from guardrail.lint.rule import Context, Finding, LintRule, finding


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding if the policy block names no owner."""
    root = context.parts[0]
    for block in root.items(nodes.Policy):
        if block.owner is None or not block.owner.value.strip():
            message = f"policy `{block.name.name}` does not say who owns it"
            help_ = 'add `owner "…"` below it'
            yield finding("G704", message, root.source, block.name.span, help=help_)


RULE = LintRule(code="G704", family="documentation", check=check, is_default=False)
