"""What the host registers, and with it what a policy may name in this installation."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from guardrail.assets import folder
from guardrail.errors import GuardrailError, SettingsError
from guardrail.language.vocabulary import (
    BY_MODEL,
    EDITION_1,
    REGENERATE,
    Gives,
    Kind,
    ModelWords,
    Parameter,
    Vocabulary,
)
from guardrail.models import find_models
from guardrail.models.folder import read_manifest
from guardrail.settings import Provider
from guardrail.stages.classifier import PROVIDERS, Runs, provider_here
from guardrail.stages.pii import (
    ENTITIES,
    FOUND_ENTITIES,
    MISSING_ENTITIES,
    REGIONS,
    Recognizers,
)
from guardrail.stages.pii.hosted import offered_by, recognizers_of

HostFunction: TypeAlias = Callable[..., object]
HostDetectors: TypeAlias = Mapping[str, HostFunction | tuple[Gives, HostFunction]]
Rewrite: TypeAlias = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Host:
    """What the host registered: detectors with their types, judges and rewriters by name.

    `recognizers` are Presidio's, in place of or beside those that `pii` has.
    """

    detectors: Mapping[str, HostFunction] = field(default_factory=dict)
    gives: Mapping[str, Gives] = field(default_factory=dict)
    judges: Mapping[str, HostFunction] = field(default_factory=dict)
    rewriters: Mapping[str, Rewrite] = field(default_factory=dict)
    recognizers: tuple[Any, ...] = ()
    models: Mapping[str, Path] = field(default_factory=dict)
    """Folders of models by name."""
    provider: Provider = "cpu"
    """Where models run."""
    model_cache: int = 0
    """Of how many texts a model keeps its answers."""


def model_provider(asked: Provider) -> Runs:
    """Find out where models really run here when a provider is asked for."""
    return provider_here(asked)


def models_in(place: Path | None) -> dict[str, Path]:
    """Return the models of a folder and those that ship, by name; a folder's own come first."""
    return find_models([*([place] if place is not None else []), folder("models_onnx")])


def host_of(
    detectors: HostDetectors | None = None,
    judges: Mapping[str, HostFunction] | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
    recognizers: Recognizers | None = None,
    models: str | os.PathLike[str] | None = None,
    *,
    provider: Provider = "cpu",
    model_cache: int = 0,
) -> Host:
    """Return what the host registered; a detector may come as `(gives, function)`.

    Raises:
        SettingsError: something that cannot be called was registered, something that is not a
            recognizer, or a file of them that cannot be read; a folder of models that is none, an
            unknown provider.
        MissingExtraError: recognizers without Presidio.
    """
    functions, gives = _registered(detectors or {})
    if provider not in PROVIDERS:
        raise SettingsError(
            f"there is no provider `{provider}`", help=f"choose {', '.join(PROVIDERS)}"
        )
    if model_cache < 0:
        raise SettingsError("`model_cache` must be 0 or more", help="0 keeps no answers")
    return Host(
        functions,
        gives,
        dict(judges or {}),
        dict(rewriters or {}),
        recognizers_of(recognizers),
        models_in(_place_of(models)),
        provider,
        model_cache,
    )


def _registered(
    detectors: HostDetectors,
) -> tuple[dict[str, HostFunction], dict[str, Gives]]:
    """Return the functions by name, and what those give that say it."""
    functions: dict[str, HostFunction] = {}
    gives: dict[str, Gives] = {}
    for name, registered in detectors.items():
        function: object = registered
        if isinstance(registered, tuple):
            gives[name], function = registered
        if not callable(function):
            raise SettingsError(f"the host detector `{name}` is not callable")
        functions[name] = function
    return functions, gives


def _place_of(models: str | os.PathLike[str] | None) -> Path | None:
    if models is None:
        return None
    place = Path(models)
    if not place.is_dir():
        raise SettingsError(
            f"there is no folder of models `{place}`",
            help="it holds a folder for each model, with model.onnx and manifest.json",
        )
    return place


_NO_MODEL: Final = "a model, and none is installed (`Guard.load(..., models=FOLDER)`)"


def vocabulary(host: Host | None = None) -> Vocabulary:
    """Return what a policy may name here: the kinds of edition 1 and what the host registered."""
    host = host or Host()
    kinds = {}
    for kind in EDITION_1:
        lacks = kind.name in BY_MODEL and not host.models
        kinds[kind.name] = dataclasses.replace(kind, missing=_NO_MODEL if lacks else None)
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
    models = {name: _words(place) for name, place in host.models.items()}
    offered = frozenset(offered_by(host.recognizers))
    by_model = {name for words in models.values() if words is not None for name in words.entities}
    absent = {
        name: MISSING_ENTITIES.get(name, f"a model that finds {name}")
        for name in sorted({*MISSING_ENTITIES, *by_model} - FOUND_ENTITIES - offered)
    }
    entities = ENTITIES | offered | by_model
    return Vocabulary(kinds, rewriters, entities, absent, models or None, REGIONS)


def _words(place: Path) -> ModelWords | None:
    """Return what a model can say; None if its manifest is broken, which concerns who uses it."""
    try:
        manifest = read_manifest(place)
    except GuardrailError:
        return None
    head = manifest.outputs.tokens
    return ModelWords(
        frozenset(label.name for label in manifest.labels),
        frozenset(head.entities if head is not None else ()),
    )
