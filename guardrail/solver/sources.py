"""The sources of plans as variables: what each can answer, and what follows from what."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from guardrail.language.checked import ArgumentValue, CheckedDetector, CheckedPolicy, ListRef
from guardrail.plan.lower import walk
from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    Found,
    PatternSource,
    Plan,
    Test,
)
from guardrail.solver.blocks import ANY_TRUE, Block, blocks
from guardrail.solver.domains import FAILED, Domain, domain, findings
from guardrail.solver.formula import FALSE, Formula, Variable, conj, disj, is_in, neg
from guardrail.solver.search import Laws
from guardrail.values import Outcome

PATTERN = Domain(counts=(0, 1))


@dataclass(frozen=True, slots=True)
class Truth3:
    """When something is true and when it is false; else it is an error."""

    is_true: Formula
    is_false: Formula

    @property
    def is_error(self) -> Formula:
        """When it is an error."""
        return conj(neg(self.is_true), neg(self.is_false))


Values: TypeAlias = Mapping[Variable, int]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A detector or a pattern; `source` is the first of its kind in the plans."""

    variable: Variable
    domain: Domain
    source: DetectorSource | PatternSource

    def truth(self, test: Test) -> Truth3:
        """Return when a test on it is true, and when false."""
        true, false = self.domain.masks(test)
        return Truth3(is_in(self.variable, true), is_in(self.variable, false))

    def cut(self) -> Mapping[Hashable, Formula]:
        """Return when it finds anything."""
        return {self.variable: self.truth(Found(0, 1)).is_true}

    def outcome(self, values: Values) -> Outcome:
        """Return its answer."""
        return self.domain.outcome(values.get(self.variable, 0), self.source.name.upper())


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """A list or phrase."""

    blocks: tuple[Block, ...]
    source: EntriesSource

    @property
    def is_whole(self) -> bool:
        """Whether every entry is asked for."""
        return self.source.mode == "all"

    def truth(self, _: Test) -> Truth3:
        """Return when it is found, and when not."""
        if self.is_whole:
            masks = [(block.variable, *block.all) for block in self.blocks]
            return Truth3(
                conj(*(is_in(variable, true) for variable, true, _ in masks)),
                disj(*(is_in(variable, false) for variable, _, false in masks)),
            )
        masks = [(block.variable, *block.any) for block in self.blocks]
        return Truth3(
            disj(*(is_in(variable, true) for variable, true, _ in masks)),
            conj(*(is_in(variable, false) for variable, _, false in masks)),
        )

    def cut(self) -> Mapping[Hashable, Formula]:
        """Return for each block when some entry of it is found and the whole source is true."""
        is_true = self.truth(Found(0, 1)).is_true if self.is_whole else None
        return {
            block.variable: is_in(block.variable, block.any[0]) if is_true is None else is_true
            for block in self.blocks
        }

    def outcome(self, values: Values) -> Outcome:
        """Return one finding, none, or a failure."""
        any_ = [(values.get(block.variable, 0), *block.any) for block in self.blocks]
        if self.is_whole:
            all_ = [(values.get(block.variable, 0), *block.all) for block in self.blocks]
            if any(false >> number & 1 for number, _, false in all_):
                return ()
            is_true = all(true >> number & 1 for number, true, _ in all_)
        else:
            if all(false >> number & 1 for number, _, false in any_):
                return ()
            is_true = any(true >> number & 1 for number, true, _ in any_)
        return findings(1, self.source.label.upper()) if is_true else FAILED


@dataclass(frozen=True, slots=True, eq=False)
class KeptAnswer:
    """What an `except` leaves of the findings of a detector or pattern; fails with it."""

    variable: Variable
    base: Answer
    counts: tuple[int, ...]
    source: ExceptSource

    def _at_least(self, count: int) -> Formula:
        mask = sum(1 << at for at, each in enumerate(self.counts) if each >= count)
        return is_in(self.variable, mask)

    def truth(self, test: Test) -> Truth3:
        """Return when so many findings are kept, and when fewer."""
        base = self.base.truth(Found(0, 1))
        kept = self._at_least(test.at_least if isinstance(test, Found) else 1)
        return Truth3(conj(base.is_true, kept), disj(base.is_false, conj(base.is_true, neg(kept))))

    def cut(self) -> Mapping[Hashable, Formula]:
        """Return when a finding is kept."""
        return {self.base.variable: self.truth(Found(0, 1)).is_true}

    def outcome(self, values: Values) -> Outcome:
        """Return the findings that are kept, or the failure."""
        outcome = self.base.outcome(values)
        if not isinstance(outcome, tuple) or not outcome:
            return outcome
        return findings(self.counts[values.get(self.variable, 0)], self.base.source.name.upper())


