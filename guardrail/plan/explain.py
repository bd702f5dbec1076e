"""A plan as text: stages, detectors, costs and what can end early."""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language.checked import ArgumentValue, ListRef
from guardrail.plan.plan import (
    AllOf,
    AnyOf,
    Compare,
    DetectorSource,
    EntriesSource,
    ExceptSource,
    Expr,
    Found,
    Inverse,
    Is,
    PatternSource,
    Plan,
    PlannedRule,
    Source,
)


def explain_plan(plan: Plan) -> str:
    """Return the plan of one side as a page of text."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    version = f" {plan.policy.version}" if plan.policy.version else ""
    yield f"plan of {plan.policy.name}{version}, {plan.side} side"
    yield f"  digest {plan.policy.digest}"
    if not plan.rules:
        yield "  no rules: every text passes"
        return
    for number, step in enumerate(plan.steps, start=1):
        sources = [plan.sources[index] for index in step.sources]
        what = "one scan" if not isinstance(sources[0], DetectorSource) else "detector"
        yield f"{number}. {step.cost.name.lower()}: {what}"
        yield from (f"     {describe(plan, source)}" for source in sources)
        if number < len(plan.steps):
            yield "     stop here when nothing below can change the action, output or escalation"
    yield "rules"
    for rule in plan.rules:
        yield from (f"  {line}" for line in _rule(plan, rule))
    budget = "none" if plan.budget_ms is None else f"{plan.budget_ms:g} ms of detector time"
    early = "off (evaluate all)" if plan.evaluate_all else "on"
    yield f"early stop: {early} · budget: {budget} · fallback: {plan.fallback or 'built in'}"


def describe(plan: Plan, source: Source) -> str:
    """Return one source as a line of text; list entries are counted, not shown."""
    match source:
        case EntriesSource():
            count = "" if source.mode == "phrase" else f" ({len(source.entries)} entries)"
            return f"{_contains(source)}{count}"
        case PatternSource():
            longest = source.pattern.max_length
            reach = "unbounded" if longest is None else f"at most {longest} characters"
            return f"{_matches(source)} ({reach})"
        case DetectorSource():
            arguments = ", ".join(
                f"{name}: {_argument(value)}" for name, value in source.detector.arguments.items()
            )
            return f"{source.name} = {source.detector.kind}({arguments}) → {source.detector.gives}"
        case ExceptSource():
            excused = ", ".join((*source.lists, *source.patterns))
            return f"{plan.sources[source.base].name} except {excused}"


def _contains(source: Source) -> str:
    if not isinstance(source, EntriesSource):
        return source.name
    if source.mode == "phrase":
        return f'{source.subject} contains "{source.entries[0]}"'
    return f"{source.subject} contains {source.mode} {source.name}"


def _matches(source: PatternSource) -> str:
    return f"{source.subject} matches {source.name}{' exactly' if source.is_exact else ''}"


def _argument(value: ArgumentValue) -> str:
    match value:
        case ListRef(name):
            return name
        case tuple():
            return f"[{', '.join(_argument(item) for item in value)}]"
        case str():
            return f'"{value}"'
        case _:
            return f"{value:g}"


def _rule(plan: Plan, rule: PlannedRule) -> Iterator[str]:
    yield f"{rule.name} ({rule.severity.word}) → {rule.action.word}"
    yield f"    fires when {expression(plan, rule.condition)}"
    if rule.unless is not None:
        yield f"    unless {expression(plan, rule.unless)}"
    if rule.actions.escalate is not None:
        yield f"    escalates to {rule.actions.escalate}"
    yield f"    on error: {rule.on_error}"


def expression(plan: Plan, expr: Expr) -> str:
    """Return a condition as text, in the language's words."""
    match expr:
        case AllOf(items):
            return f"({' and '.join(expression(plan, item) for item in items)})"
        case AnyOf(items):
            return f"({' or '.join(expression(plan, item) for item in items)})"
        case Inverse(item):
            return f"not {expression(plan, item)}"
        case Compare(source, operator, number):
            return f"{plan.sources[source].name} {operator} {number:g}"
        case Is(source, label):
            return f'{plan.sources[source].name} is "{label}"'
        case Found(source, at_least):
            named = plan.sources[source]
            base = plan.sources[named.base] if isinstance(named, ExceptSource) else named
            suffix = f" at least {at_least} times" if at_least > 1 else ""
            if isinstance(base, DetectorSource):
                return f"{base.name} found{suffix}"
            return _matches(base) if isinstance(base, PatternSource) else _contains(base)
