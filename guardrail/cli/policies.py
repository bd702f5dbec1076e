"""Which policy files a command was given: files by name, folders by what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from guardrail.cli.console import complain

_INSTALLED: Final = frozenset({"site-packages", "node_modules"})


def policy_files(paths: tuple[str, ...]) -> list[str]:
    """Return every policy named, and every `*.guard` file in the folders named, each once.

    Of a folder, what lies in hidden folders (`.venv`) or among installed packages is left out.

    Raises:
        click.UsageError: a path does not exist, cannot be read, or leads to no policy.
    """
    files: dict[str, None] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            found = sorted(map(str, _policies_in(path)))
            if not found:
                complain(f"`{name}` has no .guard files in it", level="warning")
            files.update(dict.fromkeys(found))
        else:
            files[readable_policy(name)] = None
    if not files:
        raise click.UsageError(f"No policy: {', '.join(paths)} has no .guard files in it")
    return list(files)


def _policies_in(folder: Path) -> Iterator[Path]:
    """Yield the policies in a folder; what is hidden or installed is not the caller's own."""
    for file in folder.rglob("*.guard"):
        parents = file.relative_to(folder).parts[:-1]
        is_own = not any(name.startswith(".") or name in _INSTALLED for name in parents)
        if is_own and file.is_file():
            yield file


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


def imported_parts(files: list[str]) -> set[str]:
    """Return the files without a policy block that others import: they are judged there."""
    from guardrail.language.nodes import Policy
    from guardrail.language.resolve import resolve

    without: set[str] = set()
    imported: set[Path] = set()
    for file in files:
        program, _ = resolve(file)
        if program is not None:
            root, *modules = program.prefixes
            imported.update(module.location.path.resolve() for module in modules)
            if not any(isinstance(item, Policy) for item in root.tree.items):
                without.add(file)
    return {file for file in without if Path(file).resolve() in imported}
