"""An entry of a list is found by a shorter one already.

## Why it matters

The longer entry never changes whether a rule fires. Perhaps the shorter one says more than it
should.

A list is left alone where the longer entry does matter: in a rule that redacts, it cuts more; under
`contains all`, it asks for more; after `except`, it excuses more; and to a detector, every entry is
a value of its own.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

list moves ["reset", "reset your password"]

rule moves_only on output
  when text contains any moves
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

list moves ["reset"]

rule moves_only on output
  when text contains any moves
  then flag
```

## How to fix it

Remove the longer entry, as `guardrail lint --fix` does, or make the shorter one more exact. Lists
of more than 300,000 characters are not searched.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import checked
from guardrail.language.checked import ArgumentValue, Condition, ListRef
from guardrail.language.files import Entry
from guardrail.lint.entries import covered, lists
from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.text.entries import fold_key


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each list with entries inside which another is found."""
    exempt = _needed_whole(context)
    for listed in lists(context):
        if listed.name in exempt:
            continue
        firsts: dict[str, Entry] = {}
        for entry in listed.entries:
            firsts.setdefault(fold_key(entry.text), entry)
        inside = sorted(covered(firsts), key=lambda pair: pair[0].span)
        if inside:
            marks = [(outer.span, f"`{inner.text}` finds this already") for outer, inner in inside]
            keys = {fold_key(outer.text) for outer, _ in inside}
            edits = listed.without([each for each in listed.entries if fold_key(each.text) in keys])
            yield listed.finding("G407", "that another covers", marks, edits)


def _needed_whole(context: Context) -> set[str]:
    """Return the lists in which a longer entry can say more than the shorter one in it."""
    policy = context.policy
    found: set[str] = set()
    for rule in policy.rules:
        found.update(rule.except_lists)
        conditions = [rule.condition] + ([rule.unless] if rule.unless is not None else [])
        for condition in conditions:
            is_cut = rule.actions.redact is not None and condition is rule.condition
            found.update(
                atom.what
                for atom in _contains(condition)
                if atom.mode == "all" or (is_cut and atom.subject == "text")
            )
    calls = [each.arguments for each in policy.detectors.values()]
    calls += [each.arguments for each in policy.rewriters.values()]
    for arguments in calls:
        for value in arguments.values():
            found.update(_named(value))
    return found


def _contains(condition: Condition) -> Iterator[checked.Contains]:
    match condition:
        case checked.All(items) | checked.Any(items):
            for item in items:
                yield from _contains(item)
        case checked.Negated(item):
            yield from _contains(item)
        case checked.Contains():
            yield condition


def _named(value: ArgumentValue) -> Iterator[str]:
    if isinstance(value, ListRef):
        yield value.name
    elif isinstance(value, tuple):
        for item in value:
            yield from _named(item)


RULE = LintRule(code="G407", family="correctness", check=check)
