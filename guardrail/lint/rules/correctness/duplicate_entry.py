"""A list has the same entry twice.

## Why it matters

It does no harm, but it hides what the list holds. Case, accents and look-alike letters do not make
entries different.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

list rude ["stop it", "Stop It"]

rule calm on output
  when text contains any rude
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

list rude ["stop it"]

rule calm on output
  when text contains any rude
  then flag
```

## How to fix it

Remove one of them. `guardrail lint --fix` keeps the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language.files import Entry
from guardrail.lint.entries import lists
from guardrail.lint.rule import Context, Finding, LintRule
from guardrail.text.entries import fold_key

_LONGEST = 64


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each list with repeated entries."""
    for listed in lists(context):
        firsts: dict[str, Entry] = {}
        again = [
            (entry, first)
            for entry in listed.entries
            if (first := firsts.setdefault(fold_key(entry.text), entry)) is not entry
        ]
        if again:
            marks = [
                (entry.span, f"as `{first.text[:_LONGEST]}` in line {line}")
                for entry, first in again
                for line in [listed.source.position(first.span.start)[0]]
            ]
            edits = listed.without([entry for entry, _ in again])
            yield listed.finding("G406", "twice", marks, edits)


RULE = LintRule(code="G406", family="correctness", check=check)
