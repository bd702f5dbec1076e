"""`guardrail lint`: everything that is wrong with policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import count, echo
from guardrail.cli.exit_codes import CLEAN, FINDINGS

if TYPE_CHECKING:
    from guardrail.language.diagnostics import Diagnostic


@click.command(cls=Command, examples=("guardrail lint policies/",))
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Messages for people, a JSON array, or annotations of a GitHub workflow.",
)
@click.option("--strict", is_flag=True, help="Warnings give exit code 1 too.")
def lint(paths: tuple[str, ...], form: str, strict: bool) -> int:  # noqa: FBT001 - a flag
    """Show every mistake in policies.

    A PATH is a policy, or a folder with *.guard files. Each code has a page: see
    `guardrail explain CODE`.

    Exit codes: 0 clean, or warnings alone; 1 errors, or warnings with --strict; 2 a path cannot be
    read.
    """
    from guardrail.cli.policies import policy_files

    files = policy_files(paths)
    diagnostics = _diagnose(files)
    errors = sum(each.level == "error" for each in diagnostics)
    warnings = len(diagnostics) - errors
    _print(diagnostics, form)
    if form == "text":
        problems = [count(errors, "error"), count(warnings, "warning")]
        echo(f"{' and '.join(problems)} in {count(len(files), 'file')}")
        if diagnostics:
            echo(f"Next: guardrail explain {diagnostics[0].code} says more about the first.")
    return FINDINGS if errors or (strict and warnings) else CLEAN


def _diagnose(files: list[str]) -> list[Diagnostic]:
    """Return what is wrong with each policy, once, whichever of them led to it."""
    from guardrail.cli.guards import declared_host
    from guardrail.runtime.compile import diagnose

    host = declared_host()
    found = {file: diagnose(file, host)[1] for file in files}
    parts = _parts(files) if any(_has_block_mistake(each) for each in found.values()) else set()
    unique: dict[tuple[object, ...], Diagnostic] = {}
    for file in files:
        for each in found[file] if file not in parts else ():
            place = Path(each.source.name).resolve()
            unique.setdefault((place, each.code, each.primary.span, each.message), each)
    return list(unique.values())


def _has_block_mistake(diagnostics: list[Diagnostic]) -> bool:
    return any(each.code == "G104" for each in diagnostics)


def _parts(files: list[str]) -> set[str]:
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


def _print(diagnostics: list[Diagnostic], form: str) -> None:
    from guardrail.language.render import as_json, render_all

    if form == "json":
        echo(json.dumps([as_json(each) for each in diagnostics], indent=2, ensure_ascii=False))
    elif form == "github":
        for each in diagnostics:
            echo(_annotation(each))
    elif diagnostics:
        echo(render_all(diagnostics))
        echo()


def _annotation(diagnostic: Diagnostic) -> str:
    from guardrail.language.diagnostics import CATALOGUE

    line, column = diagnostic.source.position(diagnostic.primary.span.start)
    properties = {
        "file": diagnostic.source.name,
        "line": line,
        "col": column,
        "title": f"{diagnostic.code} {CATALOGUE[diagnostic.code].name}",
    }
    listed = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in properties.items())
    text = "\n".join([diagnostic.message, *(f"help: {each}" for each in diagnostic.help)])
    return f"::{diagnostic.level} {listed}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """Escape what has a meaning in a workflow command."""
    return "".join(f"%{ord(each):02X}" if each in f"%\r\n{more}" else each for each in text)
