"""Forbidden values: what a policy says must not get out, by its lists, patterns and tests.

A value is kept if its rule fires on it, undisguised, in a text that is clean without it. So an
attack made from it is a violation by construction, and no judge is needed to say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from guardrail.disguises import Kind
from guardrail.language.checked import (
    All,
    Any,
    CheckedCase,
    CheckedPolicy,
    CheckedRule,
    Condition,
    Contains,
    Found,
    Matches,
    Negated,
)
from guardrail.redteam.carriers import CARRIERS, Carried
from guardrail.redteam.twins import WORDS
from guardrail.runtime.guard import Guard
from guardrail.text.pattern_example import matching
from guardrail.values import Verdict

MOST_VALUES: Final = 64
"""How many values a rule gets; of longer lists a sample."""

_MOST_LEADS: Final = 16
_LONGEST: Final = 200
_ENTITIES: Final[dict[str, Kind]] = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
}


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A value that breaks a rule; `source` says where in the policy it comes from.

    `action` is what the rule does to it undisguised. The value never shows in a `repr`.
    """

    rule: str
    kind: Kind
    value: str
    source: str
    action: str

    def __repr__(self) -> str:
        return f"Forbidden({self.rule!r}, {self.kind!r}, {self.source!r})"


@dataclass(frozen=True, slots=True)
class Ground:
    """A text that the policy has nothing to say about: a carrier, and what leads up to it."""

    name: str
    lead: str = ""

    def put(self, value: str) -> Carried:
        """Put a value into the text."""
        carried = CARRIERS[self.name](value)
        return carried._replace(before=self.lead + carried.before)


def grounds(guard: Guard) -> tuple[Ground, ...]:
    """Return the carriers in which a harmless word is allowed, each with a lead if it needs one.

    A policy may ask that every reply has something, such as a next step. So what leads up to a
    carrier is a text that the policy's own tests say is allowed.
    """
    word = harmless(guard.policy)
    leads = ["", *_allowed(guard.policy)][:_MOST_LEADS]
    found = []
    for name in CARRIERS:
        tried = (Ground(name, lead) for lead in leads)
        quiet = (each for each in tried if not guard.check(each.put(word).text).fired)
        found += [each for each in [next(quiet, None)] if each is not None]
    return tuple(found)


def harmless(policy: CheckedPolicy) -> str:
    """Return a word that no list of the policy has."""
    listed = {entry.casefold() for each in policy.lists.values() for entry in each.entries}
    return next((word for word in WORDS if word not in listed), WORDS[0])


def forbidden_values(
    guard: Guard, found: Sequence[Ground], seed: int
) -> tuple[list[Forbidden], dict[str, str]]:
    """Return the values of each rule on output, and why other rules have none.

    The same policy and seed give the same values.
    """
    kept: list[Forbidden] = []
    untried: dict[str, str] = {}
    tested = list(_from_tests(guard))
    for rule in guard.policy.rules:
        if rule.on == "input":
            untried[rule.name] = "it looks at prompts; replies are attacked"
            continue
        values = {value: (kind, source) for kind, value, source in _of_rule(guard.policy, rule)}
        values |= {
            value: (kind, source) for name, kind, value, source in tested if name == rule.name
        }
        confirmed = [
            Forbidden(rule.name, kind, value, source, action)
            for value, (kind, source) in _sample(values, f"{seed} {rule.name}")
            if (action := _action(guard, found, rule.name, value)) is not None
        ]
        kept += confirmed
        if not confirmed:
            untried[rule.name] = _reason(rule, len(values))
    return kept, untried


def _reason(rule: CheckedRule, tried: int) -> str:
    if rule.is_requirement:
        return "it asks for something to be there; there is nothing to disguise"
    if tried:
        return f"of {tried} values none alone makes it fire as the strongest rule"
    return "no list, pattern or test of the policy has a value for it"


