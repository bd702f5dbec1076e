r"""A rule makes the readers of a stream wait for a match that may be very long.

## Why it matters

A stream holds text back as long as a match could still begin or grow there. The hold of a rule is
its longest possible match; a pattern without a longest match holds from the first place where one
could begin, perhaps to the end of the reply.

Only rules on output are looked at that redact, rewrite, replace or block, are not `late`, and whose
condition is one list, phrase or pattern, or an `or` of them: other rules hold the whole reply
anyway, or nothing. The limit is 1,000 characters. In an entry, each stretch of white space can be
64 characters long.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

pattern key = /\bkey-[0-9a-f]{8,}/

rule no_keys on output
  when text matches key
  then redact
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

pattern key = /\bkey-[0-9a-f]{8,128}/

rule no_keys on output
  when text matches key
  then redact
```

## How to fix it

Give every repeat an upper bound: `{1,64}` in the place of `+`. Where the start of a match is enough
to act, shorten the pattern. A rule that need not hold text back can be `late`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from guardrail.language import checked, nodes
from guardrail.language.checked import Condition
from guardrail.lint.rule import Context, Finding, JudgedRule, LintRule
from guardrail.text.entries import MOST_BLANKS

_LIMIT: Final = 1000
_BLANKS: Final = re.compile(r"\s+")
_HOLDING: Final = (nodes.Redact, nodes.Rewrite, nodes.Replace, nodes.Block)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each atom of a local rule that holds too much."""
    for rule in context.rules:
        if not _is_looked_at(rule):
            continue
        written = rule.node.when
        if written is None:
            continue
        atoms = list(_atoms(written, rule.checked.condition))
        if any(atom is None for _, atom in atoms):
            continue
        for node, atom in atoms:
            label = None if atom is None else _hold(context, atom)
            if label is not None:
                message = f"rule `{rule.node.name.name}` makes the readers of a stream wait"
                help_ = "give its repeats an upper bound, as in `{1,64}`"
                is_pattern = isinstance(node, nodes.Matches)
                yield rule.finding(
                    "G601", message, label, span=node.span, help=help_ if is_pattern else ()
                )


def _is_looked_at(rule: JudgedRule) -> bool:
    node, checked_rule = rule.node, rule.checked
    return (
        "output" in rule.sides
        and not node.late
        and not node.each_sentence
        and any(isinstance(action, _HOLDING) for action in node.then)
        and (checked_rule.unless is None or _is_about_prompt(checked_rule.unless))
    )


def _is_about_prompt(condition: Condition) -> bool:
    match condition:
        case checked.All(items) | checked.Any(items):
            return all(map(_is_about_prompt, items))
        case checked.Negated(item):
            return _is_about_prompt(item)
        case checked.Contains() | checked.Matches():
            return condition.subject == "prompt"
    return False


def _atoms(
    node: nodes.Expr, condition: Condition
) -> Iterator[tuple[nodes.Expr, checked.Contains | checked.Matches | checked.Found | None]]:
    """Yield the atoms of a local condition; None in the place of what makes it not local."""
    match node, condition:
        case nodes.Or(), checked.Any():
            for one, other in zip(node.items, condition.items, strict=True):
                yield from _atoms(one, other)
        case _, checked.Contains(subject="text") if condition.mode != "all":
            yield node, condition
        case _, checked.Matches(subject="text") | checked.Found(at_least=1):
            yield node, condition
        case _:
            yield node, None


def _hold(context: Context, atom: checked.Contains | checked.Matches | checked.Found) -> str | None:
    """Say what an atom holds, if that is too much; what detectors hold is their own affair."""
    match atom:
        case checked.Matches():
            longest = context.policy.patterns[atom.pattern].pattern.max_length
            if longest is None:
                return "this pattern has no longest match"
            return f"its longest match has {longest:,} characters" if longest > _LIMIT else None
        case checked.Contains():
            entries = (
                (atom.what,) if atom.mode == "phrase" else context.policy.lists[atom.what].entries
            )
            longest = max(map(_longest, entries))
            return f"an entry can take {longest:,} characters" if longest > _LIMIT else None
    return None


def _longest(entry: str) -> int:
    blanks = _BLANKS.findall(entry.strip())
    return len(entry) + sum(MOST_BLANKS - len(blank) for blank in blanks)


RULE = LintRule(code="G601", family="performance", check=check)
