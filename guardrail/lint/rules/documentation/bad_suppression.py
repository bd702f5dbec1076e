"""A comment that should allow something is not understood, and allows nothing.

## Why it matters

A comment that does nothing looks like one that does. A reason is part of it: who reads the policy
next year wants to know why an opinion was set aside.

It is written `# guardrail: allow[CODE] because REASON`, with a code such as `G303` or its name, or
several with commas. Only opinions can be allowed: what the compiler says is wrong stays wrong.
Alone on its line the comment speaks of what comes next: a declaration, or a clause of a rule.
Behind something it speaks of the clause it stands in; outside a rule, in the head of a rule and on
the line where a rule begins, of the whole declaration. What is found in a list file is allowed at
the `list` that reads it.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

# guardrail: allow[doubled-negation]
rule no_rudeness on output
  when text contains "shut up"
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

# guardrail: allow[double-negation] because the wording follows the handbook
rule no_rudeness on output
  require not text contains "shut up"
  then flag
```

## How to fix it

Write the code as `guardrail lint` shows it, and the reason behind `because`.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, LintRule, finding


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each comment with a problem."""
    for suppression in context.suppressions:
        problem = suppression.problem
        if problem is not None:
            yield finding(
                "G709",
                problem.message,
                suppression.source,
                problem.span,
                problem.label,
                help=problem.help,
            )


RULE = LintRule(code="G709", family="documentation", check=check)