def _sample(values: dict[str, tuple[Kind, str]], salt: str) -> list[tuple[str, tuple[Kind, str]]]:
    listed = sorted(values.items())
    if len(listed) <= MOST_VALUES:
        return listed
    return sorted(Random(salt).sample(listed, MOST_VALUES))  # noqa: S311 - variety, no secret


def _action(guard: Guard, found: Sequence[Ground], rule: str, value: str) -> str | None:
    """Return what the rule does to a value in the first text; None if another rule is stronger."""
    verdict = guard.check(found[0].put(value).text)
    fired = fired_as(verdict, rule)
    return fired if fired == verdict.action else None


def fired_as(verdict: Verdict, rule: str) -> str | None:
    """Return the action with which a rule fired, None if it did not."""
    return next((each.action for each in verdict.fired if each.rule == rule), None)


# ---------------------------------------------------------------- from rules


def _of_rule(policy: CheckedPolicy, rule: CheckedRule) -> Iterator[tuple[Kind, str, str]]:
    if rule.is_requirement:
        return
    for atom in _atoms(rule.condition):
        if isinstance(atom, Contains) and atom.subject == "text":
            yield from _entries(policy, atom)
        elif isinstance(atom, Matches) and atom.subject == "text":
            text = matching(policy.patterns[atom.pattern].pattern)
            if text is not None:
                yield "pattern", text, f"pattern {atom.pattern}"


def _entries(policy: CheckedPolicy, atom: Contains) -> Iterator[tuple[Kind, str, str]]:
    if atom.mode == "phrase":
        yield _kind_of(atom.what), atom.what, f"rule phrase {atom.what!r}"
    elif atom.mode == "any":
        for entry in policy.lists[atom.what].entries:
            yield _kind_of(entry), entry, f"list {atom.what}"


def _kind_of(value: str) -> Kind:
    """Return the kind of an entry, or of a value nothing else is known about."""
    if value.replace(" ", "").replace("-", "").replace("'", "").isalpha():
        return "phrase" if " " in value.strip() else "keyword"
    return "pattern"


def _atoms(condition: Condition) -> Iterator[Condition]:
    """Yield the atoms that a condition asks for; those under `not` are left out."""
    if isinstance(condition, All | Any):
        for item in condition.items:
            yield from _atoms(item)
    elif not isinstance(condition, Negated):
        yield condition


# ---------------------------------------------------------------- from tests


def _cases(policy: CheckedPolicy) -> Iterator[tuple[CheckedCase, str]]:
    """Yield the cases with a reply whose detectors really run."""
    for test in policy.tests:
        for case in test.cases:
            if case.output is not None and not case.stubs:
                line, _ = case.place.source.position(case.place.span.start)
                yield case, f"test in line {line}"


def _allowed(policy: CheckedPolicy) -> Iterator[str]:
    for case, _ in _cases(policy):
        if any(expect.action == "allow" for expect in case.expects):
            yield f"{case.output}\n\n"


def _from_tests(guard: Guard) -> Iterator[tuple[str, Kind, str, str]]:
    """Yield (rule, kind, value, source) of what the policy finds in the replies of its tests."""
    for case, source in _cases(guard.policy):
        text = case.output or ""
        for fired in guard.check(text, prompt=case.input).fired:
            for span in fired.spans:
                value = text[span.start : span.end]
                if value.strip() and len(value) <= _LONGEST:
                    yield (
                        fired.rule,
                        _kind(guard.policy, fired.rule, span.type, value),
                        value,
                        source,
                    )


def _kind(policy: CheckedPolicy, name: str, entity: str, value: str) -> Kind:
    if entity in _ENTITIES:
        return _ENTITIES[entity]
    rule = next(rule for rule in policy.rules if rule.name == name)
    asked = {atom.detector for atom in _atoms(rule.condition) if isinstance(atom, Found)}
    if any(policy.detectors[each].kind == "secrets" for each in asked):
        return "key"
    return _kind_of(value)
