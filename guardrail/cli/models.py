"""`guardrail models`: which models are here, whether they may be loaded, and what pins them."""

from __future__ import annotations

from pathlib import Path

import click

from guardrail.cli.command import Command
from guardrail.cli.console import columns, complain, count, echo, printable
from guardrail.cli.exit_codes import CLEAN, USAGE
from guardrail.errors import GuardrailError, ModelError, SettingsError


class _Group(Command, click.Group):
    """A group with examples."""


_FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="The folder of models; else that of the settings, and the models that ship.",
)


@click.group(cls=_Group, examples=("guardrail models list", "guardrail models verify"))
def models() -> None:
    """Show, check and pin the models that policies use."""


@models.command("list", cls=Command, examples=("guardrail models list",))
@_FOLDER
def list_(folder: Path | None) -> int:
    """Show the models that policies can name, with their labels.

    Exit codes: 0; 2 a folder is missing or a manifest is wrong; the others are shown.
    """
    from guardrail.models.folder import read_manifest

    found = _found(folder)
    if not found:
        echo("No models. A model folder holds model.onnx, tokenizer.json and manifest.json.")
        return CLEAN
    rows, broken = [], []
    for name, place in found.items():
        try:
            manifest = read_manifest(place)
        except GuardrailError as error:
            broken.append(error)
            rows.append([printable(name), "BROKEN", printable(str(place))])
            continue
        head = manifest.outputs.tokens
        says = (*(label.name for label in manifest.labels), *(head.entities if head else ()))
        rows.append([printable(name), ", ".join(says), printable(str(place))])
    for line in columns(rows):
        echo(line)
    for each in broken:
        complain(printable(each.message), each.help)
    return USAGE if broken else CLEAN


@models.command(cls=Command, examples=("guardrail models verify", "guardrail models verify tiny"))
@click.argument("names", nargs=-1)
@_FOLDER
def verify(names: tuple[str, ...], folder: Path | None) -> int:
    """Check hashes, lock, tokenizer and graph of models; no model runs.

    Exit codes: 0 all may be loaded; 2 one may not, or there is none of that name.
    """
    from guardrail.models import read_model

    found = _found(folder)
    wrong = 0
    for name in names or found:
        try:
            if name not in found:
                raise ModelError(
                    f"there is no model `{name}`", help="`guardrail models list` shows what is here"
                )
            model = read_model(found[name])
        except GuardrailError as error:
            complain(printable(error.message), error.help)
            wrong += 1
        else:
            echo(f"{printable(name)}  sha256:{model.digest}")
    echo(f"{count(len(names or found), 'model')} checked, {wrong} refused")
    return USAGE if wrong else CLEAN


@models.command(cls=Command, examples=("guardrail models lock --folder models",))
@_FOLDER
def lock(folder: Path | None) -> int:
    """Pin the models of a folder in its guardrail.lock; from then on no other is loaded.

    What is wrong with a model but for the lock is an error, and nothing is written.

    Exit codes: 0; 2 a model may not be loaded, or no folder is named.
    """
    from guardrail.models import find_models, read_model
    from guardrail.models.lock import write_lock

    place = _own(folder)
    if place is None:
        raise click.UsageError(
            "No folder. Name one with --folder FOLDER, or in pyproject.toml: "
            '[tool.guardrail] models = "models"'
        )
    pins = {
        name: read_model(each, is_pinned=False).digest
        for name, each in find_models([place]).items()
    }
    path = write_lock(place, pins)
    echo(f"{printable(str(path))}: {count(len(pins), 'model')} pinned")
    return CLEAN


def _own(folder: Path | None) -> Path | None:
    from guardrail.settings import load_settings

    place = folder or load_settings().models
    if place is not None and not place.is_dir():
        raise SettingsError(
            f"there is no folder of models `{place}`",
            help="it holds a folder for each model, with model.onnx and manifest.json",
        )
    return place


def _found(folder: Path | None) -> dict[str, Path]:
    from guardrail.runtime.host import models_in

    return models_in(_own(folder))
