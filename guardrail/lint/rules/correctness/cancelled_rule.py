"""An `unless` is true whenever the condition is: the rule can never fire.

## Why it matters

The exception takes back everything the rule says. Nothing is checked, and the rule still looks
like protection.

The lint supposes that every detector answers: an `unless` that fails grants nothing, so that the
rule may fire then.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

list secrets ["codename falcon", "plan draft"]
list drafts ["codename falcon", "plan draft", "roadmap"]

rule no_secrets on output
  when text contains any secrets
  unless text contains any drafts
  then block
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

list secrets ["codename falcon", "plan draft"]
list drafts ["press release", "roadmap"]

rule no_secrets on output
  when text contains any secrets
  unless text contains any drafts
  then block
```

## How to fix it

Narrow the exception, or remove the rule. To leave single findings out and keep the rule for others,
use `except`.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.lint.solving import is_never, is_sometimes, solved


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each `unless` that covers the whole condition."""
    for each in solved(context):
        written, unless = each.rule.node.unless, each.formulas.unless
        condition = each.formulas.condition
        if written is None or unless is None:
            continue
        if is_never(each.space, condition.is_true, unless.is_false) and is_sometimes(
            each.space, condition.is_true
        ):
            yield each.rule.finding(
                "G307",
                f"the `unless` of rule `{each.rule.name}` cancels it",
                "whenever the rule would fire, this is true",
                span=written.condition.span,
            )


RULE = LintRule(code="G307", family="correctness", check=check)
