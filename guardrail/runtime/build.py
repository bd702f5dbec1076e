"""Plan → pipeline: scanners for lists and patterns, stages for detectors, `except` for findings."""

from __future__ import annotations

import dataclasses
import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from guardrail.language.checked import (
    CheckedPolicy,
    EntryList,
)
from guardrail.plan.holds import hold_of
from guardrail.plan.lower import lower
from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    PatternSource,
    Plan,
    PlannedRule,
    base_of,
    is_by_sentence,
)
from guardrail.runtime.detectors import build, build_model_free
from guardrail.runtime.host import Host
from guardrail.runtime.lookout import Lookout
from guardrail.runtime.pipeline import Excuse, Pipeline, Scan
from guardrail.stages.base import Detector, Growing, claims_of
from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.normal_values import normal_value
from guardrail.text.syntax import Node
from guardrail.values import NOT_RUN, Outcome, Side, Span


def pipeline(
    policy: CheckedPolicy,
    side: Side,
    host: Host,
    *,
    evaluate_all: bool = False,
    hash_key: bytes | None = None,
) -> Pipeline:
    """Return the pipeline of one side of a policy, with real detectors."""
    plan = lower(policy, side, evaluate_all=evaluate_all)
    detectors: dict[int, Detector | Outcome] = {
        index: build(source.detector, policy, host)
        for index, source in enumerate(plan.sources)
        if isinstance(source, DetectorSource)
    }
    return _assemble(plan, policy, detectors, hash_key=hash_key)


def pipeline_for(
    policy: CheckedPolicy,
    side: Side,
    values: Mapping[str, Outcome | Detector],
    *,
    runs_model_free: bool = False,
    skips_missing_extras: bool = False,
    has_hash_key: bool = False,
    evaluate_all: bool = False,
    host: Host | None = None,
) -> Pipeline:
    """Return a pipeline with fixed outcomes by detector name, for tests; budgets are off.

    A detector without a value is not run, unless `runs_model_free` and it needs no model. With
    `skips_missing_extras`, one whose extra is missing is not run either, and `pii` is built when a
    text needs it. `pii` has the recognizers of the `host`; its functions are never called.

    Raises:
        MissingExtraError: one that should run needs an extra, unless `skips_missing_extras`.
    """
    plan = lower(policy, side, evaluate_all=evaluate_all)
    detectors: dict[int, Detector | Outcome] = {}
    for index, source in enumerate(plan.sources):
        if isinstance(source, DetectorSource):
            detector = source.detector
            if source.name in values:
                detectors[index] = values[source.name]
            elif runs_model_free and detector.is_model_free:
                detectors[index] = build_model_free(
                    detector, policy, host or Host(), skips_missing_extras=skips_missing_extras
                )
            else:
                detectors[index] = NOT_RUN
    key = b"test" if has_hash_key else None
    return _assemble(plan, policy, detectors, hash_key=key, has_budget=False)


def _assemble(
    plan: Plan,
    policy: CheckedPolicy,
    detectors: Mapping[int, Detector | Outcome],
    *,
    hash_key: bytes | None,
    has_budget: bool = True,
) -> Pipeline:
    return _put_together(
        plan, detectors, _excuses(plan, policy), hash_key=hash_key, has_budget=has_budget
    )


def _put_together(
    plan: Plan,
    detectors: Mapping[int, Detector | Outcome],
    excuses: Mapping[int, Excuse],
    *,
    hash_key: bytes | None,
    has_budget: bool,
) -> Pipeline:
    gated = {
        index: detector.gate
        for index, detector in detectors.items()
        if not isinstance(detector, tuple | float | str)
        and hasattr(detector, "gate")
        and detector.gate
    }
    has_sentences = any(rule.is_each_sentence for rule in plan.rules)
    return Pipeline(
        plan,
        text_scan=_scan(plan, "text", gated),
        sentence_scan=_scan(plan, "text", gated, by_sentence=True) if has_sentences else None,
        prompt_scan=_scan(plan, "prompt", {}) if _reads_prompt(plan) else None,
        detectors=detectors,
        excuses=excuses,
        has_budget=has_budget,
        hash_key=hash_key,
    )


# ---------------------------------------------------------------- streams


def lookout(pipeline: Pipeline) -> Lookout:
    """Return what a stream asks about the text that has come so far."""
    plan = pipeline.plan
    holds = tuple(hold_of(rule, plan.sources, partial(_is_local, pipeline)) for rule in plan.rules)
    until = {
        kind: [rule for rule, hold in zip(plan.rules, holds, strict=True) if hold.until == kind]
        for kind in ("match", "sentence", "reply")
    }
    late = [rule for rule in plan.rules if rule.is_late and rule.is_each_sentence]
    local = _narrowed(pipeline, until["match"])
    return Lookout(
        plan=plan,
        holds=holds,
        local=local,
        claims=() if local is None else (*_claims(local),),
        growing=() if local is None else (*_growing(local),),
        by_sentence=_narrowed(pipeline, until["sentence"] + late),
        holds_sentences=bool(until["sentence"]),
        holds_reply=bool(until["reply"]),
    )


def _claims(pipeline: Pipeline) -> Iterator[str | Node]:
    """Yield what every finding, and every occurrence of what may excuse one, is a match of."""
    yield from pipeline.text_scan.scanner.claims()
    for detector in pipeline.detectors.values():
        yield from claims_of(detector) or ()
    for excuse in pipeline.excuses.values():
        if isinstance(excuse, Excuses):
            yield from excuse.scanner.claims()


