"""`guardrail train sft|reward|align`: language models, with the policy as the measure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo, printable
from guardrail.cli.exit_codes import CLEAN

if TYPE_CHECKING:
    from pydantic import BaseModel

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound="BaseModel")


def recipe_only(command: F) -> F:
    """Add the options of a recipe."""
    changes = click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a key of the recipe; again for each.",
    )
    recipe = click.option(
        "--recipe",
        required=True,
        type=click.Path(path_type=Path),
        help="The recipe.",
    )
    return recipe(changes(command))


def recipe_options(command: F) -> F:
    """Add the options of a recipe that can be resumed."""
    resume = click.option("--resume", is_flag=True, help="Go on with the interrupted run in `out`.")
    return recipe_only(resume(command))


@click.command(
    cls=Command,
    examples=(
        "guardrail train sft --recipe recipes/support_bot/sft.yaml",
        "guardrail train sft --recipe recipes/support_bot/sft.yaml --set seed=1 --set out=runs/one",
    ),
)
@recipe_options
def sft(recipe: Path, changes: tuple[str, ...], *, resume: bool) -> int:
    """Train a language model on replies.

    Exit codes: 0; 2 the recipe or its data is wrong, or an extra is missing; 3 training failed.
    """
    from guardrail.training.common.recipe import read_recipe
    from guardrail.training.sft import SftRecipe, train_sft

    out = train_sft(read_recipe(recipe, SftRecipe, changes), resume=resume, say=echo)
    return _done(out)


@click.command(
    cls=Command, examples=("guardrail train reward --recipe recipes/support_bot/reward.yaml",)
)
@recipe_options
def reward(recipe: Path, changes: tuple[str, ...], *, resume: bool) -> int:
    """Train a model that says which of two replies is the better one.

    Exit codes: 0; 2 the recipe or its data is wrong, or an extra is missing; 3 training failed.
    """
    from guardrail.training.common.recipe import read_recipe
    from guardrail.training.reward import RewardRecipe, train_reward

    return _done(train_reward(read_recipe(recipe, RewardRecipe, changes), resume=resume, say=echo))


@click.command(
    cls=Command,
    examples=(
        "guardrail train align --recipe recipes/support_bot/align.yaml",
        "guardrail train align --recipe recipes/support_bot/align.yaml --set method=rloo",
    ),
)
@recipe_options
def align(recipe: Path, changes: tuple[str, ...], *, resume: bool) -> int:
    """Align a language model with a policy: its graded verdict is the reward.

    Exit codes: 0; 2 the recipe or its data is wrong, or an extra is missing; 3 training failed,
    or the model lost what a gate protects.
    """
    from guardrail.training.align import AlignRecipe, train_align
    from guardrail.training.common.recipe import read_recipe

    return _done(train_align(read_recipe(recipe, AlignRecipe, changes), resume=resume, say=echo))


def _done(out: Path) -> int:
    echo(f"Written to {printable(str(out))}.")
    return CLEAN