@dataclass(frozen=True, slots=True, eq=False)
class KeptEntries:
    """What an `except` leaves of the findings of a list or phrase, block by block."""

    variables: tuple[Variable, ...]
    base: Entries
    source: ExceptSource

    def truth(self, test: Test) -> Truth3:
        """Return when it is still found, and when not."""
        base = self.base.truth(test)
        if self.base.is_whole:
            kept = conj(*(is_in(each, 1 << (each.size - 1)) for each in self.variables))
        else:
            kept = disj(*(is_in(each, each.every & ~1) for each in self.variables))
        return Truth3(conj(base.is_true, kept), disj(base.is_false, conj(base.is_true, neg(kept))))

    def cut(self) -> Mapping[Hashable, Formula]:
        """Return for each block when a finding of it is kept and the whole source is true."""
        is_true = self.truth(Found(0, 1)).is_true
        return {
            block.variable: conj(is_true, is_in(kept, kept.every & ~1))
            for block, kept in zip(self.base.blocks, self.variables, strict=True)
        }

    def outcome(self, values: Values) -> Outcome:
        """Return one finding, none, or the failure."""
        outcome = self.base.outcome(values)
        if not isinstance(outcome, tuple) or not outcome:
            return outcome
        numbers = [(values.get(each, 0), each.size - 1) for each in self.variables]
        if self.base.is_whole:
            is_kept = all(number == last for number, last in numbers)
        else:
            is_kept = any(number for number, _ in numbers)
        return outcome if is_kept else ()


Base: TypeAlias = Answer | Entries
Meaning: TypeAlias = Base | KeptAnswer | KeptEntries


def encode(
    plans: Sequence[Plan], policies: Sequence[CheckedPolicy]
) -> tuple[list[list[Meaning]], Laws]:
    """Return the meaning of each source of each plan, and the laws that variables obey."""
    encoder = _Encoder(plans, policies)
    meanings = [list(encoder.meanings(number)) for number in range(len(plans))]
    laws = encoder.laws

    def laws_of(variable: Variable) -> Sequence[Formula]:
        return laws.get(variable, ())

    return meanings, laws_of


Excuses: TypeAlias = frozenset[Hashable]


