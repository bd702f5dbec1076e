"""A costly detector is asked, and no answer of it can change anything.

## Why it matters

Personal data, models and judges cost most of the time of a check. Here the result is the same
whatever the detector says, so the time is lost. Often a rule that should decide something does not.

Looked at are `pii`, classifiers, similarity, judges and the detectors of the host. A detector is
idle if in every rule that asks it, in this policy and what it imports, no answer changes whether
the rule fires, or that rule itself never changes the result (see G303 and G305). A redaction that
cuts its findings needs them. Failures do not count: that a detector which decides nothing can also
fail is one reason more to leave it out.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

list insults ["idiot", "moron"]
detector hate = classifier(model: "guard-mini", label: hate)

rule no_insults on output
  when (text contains any insults and hate >= 0.80) or (text contains any insults and hate < 0.80)
  then block
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

list insults ["idiot", "moron"]
detector hate = classifier(model: "guard-mini", label: hate)

rule no_insults on output
  when text contains any insults or hate >= 0.80
  then block
```

## How to fix it

Remove the detector and the conditions that ask it, or mend the rule that should depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guardrail.language import nodes
from guardrail.lint.rule import SIDES, Context, Finding, LintRule, finding
from guardrail.lint.shadows import shadows
from guardrail.lint.solving import is_never
from guardrail.plan.lower import COSTS
from guardrail.plan.plan import Cost, DetectorSource, ExceptSource, Plan, PlannedRule
from guardrail.solver.formula import Formula, neg, with_value
from guardrail.solver.space import Space
from guardrail.values import Side


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each costly detector that decides nothing."""
    for part in context.parts:
        for node in part.items(nodes.Detector):
            name = part.qualified(node.name.name)
            detector = context.policy.detectors[name]
            if COSTS.get(detector.kind, Cost.MODELS) < Cost.PII:
                continue
            asking = [
                (side, rule)
                for side in SIDES
                for rule in context.plans[side].rules
                if any(_base_name(context.plans[side], index) == name for index in rule.sources)
            ]
            if asking and all(_is_idle(context, side, rule, name) for side, rule in asking):
                rules = ", ".join(dict.fromkeys(f"`{rule.name}`" for _, rule in asking))
                yield finding(
                    "G602",
                    f"no answer of the detector `{name}` can change the result",
                    part.source,
                    node.name.span,
                    f"only asked in {rules}, where it makes no difference",
                )


def _base_name(plan: Plan, index: int) -> str | None:
    source = plan.sources[index]
    if isinstance(source, ExceptSource):
        source = plan.sources[source.base]
    return source.name if isinstance(source, DetectorSource) else None


def _is_idle(context: Context, side: Side, rule: PlannedRule, name: str) -> bool:
    """Whether a rule does the same whatever a detector answers."""
    if rule.name in shadows(context, side):
        return True
    space, plan = context.space(side), context.plans[side]
    formulas = space.rules(plan)[rule.name]
    can_act = not is_never(space, formulas.fires)
    if not can_act and not (rule.on_error != "pass" and not is_never(space, formulas.errs)):
        return True
    mine = [index for index in rule.sources if _base_name(plan, index) == name]
    if can_act and rule.actions.redact is not None and not set(mine).isdisjoint(rule.cuts):
        return False
    return not any(_depends(space, plan, formulas.fires, index) for index in mine)


def _depends(space: Space, plan: Plan, formula: Formula, index: int) -> bool:
    """Whether two answers of a source make a difference to a formula."""
    for variable, answers in space.answers(plan, index).items():
        cases = [with_value(formula, variable, answer) for answer in answers]
        if any(_differ(space, cases[0], other) for other in cases[1:]):
            return True
    return False


def _differ(space: Space, one: Formula, other: Formula) -> bool:
    return any(not is_never(space, *pair) for pair in _pairs(one, other))


def _pairs(one: Formula, other: Formula) -> Iterable[tuple[Formula, Formula]]:
    yield one, neg(other)
    yield other, neg(one)


RULE = LintRule(code="G602", family="performance", check=check)
