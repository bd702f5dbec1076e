"""What the rules use: detectors, lists, patterns, replies, and the queues of escalations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guardrail.doc.blocks import (
    Block,
    Code,
    Heading,
    Line,
    Paragraph,
    Quote,
    Table,
    joined,
    line,
    listed,
)
from guardrail.doc.facts import Facts
from guardrail.doc.words import Words
from guardrail.language import checked
from guardrail.language.checked import CheckedPolicy, CheckedRule

_FIRST: Final = 5


def resources(facts: Facts, words: Words) -> Iterator[Block]:
    """Yield a table for each kind of thing that the policy declares."""
    yield from _detectors(facts.policy, words)
    yield from _lists(facts)
    yield from _patterns(facts.policy)
    yield from _replies(facts.policy)
    yield from _queues(facts.policy)


def _detectors(policy: CheckedPolicy, words: Words) -> Iterator[Block]:
    if not policy.detectors:
        return
    rows = tuple(
        (
            line(Code(detector.name)),
            line(Code(detector.kind)),
            words.arguments(detector.arguments),
            _limits(policy, detector.name),
        )
        for detector in policy.detectors.values()
    )
    yield Heading(2, line("Detectors"))
    yield Table("Detectors", ("detector", "kind", "settings", "asked for"), rows)


def _limits(policy: CheckedPolicy, name: str) -> Line:
    """Say what each rule asks a detector, thresholds included."""
    asked: dict[str, list[str]] = {}
    for rule in policy.rules:
        for atom in _atoms(rule):
            if isinstance(atom, checked.Compare) and atom.detector == name:
                asked.setdefault(f"{atom.operator} {atom.number:g}", []).append(rule.name)
            elif isinstance(atom, checked.Is) and atom.detector == name:
                asked.setdefault(f'is "{atom.label}"', []).append(rule.name)
            elif isinstance(atom, checked.Found) and atom.detector == name:
                more = f" at least {atom.at_least} times" if atom.at_least > 1 else ""
                asked.setdefault(f"found{more}", []).append(rule.name)
    parts = [
        line(Code(what), " by ", listed([line(Code(rule)) for rule in dict.fromkeys(rules)]))
        for what, rules in asked.items()
    ]
    return joined(parts, "; ") if parts else line("nothing")


def _atoms(rule: CheckedRule) -> Iterator[checked.Atom]:
    yield from _atoms_of(rule.condition)
    if rule.unless is not None:
        yield from _atoms_of(rule.unless)


def _atoms_of(condition: checked.Condition) -> Iterator[checked.Atom]:
    match condition:
        case checked.All(items) | checked.Any(items):
            for item in items:
                yield from _atoms_of(item)
        case checked.Negated(item):
            yield from _atoms_of(item)
        case _:
            yield condition


def _lists(facts: Facts) -> Iterator[Block]:
    lists = facts.policy.lists
    if not lists:
        return
    rows = []
    for entries in lists.values():
        file = facts.list_files.get(entries.name)
        rows.append(
            (
                line(Code(entries.name)),
                line(f"{len(entries.entries):,}"),
                _first(facts, entries),
                line(Code(file)) if file is not None else line("in the policy"),
            )
        )
    yield Heading(2, line("Lists"))
    yield Table("Lists", ("list", "entries", "the first of them", "from"), tuple(rows))


def _first(facts: Facts, entries: checked.EntryList) -> Line:
    """Return the first entries of a list; those of another policy stand in its own file."""
    if entries.name.rpartition(".")[0] in facts.foreign:
        return line("see the imported file")
    first = [line(Quote(entry)) for entry in entries.entries[:_FIRST]]
    return line(joined(first), ", …" if len(entries.entries) > _FIRST else "")


def _patterns(policy: CheckedPolicy) -> Iterator[Block]:
    if not policy.patterns:
        return
    rows = []
    for each in policy.patterns.values():
        longest = each.pattern.max_length
        reach = "of any length" if longest is None else f"at most {longest:,} characters"
        source = f"/{each.pattern.source}/{each.pattern.flags}"
        rows.append((line(Code(each.name)), line(Code(source)), line(reach)))
    yield Heading(2, line("Patterns"))
    yield Table("Patterns", ("pattern", "expression", "matches are"), tuple(rows))


def _replies(policy: CheckedPolicy) -> Iterator[Block]:
    if not policy.replies:
        return
    rows = tuple(
        (line(Code(reply.name)), line(Quote(reply.text)), _users(policy, reply.name))
        for reply in policy.replies.values()
    )
    yield Heading(2, line("Replies"))
    yield Paragraph(line("These texts are sent as they stand."))
    yield Table("Replies", ("reply", "text", "used by"), rows)


def _users(policy: CheckedPolicy, name: str) -> Line:
    users = [line("the fallback")] if policy.fallback == name else []
    rewriters = {each.name for each in policy.rewriters.values() if each.otherwise == name}
    users += [
        line(Code(rule.name))
        for rule in policy.rules
        if name in (rule.actions.append, rule.actions.replace, rule.actions.block)
        or rule.actions.rewrite in rewriters
    ]
    return joined(users, ", ") if users else line("nothing")


def _queues(policy: CheckedPolicy) -> Iterator[Block]:
    queues: dict[str, list[str]] = {}
    for rule in policy.rules:
        if rule.actions.escalate is not None:
            queues.setdefault(rule.actions.escalate, []).append(rule.name)
    if not queues:
        return
    rows = tuple(
        (line(Quote(queue)), joined([line(Code(rule)) for rule in rules], ", "))
        for queue, rules in sorted(queues.items())
    )
    yield Heading(2, line("Escalation"))
    yield Table("Escalation queues", ("queue", "rules that escalate to it"), rows)
