"""`guardrail shift`: what training did to the probabilities of a model."""

from __future__ import annotations

from pathlib import Path

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo, printable
from guardrail.cli.exit_codes import CLEAN, FINDINGS
from guardrail.cli.train_lm import recipe_only


@click.command(
    cls=Command,
    examples=(
        "guardrail shift --recipe recipes/support_bot/shift.yaml",
        "guardrail shift --recipe recipes/support_bot/shift.yaml --set limit=0.5",
    ),
)
@recipe_only
def shift(recipe: Path, changes: tuple[str, ...]) -> int:
    """Compare the probabilities of two models on compliant and violating replies.

    Exit codes: 0; 1 compliant replies became less likely than `limit` allows; 2 the recipe, a model
    or the panel cannot be used.
    """
    from guardrail.training.common.recipe import read_recipe
    from guardrail.training.shift.recipe import ShiftRecipe, measure_shift
    from guardrail.training.shift.report import table

    read = read_recipe(recipe, ShiftRecipe, changes)
    found = measure_shift(read)
    for line in table(found):
        echo(printable(line))
    echo(f"Written to {printable(str(read.out))}.")
    return FINDINGS if found.is_collapsed else CLEAN
