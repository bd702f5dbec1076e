"""A command whose help ends with examples."""

from __future__ import annotations

from typing import Any

import click


class Command(click.Command):
    """A click command that must say how it is used."""

    def __init__(self, *args: Any, examples: tuple[str, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are: a command that wraps cannot be copied."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Example"):
            for example in self.examples:
                formatter.write(f"  {example}\n")
