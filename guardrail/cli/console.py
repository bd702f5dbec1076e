"""What every command prints with: colors only on a terminal, and text no terminal can choke on."""

from __future__ import annotations

import os
import re
from typing import Final

import click

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a line; styles are dropped where nobody would see them, and with `NO_COLOR`."""
    click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)


def complain(message: str, help: str | None = None, *, level: str = "error") -> None:  # noqa: A002
    """Print an error or a warning to standard error, in the look of the policy diagnostics."""
    color = "red" if level == "error" else "yellow"
    echo(f"{click.style(level, fg=color, bold=True)}: {printable(message)}", err=True)
    if help:
        echo(f"  = help: {printable(help)}", err=True)


def printable(text: str) -> str:
    r"""Return text without characters that a terminal obeys instead of showing.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def count(number: int, thing: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    >>> count(1, "reply", "replies"), count(12_000, "line")
    ('1 reply', '12,000 lines')
    """
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"


def columns(rows: list[list[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Lay rows out in columns as wide as they need; columns in `right` end together.

    >>> columns([["a", "10"], ["bcd", "7"]], frozenset({1}))
    ['a    10', 'bcd   7']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
