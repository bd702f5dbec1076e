"""`guardrail export`: a trained model as a folder that runs without torch."""

from __future__ import annotations

from pathlib import Path

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo, printable
from guardrail.cli.exit_codes import CLEAN
from guardrail.cli.train_lm import recipe_only


@click.command(cls=Command, examples=("guardrail export --recipe recipes/support_bot/export.yaml",))
@recipe_only
def export(recipe: Path, changes: tuple[str, ...]) -> int:
    """Export a language or reward model to ONNX, if it answers as it did in torch.

    Exit codes: 0; 2 the recipe or the model cannot be used; 3 it does not answer like the model it
    came from, and nothing was written.
    """
    from guardrail.training.common.recipe import read_recipe
    from guardrail.training.export.run import ExportRecipe, export_model

    out = export_model(read_recipe(recipe, ExportRecipe, changes), say=echo)
    echo(f"Written to {printable(str(out))}.")
    return CLEAN
