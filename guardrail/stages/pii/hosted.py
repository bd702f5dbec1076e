"""Presidio recognizers of the host, in place of or beside the ones that are shipped.

They run unchanged: in any language, with what Presidio hands them. Their exceptions become errors
of the detector, and so do findings outside the text or of entities that they do not announce.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from guardrail.errors import MissingExtraError, SettingsError
from guardrail.stages.pii.context import artifacts
from guardrail.stages.pii.entities import CLASSES
from guardrail.stages.pii.errors import RecognizerError
from guardrail.stages.pii.postponed import import_presidio
from guardrail.stages.pii.recognizers import (
    ALWAYS,
    Recognizer,
    gates_of,
    offline,
    predefined,
    silence,
    strict,
    timed,
)

Recognizers: TypeAlias = "str | Path | Iterable[Any]"
"""Presidio recognizers, or the YAML file that describes them."""

_ENHANCED: Final = "is_score_enhanced_by_context"
_REGISTRY_KEYS: Final = frozenset({"supported_languages", "supported_countries"})
_LONGEST_FILE: Final = 10_000_000
_SHIPPED: Final = "presidio_analyzer.predefined_recognizers."


def recognizers_of(given: Recognizers | None) -> tuple[Any, ...]:
    """Return the recognizers that a host gives, those of a YAML file made by Presidio.

    A file is read as `RecognizerRegistry.add_recognizers_from_yaml` reads it; one that names its
    languages, or recognizers by `type`, as `RecognizerRegistryProvider` does.

    Raises:
        MissingExtraError: Presidio is not installed.
        SettingsError: not a recognizer, or a file that Presidio cannot read.
    """
    if given is None or given == ():  # Presidio takes seconds and some 300 MB to import
        return ()
    try:
        base = import_presidio().EntityRecognizer
    except ImportError as error:
        raise MissingExtraError("recognizers of Presidio", "pii") from error
    if isinstance(given, str | Path):
        return tuple(each for each in _read(Path(given)) if not _needs_model(each))
    found = tuple(given)
    for each in found:
        if not isinstance(each, base):
            raise SettingsError(
                f"`{type(each).__name__}` is not a recognizer of Presidio",
                help="`recognizers=` takes EntityRecognizer objects, or the path of a YAML file",
            )
        if _needs_model(each):
            raise SettingsError(
                f"`{each.name}` needs a language model of spaCy, which is not run here",
                help="give a recognizer that looks at the text itself",
            )
    return found


def _needs_model(recognizer: Any) -> bool:
    """Tell whether a recognizer only repeats what Presidio's language model has found."""
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    return isinstance(recognizer, SpacyRecognizer)


def offered_by(recognizers: Iterable[Any]) -> tuple[str, ...]:
    """Return the entities that recognizers announce, each once."""
    return tuple(dict.fromkeys(name for each in recognizers for name in each.supported_entities))


def replaced_by(recognizers: Iterable[Any]) -> frozenset[str]:
    """Return the entities whose shipped recognizer is among these, set up by the host."""
    return frozenset(
        name for each in recognizers for name in each.supported_entities if _is_shipped(each, name)
    )


def _is_shipped(presidio: Any, entity: str) -> bool:
    """Tell whether a recognizer is of the class that finds an entity here without the host."""
    cls = type(presidio)
    return CLASSES.get(entity) == cls.__name__ and cls.__module__.startswith(_SHIPPED)


def hosted(recognizers: Iterable[Any], entities: Sequence[str]) -> tuple[Recognizer, ...]:
    """Return those of the recognizers that find one of the entities, ready to run."""
    wanted = frozenset(entities)
    return tuple(
        _hosted(each, asked)
        for each in recognizers
        if (asked := [name for name in each.supported_entities if name in wanted])
    )


def is_enhanced(result: Any) -> bool:
    """Tell whether the recognizer itself has already looked at the words around."""
    return bool((result.recognition_metadata or {}).get(_ENHANCED))


def _hosted(presidio: Any, entities: list[str]) -> Recognizer:
    from presidio_analyzer import EntityRecognizer, PatternRecognizer

    if _is_shipped(presidio, entities[0]):
        made = predefined(entities[0], copy.copy(presidio))
        return replace(made, scores=presidio.score_thresholds)
    cls = type(presidio)
    is_plain = cls.analyze is PatternRecognizer.analyze
    if is_plain:
        presidio = offline(copy.copy(presidio))  # the host's own stays as it is
        presidio.patterns = [strict(each, presidio) for each in presidio.patterns]

    def find(text: str) -> list[Any]:
        around = None if is_plain else artifacts(text)
        return sound(presidio.analyze(text, entities, around) or [], len(text))

    def enhance(text: str, own: list[Any], others: list[Any]) -> list[Any]:
        results = presidio.enhance_using_context(
            text=text,
            raw_recognizer_results=own,
            other_raw_recognizer_results=others,
            nlp_artifacts=artifacts(text),
            context=None,
        )
        return sound(results, len(text))

    def sound(results: list[Any], length: int) -> list[Any]:
        announced = [copy.deepcopy(each) for each in results if _is_sound(each, length, presidio)]
        return [each for each in announced if each.entity_type in entities]

    gates = gates_of(presidio) if is_plain else (ALWAYS,)
    is_asked_again = cls.enhance_using_context is not EntityRecognizer.enhance_using_context
    return Recognizer(
        find=timed(_loaded(presidio, find)),
        context=tuple(word.lower() for word in presidio.context or ()),
        gates=gates,
        claims=(ALWAYS,) if is_asked_again else gates,
        scores=presidio.score_thresholds,
        enhance=enhance if is_asked_again else None,
    )


def _loaded(presidio: Any, find: Callable[[str], list[Any]]) -> Callable[[str], list[Any]]:
    """Load a recognizer that loads lazily, as Presidio's engine does before it first runs."""
    if not presidio.is_loaded:
        presidio.load()
        presidio.is_loaded = True
    return find


def _is_sound(result: Any, length: int, presidio: Any) -> bool:
    """Raise for a result that cannot be one."""
    score = result.score
    if not 0 <= result.start < result.end <= length or result.entity_type is None:
        raise RecognizerError("bad span")
    if not math.isfinite(score) or not 0 <= score <= 1:
        raise RecognizerError("not a score")
    if result.entity_type not in presidio.supported_entities:
        raise RecognizerError("an entity that it does not announce")
    return True


# ---------------------------------------------------------------- files


def _read(file: Path) -> tuple[Any, ...]:
    import yaml
    from presidio_analyzer.recognizer_registry import (
        RecognizerRegistry,
        RecognizerRegistryProvider,
    )

    help_ = "it must be a YAML file as Presidio describes it, with a list `recognizers`"
    if file.is_file() and file.stat().st_size > _LONGEST_FILE:
        raise SettingsError(f"`{file}` is longer than 10 MB", help=help_)
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        listed = content["recognizers"]
        with silence():
            if _REGISTRY_KEYS & content.keys() or any("type" in each for each in listed):
                registry = RecognizerRegistryProvider(conf_file=file).create_recognizer_registry()
            else:
                registry = RecognizerRegistry()
                for each in listed:
                    registry.add_pattern_recognizer_from_dict(each)
    except OSError as error:
        raise SettingsError(f"`{file}` cannot be read: {error.strerror}", help=help_) from None
    except Exception as error:  # noqa: BLE001 - Presidio and YAML have many
        said = " ".join(str(error).split())[:200]
        message = f"`{file}` does not describe recognizers: {type(error).__name__}: {said}"
        raise SettingsError(message, help=help_) from None
    return tuple(registry.recognizers)
