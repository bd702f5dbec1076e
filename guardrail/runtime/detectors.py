"""The stage that serves each detector of a policy: the one table of kinds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from guardrail.errors import MissingExtraError
from guardrail.language.checked import ArgumentValue, CheckedDetector, CheckedPolicy, ListRef
from guardrail.models import read_model
from guardrail.runtime.host import Host
from guardrail.stages.base import Detector
from guardrail.stages.canary import CanaryDetector
from guardrail.stages.classifier import (
    ClassifierDetector,
    Engine,
    NamesDetector,
    SimilarityDetector,
    engine_of,
)
from guardrail.stages.echoes import DEFAULT_MIN_WORDS, EchoesDetector
from guardrail.stages.hidden_text import HiddenTextDetector
from guardrail.stages.host import HostDetector, JudgeDetector
from guardrail.stages.length import LengthDetector
from guardrail.stages.links import LinksDetector
from guardrail.stages.markup import MarkupDetector
from guardrail.stages.pii import FOUND_ENTITIES, PiiDetector, PiiOnDemand, PiiWithNames
from guardrail.stages.pii.hosted import offered_by
from guardrail.stages.reply_language import LanguageDetector
from guardrail.stages.secrets import SecretsDetector
from guardrail.values import NOT_RUN, Outcome

_WITHOUT_ARGUMENTS: Final[Mapping[str, Callable[[], Detector]]] = {
    "language": LanguageDetector,
    "markup": MarkupDetector,
    "hidden_text": HiddenTextDetector,
}


def build(detector: CheckedDetector, policy: CheckedPolicy, host: Host) -> Detector:
    """Return the stage that serves a detector; the one table of kinds."""
    arguments = detector.arguments
    match detector.kind:
        case "pii":
            return _pii(detector, host)
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


def build_model_free(
    detector: CheckedDetector, policy: CheckedPolicy, host: Host, *, skips_missing_extras: bool
) -> Detector | Outcome:
    """Build what runs without a model: of `pii`, the entities that need none."""
    entities = _texts(detector.arguments.get("entities"))
    if detector.kind == "pii" and entities is not None:
        found = FOUND_ENTITIES | frozenset(offered_by(host.recognizers))
        kept = tuple(entity for entity in entities if entity in found)
        arguments = {**detector.arguments, "entities": kept}
        detector = dataclasses.replace(detector, arguments=arguments, missing=None, model=None)
        if not kept:
            return NOT_RUN
    if detector.missing is not None:
        return NOT_RUN
    try:
        if detector.kind == "pii" and skips_missing_extras and not host.recognizers:
            return PiiOnDemand(*_pii_settings(detector))
        return build(detector, policy, Host(recognizers=host.recognizers))
    except MissingExtraError:
        if skips_missing_extras:
            return NOT_RUN
        raise


def _by_model(detector: CheckedDetector, policy: CheckedPolicy, host: Host) -> Detector:
    arguments = detector.arguments
    if detector.kind == "judge":
        return JudgeDetector(host.judges[str(arguments["model"])], str(arguments["question"]))
    engine = _engine(str(detector.model), host)
    if detector.kind == "similarity":
        return SimilarityDetector(engine, _entries(arguments["to"], policy))
    return ClassifierDetector(engine, str(arguments["label"]))


def _engine(name: str, host: Host) -> Engine:
    return engine_of(read_model(host.models[name]), host.provider, host.model_cache)


def _pii(detector: CheckedDetector, host: Host) -> Detector:
    """Return what finds personal data: recognizers, a model's token head, or both."""
    entities, min_score, regions = _pii_settings(detector)
    if detector.model is None or entities is None:
        return PiiDetector(entities, min_score, regions, host.recognizers)
    found = FOUND_ENTITIES | frozenset(offered_by(host.recognizers))
    by_model = tuple(entity for entity in entities if entity not in found)
    names = NamesDetector(_engine(detector.model, host), by_model, min_score)
    shaped = tuple(entity for entity in entities if entity in found)
    if not shaped:
        return names
    return PiiWithNames(PiiDetector(shaped, min_score, regions, host.recognizers), names)


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
