"""Plan → pipeline: the only file that knows both the plan's sources and the stages for them."""

from __future__ import annotations

import dataclasses
import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

from guardrail.errors import MissingExtraError
from guardrail.language.checked import (
    ArgumentValue,
    CheckedDetector,
    CheckedPolicy,
    EntryList,
    ListRef,
)
from guardrail.models import read_model
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
from guardrail.runtime.host import DEFAULT_MODEL, Host
from guardrail.runtime.lookout import Lookout
from guardrail.runtime.pipeline import Excuse, Pipeline, Scan
from guardrail.stages.base import Detector, Growing, claims_of
from guardrail.stages.canary import CanaryDetector
from guardrail.stages.classifier import ClassifierDetector, SimilarityDetector, engine_of
from guardrail.stages.echoes import DEFAULT_MIN_WORDS, EchoesDetector
from guardrail.stages.hidden_text import HiddenTextDetector
from guardrail.stages.host import HostDetector, JudgeDetector
from guardrail.stages.length import LengthDetector
from guardrail.stages.links import LinksDetector
from guardrail.stages.markup import MarkupDetector
from guardrail.stages.pii import FOUND_ENTITIES, PiiDetector, PiiOnDemand
from guardrail.stages.pii.hosted import offered_by
from guardrail.stages.reply_language import LanguageDetector
from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.stages.secrets import SecretsDetector
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
        index: _build(source.detector, policy, host)
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
                detectors[index] = _build_model_free(
                    detector, policy, host or Host(), skips_missing_extras=skips_missing_extras
                )
            else:
                detectors[index] = NOT_RUN
    key = b"test" if has_hash_key else None
    return _assemble(plan, policy, detectors, hash_key=key, has_budget=False)


def _build_model_free(
    detector: CheckedDetector, policy: CheckedPolicy, host: Host, *, skips_missing_extras: bool
) -> Detector | Outcome:
    """Build what runs without a model: of `pii`, the entities that need none."""
    entities = _texts(detector.arguments.get("entities"))
    if detector.kind == "pii" and entities is not None:
        found = FOUND_ENTITIES | frozenset(offered_by(host.recognizers))
        kept = tuple(entity for entity in entities if entity in found)
        arguments = {**detector.arguments, "entities": kept}
        detector = dataclasses.replace(detector, arguments=arguments, missing=None)
        if not kept:
            return NOT_RUN
    if detector.missing is not None:
        return NOT_RUN
    try:
        if detector.kind == "pii" and skips_missing_extras and not host.recognizers:
            return PiiOnDemand(*_pii_settings(detector))
        return _build(detector, policy, Host(recognizers=host.recognizers))
    except MissingExtraError:
        if skips_missing_extras:
            return NOT_RUN
        raise


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


# ---------------------------------------------------------------- detectors


_WITHOUT_ARGUMENTS: Final[Mapping[str, Callable[[], Detector]]] = {
    "language": LanguageDetector,
    "markup": MarkupDetector,
    "hidden_text": HiddenTextDetector,
}


def _build(detector: CheckedDetector, policy: CheckedPolicy, host: Host) -> Detector:
    """Return the stage that serves a detector; the one table of kinds."""
    arguments = detector.arguments
    match detector.kind:
        case "pii":
            return PiiDetector(*_pii_settings(detector), host.recognizers)
        case "secrets":
            return SecretsDetector(_number(arguments.get("min_score")))
        case "length":
            return LengthDetector(str(arguments["unit"]))
        case "links":
            return LinksDetector(_entries(arguments.get("allow"), policy))
        case "canary":
            return CanaryDetector(_entries(arguments["tokens"], policy))
        case "echoes":
            return EchoesDetector(_number(arguments.get("min_words")) or DEFAULT_MIN_WORDS)
        case "language" | "markup" | "hidden_text":
            return _WITHOUT_ARGUMENTS[detector.kind]()
        case "classifier" | "similarity" | "judge":
            return _by_model(detector, policy, host)
        case kind:
            return HostDetector(
                kind,
                host.detectors[kind],
                detector.gives,
                {name: _plain(value, policy) for name, value in arguments.items()},
            )


def _by_model(detector: CheckedDetector, policy: CheckedPolicy, host: Host) -> Detector:
    arguments = detector.arguments
    name = str(arguments.get("model") or DEFAULT_MODEL)
    if detector.kind == "judge":
        return JudgeDetector(host.judges[name], str(arguments["question"]))
    engine = engine_of(read_model(host.models[name]))
    if detector.kind == "similarity":
        return SimilarityDetector(engine, _entries(arguments["to"], policy))
    return ClassifierDetector(engine, str(arguments["label"]))


def _pii_settings(
    detector: CheckedDetector,
) -> tuple[tuple[str, ...] | None, float | None, tuple[str, ...]]:
    arguments = detector.arguments
    return (
        _texts(arguments.get("entities")),
        _number(arguments.get("min_score")),
        _texts(arguments.get("region")) or (),
    )


def _number(value: ArgumentValue | None) -> float | None:
    return value if isinstance(value, float | int) else None


def _texts(value: ArgumentValue | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(str(item) for item in value) if isinstance(value, tuple) else (str(value),)


def _entries(value: ArgumentValue | None, policy: CheckedPolicy) -> tuple[str, ...]:
    return policy.lists[value.name].entries if isinstance(value, ListRef) else ()


def _plain(value: ArgumentValue, policy: CheckedPolicy) -> object:
    if isinstance(value, ListRef):
        return list(policy.lists[value.name].entries)
    return [_plain(item, policy) for item in value] if isinstance(value, tuple) else value
