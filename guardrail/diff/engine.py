"""The door: two checked policies → how the new one stands to the old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from guardrail.diff.changes import (
    Change,
    ListChange,
    list_changes,
    policy_changes,
    rule_changes,
    uses,
)
from guardrail.diff.compare import Answer, Case, Comparison, Party, party
from guardrail.diff.example import Text, example
from guardrail.diff.relation import Relation, joined
from guardrail.diff.strength import Ways
from guardrail.language.checked import CheckedPolicy, CheckedRule
from guardrail.plan.lower import lower
from guardrail.plan.plan import DetectorSource, PatternSource, Plan
from guardrail.solver.formula import Variable
from guardrail.solver.space import Space
from guardrail.solver.witness import Witness as Found
from guardrail.values import PolicyId, Side

Status: TypeAlias = Literal["unchanged", "changed", "added", "removed"]

_MOST_PAIRS: Final = 400
_SENTENCES: Final = "what `each sentence` sees and what the whole text shows are not comparable"
_TOO_LARGE: Final = "the conditions are too large to decide"


@dataclass(frozen=True, slots=True)
class Witness:
    """A case that shows a difference: what holds there, and what each policy does.

    `text` is a text of that kind where one was found.
    """

    when: tuple[str, ...]
    old: str
    new: str
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How something new stands to something old, with a witness for each direction.

    `undecided` says why the relation is not certain; it then counts as not comparable.
    """

    relation: Relation
    looser: Witness | None = None
    stricter: Witness | None = None
    undecided: str | None = None