def _growing(pipeline: Pipeline) -> Iterator[Growing]:
    detectors: Iterable[object] = pipeline.detectors.values()
    return (each for each in detectors if isinstance(each, Growing))


def _is_local(pipeline: Pipeline, index: int) -> bool:
    detector = pipeline.detectors[index]
    return isinstance(detector, tuple | Growing) or claims_of(detector) is not None


def _narrowed(pipeline: Pipeline, rules: Sequence[PlannedRule]) -> Pipeline | None:
    """Return a pipeline of some rules, which runs all that they ask; None without rules."""
    if not rules:
        return None
    plan = dataclasses.replace(pipeline.plan, rules=tuple(rules), evaluate_all=True)
    asked = _asked(plan)
    steps = (
        dataclasses.replace(step, sources=tuple(i for i in step.sources if i in asked))
        for step in plan.steps
    )
    return _put_together(
        dataclasses.replace(plan, steps=tuple(step for step in steps if step.sources)),
        {index: each for index, each in pipeline.detectors.items() if index in asked},
        {index: each for index, each in pipeline.excuses.items() if index in asked},
        hash_key=pipeline.hash_key,
        has_budget=False,
    )


def _scan(
    plan: Plan,
    subject: str,
    gated: Mapping[int, tuple[str, ...]],
    *,
    by_sentence: bool = False,
) -> Scan:
    specs: list[EntriesSpec | PatternSpec] = []
    sources = []
    asked = _asked(plan)
    for index, source in enumerate(plan.sources):
        if index not in asked or isinstance(source, ExceptSource):
            continue
        if source.by_sentence != by_sentence:
            continue
        match source:
            case EntriesSource(subject=on, entries=entries, label=label, mode=mode):
                which: Literal["any", "all"] = "all" if mode == "all" else "any"
                spec: EntriesSpec | PatternSpec = EntriesSpec(entries, label.upper(), which)
            case PatternSource(subject=on, pattern=pattern, label=label, is_exact=exact):
                spec = PatternSpec(pattern, label.upper(), exact)
            case _:
                continue
        if on == subject:
            specs.append(spec)
            sources.append(index)
    gates = {
        index: gate
        for index, gate in gated.items()
        if index in asked and is_by_sentence(plan.sources[index]) == by_sentence
    }
    return Scan(Scanner(specs, tuple(gates.values())), tuple(sources), tuple(gates))


def _asked(plan: Plan) -> frozenset[int]:
    """Return the sources that a rule asks, and those behind an `except`."""
    asked = {index for rule in plan.rules for index in (*rule.sources, *rule.cuts)}
    return frozenset(asked.union(base_of(plan.sources, index) for index in asked))


def _reads_prompt(plan: Plan) -> bool:
    return any(
        isinstance(source, EntriesSource | PatternSource) and source.subject == "prompt"
        for source in plan.sources
    )


# ---------------------------------------------------------------- except


@dataclass(frozen=True, slots=True)
class Excuses:
    """The lists and patterns of an `except` clause, ready to judge findings.

    A finding is excused if it lies wholly inside an occurrence of one of them in the plain text,
    or has the value of an entry. Values of lists and patterns compare as text, those of detectors
    by their type.
    """

    names: tuple[str, ...]
    scanner: Scanner
    entries: tuple[EntryList, ...]
    is_typed: bool
    _values: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def __call__(self, text: str, spans: tuple[Span, ...]) -> list[tuple[Span, str | None]]:
        """Return each finding with the name of what excuses it, or None."""
        places = [
            (name, _Reach(self.scanner.occurrences(index, text)))
            for index, name in enumerate(self.names)
        ]
        return [(span, self._by(text, span, places)) for span in spans]

    def _by(self, text: str, span: Span, places: Sequence[tuple[str, _Reach]]) -> str | None:
        for name, reach in places:
            if reach.covers(span.start, span.end):
                return name
        type_ = span.type if self.is_typed else ""
        return self._values_of(type_).get(normal_value(text[span.start : span.end], type_))

    def _values_of(self, type_: str) -> Mapping[str, str]:
        """Return the entries in the normal form of a type, each with the list it stands in."""
        values = self._values.get(type_)
        if values is None:
            values = {}
            for entries in reversed(self.entries):
                values |= {normal_value(each, type_): entries.name for each in entries.entries}
            self._values[type_] = values
        return values


class _Reach:
    """Which stretches lie wholly inside one of many occurrences."""

    def __init__(self, occurrences: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in occurrences]
        self._ends = list(itertools.accumulate((end for _, end in occurrences), max))

    def covers(self, start: int, end: int) -> bool:
        before = bisect_right(self._starts, start)
        return before > 0 and self._ends[before - 1] >= end


def _excuses(plan: Plan, policy: CheckedPolicy) -> dict[int, Excuse]:
    """Return the judge of every `except` clause; equal clauses share a scanner."""
    shared: dict[object, Scanner] = {}
    found: dict[int, Excuse] = {}
    for index, source in enumerate(plan.sources):
        if not isinstance(source, ExceptSource):
            continue
        entries = tuple(policy.lists[name] for name in source.lists)
        key = (source.lists, source.patterns)
        if key not in shared:
            patterns = [policy.patterns[name] for name in source.patterns]
            shared[key] = Scanner(
                [
                    *(EntriesSpec(each.entries, each.label, "any") for each in entries),
                    *(PatternSpec(each.pattern, each.label, exactly=True) for each in patterns),
                ],
                (),
            )
        is_typed = isinstance(plan.sources[source.base], DetectorSource)
        names = (*source.lists, *source.patterns)
        found[index] = Excuses(names, shared[key], entries, is_typed)
    return found
