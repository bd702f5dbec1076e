"""Conditions over all cases of a run at once: each value is a set of cases, held as bits.

A rule is evaluated once for a whole run, not once for each case, so that a thousand cases over
hundreds of rules cost milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from guardrail.plan.logic import fires, truth
from guardrail.plan.plan import AllOf, AnyOf, Expr, Inverse, Plan, PlannedRule, Test
from guardrail.values import Outcome, Truth


@dataclass(frozen=True, slots=True)
class Split:
    """In which cases something is true, false or an error; in the others it was not run."""

    true: int = 0
    false: int = 0
    error: int = 0


def cases_of(bits: int) -> Iterator[int]:
    """Yield the numbers of the cases in a set.

    >>> list(cases_of(0b1010))
    [1, 3]
    """
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


@dataclass(slots=True)
class Columns:
    """The outcomes of many cases of one plan, by source.

    `rows` holds, for each case, one outcome for each source of the plan; `every` is the set of all
    cases.
    """

    plan: Plan
    rows: Sequence[Sequence[Outcome]]
    every: int = field(init=False)
    _found: list[dict[int, Outcome]] = field(init=False)
    _nothing: list[int] = field(init=False)
    _known: dict[Test, Split] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.every = (1 << len(self.rows)) - 1
        self._found = [{} for _ in self.plan.sources]
        self._nothing = [self.every] * len(self.plan.sources)
        for case, row in enumerate(self.rows):
            for source, outcome in enumerate(row):
                if outcome != ():
                    self._found[source][case] = outcome
        for source, found in enumerate(self._found):
            for case in found:
                self._nothing[source] ^= 1 << case

    def value(self, expr: Expr) -> Split:
        """Return the value of an expression in every case."""
        match expr:
            case AllOf(items):
                return _both([self.value(item) for item in items], self.every)
            case AnyOf(items):
                opposite = _both([_inverse(self.value(item)) for item in items], self.every)
                return _inverse(opposite)
            case Inverse(item):
                return _inverse(self.value(item))
            case _:
                known = self._known.get(expr)
                if known is None:
                    known = self._known[expr] = self._test(expr)
                return known

    def _test(self, test: Test) -> Split:
        bits = dict.fromkeys(Truth, 0)
        bits[truth(test, ())] |= self._nothing[test.source]
        for case, outcome in self._found[test.source].items():
            bits[truth(test, outcome)] |= 1 << case
        return Split(bits[Truth.TRUE], bits[Truth.FALSE], bits[Truth.ERROR])

    def fires(self, rule: PlannedRule) -> Split:
        """Return in which cases a rule fires; an `unless` that errs grants nothing."""
        if rule.is_each_sentence:
            return self._fires_in_a_sentence(rule)
        value = self.value(rule.condition)
        if rule.unless is None:
            return value
        excuse = self.value(rule.unless)
        decided = excuse.true | excuse.false | excuse.error
        return Split(
            value.true & decided & ~excuse.true,
            value.false | excuse.true,
            value.error & decided & ~excuse.true,
        )

    def _fires_in_a_sentence(self, rule: PlannedRule) -> Split:
        bits = dict.fromkeys(Truth, 0)
        for case, row in enumerate(self.rows):
            bits[fires(rule, row)] |= 1 << case
        return Split(bits[Truth.TRUE], bits[Truth.FALSE], bits[Truth.ERROR])


def _inverse(split: Split) -> Split:
    return Split(split.false, split.true, split.error)


def _both(splits: Sequence[Split], every: int) -> Split:
    """Join with `and`: false decides, then not-run, then error."""
    true, false, known = every, 0, every
    for split in splits:
        true &= split.true
        false |= split.false
        known &= split.true | split.false | split.error
    return Split(true, false, known & ~true & ~false)
