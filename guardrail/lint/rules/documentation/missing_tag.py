"""A rule carries no tag of a public scheme.

## Why it matters

Tags such as `owasp-llm:2026/LLM02` let an auditor find which rules answer which risk, and reports
group findings by them.

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

rule no_rudeness on output
  when text contains "shut up"
  then flag
  meta tag "nist-ai-600-1:2024/obscene-degrading-abusive-content"
```

## How to fix it

Add `meta tag "scheme:edition/id"`. `guardrail explain unknown-tag` lists the schemes.

## Options

```toml
[tool.guardrail.lint]
enable = ["missing-tag"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule without a tag."""
    for rule in context.rules:
        if not any(meta.key == "tag" for meta in rule.node.meta):
            message = f"rule `{rule.node.name.name}` carries no tag"
            yield rule.finding("G705", message, help='add `meta tag "scheme:edition/id"`')


RULE = LintRule(code="G705", family="documentation", check=check, is_default=False)
