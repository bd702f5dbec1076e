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
            return f"{_contains(source)}{_count(source)}"
        case PatternSource():
            longest = source.pattern.max_length
            reach = "unbounded" if longest is None else f"at most {longest} characters"
            return f"{_matches(source)} ({reach})"
        case DetectorSource():
            arguments = ", ".join(
                f"{name}: {argument(value)}" for name, value in source.detector.arguments.items()
            )
            return f"{source.name} = {source.detector.kind}({arguments}) → {source.detector.gives}"
        case ExceptSource():
            excused = ", ".join((*source.lists, *source.patterns))
            return f"{plan.sources[source.base].name} except {excused}"


def _count(source: EntriesSource) -> str:
    if source.mode == "phrase":
        return ""
    return " (1 entry)" if len(source.entries) == 1 else f" ({len(source.entries)} entries)"


def _contains(source: Source) -> str:
    if not isinstance(source, EntriesSource):
        return source.name
    if source.mode == "phrase":
        return f'{source.subject} contains "{source.entries[0]}"'
    return f"{source.subject} contains {source.mode} {source.name}"


def _matches(source: PatternSource) -> str:
    return f"{source.subject} matches {source.name}{' exactly' if source.is_exact else ''}"


def argument(value: ArgumentValue) -> str:
    """Return an argument of a detector as policies spell it.

    >>> argument(("en", 0.5))
    '["en", 0.5]'
    """
    match value:
        case ListRef(name):
            return name
        case tuple():
            return f"[{', '.join(argument(item) for item in value)}]"
        case str():
            return f'"{value}"'
        case _:
            return f"{value:g}"


def _rule(plan: Plan, rule: PlannedRule) -> Iterator[str]:
    yield f"{rule.name} ({rule.severity.word}) → {rule.action.word}"
    yield f"    fires when {expression(plan, rule.condition)}"
    if rule.unless is not None:
        yield f"    unless {expression(plan, rule.unless)}"
    if excused := _excused(plan, rule):
        yield f"    except {excused}"
    yield from (f"    {line}" for line in _effects(plan, rule))
    yield f"    on error: {rule.on_error}"


def _excused(plan: Plan, rule: PlannedRule) -> str:
    """Return the lists and patterns whose findings a rule lets stand."""
    for index in rule.sources:
        source = plan.sources[index]
        if isinstance(source, ExceptSource):
            return ", ".join((*source.lists, *source.patterns))
    return ""


def _effects(plan: Plan, rule: PlannedRule) -> Iterator[str]:
    """Yield what each action does: the template, the reply, the rewriter, the queue."""
    actions = rule.actions
    if actions.redact is not None:
        yield f'redacts as "{actions.redact}"'
    if actions.append is not None:
        yield f"appends {actions.append}"
    if actions.rewrite is not None:
        rewriter = plan.rewriters[actions.rewrite]
        attempts = "1 attempt" if rewriter.attempts == 1 else f"{rewriter.attempts} attempts"
        yield f"rewrites using {actions.rewrite} ({attempts}, otherwise {rewriter.otherwise})"
    if actions.replace is not None:
        yield f"replies {actions.replace}"
    if actions.block is not None:
        fallback = plan.fallback or "the built-in reply"
        yield f"replies {actions.block or f'{fallback} (fallback)'}"
    if actions.escalate is not None:
        yield f"escalates to {actions.escalate}"


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