class _Encoder:
    """Makes variables, one for each thing, while the sources of plans are read."""

    def __init__(self, plans: Sequence[Plan], policies: Sequence[CheckedPolicy]) -> None:
        self._plans = plans
        self._policies = policies
        self.laws: dict[Variable, list[Formula]] = {}
        self._answers: dict[Hashable, Answer] = {}
        self._kept: dict[Variable, dict[Excuses, Variable]] = {}
        self._tests = self._tests_by_key()
        self._blocks: dict[tuple[str, tuple[str, ...]], tuple[Block, ...]] = {}
        self._sort_entries()

    # ------------------------------------------------------------ what is the same

    def _key(self, number: int, source: DetectorSource | PatternSource) -> Hashable:
        if isinstance(source, PatternSource):
            pattern = source.pattern
            return source.subject, pattern.source, pattern.flags, source.is_exact
        detector = source.detector
        return detector.kind, detector.gives, self._arguments(number, detector)

    def _arguments(self, number: int, detector: CheckedDetector) -> Hashable:
        plain = {key: self._plain(number, each) for key, each in detector.arguments.items()}
        if detector.kind == "pii":  # the order of types and countries says nothing
            plain = {
                key: frozenset(each) if isinstance(each, tuple) else each
                for key, each in plain.items()
            }
        return frozenset(plain.items())

    def _plain(self, number: int, value: ArgumentValue) -> Hashable:
        if isinstance(value, ListRef):
            return self._entries(number, value.name)
        if isinstance(value, tuple):
            return tuple(self._plain(number, each) for each in value)
        return value

    def _entries(self, number: int, name: str) -> Hashable:
        """Return the entries of a list, its name if its policy is not known."""
        return self._policies[number].lists[name].entries if self._policies else ListRef(name)

    def _excuses(self, number: int, source: ExceptSource) -> Excuses:
        if not self._policies:
            return frozenset({*source.lists, *source.patterns})
        policy = self._policies[number]
        entries = (entry for name in source.lists for entry in policy.lists[name].entries)
        patterns = (policy.patterns[name].pattern for name in source.patterns)
        return frozenset((*entries, *((each.source, each.flags) for each in patterns)))

    def _tests_by_key(self) -> dict[Hashable, list[Test]]:
        """Return all tests on each detector, in all plans."""
        tests: dict[Hashable, list[Test]] = {}
        for number, plan in enumerate(self._plans):
            keys: dict[int, Hashable] = {}
            for rule in plan.rules:
                exprs = (rule.condition,) if rule.unless is None else (rule.condition, rule.unless)
                for test in (test for expr in exprs for test, _ in walk(expr)):
                    source = plan.sources[test.source]
                    if isinstance(source, ExceptSource):
                        source = plan.sources[source.base]
                    if isinstance(source, DetectorSource):
                        key = keys.get(test.source)
                        if key is None:
                            key = keys[test.source] = self._key(number, source)
                        tests.setdefault(key, []).append(test)
        return tests

    def _sort_entries(self) -> None:
        """Sort the entries of each subject into blocks."""
        for subject in ("text", "prompt"):
            modes: dict[tuple[str, ...], set[str]] = {}
            for plan in self._plans:
                for source in plan.sources:
                    if isinstance(source, EntriesSource) and source.subject == subject:
                        modes.setdefault(source.entries, set()).add(source.mode)
            wholes = [index for index, each in enumerate(modes.values()) if "all" in each]
            sorted_ = blocks(subject, list(modes), wholes)
            for entries, mine in zip(modes, sorted_.by_list, strict=True):
                self._blocks[subject, entries] = mine
            for variable, followers in sorted_.follows.items():
                for block in followers:
                    self._contains(variable, block.variable)

    # ------------------------------------------------------------ meanings

    def meanings(self, number: int) -> Iterator[Meaning]:
        """Yield the meaning of each source of a plan, in order."""
        plan = self._plans[number]
        for source in plan.sources:
            if isinstance(source, ExceptSource):
                base = self._base(number, plan.sources[source.base])
                yield self._excepted(base, self._excuses(number, source), source)
            else:
                yield self._base(number, source)

    def _base(
        self, number: int, source: EntriesSource | PatternSource | DetectorSource | ExceptSource
    ) -> Base:
        if isinstance(source, EntriesSource):
            return Entries(self._blocks[source.subject, source.entries], source)
        if isinstance(source, ExceptSource):
            raise TypeError("an `except` has a list, pattern or detector as its base")
        key = self._key(number, source)
        if key in self._answers:
            return self._answers[key]
        if isinstance(source, DetectorSource):
            can_answer = domain(source.detector, self._tests.get(key, ()))
        else:
            can_answer = PATTERN
        answer = Answer(Variable(source.name, can_answer.size), can_answer, source)
        self._answers[key] = answer
        if isinstance(source, PatternSource):
            self._relate_exactly(source, answer)
        return answer

    def _relate_exactly(self, source: PatternSource, answer: Answer) -> None:
        """Say that what a pattern finds exactly, it finds without `exactly` too."""
        pattern = source.pattern
        other = (source.subject, pattern.source, pattern.flags, not source.is_exact)
        if other in self._answers:
            pair = (answer.variable, self._answers[other].variable)
            self._contains(*(pair if source.is_exact else pair[::-1]))

    def _excepted(self, base: Base, excuses: Excuses, source: ExceptSource) -> Meaning:
        if isinstance(base, Entries):
            kept = tuple(
                self._kept_of(
                    block.variable,
                    3 if block.is_large else 2,
                    excuses,
                    (block.any[0], block.all[0]),
                )
                for block in base.blocks
            )
            return KeptEntries(kept, base, source)
        counts = base.domain.counts
        found, _ = base.domain.masks(Found(0, 1))
        return KeptAnswer(
            self._kept_of(base.variable, len(counts), excuses, (found,)), base, counts, source
        )

    def _kept_of(
        self, base: Variable, size: int, excuses: Excuses, found: tuple[int, ...]
    ) -> Variable:
        """Return what is kept of something: nothing without being found, less with more excuses.

        `found` are the values of the base for which something is found and, of a block of which
        some or all can be, everything.
        """
        kept = self._kept.setdefault(base, {})
        if excuses in kept:
            return kept[excuses]
        new = Variable(f"{base.name} kept", size)
        levels = range(1, 3 if len(found) > 1 and size > 2 else 2)  # noqa: PLR2004 - some, all
        for level in levels:
            self._law(new, _from(new, level), base, found[level - 1])
        for other, variable in kept.items():
            fewer, more = (variable, new) if excuses < other else (new, variable)
            if excuses < other or other < excuses:
                for level in levels:
                    self._law(fewer, _from(fewer, level), more, _from(more, level))
        kept[excuses] = new
        return new

    def _contains(self, longer: Variable, shorter: Variable) -> None:
        """Say that one thing is found wherever another is, and undecided where that is."""
        self._law(longer, ANY_TRUE, shorter, ANY_TRUE)
        self._law(longer, longer.every & ~1, shorter, shorter.every & ~1)

    def _law(self, variable: Variable, values: int, other: Variable, others: int) -> None:
        """Say that where a variable has one of some values, another has one of others."""
        self._add(variable, disj(is_in(variable, variable.every & ~values), is_in(other, others)))

    def _add(self, variable: Variable, law: Formula) -> None:
        if law is not FALSE:
            self.laws.setdefault(variable, []).append(law)


def _from(variable: Variable, value: int) -> int:
    """Return the mask of the values from one on."""
    return variable.every & -(1 << value)
