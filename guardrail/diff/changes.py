"""What reads differently in two policies, whether or not it matters to any case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeAlias

from guardrail.language import checked
from guardrail.language.checked import (
    CheckedDetector,
    CheckedPolicy,
    CheckedRule,
    Condition,
    ListRef,
)
from guardrail.plan.explain import argument


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was written otherwise; None where it did not stand."""

    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ListChange:
    """The entries that a list gained and lost; `old` or `new` is None where there is no list."""

    name: str
    old: int | None
    new: int | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


Values: TypeAlias = Mapping[str, str | None]


def changes(old: Values, new: Values) -> tuple[Change, ...]:
    """Return what differs between two tables, in the order of the old one.

    >>> changes({"severity": "high"}, {"severity": "low", "message": "No."})
    (Change(what='severity', old='high', new='low'), Change(what='message', old=None, new='No.'))
    """
    return tuple(
        Change(name, old.get(name), new.get(name))
        for name in dict.fromkeys(chain(old, new))
        if old.get(name) != new.get(name)
    )


# ---------------------------------------------------------------- the policy


def policy_changes(old: CheckedPolicy, new: CheckedPolicy) -> tuple[Change, ...]:
    """Return what differs in the heads, declarations and tests of two policies."""
    return changes(_head(old), _head(new)) + tuple(
        change
        for was, now in zip(_declarations(old), _declarations(new), strict=True)
        for change in changes(was, now)
    )


def _head(policy: CheckedPolicy) -> Values:
    return {
        "policy": policy.name,
        "title": policy.title,
        "owner": policy.owner,
        "version": policy.version,
        "on error": policy.on_error,
        "fallback": policy.fallback,
        "budget": None if policy.budget_ms is None else f"{policy.budget_ms:g} ms",
        "evaluate all": "yes" if policy.evaluate_all else None,
    }


def _declarations(policy: CheckedPolicy) -> tuple[Values, ...]:
    return (
        {f"principle `{name}`": text for name, text in policy.principles.items()},
        {
            f"pattern `{name}`": f"/{each.pattern.source}/{each.pattern.flags}"
            for name, each in policy.patterns.items()
        },
        {f"detector `{name}`": _call(each) for name, each in policy.detectors.items()},
        {f"reply `{name}`": f'"{reply.text}"' for name, reply in policy.replies.items()},
        {f"rewriter `{name}`": _rewriter(policy, name) for name in policy.rewriters},
        _tests(policy),
    )


def _tests(policy: CheckedPolicy) -> Values:
    """Return the tests by title, and by number where a title comes again."""
    values: dict[str, str] = {}
    for test in policy.tests:
        same = sum(1 for name in values if name.startswith(f'test "{test.title}"'))
        name = f'test "{test.title}"' + (f" ({same + 1})" if same else "")
        values[name] = "; ".join(_case(case) for case in test.cases)
    return values


def _case(case: checked.CheckedCase) -> str:
    given = [f'{side} "{text}"' for side in ("input", "output") if (text := getattr(case, side))]
    stubs = [f"{name} = {value}" for name, value in case.stubs.items()]
    expected = [
        f'output "{expect.output}"'
        if expect.output is not None
        else f"{expect.action}{' by ' if expect.by else ''}{', '.join(expect.by)}"
        for expect in case.expects
    ]
    return f"{', '.join([*given, *stubs])} → {', '.join(expected)}"


def _call(detector: CheckedDetector) -> str:
    given = (f"{name}: {argument(value)}" for name, value in detector.arguments.items())
    return f"{detector.kind}({', '.join(given)})"


def _rewriter(policy: CheckedPolicy, name: str) -> str:
    rewriter = policy.rewriters[name]
    given = [f"{key}: {argument(value)}" for key, value in rewriter.arguments.items()]
    ends = [f"attempts: {rewriter.attempts}", f"otherwise: {rewriter.otherwise}"]
    return f"{rewriter.kind}({', '.join([*given, *ends])})"


def list_changes(old: CheckedPolicy, new: CheckedPolicy) -> tuple[ListChange, ...]:
    """Return the lists whose entries differ, with what they gained and lost, as written."""
    found = []
    for name in dict.fromkeys(chain(old.lists, new.lists)):
        was, now = old.lists.get(name), new.lists.get(name)
        before = dict.fromkeys(was.entries if was else ())
        after = dict.fromkeys(now.entries if now else ())
        change = ListChange(
            name,
            None if was is None else len(was.entries),
            None if now is None else len(now.entries),
            tuple(entry for entry in after if entry not in before),
            tuple(entry for entry in before if entry not in after),
        )
        if change.added or change.removed or was is None or now is None:
            found.append(change)
    return tuple(found)


# ---------------------------------------------------------------- rules


def rule_changes(
    old: CheckedPolicy, was: CheckedRule, new: CheckedPolicy, now: CheckedRule
) -> tuple[Change, ...]:
    """Return what differs in a rule, in what it says and in the replies it gives."""
    conditions = tuple(
        change
        for before, after in ((_triggers(was), _triggers(now)), (_excuses(was), _excuses(now)))
        for change in _condition_changes(before, after)
    )
    before, after = _consequences(old, was), _consequences(new, now)
    return (
        *changes(_clauses(was), _clauses(now)),
        *conditions,
        *changes({"then": _then(was)}, {"then": _then(now)}),
        *(each for each in changes(before, after) if None not in (each.old, each.new)),
    )


