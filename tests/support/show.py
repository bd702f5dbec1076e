"""Checked policies as policy files again: what a failing trial prints, and what is parsed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from guardrail.language.checked import (
    Actions,
    All,
    Any,
    ArgumentValue,
    CheckedPolicy,
    CheckedRule,
    Compare,
    Condition,
    Contains,
    Found,
    Is,
    ListRef,
    Matches,
    Negated,
)
from guardrail.values import Failure, NotRun, Outcome

from .generate import Trial


def show(trial: Trial) -> str:
    """Return a trial in full: the policy, the text and what every detector answers."""
    lines = [policy_text(trial.policy), f"# on {trial.side}", f"# text {trial.subject.text!r}"]
    if trial.subject.prompt is not None:
        lines.append(f"# prompt {trial.subject.prompt!r}")
    lines += [f"# {name} = {_outcome(each)}" for name, each in trial.outcomes.items()]
    return "\n".join(lines)


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case tuple():
            return str([(span.start, span.end, span.type) for span in outcome])
        case Failure():
            return "error"
        case NotRun():
            return "not-run"
        case _:
            return str(outcome)


def policy_text(policy: CheckedPolicy) -> str:
    """Return a policy file that says the same; every `pass` gets a reason."""
    return "\n".join([*_head(policy), *_declarations(policy), *_rules(policy)]) + "\n"


def _head(policy: CheckedPolicy) -> Iterator[str]:
    yield "edition 1"
    yield f"policy {policy.name}"
    yield f"  on error treat as {policy.on_error}{_reason(policy.on_error)}"
    if policy.fallback is not None:
        yield f"  fallback {policy.fallback}"
    if policy.evaluate_all:
        yield "  evaluate all"


def _declarations(policy: CheckedPolicy) -> Iterator[str]:
    for entries in policy.lists.values():
        yield f"list {entries.name} [{', '.join(map(json.dumps, entries.entries))}]"
    for pattern in policy.patterns.values():
        yield f"pattern {pattern.name} = /{pattern.pattern.source}/{pattern.pattern.flags}"
    for detector in policy.detectors.values():
        yield f"detector {detector.name} = {detector.kind}({_arguments(detector.arguments)})"
    for reply in policy.replies.values():
        yield f"reply {reply.name} {json.dumps(reply.text)}"
    for rewriter in policy.rewriters.values():
        call = f"{rewriter.kind}(attempts: {rewriter.attempts}, otherwise: {rewriter.otherwise})"
        yield f"rewriter {rewriter.name} = {call}"


def _arguments(arguments: Mapping[str, ArgumentValue]) -> str:
    return ", ".join(f"{name}: {_argument(value)}" for name, value in arguments.items())


def _argument(value: ArgumentValue) -> str:
    match value:
        case ListRef(name):
            return name
        case tuple():
            return f"[{', '.join(map(_argument, value))}]"
        case str():
            return json.dumps(value)
        case _:
            return f"{value:g}"


def _rules(policy: CheckedPolicy) -> Iterator[str]:
    for rule in policy.rules:
        each = " each sentence" if rule.is_each_sentence else ""
        yield f"rule {rule.name} on {rule.on}{each} severity {rule.severity.word}"
        yield from (f"  {clause}" for clause in _clauses(rule))


def _clauses(rule: CheckedRule) -> Iterator[str]:
    yield f"on error treat as {rule.on_error}{_reason(rule.on_error)}"
    yield f"{'require' if rule.is_requirement else 'when'} {condition_text(rule.condition)}"
    if rule.unless is not None:
        yield f"unless {condition_text(rule.unless)}"
    if excepted := rule.except_lists + rule.except_patterns:
        yield f"except {', '.join(excepted)}"
    yield f"then {_actions(rule.actions)}"


def _reason(treat: str) -> str:
    return ' reason "generated"' if treat == "pass" else ""


def condition_text(condition: Condition) -> str:
    """Return a condition as policies spell it, with parentheses around every group."""
    match condition:
        case All(items):
            return f"({' and '.join(map(condition_text, items))})"
        case Any(items):
            return f"({' or '.join(map(condition_text, items))})"
        case Negated(item):
            return f"not {condition_text(item)}"
        case Contains(subject, mode, what):
            shown = json.dumps(what) if mode == "phrase" else f"{mode} {what}"
            return f"{subject} contains {shown}"
        case Matches(subject, pattern, exactly):
            return f"{subject} matches {pattern}{' exactly' if exactly else ''}"
        case Found(detector, at_least):
            return f"{detector} found" + (f" at least {at_least} times" if at_least > 1 else "")
        case Compare(detector, operator, number):
            return f"{detector} {operator} {number:g}"
        case Is(detector, label):
            return f"{detector} is {json.dumps(label)}"


def _actions(actions: Actions) -> str:
    parts = []
    if actions.redact is not None:
        parts.append(f"redact as {json.dumps(actions.redact)}")
    if actions.append is not None:
        parts.append(f"append {actions.append}")
    if actions.rewrite is not None:
        parts.append(f"rewrite using {actions.rewrite}")
    if actions.replace is not None:
        parts.append(f"replace with {actions.replace}")
    if actions.block is not None:
        parts.append(f"block with {actions.block}" if actions.block else "block")
    if actions.escalate is not None:
        parts.append(f"escalate to {json.dumps(actions.escalate)}")
    return " and ".join(parts or ["flag"])
