"""The questions put to the solver: is there a case in which one side does less than the other?

A *case* gives every atom a value: what is found, each score, which detector fails. A witness is
such a case; it counts only if both plans, decided on it as at run time, differ as claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from guardrail.diff.effects import ALL_LEVELS, Effects, RuleEffects, entries_of, rule_effects
from guardrail.diff.relation import Relation, relation_of
from guardrail.diff.strength import Strength, Ways, cuts_of, described, strength
from guardrail.plan.plan import Plan
from guardrail.runtime.decide import decide
from guardrail.solver.formula import FALSE, Formula, conj, disj, is_in, neg
from guardrail.solver.search import UndecidedError
from guardrail.values import Outcome

if TYPE_CHECKING:
    from guardrail.solver.space import Space
    from guardrail.solver.witness import Witness


@dataclass(frozen=True, slots=True)
class Party:
    """One policy's rules of one side, ready to be compared; all of them, or one."""

    plan: Plan
    ways: Ways
    effects: Effects

    def alone(self, name: str) -> Party:
        """Return the policy with this one rule only; with none, if it has no such rule."""
        return Party(
            replace(self.plan, rules=tuple(r for r in self.plan.rules if r.name == name)),
            self.ways,
            Effects(tuple(each for each in self.effects.rules if each.rule.name == name)),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A witness, and what each policy does there; outcomes stand in the order of the sources."""

    witness: Witness
    old: Strength
    new: Strength
    old_does: str
    new_does: str
    old_outcomes: Sequence[Outcome]
    new_outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Answer:
    """A case in which the new side is weaker, one in which it is stronger.

    An answer that is not decided could not rule out that there is such a case.
    """

    looser: Case | None
    stricter: Case | None
    is_looser_decided: bool = True
    is_stricter_decided: bool = True

    @property
    def is_decided(self) -> bool:
        """Whether the relation is certain."""
        return self.is_looser_decided and self.is_stricter_decided

    @property
    def may_be_looser(self) -> bool:
        """Whether a case was found in which the new side does less, or none was ruled out."""
        return self.looser is not None or not self.is_looser_decided

    @property
    def may_be_stricter(self) -> bool:
        """Whether a case was found in which the new side does more, or none was ruled out."""
        return self.stricter is not None or not self.is_stricter_decided

    @property
    def relation(self) -> Relation:
        """The relation; what is not decided is not comparable."""
        if not self.is_decided:
            return Relation.INCOMPARABLE
        return relation_of(is_looser=self.looser is not None, is_stricter=self.stricter is not None)


class Comparison:
    """Two policies on one side, over one space of cases."""

    def __init__(self, space: Space, old: Party, new: Party) -> None:
        self.space = space
        self.old = old
        self.new = new
        self._working = {
            variable: (1 << len(values)) - 1
            for plan in (old.plan, new.plan)
            for index in range(len(plan.sources))
            for variable, values in space.answers(plan, index).items()
        }

    def rule(self, name: str) -> Answer:
        """Compare one rule, each policy taken as if it had no other."""
        old, new = self.old.alone(name), self.new.alone(name)
        return self._answer(old, new, old.effects.rules, new.effects.rules)

    def pair(self, old: str, new: str) -> Answer:
        """Compare a rule with one of another name."""
        before, after = self.old.alone(old), self.new.alone(new)
        return self._answer(before, after, before.effects.rules, after.effects.rules)

    def whole(self, answers: dict[str, Answer]) -> Answer:
        """Compare what all rules decide together, given the answers for each of them.

        A rule that is no weaker by itself cannot be what makes the whole weaker, except by its
        template and severity: those are compared for every finding that a changed rule cuts.
        """
        before = {each.rule.name: each for each in self.old.effects.rules}
        after = {each.rule.name: each for each in self.new.effects.rules}
        weaker = [before[name] for name in before if answers[name].may_be_looser]
        stronger = [after[name] for name in after if answers[name].may_be_stricter]
        whats: dict[Hashable, None] = {}
        for name in before | after:
            sides = [side[name] for side in (before, after) if name in side]
            if answers[name].relation is not Relation.EQUAL or len(set(map(_look, sides))) > 1:
                whats |= dict.fromkeys(what for side in sides for what in side.cuts)
        return self._answer(self.old, self.new, weaker, stronger, tuple(whats))

    def _answer(
        self,
        old: Party,
        new: Party,
        weaker: Sequence[RuleEffects],
        stronger: Sequence[RuleEffects],
        whats: Sequence[Hashable] | None = None,
    ) -> Answer:
        if whats is None:
            rules = (*old.effects.rules, *new.effects.rules)
            whats = tuple(dict.fromkeys(what for rule in rules for what in rule.cuts))
        looser, is_looser_decided = self._first(
            questions(old.effects, new.effects, weaker, whats), old, new, wants_looser=True
        )
        stricter, is_stricter_decided = self._first(
            questions(new.effects, old.effects, stronger, whats), old, new, wants_looser=False
        )
        return Answer(looser, stricter, is_looser_decided, is_stricter_decided)

    def _first(
        self, asked: Iterable[Formula], old: Party, new: Party, *, wants_looser: bool
    ) -> tuple[Case | None, bool]:
        """Return the first case that shows a difference, and whether the search was complete."""
        is_decided = True
        for formula in asked:
            if formula == FALSE:
                continue
            try:
                witness = self.space.solve(formula)
            except UndecidedError:
                is_decided = False
                continue
            if witness is None:
                continue
            case = self.case(self._calm(witness), old, new)
            weak, strong = (case.new, case.old) if wants_looser else (case.old, case.new)
            if weak.is_below(strong):
                return case, True
            is_decided = False
        return None, is_decided

    def _calm(self, witness: Witness) -> Witness:
        """Return a witness in which no detector fails, if there is one: that is what people expect.

        It shows the same, as it makes the same formula true.
        """
        works = [
            is_in(variable, self._working[variable])
            for variable in witness.formula.variables
            if variable in self._working
        ]
        try:
            calm = self.space.solve(conj(witness.formula, *works))
        except UndecidedError:
            return witness
        return witness if calm is None else replace(calm, formula=witness.formula)

    def case(self, witness: Witness, old: Party, new: Party) -> Case:
        """Return what each policy does with a witness, decided as at run time."""
        before = self.space.outcomes(self.old.plan, witness)
        after = self.space.outcomes(self.new.plan, witness)
        first, second = decide(old.plan, before), decide(new.plan, after)
        return Case(
            witness=witness,
            old=strength(first, cuts_of(first, self._found(self.old.plan, witness)), old.ways),
            new=strength(second, cuts_of(second, self._found(self.new.plan, witness)), new.ways),
            old_does=described(old.plan, first, before, old.ways),
            new_does=described(new.plan, second, after, new.ways),
            old_outcomes=before,
            new_outcomes=after,
        )

    def _found(self, plan: Plan, witness: Witness) -> Callable[[int], Iterable[Hashable]]:
        def found(index: int) -> Iterable[Hashable]:
            cut = self.space.cut(plan, index)
            return [what for what, formula in cut.items() if witness.satisfies(formula)]

        return found


def _look(rule: RuleEffects) -> tuple[object, ...]:
    """Return what decides whose template stands for a finding of several rules."""
    return rule.rule.severity, rule.rule.actions.redact


def party(space: Space, plan: Plan, ways: Ways, each_sentence: frozenset[str]) -> Party:
    """Return a policy's rules of one side, encoded."""
    entries = entries_of(space, plan)
    rules = (
        rule_effects(space, plan, rule, ways, entries, is_each_sentence=rule.name in each_sentence)
        for rule in plan.rules
    )
    return Party(plan, ways, Effects(tuple(rules)))


def questions(
    strong: Effects, weak: Effects, rules: Sequence[RuleEffects], whats: Sequence[Hashable]
) -> Iterator[Formula]:
    """Yield formulas, one of which is true exactly where `weak` does less than `strong`.

    `rules` are those of `strong` that could make the difference; `whats` the findings of which
    templates could. The strongest actions are asked first.
    """
    covers = {each.is_each_sentence: weak.like(each) for each in rules}
    ordered = [
        (each, covers[each.is_each_sentence])
        for each in sorted(rules, key=lambda each: -each.rule.action)
    ]
    for rule, cover in ordered:
        for action, when in rule.peaks:
            yield _without(when, cover.reaches(action))
    for rule, cover in ordered:
        yield from _by_respect(rule, cover)
    for what in whats:
        yield from _by_template(what, strong, weak)


def _by_respect(rule: RuleEffects, cover: Effects) -> Iterator[Formula]:
    """Yield when a rule does something that others do not, whatever the strongest action is."""
    if any(each.is_late for each in cover.rules):
        yield _without(rule.held, cover.held)
    queue = rule.rule.actions.escalate
    if queue is not None:
        yield _without(rule.escalates, cover.escalates(queue))
    if rule.append is not None:
        yield _without(rule.appends, cover.appends(rule.append))
    for what in rule.cuts:
        yield _without(rule.cutting(what), cover.cuts(what))


def _by_template(what: Hashable, strong: Effects, weak: Effects) -> Iterator[Formula]:
    """Yield when both cut a finding and the template that `weak` puts there shows more."""
    if len(strong.levels(what) | weak.levels(what)) > 1:
        cut = disj(*(each.cutting(what) for each in weak.rules))
        for level in ALL_LEVELS:
            yield conj(_without(strong.cuts(what, level), weak.cuts(what, level)), cut)


def _without(when: Formula, cover: Formula) -> Formula:
    return FALSE if when == FALSE else conj(when, neg(cover))
