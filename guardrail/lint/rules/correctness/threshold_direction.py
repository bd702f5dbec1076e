"""A score is compared in the direction in which it says that all is well.

## Why it matters

`hate < 0.8` is true of nearly every reply, `tone >= 0.6` of every polite one: a rule that fires
then blocks what it should let pass, and passes what it should block. Tests with one value do not
show it.

The lint looks at classifiers whose label says what a high score means: harms such as `hate`,
`toxic` or `threat`, virtues such as `polite`, `helpful` or `safe`. It speaks only where the
comparison alone makes the rule fire, and not where the same score is bounded from both sides, be it
by `unless`. Under `unless` it looks at what excuses: a harm that is high, or a virtue that is low.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

detector hate = classifier(model: "guard-mini", label: hate)

rule no_hate on output
  when hate < 0.80
  then block
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

detector hate = classifier(model: "guard-mini", label: hate)

rule no_hate on output
  when hate >= 0.80
  then block
```

## How to fix it

Turn the comparison round. "Never …" is `when harm >= …`, "Always …" is `require virtue >= …`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guardrail.language import checked, nodes
from guardrail.language.checked import CheckedDetector, Condition
from guardrail.lint.rule import Context, Finding, JudgedRule, LintRule

_HARMS: Final = frozenset(
    {
        *("abuse", "abusive", "aggression", "bias", "bullying", "crime", "criminal", "cruelty"),
        *("danger", "dangerous", "deception", "discrimination", "disrespect", "explicit"),
        *("extremism", "fraud", "harassment", "harm", "harmful", "hate", "hateful", "hate_speech"),
        *("identity_attack", "illegal", "injection", "insult", "jailbreak", "leak", "malware"),
        *("manipulation", "misinformation", "nsfw", "obscene", "offensive", "phishing"),
        *("profane", "profanity", "prompt_injection", "racism", "rude", "sarcasm", "scam"),
        *("self_harm", "severe_toxic", "severe_toxicity", "sexism", "sexual", "slur", "spam"),
        *("suicide", "terrorism", "threat", "threatening", "toxic", "toxicity", "unsafe"),
        *("vandalism", "violence", "violent", "vulgar", "weapons"),
    }
)
_VIRTUES: Final = frozenset(
    {
        *("accurate", "appropriate", "benign", "calm", "civil", "clean", "clear", "compliant"),
        *("concise", "correct", "courteous", "empathetic", "ethical", "factual", "faithful"),
        *("friendly", "grounded", "harmless", "helpful", "honest", "kind", "legal", "neutral"),
        *("on_topic", "polite", "politeness", "professional", "relevant", "respectful", "safe"),
        *("supportive", "truthful"),
    }
)


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each comparison that fires, or excuses, the wrong way round."""
    for rule in context.rules:
        yield from _in_condition(context, rule)
        yield from _in_unless(context, rule)


def _in_condition(context: Context, rule: JudgedRule) -> Iterator[Finding]:
    written = rule.node.when or rule.node.require
    if written is None:
        return
    wanted = not rule.checked.is_requirement
    for node, atom, is_high in _enough(written, rule.checked.condition, wanted):
        detector = context.policy.detectors[atom.detector]
        polarity = _polarity(detector)
        if polarity is None or is_high == (polarity == "harm") or _is_band(rule.checked, atom):
            continue
        message = f"rule `{rule.node.name.name}` fires when `{node.detector.name}` says all is well"
        degree = "high" if is_high else "low"
        label = f"a {degree} score for `{detector.arguments['label']}` is good"
        yield rule.finding("G310", message, label, span=node.span, help=_turned(rule, node))


def _in_unless(context: Context, rule: JudgedRule) -> Iterator[Finding]:
    unless = rule.node.unless
    if unless is None or rule.checked.unless is None:
        return
    for node, atom, is_high in _enough(unless.condition, rule.checked.unless, wanted=True):
        detector = context.policy.detectors[atom.detector]
        polarity = _polarity(detector)
        if polarity is None or is_high != (polarity == "harm") or _is_band(rule.checked, atom):
            continue
        name = node.detector.name
        message = (
            f"rule `{rule.node.name.name}` is switched off when `{name}` says something is wrong"
        )
        degree = "high" if is_high else "low"
        label = f"a {degree} score for `{detector.arguments['label']}` is bad"
        yield rule.finding("G310", message, label, span=node.span, help=_turned(rule, node))


def _turned(rule: JudgedRule, node: nodes.Compare) -> str:
    turned = {">=": "<", ">": "<=", "<": ">=", "<=": ">"}[node.operator]
    number = rule.source.text[node.number.span.start : node.number.span.end]
    return f"{node.detector.name} {turned} {number}"


def _enough(
    node: nodes.Expr,
    condition: Condition,
    wanted: bool,  # noqa: FBT001 - a truth value
) -> Iterator[tuple[nodes.Compare, checked.Compare, bool]]:
    """Yield each comparison that alone gives a condition the wanted value; is its score high?"""
    match node, condition:
        case nodes.Not(), checked.Negated():
            yield from _enough(node.item, condition.item, not wanted)
        case (nodes.And(nodes_), checked.All(items)) | (nodes.Or(nodes_), checked.Any(items)):
            if isinstance(node, nodes.Or) == wanted:
                for one, other in zip(nodes_, items, strict=True):
                    yield from _enough(one, other, wanted)
        case nodes.Compare(), checked.Compare():
            yield node, condition, (condition.operator in (">=", ">")) == wanted


def _polarity(detector: CheckedDetector) -> str | None:
    if detector.kind != "classifier":
        return None
    label = str(detector.arguments.get("label", "")).lower().replace("-", "_").replace(" ", "_")
    return "harm" if label in _HARMS else "virtue" if label in _VIRTUES else None


def _is_band(rule: checked.CheckedRule, atom: checked.Compare) -> bool:
    """Say whether a score fires in one direction and not in the other: what lies between counts."""
    highs = {
        is_high
        for condition, wanted in ((rule.condition, not rule.is_requirement), (rule.unless, False))
        if condition is not None
        for detector, is_high in _bounds(condition, wanted)
        if detector == atom.detector
    }
    return len(highs) > 1


def _bounds(
    condition: Condition,
    wanted: bool,  # noqa: FBT001 - a truth value
) -> Iterator[tuple[str, bool]]:
    """Yield each detector compared, and whether a high score helps to get the wanted value."""
    match condition:
        case checked.All(items) | checked.Any(items):
            for item in items:
                yield from _bounds(item, wanted)
        case checked.Negated(item):
            yield from _bounds(item, not wanted)
        case checked.Compare():
            yield condition.detector, (condition.operator in (">=", ">")) == wanted


RULE = LintRule(code="G310", family="correctness", check=check)
