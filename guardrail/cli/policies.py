"""Which policy files a command was given: files by name, folders by what is in them."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guardrail.cli.console import complain


def policy_files(paths: tuple[str, ...]) -> list[str]:
    """Return every policy named, and every `*.guard` file in the folders named, each once.

    Raises:
        click.UsageError: a path does not exist, cannot be read, or leads to no policy.
    """
    files: dict[str, None] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            found = sorted(str(file) for file in path.rglob("*.guard") if file.is_file())
            if not found:
                complain(f"`{name}` has no .guard files in it", level="warning")
            files.update(dict.fromkeys(found))
        else:
            files[readable_policy(name)] = None
    if not files:
        raise click.UsageError(f"No policy: {', '.join(paths)} has no .guard files in it")
    return list(files)


def readable_policy(name: str) -> str:
    """Return the path of a policy that can be read.

    Raises:
        click.UsageError: there is no such file, or it is no file to read.
    """
    path = Path(name)
    try:
        exists = path.exists()
    except ValueError:
        exists = False
    if not exists:
        raise click.UsageError(f"`{name}` does not exist")
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not a regular file"
        raise click.UsageError(f"`{name}` is {what}, not a policy")
    if not os.access(path, os.R_OK):
        raise click.UsageError(f"`{name}` cannot be read: permission denied")
    return name
