"""`guardrail doctor`: what is installed here, what is missing, and how to get it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import columns, echo, printable
from guardrail.cli.exit_codes import CLEAN, USAGE

if TYPE_CHECKING:
    from guardrail.settings import Settings

_CORE: Final = ("pydantic", "lark", "regex", "click", "google-re2", "msgspec", "rich")
_EXTRAS: Final = {
    "cpu": (("onnxruntime", "tokenizers"), "classifiers on the processor"),
    "gpu": (("onnxruntime-gpu", "tokenizers"), "classifiers on an NVIDIA GPU"),
    "pii": (("presidio-analyzer",), "the detector pii(...)"),
    "lang": (("py3langid",), "the detector language()"),
    "zstd": (("zstandard",), "transcripts packed with Zstandard"),
    "parquet": (("pyarrow",), "Parquet and Arrow files"),
    "ray": (("ray",), "checking on a cluster, --engine ray"),
    "lsp": (("pygls",), "the editor server, guardrail lsp"),
}
_RESERVED: Final = {
    "genai": "local judges and generators",
}
"""Extras that nothing in this version uses."""


@click.command(cls=Command, examples=("guardrail doctor",))
def doctor() -> int:
    """Show what is installed and what is missing.

    Exit codes: 0; 2 if the settings are wrong.
    """
    settings, is_wrong = _settings()
    for title, lines in (
        ("guardrail", _versions()),
        ("extras", columns(list(_extras()))),
        ("models", columns(list(_models(is_wrong=is_wrong)))),
        ("settings", settings),
    ):
        echo(click.style(title, bold=True))
        for line in lines:
            echo(f"  {line}")
        echo()
    if is_wrong:
        echo("Next: correct the settings; until then every command that needs them stops.")
        return USAGE
    echo("Next: guardrail lint PATH shows what is wrong with a policy.")
    return CLEAN


def _versions() -> list[str]:
    import platform

    rows = [
        ["guardrail-sdk", _version("guardrail-sdk") or "not installed (run from a checkout)"],
        ["python", f"{platform.python_version()} ({sys.executable})"],
        ["platform", platform.platform()],
    ]
    return columns(rows + [[name, _version(name) or "MISSING"] for name in _CORE])


def _extras() -> Iterator[list[str]]:
    for extra, (packages, purpose) in _EXTRAS.items():
        found = {name: _version(name) for name in packages}
        missing = [name for name, known in found.items() if known is None]
        if missing:
            yield [extra, "absent", f"{purpose}: pip install 'guardrail-sdk[{extra}]'"]
        else:
            listed = ", ".join(f"{name} {known}" for name, known in found.items())
            yield [extra, "present", f"{purpose}: {listed}"]
    for extra, purpose in _RESERVED.items():
        yield [extra, "reserved", f"for later: {purpose}"]
    if _version("onnxruntime") and _version("onnxruntime-gpu"):
        yield ["cpu+gpu", "CONFLICT", "they share a folder: uninstall both, then install one"]


def _models(*, is_wrong: bool) -> Iterator[list[str]]:
    """Say where models run, which only loading one shows, and which of them cannot be read."""
    from guardrail.errors import GuardrailError
    from guardrail.models.folder import read_manifest
    from guardrail.runtime.host import model_provider, models_in
    from guardrail.settings import Settings, load_settings

    settings = Settings() if is_wrong else load_settings()
    found = model_provider(settings.provider)
    if found.is_kept:
        yield ["run", f"on {found.runs}", ""]
    else:
        where = f"{settings.provider} is asked for, {found.runs or 'nothing'} would run"
        yield ["cannot run", where, printable(found.why)]
    place = settings.models if settings.models and settings.models.is_dir() else None
    for name, folder in models_in(place).items():
        try:
            manifest = read_manifest(folder)
        except GuardrailError as error:
            yield [printable(name), "BROKEN", printable(error.message)]
        else:
            count = len(manifest.labels)
            yield [printable(name), "present", f"{count} label{'' if count == 1 else 's'}"]


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _settings() -> tuple[list[str], bool]:
    """Return what the settings say, and whether they are wrong."""
    from guardrail.errors import SettingsError
    from guardrail.settings import load_settings, settings_file

    try:
        file, settings = settings_file(), load_settings()
    except SettingsError as error:
        wrong = f"{click.style('WRONG', fg='red')} {printable(error.message)}"
        return [wrong, *([f"help: {printable(error.help)}"] if error.help else [])], True
    if file is None:
        none = "no [tool.guardrail] in a pyproject.toml here or above: every option has its default"
        return [none], False
    return list(_listed(file, settings)), False


def _listed(file: Path, settings: Settings) -> Iterator[str]:
    yield f"file    {printable(str(file))}"
    for name, path in (("policy", settings.policy), ("models", settings.models)):
        if path is not None:
            yield f"{name}  {printable(str(path))}{'' if Path(path).exists() else '  (MISSING)'}"
    for name, each in settings.detectors.items():
        yield f"detector {name} gives {each.gives}, {each.run or 'declared only: it cannot run'}"
