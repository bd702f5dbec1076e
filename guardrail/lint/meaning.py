"""What a policy means, in a form that is equal for policies which do the same.

It is used to check a fix. Lists that find the same are equal, and so are conditions that differ in
pairs of `not`; anything else that differs counts as another meaning.
"""

from __future__ import annotations

from guardrail.language.checked import ArgumentValue, CheckedPolicy, ListRef
from guardrail.language.files import Entry
from guardrail.language.source import Range
from guardrail.lint.entries import covered
from guardrail.lint.rule import SIDES
from guardrail.plan.lower import lower
from guardrail.plan.plan import (
    AllOf,
    AnyOf,
    DetectorSource,
    EntriesSource,
    ExceptSource,
    Expr,
    Inverse,
    PatternSource,
    Plan,
    PlannedRule,
)
from guardrail.text.entries import fold_key


def meaning(policy: CheckedPolicy) -> object:
    """Return a value that two policies share only if no text can tell them apart."""
    return (
        policy.name,
        policy.owner,
        policy.version,
        policy.fallback,
        policy.budget_ms,
        policy.evaluate_all,
        {name: reply.text for name, reply in policy.replies.items()},
        {
            each.name: (
                each.kind,
                each.attempts,
                each.otherwise,
                _arguments(policy, each.arguments),
            )
            for each in policy.rewriters.values()
        },
        {
            (side, rule.name): _rule(policy, plan, rule)
            for side in SIDES
            for plan in [lower(policy, side)]
            for rule in plan.rules
        },
    )


def _rule(policy: CheckedPolicy, plan: Plan, rule: PlannedRule) -> object:
    checked = next(each for each in policy.rules if each.name == rule.name)
    return (
        rule.severity,
        rule.principles,
        _expression(policy, plan, rule.condition, is_cut=rule.actions.redact is not None),
        rule.unless and _expression(policy, plan, rule.unless, is_cut=False),
        rule.actions,
        rule.on_error,
        rule.message,
        checked.meta,
        checked.is_late,
        checked.is_each_sentence,
    )


def _expression(policy: CheckedPolicy, plan: Plan, expr: Expr, *, is_cut: bool) -> object:
    match expr:
        case AllOf(items) | AnyOf(items):
            return (
                type(expr).__name__,
                tuple(_expression(policy, plan, item, is_cut=is_cut) for item in items),
            )
        case Inverse(Inverse(item)):
            return _expression(policy, plan, item, is_cut=is_cut)
        case Inverse(item):
            return ("not", _expression(policy, plan, item, is_cut=is_cut))
        case _:
            source = _source(policy, plan, expr.source, is_cut=is_cut)
            values = tuple(
                getattr(expr, name, None) for name in ("at_least", "operator", "number", "label")
            )
            return (type(expr).__name__, source, values)


def _source(policy: CheckedPolicy, plan: Plan, index: int, *, is_cut: bool) -> object:
    source = plan.sources[index]
    match source:
        case EntriesSource():
            is_whole = source.mode == "all" or (is_cut and source.subject == "text")
            keys = _keys(source.entries, is_whole=is_whole)
            return (source.name, source.label, source.subject, source.mode, keys)
        case PatternSource():
            pattern = source.pattern
            return (source.name, source.subject, pattern.source, pattern.flags, source.is_exact)
        case ExceptSource():
            excuses = tuple(frozenset(policy.lists[name].entries) for name in source.lists)
            base = _source(policy, plan, source.base, is_cut=True)
            return (base, source.lists, excuses, source.patterns)
        case DetectorSource(detector=detector):
            arguments = _arguments(policy, detector.arguments)
            return (detector.name, detector.label, detector.kind, arguments)


def _keys(entries: tuple[str, ...], *, is_whole: bool) -> frozenset[str]:
    """Return what a list finds; entries inside which another is found count if `is_whole`."""
    firsts = {fold_key(entry): Entry(entry, Range(0, 0)) for entry in entries}
    inside = set() if is_whole else {fold_key(outer.text) for outer, _ in covered(firsts)}
    return frozenset(firsts.keys() - inside)


def _arguments(policy: CheckedPolicy, arguments: object) -> object:
    if not isinstance(arguments, dict):
        return arguments
    return {name: _value(policy, value) for name, value in arguments.items()}


def _value(policy: CheckedPolicy, value: ArgumentValue) -> object:
    if isinstance(value, ListRef):
        return (value.name, frozenset(policy.lists[value.name].entries))
    return tuple(_value(policy, item) for item in value) if isinstance(value, tuple) else value
