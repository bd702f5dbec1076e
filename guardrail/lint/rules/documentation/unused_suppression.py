"""A comment allows something that is not reported.

## Why it matters

What it allowed has been mended, or it stands at the wrong place. The next finding of that kind
would be kept quiet with a reason that was given for another.

A code whose lint rule does not run here counts as used: nobody can know.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

# guardrail: allow[double-negation] because the wording follows the handbook
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
```

## How to fix it

Remove the comment, as `guardrail lint --fix` does, or move it to what it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language.source import Range
from guardrail.lint.rule import Context, Edit, Finding, LintRule, finding
from guardrail.lint.suppressions import Suppression


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each code that a comment allows in vain; the other rules ran before."""
    for suppression in context.suppressions:
        if suppression.problem is not None:
            continue
        unused = [
            (code, span)
            for code, span in suppression.codes
            if (suppression, code) not in context.used and code in context.running
        ]
        for number, (_, span) in enumerate(unused):
            word = suppression.source.text[span.start : span.end]
            message = f"`{word}` is allowed here and not reported"
            edits = () if number else _edits(suppression, [each for _, each in unused])
            yield finding("G708", message, suppression.source, span, edits=edits)


def _edits(suppression: Suppression, unused: list[Range]) -> tuple[Edit, ...]:
    """Return the edit that takes the unused codes out, or the whole comment."""
    source, comment = suppression.source, suppression.comment
    kept = [span for _, span in suppression.codes if span not in unused]
    if kept:
        first, last = suppression.codes[0][1], suppression.codes[-1][1]
        listed = ", ".join(source.text[span.start : span.end] for span in kept)
        return (Edit(source, Range(first.start, last.end), listed),)
    start = source.text.rfind("\n", 0, comment.span.start) + 1
    end = source.text.find("\n", comment.span.end)
    if comment.is_own_line:
        return (Edit(source, Range(start, len(source.text) if end < 0 else end + 1), ""),)
    code = source.text[start : comment.span.start].rstrip()
    stop = len(source.text) if end < 0 else end
    return (Edit(source, Range(start + len(code), stop), ""),)


RULE = LintRule(code="G708", family="documentation", check=check)
