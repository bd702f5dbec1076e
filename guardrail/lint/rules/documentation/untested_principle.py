"""No test shows a principle being enforced.

## Why it matters

From principle to rule to test: the test is the proof that the policy does what the principle says.

A principle is shown if a test of the root file expects the action of one of its rules, `by` that
rule or where no other rule acts so.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

principle polite "Keep a polite tone"

rule no_rudeness on output
  enforces polite
  when text contains "shut up"
  then flag

test "a polite reply passes"
  given output "Please wait a moment."
  expect allow
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

test "a polite reply passes"
  given output "Please wait a moment."
  expect allow

test "a rude reply is flagged"
  given output "Shut up."
  expect flag by no_rudeness
```

## How to fix it

Write a test in which a rule that enforces the principle fires.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import nodes
from guardrail.lint.rule import Context, Finding, LintRule, finding
from guardrail.lint.tested import shown


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each enforced principle of which no test shows a rule firing."""
    enforcing: dict[str, list[str]] = {}
    for rule in context.policy.rules:
        for name in rule.principles:
            enforcing.setdefault(name, []).append(rule.name)
    firing = {name for name, found in shown(context).items() if found.fires}
    for part in context.parts:
        for node in part.items(nodes.Principle):
            rules = enforcing.get(part.qualified(node.name.name), [])
            if rules and firing.isdisjoint(rules):
                message = f"no test shows the principle `{node.name.name}` being enforced"
                listed = " or ".join(f"`{name}`" for name in rules[:3])
                help_ = f"add a test in which {listed} fires"
                yield finding("G702", message, part.source, node.name.span, help=help_)


RULE = LintRule(code="G702", family="documentation", check=check)
