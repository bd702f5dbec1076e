"""Which rules, clauses and principles of a policy its tests have tried.

A clause counts when a test has seen it decide: the condition true and false, `unless` granting,
each name of `except` dropping a finding, a rule's own `on error` reached, `then` carried out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from guardrail.errors import PolicyError
from guardrail.language import nodes
from guardrail.language.checked import CheckedPolicy, CheckedRule
from guardrail.language.resolve import Module, Program, resolve
from guardrail.language.source import Range, Source
from guardrail.plan.explain import expression
from guardrail.plan.logic import has_failed
from guardrail.plan.lower import lower, walk
from guardrail.plan.plan import DetectorSource, ExceptSource, Plan, PlannedRule
from guardrail.testing import TestResult
from guardrail.testing.columns import Columns, cases_of
from guardrail.values import Side

ClauseKind: TypeAlias = Literal["when", "require", "unless", "except", "on error", "then"]

_SIDES: Final[tuple[Side, ...]] = ("output", "input")


@dataclass(frozen=True, slots=True)
class ClauseCoverage:
    """One clause that can decide; `missing` says, in words, what no test has seen of it."""

    kind: ClauseKind
    line: int
    span: Range
    missing: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        """Whether tests have seen all of it."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """One rule: in how many cases it was evaluated, fired, and was seen not to fire.

    A rule that only an error set off has not fired, nor was it seen not to. `atoms` names the atoms
    of its condition that were never true or never false: a detail that counts nowhere.
    """

    name: str
    source: Source
    line: int
    span: Range
    evaluated: int
    fired: int
    silent: int
    clauses: tuple[ClauseCoverage, ...]
    atoms: tuple[str, ...]
    principles: tuple[str, ...]

    @property
    def gaps(self) -> tuple[ClauseCoverage, ...]:
        """The clauses that are not covered; `then` only where no other says why."""
        gaps = [clause for clause in self.clauses if not clause.is_covered]
        return tuple(clause for clause in gaps if clause.kind != "then" or len(gaps) == 1)

    @property
    def is_covered(self) -> bool:
        """Whether it fired in one case and was evaluated without firing in another."""
        return self.fired > 0 and self.silent > 0


@dataclass(frozen=True, slots=True)
class PrincipleCoverage:
    """One principle: the rules that enforce it, and those of them that fired in a test."""

    name: str
    text: str
    line: int
    span: Range
    rules: tuple[str, ...]
    fired: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        """Whether a rule that enforces it fired in a test."""
        return bool(self.fired)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of something is covered."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """From 0 to 100; of nothing, all is covered.

        >>> Share(1, 4).percent, Share(0, 0).percent
        (25.0, 100.0)
        """
        return 100.0 * self.covered / self.total if self.total else 100.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of a policy have tried.

    `rules` and `principles` are those of the policy's own files: the root, and imported files
    without a policy block. `imported` are the rules of files that are policies of their own and
    have tests of their own; they count nowhere.
    """

    cases: int
    rules: tuple[RuleCoverage, ...]
    principles: tuple[PrincipleCoverage, ...]
    imported: tuple[RuleCoverage, ...]

    @property
    def shares(self) -> Mapping[str, Share]:
        """The three totals, by `rules`, `clauses` and `principles`."""
        clauses = [clause for rule in self.rules for clause in rule.clauses]
        return {
            "rules": _share(self.rules),
            "clauses": _share(clauses),
            "principles": _share(self.principles),
        }


def _share(
    parts: Sequence[RuleCoverage] | Sequence[ClauseCoverage] | Sequence[PrincipleCoverage],
) -> Share:
    return Share(sum(part.is_covered for part in parts), len(parts))


def coverage(
    policy: CheckedPolicy, results: Sequence[TestResult], *, program: Program | None = None
) -> Coverage:
    """Return what the tests of a policy have tried, by rule, clause and principle.

    Args:
        policy: the policy that was tested.
        results: how each case ended, from `guardrail.testing`.
        program: the policy's files; without it they are read again.

    Raises:
        PolicyError: the files are to be read again and can no longer be.

    >>> from guardrail.testing import run_suite
    >>> text = '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule no_magic on output
    ...   when text contains "magic"
    ...   then flag
    ... test "magic is flagged"
    ...   given output "It is magic." expect flag by no_magic
    ... '''
    >>> run = run_suite(Source("tiny.guard", text))
    >>> found = coverage(run.policy, run.results, program=run.program)
    >>> found.rules[0].fired, found.rules[0].silent, found.rules[0].clauses[0].missing
    (1, 0, ('never false',))
    """
    files = _Files(program or _read(policy))
    sides = {side: _Side.of(policy, side, results) for side in _SIDES}
    rules = [_rule(rule, files.node(rule), sides, results) for rule in policy.rules]
    fired = {rule.name for rule in rules if rule.fired}
    return Coverage(
        cases=len(results),
        rules=tuple(rule for rule in rules if files.is_own(rule)),
        principles=tuple(_principles(policy, files, fired)),
        imported=tuple(rule for rule in rules if not files.is_own(rule)),
    )