@dataclass(frozen=True, slots=True)
class RuleDiff:
    """One rule in both policies; a rule that only one has stands against no rule at all."""

    name: str
    status: Status
    standing: Standing
    changes: tuple[Change, ...] = ()
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class SideDiff:
    """All rules of one side, together and each by itself."""

    side: Side
    standing: Standing
    rules: tuple[RuleDiff, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """Two policies compared: what they do, side by side, and what reads differently."""

    old: PolicyId
    new: PolicyId
    sides: tuple[SideDiff, ...]
    changes: tuple[Change, ...]
    lists: tuple[ListChange, ...]

    @property
    def relation(self) -> Relation:
        """How the new policy as a whole stands to the old one."""
        return joined(*(side.standing.relation for side in self.sides))

    @property
    def is_decided(self) -> bool:
        """Whether the relation is certain."""
        return all(side.standing.undecided is None for side in self.sides)


def diff(old: CheckedPolicy, new: CheckedPolicy) -> Diff:
    """Compare two policies on both sides, without running a detector.

    >>> from guardrail.language import load
    >>> from guardrail.language.source import Source
    >>> from guardrail.language.vocabulary import Vocabulary
    >>> text = '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule stop on output
    ...   when text contains "red"
    ...   then block
    ... '''
    >>> old = load.load(Source("old.guard", text), Vocabulary({}, {}))
    >>> new = load.load(Source("new.guard", text.replace("block", "flag")), Vocabulary({}, {}))
    >>> found = diff(old, new)
    >>> found.relation.value, found.sides[0].standing.looser.old
    ('looser', 'block')
    """
    sides: tuple[Side, ...] = ("output", "input")
    has_rules = {
        side for side in sides for rule in (*old.rules, *new.rules) if rule.on in (side, "both")
    }
    return Diff(
        old=PolicyId(old.name, old.version, old.digest),
        new=PolicyId(new.name, new.version, new.digest),
        sides=tuple(_Side(old, new, side).diff() for side in sides if side in has_rules),
        changes=policy_changes(old, new),
        lists=list_changes(old, new),
    )


class _Side:
    """The comparison of one side."""

    def __init__(self, old: CheckedPolicy, new: CheckedPolicy, side: Side) -> None:
        self.old, self.new, self.side = old, new, side
        plans = lower(old, side), lower(new, side)
        ways = ways_of(old, new, side)
        space = Space(plans, (old, new))
        self.comparison = Comparison(
            space, party(space, plans[0], *ways[0]), party(space, plans[1], *ways[1])
        )
        self.before = {rule.name: rule for rule in old.rules if rule.on in (side, "both")}
        self.after = {rule.name: rule for rule in new.rules if rule.on in (side, "both")}
        self.twofold = _twofold(space, *plans)
        self.moved = {each.name: each for each in list_changes(old, new)}
        self.otherwise = {each.what: each for each in policy_changes(old, new)}

    def diff(self) -> SideDiff:
        answers = {name: self.comparison.rule(name) for name in sorted(self.before | self.after)}
        whole = self.comparison.whole(answers)
        twins = self._twins()
        rules = tuple(self._rule(name, answer, twins) for name, answer in answers.items())
        old, new = self.comparison.old, self.comparison.new
        return SideDiff(self.side, self._standing(whole, old, new, self._why(whole)), rules)

    def _rule(self, name: str, answer: Answer, twins: Mapping[str, str]) -> RuleDiff:
        was, now = self.before.get(name), self.after.get(name)
        old, new = self.comparison.old.alone(name), self.comparison.new.alone(name)
        status: Status
        changes: tuple[Change, ...] = ()
        if was is None or now is None:
            status = "added" if was is None else "removed"
        else:
            changes = (*rule_changes(self.old, was, self.new, now), *self._used(was, now))
            is_same = not changes and answer.relation is Relation.EQUAL
            status = "unchanged" if is_same else "changed"
        is_moded = was is not None and now is not None
        is_moded = is_moded and was.is_each_sentence != now.is_each_sentence  # type: ignore[union-attr]
        why = _SENTENCES if is_moded else _TOO_LARGE
        return RuleDiff(
            name, status, self._standing(answer, old, new, why), changes, twins.get(name)
        )

    def _used(self, was: CheckedRule, now: CheckedRule) -> tuple[Change, ...]:
        """Return what changed in the declarations that both forms of a rule name."""
        lists, others = uses(self.old, was)
        more_lists, more_others = uses(self.new, now)
        return tuple(
            Change(f"list `{name}`", *_sizes(self.moved[name]))
            for name in lists
            if name in more_lists and name in self.moved
        ) + tuple(
            self.otherwise[name]
            for name in others
            if name in more_others and name in self.otherwise
        )

    def _standing(self, answer: Answer, old: Party, new: Party, why: str) -> Standing:
        return Standing(
            relation=answer.relation,
            looser=self._witness(answer.looser, old, new),
            stricter=self._witness(answer.stricter, old, new),
            undecided=None if answer.is_decided else why,
        )

    def _witness(self, case: Case | None, old: Party, new: Party) -> Witness | None:
        if case is None:
            return None
        text = example((self.old, old), (self.new, new), case, self.side)
        return Witness(self._words(case.witness), case.old_does, case.new_does, text)

    def _words(self, found: Found) -> tuple[str, ...]:
        """Return what must be so; what has the old name and another meaning says which is meant."""
        variables = sorted(found.formula.variables, key=lambda each: (each.name, each.size))
        found = replace(found, values={**dict.fromkeys(variables, 0), **found.values})
        first = len(self.comparison.old.plan.sources)
        old, new = (
            replace(found, meanings=part).words()
            for part in (found.meanings[:first], found.meanings[first:])
        )
        return tuple(
            self._clear(words, is_old=words in old, is_new=words in new) for words in found.words()
        )

    def _clear(self, words: str, *, is_old: bool, is_new: bool) -> str:
        which = "old " if is_old and not is_new else "new " if is_new and not is_old else ""
        if which and " contain" not in words:
            for name in self.twofold:
                words = words.replace(f"`{name}`", f"the {which}`{name}`")
        moved = (each.name for each in self.moved.values() if None not in (each.old, each.new))
        if not any(f"`{name}`" in words for name in moved):
            return words
        if words.startswith("`except` "):
            return f"the {which}{words}"
        return words.replace("contains nothing of", "contains nothing else of")

    def _why(self, whole: Answer) -> str:
        rules = (*self.comparison.old.effects.rules, *self.comparison.new.effects.rules)
        is_moded = not whole.is_decided and any(each.is_each_sentence for each in rules)
        return _SENTENCES if is_moded else _TOO_LARGE

    def _twins(self) -> dict[str, str]:
        """Return the rules that only have another name now, by both names."""
        gone = [self.before[name] for name in self.before if name not in self.after]
        come = [self.after[name] for name in self.after if name not in self.before]
        pairs = [
            (was.name, now.name)
            for was in gone
            for now in come
            if was.actions == now.actions and was.on_error == now.on_error
        ]
        twins: dict[str, str] = {}
        for was_name, now_name in pairs[:_MOST_PAIRS]:
            if was_name not in twins and now_name not in twins:
                answer = self.comparison.pair(was_name, now_name)
                if answer.relation is Relation.EQUAL:
                    twins |= {was_name: now_name, now_name: was_name}
        return twins


def _twofold(space: Space, old: Plan, new: Plan) -> frozenset[str]:
    """Return the names of the detectors and patterns that are something else in each plan."""
    before, after = _answered(space, old), _answered(space, new)
    return frozenset(
        key[0] for key, variable in before.items() if after.get(key, variable) is not variable
    )


def _answered(space: Space, plan: Plan) -> dict[tuple[str, ...], Variable]:
    """Return the variable behind each detector and pattern, by its name and what it is asked."""
    found = {}
    for index, source in enumerate(plan.sources):
        match source:
            case DetectorSource(name=name):
                key: tuple[str, ...] = (name,)
            case PatternSource(name=name, subject=subject, is_exact=is_exact):
                key = (name, subject, "exactly" if is_exact else "")
            case _:
                continue
        found[key] = next(iter(space.answers(plan, index)))
    return found


def _sizes(change: ListChange) -> tuple[str, str]:
    moved = [
        f"{len(entries):,} {verb}"
        for verb, entries in (("added", change.added), ("removed", change.removed))
        if entries
    ]
    old, new = (
        f"{size:,} {'entry' if size == 1 else 'entries'}" for size in (change.old, change.new)
    )
    return old, f"{new} ({', '.join(moved)})"


# ---------------------------------------------------------------- what plans do not say


def ways_of(
    old: CheckedPolicy, new: CheckedPolicy, side: Side
) -> tuple[tuple[Ways, frozenset[str]], tuple[Ways, frozenset[str]]]:
    """Return the ways of each policy, and its rules that look at each sentence.

    An appended reply is the same in both if its text is. A text that only the old policy has is
    the same as one that only the new policy has under that name: words that were improved are
    still the words that had to be said.
    """
    before = {name: reply.text for name, reply in old.replies.items()}
    after = {name: reply.text for name, reply in new.replies.items()}
    gone = set(before.values()) - set(after.values())
    come = set(after.values()) - set(before.values())
    keys = {
        name: before[name] if text in come and before.get(name) in gone else text
        for name, text in after.items()
    }
    return _way(old, before, side), _way(new, keys, side)


def _way(policy: CheckedPolicy, keys: Mapping[str, str], side: Side) -> tuple[Ways, frozenset[str]]:
    late = frozenset(rule.name for rule in policy.rules if rule.is_late and side == "output")
    each = frozenset(rule.name for rule in policy.rules if rule.is_each_sentence)
    return Ways(late, keys), each
