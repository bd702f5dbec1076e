"""Checked policy → plan: bind conditions to sources and put the work in order."""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.language import checked
from guardrail.language.checked import Actions, CheckedPolicy, CheckedRule
from guardrail.plan.plan import (
    AllOf,
    AnyOf,
    Compare,
    Cost,
    DetectorSource,
    EntriesSource,
    ExceptSource,
    Expr,
    Found,
    Inverse,
    Is,
    PatternSource,
    Plan,
    PlannedRule,
    Source,
    Step,
)
from guardrail.values import Action, PolicyId, Side

COSTS = {
    "length": Cost.LITERALS,
    "links": Cost.PATTERNS,
    "markup": Cost.PATTERNS,
    "hidden_text": Cost.PATTERNS,
    "canary": Cost.PATTERNS,
    "echoes": Cost.PATTERNS,
    "secrets": Cost.PATTERNS,
    "pii": Cost.PII,
    "judge": Cost.JUDGES,
}
"""The stage of each detector kind; what is not named here counts as a model."""


def lower(policy: CheckedPolicy, side: Side, *, evaluate_all: bool = False) -> Plan:
    """Return the plan of one side of a policy: its output rules or its input rules."""
    lowering = _Lowering(policy)
    rules = tuple(
        lowering.rule(rule)
        for rule in sorted(policy.rules, key=lambda rule: rule.name)
        if rule.on in (side, "both")
    )
    sources = tuple(lowering.sources)
    return Plan(
        policy=PolicyId(policy.name, policy.version, policy.digest),
        side=side,
        sources=sources,
        steps=_steps(sources),
        rules=rules,
        replies={name: reply.text for name, reply in policy.replies.items()},
        rewriters=policy.rewriters,
        principles=policy.principles,
        fallback=policy.fallback,
        budget_ms=policy.budget_ms,
        evaluate_all=evaluate_all or policy.evaluate_all,
    )


def _steps(sources: tuple[Source, ...]) -> tuple[Step, ...]:
    scanned = tuple(
        index
        for index, source in enumerate(sources)
        if isinstance(source, EntriesSource | PatternSource)
    )
    detectors = sorted(
        (COSTS.get(source.detector.kind, Cost.MODELS), source.name, index)
        for index, source in enumerate(sources)
        if isinstance(source, DetectorSource)
    )
    scan = (Step(Cost.LITERALS, scanned),) if scanned else ()
    return scan + tuple(Step(cost, (index,)) for cost, _, index in detectors)


def strongest(actions: Actions) -> Action:
    """Return the strongest action of a rule's `then`; `escalate` alone ranks as `flag`."""
    if actions.block is not None:
        return Action.BLOCK
    if actions.replace is not None:
        return Action.REPLACE
    if actions.rewrite is not None:
        return Action.REWRITE
    if actions.append is not None:
        return Action.APPEND
    return Action.REDACT if actions.redact is not None else Action.FLAG


class _Lowering:
    """Numbers the sources of a policy while its rules are lowered; equal sources share one."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self.policy = policy
        self.sources: list[Source] = []
        self._indices: dict[object, int] = {}
        self._by_sentence = False

    def rule(self, rule: CheckedRule) -> PlannedRule:
        self._by_sentence = rule.is_each_sentence
        excuses = (rule.except_lists, rule.except_patterns)
        condition = self.expression(rule.condition, excuses)
        if rule.is_requirement:
            condition = Inverse(condition)
        unless = None if rule.unless is None else self.expression(rule.unless, ((), ()))
        cuts = tuple(
            dict.fromkeys(
                test.source
                for test, is_positive in walk(condition)
                if is_positive and isinstance(test, Found) and self.is_cut(test.source)
            )
        )
        tests = [*walk(condition), *(walk(unless) if unless is not None else ())]
        return PlannedRule(
            name=rule.name,
            severity=rule.severity,
            principles=rule.principles,
            condition=condition,
            unless=unless,
            cuts=cuts,
            sources=tuple(dict.fromkeys(test.source for test, _ in tests)),
            actions=rule.actions,
            action=strongest(rule.actions),
            on_error=rule.on_error,
            message=rule.message,
            is_each_sentence=rule.is_each_sentence,
            is_late=rule.is_late,
        )

    def is_cut(self, index: int) -> bool:
        """Whether a source gives findings in the text itself, which a redaction can cut."""
        source = self.sources[index]
        if isinstance(source, ExceptSource):
            source = self.sources[source.base]
        return isinstance(source, DetectorSource) or (
            isinstance(source, EntriesSource | PatternSource) and source.subject == "text"
        )

    def expression(
        self, condition: checked.Condition, excuses: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> Expr:
        match condition:
            case checked.All(items):
                return AllOf(tuple(self.expression(item, excuses) for item in items))
            case checked.Any(items):
                return AnyOf(tuple(self.expression(item, excuses) for item in items))
            case checked.Negated(item):
                return Inverse(self.expression(item, excuses))
            case checked.Compare(detector, operator, number):
                return Compare(self.detector(detector), operator, number)
            case checked.Is(detector, label):
                return Is(self.detector(detector), label)
            case checked.Found(detector, at_least):
                return Found(self.excused(self.detector(detector), excuses), at_least)
            case checked.Contains():
                index = self.entries(condition)
            case checked.Matches():
                index = self.pattern(condition)
        if condition.subject == "prompt":
            return Found(index, 1)
        return Found(self.excused(index, excuses), 1)

    def detector(self, name: str) -> int:
        source = DetectorSource(name, self.policy.detectors[name], self._by_sentence)
        return self.add((name, self._by_sentence), source)

    def entries(self, atom: checked.Contains) -> int:
        by_sentence = self._by_sentence and atom.subject == "text"
        key = (atom.subject, atom.mode, atom.what, by_sentence)
        if atom.mode == "phrase":
            name = "phrase"
            return self.add(
                key, EntriesSource(name, name, atom.subject, "phrase", (atom.what,), by_sentence)
            )
        entries = self.policy.lists[atom.what]
        source = EntriesSource(
            entries.name, entries.label, atom.subject, atom.mode, entries.entries, by_sentence
        )
        return self.add(key, source)

    def pattern(self, atom: checked.Matches) -> int:
        pattern = self.policy.patterns[atom.pattern]
        by_sentence = self._by_sentence and atom.subject == "text"
        source = PatternSource(
            pattern.name,
            pattern.label,
            atom.subject,
            pattern.pattern,
            atom.exactly,
            by_sentence,
        )
        return self.add(("pattern", atom, by_sentence), source)

    def excused(self, base: int, excuses: tuple[tuple[str, ...], tuple[str, ...]]) -> int:
        lists, patterns = excuses
        if not lists and not patterns:
            return base
        source = ExceptSource(self.sources[base].name, base, lists, patterns)
        return self.add((base, excuses), source)

    def add(self, key: object, source: Source) -> int:
        index = self._indices.get(key)
        if index is None:
            index = self._indices[key] = len(self.sources)
            self.sources.append(source)
        return index


def walk(expr: Expr, *, is_positive: bool = True) -> Iterator[tuple[Found | Compare | Is, bool]]:
    """Yield every test of an expression with the parity of the negations above it."""
    match expr:
        case AllOf(items) | AnyOf(items):
            for item in items:
                yield from walk(item, is_positive=is_positive)
        case Inverse(item):
            yield from walk(item, is_positive=not is_positive)
        case _:
            yield expr, is_positive
