"""Pairs of policies: a random one, and what a few edits made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from guardrail.language.checked import (
    Actions,
    All,
    Any,
    CheckedPolicy,
    CheckedRule,
    Compare,
    Condition,
    Found,
    Negated,
)
from guardrail.values import Severity
from tests.support.generate import (
    ENTRIES,
    LABELS,
    LIMITS,
    NAMES,
    OPERATORS,
    TEMPLATES,
    TREATS,
    Atoms,
    random_policy,
    random_rule,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

__all__ = ["LABELS", "edited", "pair", "small_pair"]


def pair(rng: Random) -> tuple[CheckedPolicy, CheckedPolicy]:
    """Return a random policy and what one to three edits made of it."""
    old = random_policy(rng)
    return old, edited(rng, old, rng.choice((1, 1, 2, 3)))


def small_pair(rng: Random) -> tuple[CheckedPolicy, CheckedPolicy]:
    """Return a pair with few rules and short conditions, so that every case can be tried."""
    policy = random_policy(rng)
    atoms = Atoms(rng, policy)
    rules = tuple(_simple(rng, rule, atoms) for rule in policy.rules[: rng.choice((1, 2, 2, 3))])
    old = replace(policy, rules=rules)
    return old, edited(rng, old, rng.choice((1, 1, 2)))


def _simple(rng: Random, rule: CheckedRule, atoms: Atoms) -> CheckedRule:
    cuts = rule.actions.redact is not None or bool(rule.except_lists)
    spans = [atoms.span_atom() for _ in range(rng.choice((1, 1, 2)))]
    condition: Condition = spans[0] if len(spans) == 1 else rng.choice((All, Any))(tuple(spans))
    if not cuts and rng.random() < 0.6:
        condition = atoms.tree(1, spans=True, can_negate_spans=True, has_prompt=False)
    is_requirement = rule.is_requirement and not cuts
    unless = None
    if rule.unless is not None:
        unless = atoms.atom(spans=True, has_prompt=False)
    return replace(rule, condition=condition, is_requirement=is_requirement, unless=unless)


def edited(rng: Random, policy: CheckedPolicy, times: int) -> CheckedPolicy:
    """Return a policy after some edits that an author could make."""
    for _ in range(times):
        policy = rng.choice(_EDITS)(rng, policy)
    return policy


def _with_rule(
    rng: Random, policy: CheckedPolicy, change: Callable[[CheckedRule], CheckedRule]
) -> CheckedPolicy:
    if not policy.rules:
        return policy
    at = rng.randrange(len(policy.rules))
    rules = (*policy.rules[:at], change(policy.rules[at]), *policy.rules[at + 1 :])
    return replace(policy, rules=rules)


def _add(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    free = [name for name in NAMES if name not in {rule.name for rule in policy.rules}]
    if not free:
        return policy
    atoms = Atoms(rng, policy)
    rule = random_rule(rng, free[0], policy, atoms, rng.choice(TEMPLATES))
    return replace(policy, rules=(*policy.rules, _simple(rng, rule, atoms)))


def _remove(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    rules = list(policy.rules)
    if len(rules) > 1:
        rules.pop(rng.randrange(len(rules)))
    return replace(policy, rules=tuple(rules))


def _act(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    def change(rule: CheckedRule) -> CheckedRule:
        reply = f"reply_{rng.randrange(5)}"
        actions = [Actions(), Actions(replace=reply), Actions(block=reply)]
        if rule.on == "output":
            actions += [Actions(append=reply), Actions(rewrite="again_0")]
        return replace(rule, actions=rng.choice(actions))

    return _with_rule(rng, policy, change)


def _template(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    def change(rule: CheckedRule) -> CheckedRule:
        if rule.actions.redact is None:
            return rule
        template = rng.choice([each for family in TEMPLATES for each in family])
        return replace(rule, actions=replace(rule.actions, redact=template))

    return _with_rule(rng, policy, change)


def _queue(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    queue = rng.choice((None, "first", "second"))
    return _with_rule(
        rng, policy, lambda rule: replace(rule, actions=replace(rule.actions, escalate=queue))
    )


def _severity(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    severity = rng.choice(tuple(Severity))
    return _with_rule(rng, policy, lambda rule: replace(rule, severity=severity))


def _on_error(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    treat = rng.choice(TREATS)
    return _with_rule(rng, policy, lambda rule: replace(rule, on_error=treat))


def _except(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    names = tuple(rng.sample(tuple(policy.lists), rng.randrange(3)))
    return _with_rule(rng, policy, lambda rule: replace(rule, except_lists=names))


def _unless(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    atoms = Atoms(rng, policy)

    def change(rule: CheckedRule) -> CheckedRule:
        if rule.unless is not None:
            return replace(rule, unless=None)
        return replace(rule, unless=atoms.atom(spans=True, has_prompt=False))

    return _with_rule(rng, policy, change)


def _late(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    def change(rule: CheckedRule) -> CheckedRule:
        actions = rule.actions
        can = actions.replace or actions.rewrite or actions.block is not None
        return replace(rule, is_late=not rule.is_late) if can and rule.on == "output" else rule

    return _with_rule(rng, policy, change)


def _limits(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    return _with_rule(
        rng, policy, lambda rule: replace(rule, condition=_moved(rng, rule.condition))
    )


def _moved(rng: Random, condition: Condition) -> Condition:
    match condition:
        case All(items) | Any(items):
            return replace(condition, items=tuple(_moved(rng, item) for item in items))
        case Negated(item):
            return Negated(_moved(rng, item))
        case Compare(number=number) if number < 1:
            return replace(condition, number=rng.choice(LIMITS), operator=rng.choice(OPERATORS))
        case Compare():
            return replace(condition, operator=rng.choice(OPERATORS))
        case Found():
            return replace(condition, at_least=rng.choice((1, 2, 3)))
        case _:
            return condition


def _entries(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    name = rng.choice(tuple(policy.lists))
    entries = rng.sample(ENTRIES, rng.randint(1, 3))
    if rng.random() < 0.7:
        entries = list(policy.lists[name].entries)
        entries = [*entries, rng.choice(ENTRIES)] if rng.random() < 0.5 else entries[:-1] or entries
    changed = replace(policy.lists[name], entries=tuple(dict.fromkeys(entries)))
    return replace(policy, lists={**policy.lists, name: changed})


def _reply(rng: Random, policy: CheckedPolicy) -> CheckedPolicy:
    name = rng.choice(tuple(policy.replies))
    changed = replace(policy.replies[name], text=rng.choice(("Sorry.", "Not now.", "Later.")))
    return replace(policy, replies={**policy.replies, name: changed})


_EDITS = (
    _add,
    _remove,
    _act,
    _template,
    _queue,
    _severity,
    _on_error,
    _except,
    _unless,
    _late,
    _limits,
    _limits,
    _entries,
    _entries,
    _reply,
)
