"""Which rules can never change a result, because of others that always act with them.

A rule has up to three effects, as `runtime.decide` resolves it: its actions are taken; a redaction
with missing findings sends the fallback; its error counts as a flag. A rule is shadowed if in every
case in which it has an effect, another rule has one that leaves nothing of it:

- a replace or block drops the text, so nothing weaker is seen, nor another reply of its rank that
  comes later by severity and name;
- below, a rule that ranks before may cut the same findings and append the same text already.

What a `rewrite` asks for names the reasons of every rule that fired. So wherever a rule may be
rewritten, only one with the same reasons is shadowed, unless the text is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from guardrail.language.checked import CheckedRule
from guardrail.lint.rule import Context
from guardrail.lint.solving import is_never
from guardrail.plan.plan import EntriesSource, ExceptSource, Found, Plan, PlannedRule
from guardrail.solver.formula import FALSE, Formula, Variable, conj, disj, neg
from guardrail.solver.search import UndecidedError, is_true
from guardrail.solver.space import Case, Space, Truth3
from guardrail.values import Action, Side

_SHADOWS: WeakKeyDictionary[Context, dict[Side, dict[str, tuple[str, ...]]]] = WeakKeyDictionary()
_MOST_ROUNDS: Final = 50
_NONE: Final = (1, 0, "")
"""A rank after all others."""

_NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class _Effect:
    """One thing a rule does, and when."""

    rule: PlannedRule
    action: Action
    when: Formula
    is_full: bool = False

    @property
    def rank(self) -> tuple[int, int, str]:
        """The order in which effects lead."""
        return -self.action, -self.rule.severity, self.rule.name

    @property
    def queue(self) -> str | None:
        """Where it escalates to."""
        is_flag = not self.is_full and self.action is Action.FLAG
        return None if is_flag else self.rule.actions.escalate


def shadows(context: Context, side: Side) -> Mapping[str, tuple[str, ...]]:
    """Return the shadowed rules of a side, each with the rules that shadow it."""
    by_side = _SHADOWS.setdefault(context, {})
    if side not in by_side:
        checked = {rule.name: rule for rule in context.policy.rules}
        by_side[side] = find(context.space(side), context.plans[side], checked)
    return by_side[side]


def find(
    space: Space, plan: Plan, checked: Mapping[str, CheckedRule]
) -> dict[str, tuple[str, ...]]:
    """Return the shadowed rules of a plan, each with the rules that shadow it.

    A rule that cannot fire is not among them. What is undecided is not shadowed.
    """
    return _Shadows(space, plan, checked).found()


class _Shadows:
    def __init__(self, space: Space, plan: Plan, checked: Mapping[str, CheckedRule]) -> None:
        self._space = space
        self._plan = plan
        self._checked = checked
        self._can_rewrite = any(rule.actions.rewrite is not None for rule in plan.rules)
        self._effects = {rule.name: tuple(self._of(rule)) for rule in plan.rules}
        self._best = {
            name: min((effect.rank for effect in effects), default=_NONE)
            for name, effects in self._effects.items()
        }
        self._asking: dict[Variable, list[PlannedRule]] = {}
        for rule in plan.rules:
            for variable in self._related(rule):
                self._asking.setdefault(variable, []).append(rule)
        self._names = {
            variable: frozenset(rule.name for rule in rules)
            for variable, rules in self._asking.items()
        }
        self._loud = frozenset(
            rule.name
            for rule in plan.rules
            if any(is_true(effect.when, {}) for effect in self._effects[rule.name])
        )
        self._always = [rule for rule in plan.rules if self._has_always_effect(rule)]

    def found(self) -> dict[str, tuple[str, ...]]:
        """Return the shadowed rules, each with the rules that shadow it."""
        found: dict[str, tuple[str, ...]] = {}
        for rule in self._plan.rules:
            others = {other.name: other for other in self._always}
            for variable in self._related(rule):
                others.update((other.name, other) for other in self._asking[variable])
            others.pop(rule.name, None)
            if others and not self._is_never(self._space.rules(self._plan)[rule.name].fires):
                names = self._shadowed(rule, [others[name] for name in sorted(others)])
                if names:
                    found[rule.name] = names
        return found

    def _related(self, rule: PlannedRule) -> frozenset[Variable]:
        """Return the variables behind the effects of a rule and all that follow from them."""
        related = (self._space.related(effect.when) for effect in self._effects[rule.name])
        return frozenset().union(*related)

    def _has_always_effect(self, rule: PlannedRule) -> bool:
        """Whether a rule has an effect in every case."""
        if rule.name not in self._loud:
            return False
        return self._is_never(neg(disj(*(effect.when for effect in self._effects[rule.name]))))

    # ------------------------------------------------------------ effects

    def _of(self, rule: PlannedRule) -> Iterator[_Effect]:
        """Yield what a rule can do."""
        formulas = self._space.rules(self._plan)[rule.name]
        is_violation = rule.on_error == "violation"
        acts = disj(formulas.fires, formulas.errs) if is_violation else formulas.fires
        missing = FALSE
        if rule.actions.redact is not None and is_violation:
            missing = disj(*(self._source(index).is_error for index in rule.cuts))
        effects = (
            _Effect(rule, rule.action, conj(acts, neg(missing)), is_full=True),
            _Effect(rule, Action.REPLACE, conj(acts, missing)),
            _Effect(rule, Action.FLAG, formulas.errs if rule.on_error == "flag" else FALSE),
        )
        return (each for each in effects if each.when is not FALSE)

    def _source(self, index: int) -> Truth3:
        return self._space.truth(self._plan, Found(index, 1))

    def _is_never(self, *formulas: Formula) -> bool:
        return is_never(self._space, *formulas)

    # ------------------------------------------------------------ who shadows whom

    def _shadowed(self, rule: PlannedRule, others: list[PlannedRule]) -> tuple[str, ...]:
        """Return rules that leave nothing of any effect of a rule; nothing if there are none."""
        mine = self._checked[rule.name]
        weakest = max(effect.rank for effect in self._effects[rule.name])
        others = [
            other
            for other in others
            if self._best[other.name] < weakest and _sees_no_less(self._checked[other.name], mine)
        ]
        effects = self._effects[rule.name]
        used: dict[str, PlannedRule] = {}
        try:
            for effect in effects:
                covering = self._covering(effect, others)
                if covering is None:
                    return ()
                used.update((other.name, other) for other in covering)
        except UndecidedError:
            return ()
        for name, other in used.items():  # one that does it alone says more
            if all(self._is_never(each.when, neg(self._cover(each, other))) for each in effects):
                return (name,)
        return tuple(used)

    def _covering(self, effect: _Effect, others: Sequence[PlannedRule]) -> list[PlannedRule] | None:
        """Return rules of which one covers an effect in every case, None if there are none.

        Each round looks for a case that those found so far leave, and for a rule that covers it.
        """
        used: list[PlannedRule] = []
        open_ = effect.when
        for _ in range(_MOST_ROUNDS):
            case = self._space.case(open_)
            if case is None:
                return used
            acting = self._loud.union(*(self._names.get(each, _NOBODY) for each in case.loud))
            other = next(
                (
                    other
                    for other in others
                    if other.name in acting and self._covers(effect, other, case)
                ),
                None,
            )
            if other is None:
                return None
            used.append(other)
            open_ = conj(open_, neg(self._cover(effect, other)))
        return None

    def _covers(self, effect: _Effect, other: PlannedRule, case: Case) -> bool:
        """Whether a rule leaves nothing of an effect in one case."""
        return any(
            case.holds(each.when) and self._is_covered(effect, each)
            for each in self._effects[other.name]
        )

    def _cover(self, effect: _Effect, other: PlannedRule) -> Formula:
        """Return when a rule leaves nothing of an effect."""
        each_of_its = self._effects[other.name]
        return disj(*(each.when for each in each_of_its if self._is_covered(effect, each)))

    def _is_covered(self, effect: _Effect, by: _Effect) -> bool:
        if by.rank > effect.rank or effect.queue not in (None, by.queue):
            return False
        if by.action >= Action.REPLACE:
            return True
        rule, other = effect.rule, by.rule
        if self._can_rewrite or by.action == effect.action:
            if not self._reasons(rule) <= self._reasons(other):
                return False
            if self._can_rewrite and not self._ranks_after(rule, other):
                return False
        if not effect.is_full:
            return True
        appended = self._appended(rule)
        if appended is not None and (not by.is_full or appended != self._appended(other)):
            return False
        if rule.actions.redact is None:
            return appended is None or self._ranks_after(rule, other)
        return by.is_full and other.actions.redact is not None and self._cuts_less(rule, other)

    def _reasons(self, rule: PlannedRule) -> frozenset[str]:
        """Return why a rule fires, as the record says and a rewriter is told."""
        said = frozenset((*rule.principles, *([rule.message] if rule.message else ())))
        return said or frozenset([rule.name] if self._can_rewrite else ())

    def _ranks_after(self, rule: PlannedRule, other: PlannedRule) -> bool:
        return (-other.severity, other.name) < (-rule.severity, rule.name)

    def _appended(self, rule: PlannedRule) -> str | None:
        name = rule.actions.append
        return None if name is None else self._plan.replies[name]

    def _cuts_less(self, rule: PlannedRule, other: PlannedRule) -> bool:
        """Whether every finding that one rule cuts is cut by another that names it first."""
        return self._ranks_after(rule, other) and all(
            any(self._holds(wide, narrow) for wide in other.cuts) for narrow in rule.cuts
        )

    def _holds(self, wide: int, narrow: int) -> bool:
        """Whether all findings of one source are findings of another."""
        sources = self._plan.sources
        one, two = sources[wide], sources[narrow]
        if isinstance(one, ExceptSource):
            if not isinstance(two, ExceptSource):
                return False
            fewer = {*one.lists, *one.patterns} <= {*two.lists, *two.patterns}
            return fewer and self._holds(one.base, two.base)
        if isinstance(two, ExceptSource):
            return self._holds(wide, two.base)
        if isinstance(one, EntriesSource) and isinstance(two, EntriesSource):
            is_whole = one.mode == "all" and (two.mode != "all" or one.entries != two.entries)
            return not is_whole and set(two.entries) <= set(one.entries)
        return wide == narrow


def _sees_no_less(rule: CheckedRule, than: CheckedRule) -> bool:
    """Whether a rule looks at the same stretch of text, and acts no later in a stream."""
    return rule.is_each_sentence == than.is_each_sentence and rule.is_late <= than.is_late
