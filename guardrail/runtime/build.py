"""Plan → pipeline: the only file that knows both the plan's sources and the stages that serve them.

It also gathers what a policy may name in this installation (the vocabulary), and runs the one
check that needs an engine: a canned reply that the policy's own rules would change.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from guardrail.errors import MissingExtraError, PolicyError, SettingsError
from guardrail.language import load
from guardrail.language.checked import (
    ArgumentValue,
    CheckedDetector,
    CheckedPolicy,
    EntryList,
    ListRef,
    Place,
)
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.source import Source
from guardrail.language.vocabulary import EDITION_1, REGENERATE, Gives, Kind, Parameter, Vocabulary
from guardrail.plan.lower import lower
from guardrail.plan.plan import DetectorSource, EntriesSource, ExceptSource, PatternSource, Plan
from guardrail.runtime.pipeline import Excuse, Pipeline, Scan
from guardrail.stages.base import Detector
from guardrail.stages.host import HostDetector, JudgeDetector
from guardrail.stages.length import LengthDetector
from guardrail.stages.links import LinksDetector
from guardrail.stages.pii import ENTITIES, MISSING_ENTITIES, PiiDetector
from guardrail.stages.reply_language import LanguageDetector
from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.normal_values import same_value
from guardrail.values import NOT_RUN, Action, Outcome, Side, Span, Subject

HostFunction: TypeAlias = Callable[..., object]
HostDetectors: TypeAlias = Mapping[str, HostFunction | tuple[Gives, HostFunction]]
Rewrite: TypeAlias = Callable[..., object]
PolicyPath: TypeAlias = "str | os.PathLike[str] | Source"


@dataclass(frozen=True, slots=True)
class Host:
    """What the host registered: detectors with their types, judges and rewriters by name."""

    detectors: Mapping[str, HostFunction] = field(default_factory=dict)
    gives: Mapping[str, Gives] = field(default_factory=dict)
    judges: Mapping[str, HostFunction] = field(default_factory=dict)
    rewriters: Mapping[str, Rewrite] = field(default_factory=dict)


def host_of(
    detectors: HostDetectors | None = None,
    judges: Mapping[str, HostFunction] | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
) -> Host:
    """Return what the host registered; a detector may come as `(gives, function)`.

    Raises:
        SettingsError: something that cannot be called was registered.
    """
    functions: dict[str, HostFunction] = {}
    gives: dict[str, Gives] = {}
    for name, registered in (detectors or {}).items():
        function: object = registered
        if isinstance(registered, tuple):
            gives[name], function = registered
        if not callable(function):
            raise SettingsError(f"the host detector `{name}` is not callable")
        functions[name] = function
    return Host(functions, gives, dict(judges or {}), dict(rewriters or {}))


_DONE: Final = {
    "redact": "redact",
    "append": "append to",
    "rewrite": "rewrite",
    "replace": "replace",
    "block": "block",
}
_NOT_YET: Final = {
    "secrets": "the secrets detector",
    "classifier": "the classifier stage",
    "similarity": "the similarity stage",
    "canary": "the canary detector",
    "echoes": "the echoes detector",
    "markup": "the markup detector",
    "hidden_text": "the hidden-text detector",
}


def vocabulary(host: Host | None = None) -> Vocabulary:
    """Return what a policy may name here: the kinds of edition 1 and what the host registered."""
    host = host or Host()
    kinds = {}
    for kind in EDITION_1:
        missing = _NOT_YET.get(kind.name)
        if kind.name == "judge" and not host.judges:
            missing = "a judge registered with `Guard.load(..., judges=...)`"
        kinds[kind.name] = dataclasses.replace(kind, missing=missing)
    for name in {*host.detectors, *host.gives}:
        if name in kinds:
            raise SettingsError(
                f"a host detector cannot be named `{name}`",
                help="that is a detector of the language; choose another name",
            )
        missing = None if name in host.detectors else f"the host detector `{name}`"
        kinds[name] = Kind(
            name,
            host.gives.get(name, "unknown"),
            is_model_free=False,
            missing=missing,
            takes_any=True,
        )
    rewriters = {"regenerate": REGENERATE}
    for name in host.rewriters:
        rewriters[name] = Kind(
            name, "unknown", {"otherwise": Parameter("reply", required=True)}, takes_any=True
        )
    return Vocabulary(kinds, rewriters, frozenset(ENTITIES), dict(MISSING_ENTITIES))


# ---------------------------------------------------------------- from a policy to its pipelines


def diagnose(
    path: PolicyPath, host: Host | None = None
) -> tuple[CheckedPolicy | None, list[Diagnostic]]:
    """Return everything that is wrong with a policy, canned replies included."""
    policy, diagnostics = load.diagnose(path, vocabulary(host))
    if policy is not None:
        diagnostics += filtered_replies(policy)
    return policy, diagnostics


def compile_policy(
    path: PolicyPath, host: Host | None = None, *, has_hash_key: bool = False
) -> CheckedPolicy:
    """Return the checked policy; raise `PolicyError` with every mistake.

    Raises:
        PolicyError: the policy has errors, or needs what this installation lacks.
    """
    policy = load.load(path, vocabulary(host), has_hash_key=has_hash_key)
    mistakes = [*unavailable(policy), *filtered_replies(policy)]
    if mistakes:
        raise PolicyError(mistakes)
    return policy


def unavailable(policy: CheckedPolicy) -> list[Diagnostic]:
    """Return what the policy needs and this installation cannot do, at the place that needs it."""
    used = {
        source.name
        for side in ("output", "input")
        for source in lower(policy, side).sources
        if isinstance(source, DetectorSource)
    }
    return [
        *(
            _cannot_run(f"`{detector.label}`", detector.place, detector.missing)
            for detector in policy.detectors.values()
            if detector.missing is not None and detector.name in used
        ),
        *unavailable_rules(policy),
    ]


def unavailable_rules(policy: CheckedPolicy) -> list[Diagnostic]:
    """Return the rules that this version can check but not run."""
    return [
        _cannot_run(f"`each sentence` of rule `{rule.name}`", rule.place, "the sentence engine")
        for rule in policy.rules
        if rule.is_each_sentence
    ]


def _cannot_run(what: str, place: Place, needs: str, *help_lines: str) -> Diagnostic:
    label = Label(place.span, f"needs {needs}, which this installation does not have")
    return Diagnostic("G117", f"{what} cannot run here", place.source, label, help=help_lines)


def filtered_replies(policy: CheckedPolicy) -> list[Diagnostic]:
    """Return the whole-text replies that a model-free rule of the policy would change."""
    names = {policy.fallback: "fallback"} if policy.fallback is not None else {}
    for rule in policy.rules:
        for name in (rule.actions.replace, rule.actions.block):
            if name and rule.on != "input":
                names.setdefault(name, f"reply of `{rule.name}`")
    for rewriter in policy.rewriters.values():
        names.setdefault(rewriter.otherwise, f"`otherwise` of `{rewriter.name}`")
    if not names:
        return []
    pipeline = pipeline_for(policy, "output", {}, runs_model_free=True, has_hash_key=True)
    mistakes = []
    for name, role in names.items():
        reply = policy.replies[name]
        verdict = pipeline.check(Subject(reply.text, prompt=""))
        is_kept = verdict.output == reply.text and verdict.action != Action.REWRITE.word
        if is_kept or Action[verdict.action.upper()] <= Action.FLAG:
            continue
        rules = ", ".join(
            f"`{fired.rule}`" for fired in verdict.fired if fired.action != Action.FLAG.word
        )
        mistakes.append(
            Diagnostic(
                "G501",
                f"the policy's own rules would change the reply `{reply.name}`",
                reply.place.source,
                Label(
                    reply.place.span, f"{rules} would {_DONE[verdict.action]} it; it is the {role}"
                ),
                help=("canned replies are sent as they are: make this one pass the rules",),
            )
        )
    return mistakes


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
    has_hash_key: bool = False,
    evaluate_all: bool = False,
) -> Pipeline:
    """Return a pipeline with fixed outcomes by detector name, for tests; budgets are off.

    A detector without a value is not run, unless `runs_model_free` and it needs no model.
    """
    plan = lower(policy, side, evaluate_all=evaluate_all)
    detectors: dict[int, Detector | Outcome] = {}
    for index, source in enumerate(plan.sources):
        if isinstance(source, DetectorSource):
            detector = source.detector
            if source.name in values:
                detectors[index] = values[source.name]
            elif runs_model_free and detector.is_model_free:
                detectors[index] = _build_model_free(detector, policy)
            else:
                detectors[index] = NOT_RUN
    key = b"test" if has_hash_key else None
    return _assemble(plan, policy, detectors, hash_key=key, has_budget=False)


def _build_model_free(detector: CheckedDetector, policy: CheckedPolicy) -> Detector | Outcome:
    """Build what runs without a model: of `pii`, the entities that need none."""
    entities = _texts(detector.arguments.get("entities"))
    if detector.kind == "pii" and entities is not None:
        kept = tuple(entity for entity in entities if entity not in MISSING_ENTITIES)
        arguments = {**detector.arguments, "entities": kept}
        detector = dataclasses.replace(detector, arguments=arguments, missing=None)
        if not kept:
            return NOT_RUN
    if detector.missing is not None:
        return NOT_RUN
    try:
        return _build(detector, policy, Host())
    except MissingExtraError:
        return NOT_RUN


def _assemble(
    plan: Plan,
    policy: CheckedPolicy,
    detectors: Mapping[int, Detector | Outcome],
    *,
    hash_key: bytes | None,
    has_budget: bool = True,
) -> Pipeline:
    gated = {
        index: detector.gate
        for index, detector in detectors.items()
        if not isinstance(detector, tuple | float | str)
        and hasattr(detector, "gate")
        and detector.gate
    }
    return Pipeline(
        plan,
        text_scan=_scan(plan, "text", gated),
        prompt_scan=_scan(plan, "prompt", {}) if _reads_prompt(plan) else None,
        detectors=detectors,
        excuses={
            index: _excuse(source, policy)
            for index, source in enumerate(plan.sources)
            if isinstance(source, ExceptSource)
        },
        has_budget=has_budget,
        hash_key=hash_key,
    )


def _scan(plan: Plan, subject: str, gated: Mapping[int, tuple[str, ...]]) -> Scan:
    specs: list[EntriesSpec | PatternSpec] = []
    sources = []
    for index, source in enumerate(plan.sources):
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
    return Scan(Scanner(specs, tuple(gated.values())), tuple(sources), tuple(gated))


def _reads_prompt(plan: Plan) -> bool:
    return any(
        isinstance(source, EntriesSource | PatternSource) and source.subject == "prompt"
        for source in plan.sources
    )


# ---------------------------------------------------------------- except


def _excuse(source: ExceptSource, policy: CheckedPolicy) -> Excuse:
    """Return the judge of one `except` clause over the plain text."""
    lists = [(name, policy.lists[name]) for name in source.lists]
    patterns = [(name, policy.patterns[name]) for name in source.patterns]
    specs: list[EntriesSpec | PatternSpec] = [
        EntriesSpec(entries.entries, entries.label, "any") for _, entries in lists
    ]
    specs += [PatternSpec(each.pattern, each.label, exactly=True) for _, each in patterns]
    names = (*source.lists, *source.patterns)
    scanner = Scanner(specs, ())

    def excuse(text: str, spans: tuple[Span, ...]) -> list[tuple[Span, str | None]]:
        places = [(name, scanner.occurrences(index, text)) for index, name in enumerate(names)]
        return [(span, _excused_by(text, span, places, lists)) for span in spans]

    return excuse


def _excused_by(
    text: str,
    span: Span,
    places: Sequence[tuple[str, Sequence[tuple[int, int]]]],
    lists: Sequence[tuple[str, EntryList]],
) -> str | None:
    for name, occurrences in places:
        if any(start <= span.start and span.end <= end for start, end in occurrences):
            return name
    value = text[span.start : span.end]
    for name, entries in lists:
        if any(same_value(value, entry, span.type) for entry in entries.entries):
            return name
    return None


# ---------------------------------------------------------------- detectors


def _build(detector: CheckedDetector, policy: CheckedPolicy, host: Host) -> Detector:
    """Return the stage that serves a detector; the one table of kinds."""
    arguments = detector.arguments
    match detector.kind:
        case "pii":
            return PiiDetector(
                _texts(arguments.get("entities")),
                _number(arguments.get("min_score")),
                _texts(arguments.get("region")) or (),
            )
        case "length":
            return LengthDetector(str(arguments["unit"]))
        case "links":
            return LinksDetector(_entries(arguments.get("allow"), policy))
        case "language":
            return LanguageDetector()
        case "judge":
            return _judge(detector, host)
        case kind:
            return HostDetector(
                kind,
                host.detectors[kind],
                detector.gives,
                {name: _plain(value, policy) for name, value in arguments.items()},
            )


def _judge(detector: CheckedDetector, host: Host) -> Detector:
    model = str(detector.arguments["model"])
    function = host.judges.get(model)
    if function is None:
        needs = f"a registered judge `{model}`"
        fix = f"`Guard.load(..., judges={{{model!r}: function}})`"
        raise PolicyError([_cannot_run(f"`{detector.label}`", detector.place, needs, fix)])
    return JudgeDetector(function, str(detector.arguments["question"]))


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
