"""From options and settings to a guard: which policy, which detectors of the host, which key."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.policies import readable_policy

if TYPE_CHECKING:
    from guardrail.runtime.guard import Guard
    from guardrail.runtime.host import Host
    from guardrail.settings import HostDetector, Provider, Settings

HASH_KEY: Final = "GUARDRAIL_HASH_KEY"


@dataclass(frozen=True, slots=True)
class GuardSpec:
    """Everything that makes a guard; it travels to worker processes, a guard does not.

    `root` is where the settings stand: the modules of host detectors are looked for there.
    `recognizers` is the file of Presidio recognizers, `models` a folder of models, `provider` where
    they run, `model_cache` of how many texts they keep their answers.
    """

    policy: str
    root: str | None = None
    detectors: dict[str, HostDetector] = field(default_factory=dict)
    evaluate_all: bool = False
    recognizers: str | None = None
    models: str | None = None
    provider: Provider = "cpu"
    model_cache: int = 0


def guard_spec(policy: str | None, *, evaluate_all: bool = False) -> GuardSpec:
    """Return what the settings and the option `-p` say together.

    Raises:
        click.UsageError: no policy is named anywhere, or it cannot be read.
    """
    settings, root = project()
    named = policy or (_from_here(settings.policy) if settings.policy else None)
    if named is None:
        raise click.UsageError(
            "No policy. Name one with -p POLICY, or in pyproject.toml: "
            '[tool.guardrail] policy = "policy.guard"'
        )
    return spec_of(readable_policy(named), settings, root, evaluate_all=evaluate_all)


def spec_of(
    policy: str, settings: Settings, root: str | None, *, evaluate_all: bool = False
) -> GuardSpec:
    """Return what makes the guard of one policy under the settings."""
    recognizers = _from_here(settings.recognizers) if settings.recognizers else None
    models = _from_here(settings.models) if settings.models else None
    return GuardSpec(
        policy,
        root,
        settings.detectors,
        evaluate_all,
        recognizers,
        models,
        settings.provider,
        settings.model_cache,
    )


def _from_here(path: Path) -> str:
    """Return a path of the settings as one would type it: reports show no folders of a machine."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def project() -> tuple[Settings, str | None]:
    """Return the settings of the current folder and the folder they stand in."""
    from guardrail.settings import load_settings, settings_file

    file = settings_file()
    return load_settings(), str(file.parent) if file else None


def declared_host() -> Host:
    """Return what the settings declare: host detectors by type alone, and recognizers.

    No code of the host is loaded.

    Raises:
        SettingsError: the file of recognizers cannot be read.
    """
    from guardrail.runtime.host import Host, host_of, models_in

    settings, _ = project()
    file = _from_here(settings.recognizers) if settings.recognizers else None
    return Host(
        gives={name: each.gives for name, each in settings.detectors.items()},
        recognizers=host_of(recognizers=file).recognizers,
        models=models_in(settings.models),
    )


def load_guard(spec: GuardSpec) -> Guard:
    """Compile the policy with the host's functions.

    Raises:
        PolicyError: with every mistake; a detector that is declared without `run` is one, where
            the policy uses it.
        SettingsError: a function cannot be had.
    """
    from guardrail.runtime.compile import compile_policy
    from guardrail.runtime.guard import Guard
    from guardrail.runtime.host import Host, host_of
    from guardrail.settings import function_at

    key = os.environ.get(HASH_KEY) or None
    gives = {name: each.gives for name, each in spec.detectors.items()}
    functions = {
        name: function_at(
            each.run,
            where=f"`detectors.{name}` in [tool.guardrail]",
            setting="`run`",
            root=spec.root,
        )
        for name, each in spec.detectors.items()
        if each.run is not None
    }
    recognizers = host_of(recognizers=spec.recognizers).recognizers
    if len(functions) < len(gives):
        models = host_of(models=spec.models).models
        host = Host(functions, gives, recognizers=recognizers, models=models)
        compile_policy(spec.policy, host, has_hash_key=key is not None)
    return Guard.load(
        spec.policy,
        detectors={name: (gives[name], functions.get(name, _absent)) for name in gives},
        recognizers=recognizers,
        models=spec.models,
        provider=spec.provider,
        model_cache=spec.model_cache,
        hash_key=key,
        evaluate_all=spec.evaluate_all,
    )


def _absent(*_args: object, **_arguments: object) -> object:
    raise LookupError("no function is registered")
