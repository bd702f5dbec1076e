"""The last day of an `unless` has passed, so it no longer applies.

## Why it matters

The rule is now stricter than the file seems to say. Somebody decided on that date; the file should
be brought up to date. The policy still loads and runs: an exception that ends must not take a
service down.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

rule calm on output
  when text contains "stop it"
  unless prompt contains "quote" until 2020-01-31
  then flag
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

Remove the `unless`, or decide again and give it a new date. The last day counts, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from guardrail.lint.rule import Context, Finding, LintRule


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each `unless` whose last day has passed."""
    for rule in context.rules:
        unless = rule.node.unless
        until = unless.until if unless is not None else None
        if until is not None and date.fromisoformat(until.value) < context.today:
            message = f"this `unless` ended on {until.value} and no longer applies"
            yield rule.finding("G301", message, span=until.span)


RULE = LintRule(code="G301", family="correctness", check=check)
