"""A rule has no test in which it fires, or none in which it does not.

## Why it matters

A rule that is only seen firing may fire always; one that is only seen at rest may never fire. With
one test of each kind, a change that breaks the rule is noticed.

The tests are judged by what they say, without running them. A case shows a rule firing if it
expects the rule's action `by` it, an action that no other rule has, or an output that only this
rule makes. It shows the rule at rest if it expects a weaker action or an output that cannot be when
the rule fires; not if a model, a judge or a host detector that the rule asks has no value there. A
case in which one of its detectors is stubbed as `error` shows neither.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

rule no_rudeness on output
  when text contains "shut up"
  then flag

test "a rude reply is flagged"
  given output "Shut up."
  expect flag by no_rudeness
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

rule no_rudeness on output
  when text contains "shut up"
  then flag

test "a rude reply is flagged"
  given output "Shut up."
  expect flag by no_rudeness

test "a polite reply passes"
  given output "Please wait a moment."
  expect allow
```

## How to fix it

Add the case that is missing. The best case at rest is a near miss: a text that looks like a
violation and is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.lint.rule import Context, Finding, JudgedRule, LintRule
from guardrail.lint.tested import Shown, shown


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule that lacks a test of one kind or both."""
    found = shown(context)
    for rule in context.rules:
        seen = found[rule.name]
        if not (seen.fires and seen.rests):
            yield rule.finding("G703", _message(rule, seen), help=_help(context, rule, seen))


def _message(rule: JudgedRule, seen: Shown) -> str:
    name = rule.node.name.name
    if not seen.fires and not seen.rests:
        return f"rule `{name}` has no tests"
    lacking = "does not fire" if seen.fires else "fires"
    return f"rule `{name}` has no test in which it {lacking}"


def _help(context: Context, rule: JudgedRule, seen: Shown) -> tuple[str, ...]:
    side = rule.sides[0]
    planned = context.planned(side, rule.name)
    action = planned.action.word if planned is not None else "flag"
    helps = []
    if not seen.fires:
        helps.append(f'test "…" given {side} "…" expect {action} by {rule.name}')
    if not seen.rests:
        helps.append(f'test "…" given {side} "…" expect allow')
    return tuple(helps)


RULE = LintRule(code="G703", family="documentation", check=check)