def _read(policy: CheckedPolicy) -> Program:
    program, diagnostics = resolve(policy.source)
    if program is None:
        raise PolicyError(diagnostics)
    return program


# ---------------------------------------------------------------- files


class _Files:
    """The files of a policy: where its rules and principles were written."""

    def __init__(self, program: Program) -> None:
        self.prefixes = program.prefixes
        modules = [module for module in program.prefixes if self._is_own(module, program.root)]
        self.own_modules = modules
        self._own_names = {module.source.name for module in modules}
        self._rules: dict[str, nodes.Rule] = {
            qualified(prefix, item.name.name): item
            for module, prefix in program.prefixes.items()
            for item in module.tree.items
            if isinstance(item, nodes.Rule)
        }

    @staticmethod
    def _is_own(module: Module, root: Module) -> bool:
        has_block = any(isinstance(item, nodes.Policy) for item in module.tree.items)
        return module is root or not has_block

    def is_own(self, rule: RuleCoverage) -> bool:
        """Whether a rule counts; a file that was read again is the same file."""
        return rule.source.name in self._own_names

    def node(self, rule: CheckedRule) -> nodes.Rule:
        """Return a rule as it was written."""
        return self._rules[rule.name]


def qualified(prefix: str, name: str) -> str:
    """Return the name by which the whole policy knows what a file calls `name`.

    >>> qualified("", "pii"), qualified("privacy", "pii")
    ('pii', 'privacy.pii')
    """
    return f"{prefix}.{name}" if prefix else name


def _principles(
    policy: CheckedPolicy, files: _Files, fired: set[str]
) -> Iterator[PrincipleCoverage]:
    for module in files.own_modules:
        for item in module.tree.items:
            if not isinstance(item, nodes.Principle):
                continue
            name = qualified(files.prefixes[module], item.name.name)
            rules = tuple(rule.name for rule in policy.rules if name in rule.principles)
            yield PrincipleCoverage(
                name=name,
                text=item.text.value,
                line=module.source.position(item.name.span.start)[0],
                span=item.name.span,
                rules=rules,
                fired=tuple(rule for rule in rules if rule in fired),
            )


# ---------------------------------------------------------------- rules and clauses


@dataclass(frozen=True, slots=True)
class _Side:
    """The cases that checked one side, as columns over its plan."""

    rules: Mapping[str, PlannedRule]
    plan: Plan
    columns: Columns
    results: Sequence[TestResult]

    @classmethod
    def of(cls, policy: CheckedPolicy, side: Side, results: Sequence[TestResult]) -> _Side:
        plan = lower(policy, side)
        mine = [result for result in results if result.side == side]
        columns = Columns(plan, [result.outcomes for result in mine])
        return cls({rule.name: rule for rule in plan.rules}, plan, columns, mine)


@dataclass(slots=True)
class _Tally:
    """What has been seen of one rule, over both sides; cases are counted."""

    fired: int = 0
    silent: int = 0
    held: int = 0
    not_held: int = 0
    granted: int = 0
    erred: int = 0
    incomplete: int = 0
    can_fail: bool = False


def _rule(
    rule: CheckedRule,
    node: nodes.Rule,
    sides: Mapping[Side, _Side],
    results: Sequence[TestResult],
) -> RuleCoverage:
    tally = _Tally()
    planned = [(side, side.rules[rule.name]) for side in sides.values() if rule.name in side.rules]
    for side, each in planned:
        _count(tally, side, each)
        tally.can_fail |= _can_fail(side.plan, each)
    excepted = {by for result in results for name, by in result.excepted if name == rule.name}
    return RuleCoverage(
        name=rule.name,
        source=rule.place.source,
        line=rule.place.source.position(rule.place.span.start)[0],
        span=rule.place.span,
        evaluated=tally.fired + tally.silent + tally.erred,
        fired=tally.fired,
        silent=tally.silent,
        clauses=tuple(_clauses(rule, node, tally, excepted)),
        atoms=tuple(_atoms(planned)),
        principles=rule.principles,
    )


