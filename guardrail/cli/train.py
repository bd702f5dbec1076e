"""`guardrail train`: makes the models that policies use."""

from __future__ import annotations

from pathlib import Path

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo, printable
from guardrail.cli.exit_codes import CLEAN
from guardrail.cli.train_lm import align, reward, sft


class _Group(Command, click.Group):
    """A group with examples."""


@click.group(
    cls=_Group, examples=("guardrail train classifier --recipe recipes/guard_mini/recipe.yaml",)
)
def train() -> None:
    """Train models from recipes: YAML files whose keys are the options."""


@train.command(
    cls=Command,
    examples=("guardrail train classifier --recipe recipes/guard_mini/recipe.yaml --resume",),
)
@click.option(
    "--recipe",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    help="The YAML file that says what to train on which examples.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint of the run folder.")
def classifier(path: Path, *, resume: bool) -> int:
    """Train a classifier of texts and names, and write a model folder.

    Exit codes: 0; 2 the recipe or its examples cannot be used; 3 the training failed.
    """
    from guardrail.training.classifier.pipeline import train_classifier
    from guardrail.training.classifier.recipe import Recipe
    from guardrail.training.common.recipe import read_recipe

    recipe = read_recipe(path, Recipe)
    folder = train_classifier(recipe, lambda line: echo(printable(line), err=True), resume=resume)
    echo(f"{printable(str(folder))}: a model folder; `guardrail models verify` checks it")
    return CLEAN


for _command in (sft, reward, align):
    train.add_command(_command)
