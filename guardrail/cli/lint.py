"""`guardrail lint`: everything that is wrong with policies, and opinions about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo, printable
from guardrail.cli.exit_codes import CLEAN, FINDINGS

if TYPE_CHECKING:
    from guardrail.language.diagnostics import Diagnostic
    from guardrail.lint.rule import Finding, Options
    from guardrail.reports.result import Result
    from guardrail.runtime.host import Host


@click.command(cls=Command, examples=("guardrail lint policies/", "guardrail lint --fix policies/"))
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing any verdict.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="Messages for people, a JSON array, SARIF for code hosts, or GitHub annotations.",
)
@click.option("--strict", is_flag=True, help="Warnings give exit code 1 too.")
def lint(
    paths: tuple[str, ...],
    fix: bool,  # noqa: FBT001 - a flag
    form: str,
    strict: bool,  # noqa: FBT001 - a flag
) -> int:
    """Show every mistake in policies, and opinions about them.

    A PATH is a policy, or a folder with *.guard files. Each code has a page: see
    `guardrail explain CODE`. `# guardrail: allow[CODE] because REASON` keeps an opinion quiet;
    `enable` and `disable` under [tool.guardrail.lint] choose which lint rules run.

    Exit codes: 0 clean, or warnings alone; 1 errors, or warnings with --strict; 2 a path cannot be
    read.
    """
    from guardrail.cli.guards import declared_host, project
    from guardrail.cli.policies import policy_files
    from guardrail.lint.options import options_of

    files = policy_files(paths)
    settings, _ = project()
    options = options_of(settings.lint.enable, settings.lint.disable)
    host = declared_host()
    if fix:
        _fix(files, host, options)
    findings = _lint(files, host, options)
    errors = sum(each.diagnostic.level == "error" for each in findings)
    _print(findings, form)
    if form == "text":
        _sum_up([each.diagnostic for each in findings], len(files))
    return FINDINGS if errors or (strict and findings) else CLEAN


def _sum_up(diagnostics: list[Diagnostic], files: int) -> None:
    """Say how many there are, and what to do next."""
    from guardrail.language.diagnostics import CATALOGUE

    errors = sum(each.level == "error" for each in diagnostics)
    problems = [count(errors, "error"), count(len(diagnostics) - errors, "warning")]
    echo(f"{' and '.join(problems)} in {count(files, 'file')}")
    if any(each.level == "error" and not CATALOGUE[each.code].is_opinion for each in diagnostics):
        echo("Opinions about a policy come when its errors are gone.")
    if diagnostics:
        first = next((each for each in diagnostics if each.level == "error"), diagnostics[0])
        which = "first" if first is diagnostics[0] else "first error"
        echo(f"Next: guardrail explain {first.code} says more about the {which}.")


# ---------------------------------------------------------------- findings


def _lint(files: list[str], host: Host, options: Options) -> list[Finding]:
    """Return what is wrong with each policy, once, whichever of them led to it."""
    from guardrail.cli.policies import imported_parts
    from guardrail.lint.engine import lint_file

    found = {file: lint_file(file, host, options) for file in files}
    mistaken = any(_has_block_mistake(each) for each in found.values())
    parts = imported_parts(files) if mistaken else set()
    unique: dict[tuple[object, ...], Finding] = {}
    for file in files:
        for each in found[file] if file not in parts else ():
            diagnostic = each.diagnostic
            place = Path(diagnostic.source.name).resolve()
            key = (place, diagnostic.code, diagnostic.primary.span, diagnostic.message)
            unique.setdefault(key, each)
    return list(unique.values())


def _has_block_mistake(findings: list[Finding]) -> bool:
    return any(each.diagnostic.code == "G104" for each in findings)


# ---------------------------------------------------------------- fixing


def _fix(files: list[str], host: Host, options: Options) -> None:
    """Write the files that can be mended, and say on the error stream what was done."""
    from guardrail.lint.fix import fix_files

    mended = fix_files(files, host, options)
    for file, text in mended.texts.items():
        _write(file, text)
    for each in mended.dropped:
        place = _where(each.diagnostic)
        complain(f"{place}: the fix of {each.diagnostic.code} would change more: left alone")
    if mended.fixed:
        many = count(len(mended.fixed), "finding")
        echo(f"fixed {many} in {count(len(mended.texts), 'file')}", err=True)


def _write(file: Path, text: str) -> None:
    from guardrail.cli.output import open_output

    mark = b"\xef\xbb\xbf"
    has_mark = file.read_bytes().startswith(mark)
    with open_output(str(file), is_policy=True) as stream:
        stream.write((mark if has_mark else b"") + text.encode("utf-8", "surrogatepass"))


def _where(diagnostic: Diagnostic) -> str:
    line = diagnostic.source.position(diagnostic.primary.span.start)[0]
    return f"{printable(diagnostic.source.name)}:{line}"


# ---------------------------------------------------------------- formats


def _print(findings: list[Finding], form: str) -> None:
    from guardrail.language.render import as_json, render_all

    diagnostics = [each.diagnostic for each in findings]
    if form == "json":
        shown = [{**as_json(each.diagnostic), "fixable": bool(each.edits)} for each in findings]
        echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif form == "sarif":
        echo(json.dumps(_sarif(diagnostics), indent=2))
    elif form == "github":
        from guardrail.reports.github import annotations

        if diagnostics:
            ordered = sorted(diagnostics, key=lambda each: each.level != "error")
            whole = "guardrail lint shows all of them"
            echo(annotations(map(_result, ordered), whole=whole))
    elif diagnostics:
        echo(render_all(diagnostics))
        echo()


def _sarif(diagnostics: list[Diagnostic]) -> dict[str, object]:
    """Return a SARIF log; each code that was found carries its page."""
    from guardrail.language.diagnostics import CATALOGUE
    from guardrail.lint.pages import page
    from guardrail.reports.result import RuleInfo
    from guardrail.reports.sarif import sarif

    rules = []
    for code in sorted({each.code for each in diagnostics}):
        entry, text = CATALOGUE[code], page(code)
        short = " ".join(text.split("\n\n")[1].split())
        rules.append(RuleInfo(code, entry.name, short, text, entry.level))
    return sarif(rules, map(_result, diagnostics))


def _result(diagnostic: Diagnostic) -> Result:
    from guardrail.language.diagnostics import CATALOGUE
    from guardrail.language.render import visible
    from guardrail.reports.result import Location, Result

    source, span = diagnostic.source, diagnostic.primary.span
    line, column = source.position(span.start)
    end_line, end_column = source.position(max(span.end, span.start + 1))
    helps = [f"help: {each}" for each in diagnostic.help]
    return Result(
        diagnostic.code,
        diagnostic.level,
        "\n".join(visible(each) for each in [_told(diagnostic), *helps]),
        Location(source.name, line, column, end_line, end_column),
        {"title": f"{diagnostic.code} {CATALOGUE[diagnostic.code].name}"},
    )


def _told(diagnostic: Diagnostic) -> str:
    """Return the message with what stands beside the mark, which the other formats show too."""
    label = diagnostic.primary.text
    return f"{diagnostic.message}: {label}" if label else diagnostic.message