def _clauses(rule: CheckedRule) -> Values:
    return {
        "on": rule.on,
        "late": "yes" if rule.is_late else None,
        "each sentence": "yes" if rule.is_each_sentence else None,
        "severity": rule.severity.word,
        "enforces": ", ".join(rule.principles) or None,
        "except": ", ".join((*rule.except_lists, *rule.except_patterns)) or None,
        "on error": rule.on_error,
        "message": rule.message,
    } | {f"meta {key}": value for key, value in rule.meta}


def _consequences(policy: CheckedPolicy, rule: CheckedRule) -> Values:
    """Return what stands elsewhere and is said when the rule fires."""
    actions = rule.actions
    replies = [name for name in (actions.append, actions.replace, actions.block) if name]
    values: dict[str, str | None] = {}
    if actions.rewrite is not None:
        replies.append(policy.rewriters[actions.rewrite].otherwise)
        values[f"rewriter `{actions.rewrite}`"] = _rewriter(policy, actions.rewrite)
    is_fallback = actions.block == "" or (actions.redact and rule.on_error == "violation")
    if is_fallback and policy.fallback is not None:
        replies.append(policy.fallback)
        values["fallback"] = policy.fallback
    return values | {f"reply `{name}`": f'"{policy.replies[name].text}"' for name in replies}


def _then(rule: CheckedRule) -> str:
    actions = rule.actions
    parts = [
        f"{words}{value}{end}"
        for words, value, end in (
            ('redact as "', actions.redact, '"'),
            ("append ", actions.append, ""),
            ("rewrite using ", actions.rewrite, ""),
            ("replace with ", actions.replace, ""),
            ("block", None if actions.block is None else actions.block and " with ", actions.block),
            ('escalate to "', actions.escalate, '"'),
        )
        if value is not None
    ]
    return " and ".join(parts) or "flag"


# ---------------------------------------------------------------- conditions


def _triggers(rule: CheckedRule) -> tuple[str, Condition]:
    return ("require" if rule.is_requirement else "when"), rule.condition


def _excuses(rule: CheckedRule) -> tuple[str, Condition | None]:
    return "unless", rule.unless


def _condition_changes(
    old: tuple[str, Condition | None], new: tuple[str, Condition | None]
) -> Iterator[Change]:
    """Yield moved limits alone where nothing else moved, else both conditions as a whole."""
    if old == new:
        return
    was, now = old[1], new[1]
    if old[0] == new[0] and was is not None and now is not None:
        pairs = list(zip_longest(_pieces(was), _pieces(now)))
        if all(_is_alike(*pair) for pair in pairs):
            for before, after in pairs:
                if before != after:
                    texts = condition_text(before), condition_text(after)
                    yield Change(f"limit in {old[0]}", *texts)
            return
    yield from changes(
        {old[0]: None if was is None else condition_text(was)},
        {new[0]: None if now is None else condition_text(now)},
    )


def _pieces(condition: Condition) -> Iterator[object]:
    match condition:
        case checked.All(items) | checked.Any(items):
            yield type(condition), len(items)
            for item in items:
                yield from _pieces(item)
        case checked.Negated(item):
            yield checked.Negated
            yield from _pieces(item)
        case _:
            yield condition


def _is_alike(old: object, new: object) -> bool:
    match old, new:
        case checked.Compare(detector=one), checked.Compare(detector=other):
            return one == other
        case checked.Found(detector=one), checked.Found(detector=other):
            return one == other
        case _:
            return old == new


def condition_text(condition: object) -> str:
    """Return a condition as policies spell it.

    >>> condition_text(checked.Any((checked.Compare("hate", ">=", 0.8), checked.Found("pii", 2))))
    'hate >= 0.8 or pii found at least 2 times'
    """
    match condition:
        case checked.All(items):
            return " and ".join(_grouped(item) for item in items)
        case checked.Any(items):
            return " or ".join(_grouped(item) for item in items)
        case checked.Negated(item):
            return f"not {_grouped(item)}"
        case checked.Contains(subject, "phrase", phrase):
            return f'{subject} contains "{phrase}"'
        case checked.Contains(subject, mode, name):
            return f"{subject} contains {mode} {name}"
        case checked.Matches(subject, pattern, exactly):
            return f"{subject} matches {pattern}{' exactly' if exactly else ''}"
        case checked.Found(detector, at_least):
            return f"{detector} found" + (f" at least {at_least} times" if at_least > 1 else "")
        case checked.Compare(detector, operator, number):
            return f"{detector} {operator} {number:g}"
        case checked.Is(detector, label):
            return f'{detector} is "{label}"'
        case _:
            raise TypeError(f"{type(condition).__name__} is no condition")


def _grouped(condition: Condition) -> str:
    text = condition_text(condition)
    return f"({text})" if isinstance(condition, checked.All | checked.Any) else text


def uses(policy: CheckedPolicy, rule: CheckedRule) -> tuple[Sequence[str], Sequence[str]]:
    """Return the declarations that a rule's conditions name: lists, and all others."""
    lists = dict.fromkeys(rule.except_lists)
    others = dict.fromkeys(f"pattern `{name}`" for name in rule.except_patterns)
    conditions = [rule.condition, *([rule.unless] if rule.unless is not None else [])]
    for piece in chain.from_iterable(map(_pieces, conditions)):
        match piece:
            case checked.Contains(mode="any" | "all", what=name):
                lists[name] = None
            case checked.Matches(pattern=name):
                others[f"pattern `{name}`"] = None
            case checked.Compare(detector=name) | checked.Is(detector=name):
                others[f"detector `{name}`"] = None
            case checked.Found(detector=name):
                others[f"detector `{name}`"] = None
                arguments = policy.detectors[name].arguments.values()
                lists |= {each.name: None for each in arguments if isinstance(each, ListRef)}
            case _:
                continue
    return tuple(lists), tuple(others)
