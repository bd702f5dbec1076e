"""What the host registers, and with it what a policy may name in this installation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from guardrail.errors import SettingsError
from guardrail.language.vocabulary import EDITION_1, REGENERATE, Gives, Kind, Parameter, Vocabulary
from guardrail.stages.pii import ENTITIES, MISSING_ENTITIES, REGIONS, Recognizers
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


def host_of(
    detectors: HostDetectors | None = None,
    judges: Mapping[str, HostFunction] | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
    recognizers: Recognizers | None = None,
) -> Host:
    """Return what the host registered; a detector may come as `(gives, function)`.

    Raises:
        SettingsError: something that cannot be called was registered, something that is not a
            recognizer, or a file of them that cannot be read.
        MissingExtraError: recognizers without Presidio.
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
    return Host(
        functions, gives, dict(judges or {}), dict(rewriters or {}), recognizers_of(recognizers)
    )


NOT_YET: Final = {
    "classifier": "the classifier stage",
    "similarity": "the similarity stage",
}


def vocabulary(host: Host | None = None) -> Vocabulary:
    """Return what a policy may name here: the kinds of edition 1 and what the host registered."""
    host = host or Host()
    kinds = {}
    for kind in EDITION_1:
        kinds[kind.name] = dataclasses.replace(kind, missing=NOT_YET.get(kind.name))
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
    offered = frozenset(offered_by(host.recognizers))
    absent = {name: needs for name, needs in MISSING_ENTITIES.items() if name not in offered}
    return Vocabulary(kinds, rewriters, ENTITIES | offered, absent, regions=REGIONS)
