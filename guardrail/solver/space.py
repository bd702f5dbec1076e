"""The door of the solver: the rules of plans as formulas, and the question whether one can hold.

What is the same thing in several rules, or in several plans, is one variable: an entry, a pattern,
a detector of one kind with the same arguments, whatever its name.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from guardrail.language.checked import CheckedPolicy
from guardrail.plan.plan import AllOf, AnyOf, Expr, Inverse, Plan, PlannedRule, Test
from guardrail.solver.formula import TRUE, Formula, In, Variable, conj, disj, neg
from guardrail.solver.search import LIMIT, holds, quieter, search
from guardrail.solver.sources import Answer, KeptAnswer, Meaning, Truth3, encode
from guardrail.solver.witness import Witness
from guardrail.values import Outcome

__all__ = ["Case", "EncodedRule", "Space", "Truth3"]


@dataclass(frozen=True, slots=True)
class EncodedRule:
    """A rule as formulas: when its condition and its `unless` hold, when it fires, when it errs.

    `errs` means that the condition ends as an error and nothing excuses the rule: its `on error`
    decides.
    """

    rule: PlannedRule
    condition: Truth3
    unless: Truth3 | None
    fires: Formula
    errs: Formula


@dataclass(frozen=True, slots=True)
class Case:
    """Values of variables that are not quiet, as masks; all others are quiet."""

    loud: Mapping[Variable, int]

    def holds(self, formula: Formula) -> bool:
        """Whether a formula is true in this case."""
        return holds(formula, self.loud)


class Space:
    """The rules of plans of one side, over shared variables.

    `policies` are those the plans were made of, in the same order. They tell what the lists are
    that arguments and `except` clauses name, so several plans need them; without, a name stands
    for its list.

    >>> from guardrail.language.source import Source
    >>> from guardrail.plan.lower import lower
    >>> from guardrail.runtime.compile import diagnose
    >>> policy, _ = diagnose(Source("p.guard", '''edition 1
    ... policy p
    ...   on error treat as violation
    ... rule a on output
    ...   when text contains "log in"
    ...   then flag
    ... rule b on output
    ...   when text contains "log"
    ...   then flag'''))
    >>> plan = lower(policy, "output")
    >>> space = Space([plan])
    >>> a, b = space.rules(plan).values()
    >>> space.solve(conj(a.fires, neg(b.fires)))
    >>> space.solve(conj(b.fires, neg(a.fires))).words()
    ('text contains `log`', 'text does not contain `log in`')
    """

    def __init__(self, plans: Sequence[Plan], policies: Sequence[CheckedPolicy] = ()) -> None:
        if len(plans) > 1 and len(policies) != len(plans):
            raise ValueError("several plans can only be compared with their policies")
        self._plans = tuple(plans)
        self._meanings, self._laws = encode(plans, policies)
        self._every = tuple(meaning for each in self._meanings for meaning in each)
        self._numbers = {id(plan): number for number, plan in enumerate(plans)}
        self._rules: dict[int, dict[str, EncodedRule]] = {}
        self._tests: dict[tuple[int, Test], Truth3] = {}
        self._related: dict[Variable, frozenset[Variable]] = {}

    # ------------------------------------------------------------ formulas

    def rules(self, plan: Plan) -> Mapping[str, EncodedRule]:
        """Return the rules of a plan as formulas, by name."""
        number = self._numbers[id(plan)]
        if number not in self._rules:
            self._rules[number] = {rule.name: self._rule(plan, rule) for rule in plan.rules}
        return self._rules[number]

    def _rule(self, plan: Plan, rule: PlannedRule) -> EncodedRule:
        condition = self.truth(plan, rule.condition)
        unless = None if rule.unless is None else self.truth(plan, rule.unless)
        granted = TRUE if unless is None else neg(unless.is_true)
        return EncodedRule(
            rule,
            condition,
            unless,
            fires=conj(condition.is_true, granted),
            errs=conj(condition.is_error, granted),
        )

    def truth(self, plan: Plan, expr: Expr) -> Truth3:
        """Return when an expression over the sources of a plan is true, and when it is false."""
        match expr:
            case AllOf(items):
                truths = [self.truth(plan, item) for item in items]
                return Truth3(
                    conj(*(truth.is_true for truth in truths)),
                    disj(*(truth.is_false for truth in truths)),
                )
            case AnyOf(items):
                truths = [self.truth(plan, item) for item in items]
                return Truth3(
                    disj(*(truth.is_true for truth in truths)),
                    conj(*(truth.is_false for truth in truths)),
                )
            case Inverse(item):
                truth = self.truth(plan, item)
                return Truth3(truth.is_false, truth.is_true)
            case _:
                return self._test(self._numbers[id(plan)], expr)

    def _test(self, number: int, test: Test) -> Truth3:
        truth = self._tests.get((number, test))
        if truth is None:
            truth = self._meanings[number][test.source].truth(test)
            self._tests[number, test] = truth
        return truth

    def cut(self, plan: Plan, source: int) -> Mapping[Hashable, Formula]:
        """Return when something is found that a redaction of this source cuts, part by part.

        A part is a detector, a pattern or some entries of a list; it is the same in all plans.
        What an `except` drops does not count.
        """
        return self._meanings[self._numbers[id(plan)]][source].cut()

    def answers(self, plan: Plan, source: int) -> Mapping[Variable, range]:
        """Return the variables behind a detector, and the values of each that are no failure."""
        meaning = self._meanings[self._numbers[id(plan)]][source]
        if isinstance(meaning, KeptAnswer):
            base, kept = meaning.base.variable, meaning.variable
            return {base: range(base.size - 1), kept: range(kept.size)}
        if isinstance(meaning, Answer):
            return {meaning.variable: range(meaning.variable.size - 1)}
        return {}

    # ------------------------------------------------------------ questions

    def is_possible(self, formula: Formula, *, limit: int = LIMIT) -> bool:
        """Whether some values make a formula true.

        Raises:
            UndecidedError: the question is too large for the limit.
        """
        if isinstance(formula, In):
            return True
        return search(formula, self._laws, limit=limit) is not None

    def case(self, formula: Formula, *, limit: int = LIMIT) -> Case | None:
        """Return one case in which a formula holds, None if there is none.

        What `solve` finds, without looking for the quietest: cheaper where much is asked of it.

        Raises:
            UndecidedError: the question is too large for the limit.
        """
        values = search(formula, self._laws, limit=limit)
        if values is None:
            return None
        return Case({variable: 1 << number for variable, number in values.items() if number})

    def related(self, formula: Formula) -> frozenset[Variable]:
        """Return the variables of a formula and all that follow from them.

        Formulas that are not related can both hold if each can.
        """
        return formula.variables.union(*map(self._followers, formula.variables))

    def _followers(self, variable: Variable) -> frozenset[Variable]:
        followers = self._related.get(variable)
        if followers is None:
            found = {variable}
            waiting = [variable]
            while waiting:
                for law in self._laws(waiting.pop()):
                    waiting += law.variables - found
                    found |= law.variables
            followers = self._related[variable] = frozenset(found)
        return followers

    def solve(self, formula: Formula, *, limit: int = LIMIT) -> Witness | None:
        """Return values that make a formula true, as quiet as possible; None if there are none.

        Raises:
            UndecidedError: the question is too large for the limit.
        """
        values = search(formula, self._laws, limit=limit)
        if values is None:
            return None
        values = quieter((formula,), values, self._laws)
        return Witness(values, formula, self._every)

    def outcomes(self, plan: Plan, witness: Witness) -> tuple[Outcome, ...]:
        """Return an outcome for each source of a plan, as the witness says.

        `plan.logic` and `runtime.decide` find in them what the formula says. Findings are made up:
        disjoint within a source, and of no place in any text.
        """
        meanings: Sequence[Meaning] = self._meanings[self._numbers[id(plan)]]
        return tuple(meaning.outcome(witness.values) for meaning in meanings)
