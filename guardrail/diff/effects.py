"""What rules do, as formulas: the same as `strength.py` says of one text, for all texts at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from guardrail.diff.strength import CLEAN, Ways, hiding
from guardrail.plan.plan import EntriesSource, Found, Plan, PlannedRule
from guardrail.solver.blocks import ABSENT, FOUND, LARGE_EVERY, LARGE_SIZE
from guardrail.solver.formula import FALSE, Conj, Disj, Formula, In, conj, disj, is_in, neg
from guardrail.values import Action

if TYPE_CHECKING:
    from guardrail.solver.space import Space


_TWINS: Final = (ABSENT, FOUND, ABSENT)
_LARGE_TWINS: Final = (ABSENT, FOUND, LARGE_EVERY, ABSENT, FOUND, ABSENT)
"""For each value of a block, the one without a failure in which as much of it is found."""


@dataclass(frozen=True, slots=True)
class RuleEffects:
    """When one rule does what.

    `full` is when its actions are taken, `withheld` when a redaction with missing findings sends
    the fallback instead, `flagged` when its error counts as a flag. `cuts` says, for each thing
    it can cut, when that is found.
    """

    rule: PlannedRule
    is_each_sentence: bool
    is_late: bool
    append: str | None
    full: Formula
    withheld: Formula
    flagged: Formula
    cuts: Mapping[Hashable, Formula]

    def reaches(self, action: Action) -> Formula:
        """Return when the rule does this or something stronger."""
        return disj(
            self.full if self.rule.action >= action else FALSE,
            self.withheld if action <= Action.REPLACE else FALSE,
            self.flagged if action <= Action.FLAG else FALSE,
        )

    @property
    def peaks(self) -> tuple[tuple[Action, Formula], ...]:
        """Each strongest thing the rule can do, with when it does it."""
        peaks = (
            (self.rule.action, self.full),
            (Action.REPLACE, self.withheld),
            (Action.FLAG, self.flagged),
        )
        return tuple(peak for peak in peaks if peak[1] != FALSE)

    @property
    def held(self) -> Formula:
        """When the rule withholds a text of which nothing was shown."""
        return FALSE if self.is_late else self.reaches(Action.REWRITE)

    @property
    def escalates(self) -> Formula:
        """When the rule escalates, to the queue it names."""
        return disj(self.full, self.withheld) if self.rule.actions.escalate else FALSE

    @property
    def appends(self) -> Formula:
        """When the rule appends its reply."""
        return self.full if self.append is not None else FALSE

    def cutting(self, what: Hashable) -> Formula:
        """Return when the rule cuts this."""
        found = self.cuts.get(what, FALSE)
        return FALSE if found == FALSE else conj(self.full, found)


def rule_effects(
    space: Space,
    plan: Plan,
    rule: PlannedRule,
    ways: Ways,
    entries: frozenset[Hashable],
    *,
    is_each_sentence: bool,
) -> RuleEffects:
    """Return when a rule of a plan does what; `entries` are those of the plan."""
    encoded = space.rules(plan)[rule.name]
    fires, errs = _scanned(encoded.fires, entries), _scanned(encoded.errs, entries)
    actions = rule.actions
    is_violation = rule.on_error == "violation"
    acts = disj(fires, errs) if is_violation else fires
    missing = FALSE
    if actions.redact is not None and is_violation:
        missing = _scanned(disj(*(_failed(space, plan, each) for each in rule.cuts)), entries)
    cuts: dict[Hashable, Formula] = {}
    for index in rule.cuts if actions.redact is not None else ():
        for what, found in space.cut(plan, index).items():
            cuts[what] = disj(cuts.get(what, FALSE), _scanned(found, entries))
    return RuleEffects(
        rule=rule,
        is_each_sentence=is_each_sentence,
        is_late=rule.name in ways.late,
        append=None if actions.append is None else ways.appended[actions.append],
        full=acts if missing == FALSE else conj(acts, neg(missing)),
        withheld=FALSE if missing == FALSE else conj(acts, missing),
        flagged=errs if rule.on_error == "flag" else FALSE,
        cuts=cuts,
    )


def _failed(space: Space, plan: Plan, index: int) -> Formula:
    truth = space.truth(plan, Found(index, 1))
    return neg(disj(truth.is_true, truth.is_false))


def entries_of(space: Space, plan: Plan) -> frozenset[Hashable]:
    """Return the parts of a plan that are entries of lists, or phrases."""
    return frozenset(
        what
        for index, source in enumerate(plan.sources)
        if isinstance(source, EntriesSource)
        for what in space.cut(plan, index)
    )


def _scanned(formula: Formula, entries: frozenset[Hashable]) -> Formula:
    """Return a formula for which a list that fails is one in which nothing is found.

    A scan fails only in a text that is disguised beyond all limits, and then for every list. Were
    single entries taken to fail, shortening a list would be stricter where the rest of it fails.
    """
    match formula:
        case In(variable, mask) if variable in entries:
            twins = _LARGE_TWINS if variable.size == LARGE_SIZE else _TWINS
            return is_in(
                variable, sum(1 << at for at, twin in enumerate(twins) if mask >> twin & 1)
            )
        case Conj(items):
            return conj(*(_scanned(item, entries) for item in items))
        case Disj(items):
            return disj(*(_scanned(item, entries) for item in items))
        case _:
            return formula


@dataclass(frozen=True)
class Effects:
    """When some rules together do what; the strongest of them counts in each respect."""

    rules: tuple[RuleEffects, ...]

    def like(self, rule: RuleEffects) -> Effects:
        """Return the rules that look at the same stretch of text as a given one.

        What a rule sees in one sentence says nothing about the whole text, nor the other way.
        """
        if all(each.is_each_sentence == rule.is_each_sentence for each in self.rules):
            return self
        return Effects(
            tuple(each for each in self.rules if each.is_each_sentence == rule.is_each_sentence)
        )

    def reaches(self, action: Action) -> Formula:
        """Return when the rules do this or something stronger."""
        return disj(*(each.reaches(action) for each in self.rules))

    @cached_property
    def dropped(self) -> Formula:
        """When the text itself is not sent."""
        return self.reaches(Action.REWRITE)

    @cached_property
    def held(self) -> Formula:
        """When a text is withheld of which nothing was shown."""
        return disj(*(each.held for each in self.rules))

    def escalates(self, queue: str | None) -> Formula:
        """Return when the rules escalate to a queue."""
        return disj(*(each.escalates for each in self.rules if each.rule.actions.escalate == queue))

    def appends(self, key: str | None) -> Formula:
        """Return when a reply is appended, or the text is not sent at all."""
        return disj(self.dropped, *(each.appends for each in self.rules if each.append == key))

    def cuts(self, what: Hashable, level: int = 1) -> Formula:
        """Return when a finding is hidden at least so well, or the text is not sent at all.

        Of several rules that cut it, the one of higher severity, then by name, gives the template.
        """
        return disj(self.dropped, *self._cuts(what, level))

    def _cuts(self, what: Hashable, level: int) -> Iterable[Formula]:
        if level == 1:
            return [each.cutting(what) for each in self.rules]
        before: list[Formula] = []
        found: list[Formula] = []
        for each in sorted(self.rules, key=lambda each: (-each.rule.severity, each.rule.name)):
            cutting = each.cutting(what)
            if cutting == FALSE:
                continue
            if hiding(each.rule.actions.redact or "") >= level:
                found.append(conj(cutting, *map(neg, before)))
            before.append(cutting)
        return found

    def levels(self, what: Hashable) -> frozenset[int]:
        """Return how well the templates hide that can stand for a finding."""
        return frozenset(
            hiding(each.rule.actions.redact or "") for each in self.rules if what in each.cuts
        )


ALL_LEVELS = range(2, CLEAN + 1)
"""Beyond being cut at all: how well a template can hide."""
