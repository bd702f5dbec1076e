"""A rule can never change the result: whenever it has an effect, another rule's hides it.

## Why it matters

The rule is written, reviewed and tested, and makes no difference. Or it was meant to be the
stronger one. A `replace` or `block` drops the text, so nothing is seen of the cuts, appended
replies and flags of weaker rules that fire with it; of two rules of one rank the reply of the
second is never sent.

A rule is reported if in every case in which it has an effect, failing detectors and `on error`
included, one of these holds of another rule (or of one of several, which are then named):

- it replaces or blocks, and is stronger, or equally strong with the higher severity or, if these
  are the same, the name that comes first;
- it rewrites, appends, redacts or flags at least as strongly, ranks before in the same way, appends
  the same text and cuts the same findings. If any rule of that side rewrites, it must also give the
  same reasons, because a model that is asked again is told the reasons of all rules that fired.

A rule that escalates to a queue is hidden only by one that escalates to the same. Rules for `each
sentence` and rules for the whole text do not hide each other, and a `late` rule hides only `late`
ones, because a stream may show text before it fires. A hidden rule is still listed under `fired`,
with its principles: if that is what a flag is for, allow it with a comment that says so. Two flags
are compared only if the second one adds no principle and no message.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

detector hate = classifier(model: "guard-mini", label: hate)

rule mild_hate on output
  when hate >= 0.90
  then flag

rule no_hate on output
  when hate >= 0.80
  then block
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

detector hate = classifier(model: "guard-mini", label: hate)

rule mild_hate on output
  when hate >= 0.60
  then flag

rule no_hate on output
  when hate >= 0.80
  then block
```

## How to fix it

Remove the rule, or change its condition so that it fires where the other does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, JudgedRule, LintRule
from guardrail.lint.shadows import shadows


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule that others hide, on all its sides."""
    for rule in context.rules:
        names: dict[str, None] = {}
        for side in rule.sides:
            by = shadows(context, side).get(rule.name)
            if not by:
                break
            names.update(dict.fromkeys(by))
        else:
            yield _finding(context, rule, list(names))


def _finding(context: Context, rule: JudgedRule, names: list[str]) -> Finding:
    shown = [f"`{name}` ({context.where(name, rule.source)})" for name in names]
    if len(names) == 1:
        planned = context.planned(rule.sides[0], rule.name)
        other = context.planned(rule.sides[0], names[0])
        is_stronger = planned is not None and other is not None and other.action > planned.action
        kind = "stronger" if is_stronger else "rule"
        label = f"whenever it fires, the {kind} {shown[0]} fires too"
    else:
        label = f"whenever it fires, one of {', '.join(shown)} fires too"
    return rule.finding("G303", f"rule `{rule.name}` can never change the result", label)


RULE = LintRule(code="G303", family="correctness", check=check)
