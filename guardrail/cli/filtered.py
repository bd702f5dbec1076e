"""Where `--write-filtered` writes: packed by its suffix, whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from guardrail.cli.console import count, echo
from guardrail.cli.output import open_output, packing

if TYPE_CHECKING:
    from guardrail.cli.checking import Summary


def allow_filtered(target: str, files: Sequence[str], on: str, output: str | None) -> None:
    """Refuse `--write-filtered` where it would not be clear what it writes.

    Raises:
        click.UsageError: naming what to change.
    """
    if len(files) > 1:
        raise click.UsageError(
            f"--write-filtered writes one transcript, and {len(files)} are named: "
            f"{files[0]}, {files[1]}{', …' if len(files) > 2 else ''}; "  # noqa: PLR2004
            "check one file at a time"
        )
    if on != "output":
        raise click.UsageError("--write-filtered replaces replies: leave --on at output")
    if target == "-":
        raise click.UsageError("--write-filtered needs a file: standard output has the report")
    if output is not None and Path(target).resolve() == Path(output).resolve():
        raise click.UsageError(f"-o and --write-filtered both name {target}")


@contextlib.contextmanager
def open_filtered(target: str | None) -> Iterator[BinaryIO | None]:
    """Open a filtered transcript; `.gz` and `.zst` pack it. Without a target there is none.

    Raises:
        click.UsageError: the file cannot be made.
        MissingExtraError: `.zst` needs the extra `zstd`.
    """
    if target is None:
        yield None
        return
    with open_output(target) as stream, packing(stream, target) as packed:
        yield packed


def tell_filtered(target: str, summary: Summary) -> None:
    """Say where the filtered transcript is, and what is not in it."""
    lost = summary.tally.unreadable
    rest = f"; {count(lost, 'line')} that could not be checked left out" if lost else ""
    echo(f"The filtered transcript is in {target}{rest}.", err=True)