def _count(tally: _Tally, side: _Side, rule: PlannedRule) -> None:
    columns = side.columns
    value, fires = columns.value(rule.condition), columns.fires(rule)
    tally.fired += sum(rule.name in side.results[case].rules_fired for case in cases_of(fires.true))
    tally.silent += fires.false.bit_count()
    tally.held += value.true.bit_count()
    tally.not_held += value.false.bit_count()
    tally.erred += fires.error.bit_count()
    tally.incomplete += _incomplete(side, rule)
    if rule.unless is not None:
        tally.granted += (columns.value(rule.unless).true & value.true).bit_count()


def _can_fail(plan: Plan, rule: PlannedRule) -> bool:
    """Whether the condition asks a detector; a test cannot make lists and patterns fail."""
    asked = (plan.sources[atom.source] for atom, _ in walk(rule.condition))
    bases = (plan.sources[it.base] if isinstance(it, ExceptSource) else it for it in asked)
    return any(isinstance(base, DetectorSource) for base in bases)


def _incomplete(side: _Side, rule: PlannedRule) -> int:
    """Count the cases in which a redaction fired although a detector behind it had failed."""
    if rule.actions.redact is None:
        return 0
    return sum(
        rule.name in result.rules_fired
        and any(has_failed(result.outcomes[index]) for index in rule.cuts)
        for result in side.results
    )


def _clauses(
    rule: CheckedRule, node: nodes.Rule, tally: _Tally, excepted: set[str]
) -> Iterator[ClauseCoverage]:
    """Yield the clauses that can decide, in the order in which they do."""
    if (written := node.when or node.require) is not None:
        # A requirement is planned as the opposite of what was written.
        kind: ClauseKind = "require" if rule.is_requirement else "when"
        true, false = tally.held, tally.not_held
        if rule.is_requirement:
            true, false = false, true
        missing = [*([] if true else ["never true"]), *([] if false else ["never false"])]
        yield _clause(rule, kind, written.span, missing)
    if node.unless is not None and rule.unless is not None:
        missing = [] if tally.granted else ["never granted an exception"]
        yield _clause(rule, "unless", node.unless.span, missing)
    if node.except_:
        names = zip(node.except_, _excused(rule, node), strict=True)
        missing = [
            f"`{ref.name}` never dropped a finding" for ref, name in names if name not in excepted
        ]
        span = Range(node.except_[0].span.start, node.except_[-1].span.end)
        yield _clause(rule, "except", span, missing)
    if node.on_error is not None and tally.can_fail:
        is_reached = tally.erred or tally.incomplete
        missing = [] if is_reached else ["no test makes it fail (`with DETECTOR = error`)"]
        yield _clause(rule, "on error", node.on_error.span, missing)
    span = Range(node.then[0].span.start, node.then[-1].span.end)
    yield _clause(rule, "then", span, [] if tally.fired else ["never carried out"])


def _excused(rule: CheckedRule, node: nodes.Rule) -> Iterator[str]:
    """Yield the qualified names of an `except`, in the order in which they were written."""
    known = [*rule.except_lists, *rule.except_patterns]
    for ref in node.except_:
        last = ref.name.rpartition(".")[2]
        name = next(name for name in known if name.rpartition(".")[2] == last)
        known.remove(name)
        yield name


def _clause(
    rule: CheckedRule, kind: ClauseKind, span: Range, missing: Sequence[str]
) -> ClauseCoverage:
    line = rule.place.source.position(span.start)[0]
    return ClauseCoverage(kind, line, span, tuple(missing))


def _atoms(planned: Sequence[tuple[_Side, PlannedRule]]) -> Iterator[str]:
    """Yield what no case has seen of the atoms of a condition."""
    seen: dict[str, list[int]] = {}
    for side, rule in planned:
        for atom, _ in walk(rule.condition):
            value = side.columns.value(atom)
            counts = seen.setdefault(expression(side.plan, atom), [0, 0])
            counts[0] += value.true.bit_count()
            counts[1] += value.false.bit_count()
    for text, (true, false) in seen.items():
        if not true and not false:
            yield f"`{text}` was never evaluated"
        elif not true or not false:
            yield f"`{text}` was never {'false' if true else 'true'}"
