"""`guardrail train`: makes models."""

from __future__ import annotations

import click

from guardrail.cli.command import Command
from guardrail.cli.train_lm import align, reward, sft


class _Group(Command, click.Group):
    """A group with examples."""


@click.group(cls=_Group, examples=("guardrail train sft --recipe recipes/support_bot/sft.yaml",))
def train() -> None:
    """Train models from recipes: YAML files whose keys are the options."""


for _command in (sft, reward, align):
    train.add_command(_command)
