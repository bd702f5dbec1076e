r"""What a redaction puts in the place of a finding can itself be redacted.

## Why it matters

A reply that goes through the same rules twice, in a second service or because it is quoted, should
come out as it went in. If a list or pattern of a rule that redacts can match inside a template, or
across its edge into the text beside it, the second pass cuts again, and may take words with it that
nobody wanted to hide.

Looked at are the lists and patterns of all rules of one side that redact, against the templates of
all of them, with `{type}` filled in; `{last4}`, `{hash}` and `{n}` are tried with one value. Where
a class of a pattern, such as `.`, takes the template as well as ordinary words, what stood there
before counts as matched already, though it may have been longer than the pattern allows. Of other
policies that are imported, and of the library, only what they match inside a template counts.

A pattern that can begin or end in the middle of a word is outside of this: cutting `blue` out of
`redblue` leaves `red` as a word of its own, whatever the template says.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

list internal ["bluebird", "internal name"]

rule no_names on output
  when text contains any internal
  then redact as "[internal name]"
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

list internal ["bluebird", "internal name"]

rule no_names on output
  when text contains any internal
  then redact as "[{type}]"
```

## How to fix it

Choose a template in which nothing is looked for: the type in brackets, or stars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from guardrail.language import nodes
from guardrail.lint.reach import reached
from guardrail.lint.rule import SIDES, Context, Finding, JudgedRule, LintRule
from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    PatternSource,
    Plan,
    PlannedRule,
    Source,
)

_Cut: TypeAlias = EntriesSource | PatternSource
_SAMPLES: Final = {"{last4}": ("4242", "****"), "{hash}": ("0a1b2c3d4e5f",), "{n}": ("1",)}


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule whose template another redaction, or its own, can reach."""
    reported: set[str] = set()
    for side in SIDES:
        plan = context.plans[side]
        redacting = [rule for rule in plan.rules if rule.actions.redact is not None]
        cutting = {index: rule.name for rule in reversed(redacting) for index in rule.cuts}
        sources = {
            index: source
            for index in cutting
            if isinstance(source := _base(plan, index), EntriesSource | PatternSource)
        }
        texts = {rule.name: _rendered(plan, rule) for rule in redacting}
        own = {index for rule in redacting if context.rule(rule.name) for index in rule.cuts}
        found = reached(
            [text for each in texts.values() for text in each],
            [*sources.values()],
            [index in own for index in sources],
        )
        owners = {source: cutting[index] for index, source in sources.items()}
        for planned in redacting:
            rule = context.rule(planned.name)
            shown = next((text for text in texts[planned.name] if text in found), None)
            if rule is not None and shown is not None and rule.name not in reported:
                reported.add(rule.name)
                yield _finding(rule, shown, found[shown], owners)


def _finding(rule: JudgedRule, shown: str, cut: _Cut, owners: Mapping[_Cut, str]) -> Finding:
    message = f"the template of rule `{rule.node.name.name}` can be redacted again"
    redact = next(each for each in rule.node.then if isinstance(each, nodes.Redact))
    whose = "" if owners[cut] == rule.name else f" of rule `{owners[cut]}`"
    label = f"{_named(cut)}{whose} can match in or across `{shown}`"
    return rule.finding("G504", message, label, span=redact.span)


def _base(plan: Plan, index: int) -> Source:
    source = plan.sources[index]
    return plan.sources[source.base] if isinstance(source, ExceptSource) else source


def _named(source: _Cut) -> str:
    if isinstance(source, PatternSource):
        return f"the pattern `{source.name}`"
    if source.mode == "phrase":
        return f'the phrase "{source.entries[0]}"'
    return f"the list `{source.name}`"


def _rendered(plan: Plan, rule: PlannedRule) -> list[str]:
    """Return what a template can look like."""
    shown = [rule.actions.redact or ""]
    types = dict.fromkeys(each for index in rule.cuts for each in _types(_base(plan, index)))
    for placeholder, values in (("{type}", tuple(types)), *_SAMPLES.items()):
        shown = [
            text.replace(placeholder, value)
            for text in shown
            for value in (values if placeholder in text else ("",))
        ]
    return shown


def _types(source: Source) -> Iterator[str]:
    if isinstance(source, DetectorSource):
        entities = source.detector.arguments.get("entities")
        if isinstance(entities, tuple):
            yield from map(str, entities)
        else:
            yield source.detector.label.upper()
    elif isinstance(source, EntriesSource | PatternSource):
        yield source.label.upper()


RULE = LintRule(code="G504", family="safety", check=check)
