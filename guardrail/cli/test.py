"""`guardrail test`: the policies' own tests."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo
from guardrail.cli.exit_codes import CLEAN, FINDINGS, USAGE

if TYPE_CHECKING:
    from guardrail.testing import TestResult


@click.command(cls=Command, examples=("guardrail test policies/",))
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A summary for people, or a JSON array with every case.",
)
def test(paths: tuple[str, ...], form: str) -> int:
    """Run the tests that stand in policies.

    A PATH is a policy, or a folder with *.guard files. No model runs: a test says what a
    classifier or a judge would answer, `with hate = 0.93`.

    Exit codes: 0 all pass, or there are none; 1 a test fails; 2 a policy is wrong, or an extra that
    a test needs is missing.
    """
    from guardrail.cli.guards import declared_host
    from guardrail.cli.policies import policy_files
    from guardrail.errors import PolicyError
    from guardrail.testing import run_tests

    declared = declared_host().gives
    stand_ins = {name: (gives, _never_called) for name, gives in declared.items()}
    results: dict[str, list[TestResult]] = {}
    is_invalid = False
    for file in policy_files(paths):
        try:
            results[file] = run_tests(file, detectors=stand_ins)
        except PolicyError as error:
            is_invalid = True
            echo(f"{error}\n", err=True)
    for file in (name for name, found in results.items() if not found):
        help_ = 'add one: test "…" given output "…" expect allow'
        complain(f"`{file}` has no tests, so nothing was tried", help_, level="warning")
    failed = sum(not each.passed for found in results.values() for each in found)
    if form == "json":
        echo(
            json.dumps(
                [_as_json(file, each) for file in results for each in results[file]], indent=2
            )
        )
    else:
        _print(results, failed)
    if is_invalid:
        return USAGE
    return FINDINGS if failed else CLEAN


def _never_called(*_args: object, **_arguments: object) -> object:
    """Stand in for a detector of the host, which no test ever runs."""
    raise LookupError("host detectors do not run in tests")


def _print(results: dict[str, list[TestResult]], failed: int) -> None:
    for file, found in results.items():
        for each in found:
            if not each.passed:
                echo(_failure(file, each))
                echo()
    total = sum(map(len, results.values()))
    passed = click.style(f"{total - failed} passed", fg="green")
    rest = click.style(f", {failed} failed", fg="red", bold=True) if failed else ""
    echo(f"{passed}{rest} in {count(len(results), 'file')}")
    if failed:
        file = next(
            name for name, found in results.items() if any(not each.passed for each in found)
        )
        echo(f"Next: guardrail explain {file} --text TEXT shows why a text gets its verdict.")


def _failure(file: str, result: TestResult) -> str:
    row = f", row {result.row}" if result.row is not None else ""
    why = result.explanation.replace("\n", "\n            ")
    return "\n".join(
        [
            f'{click.style("FAILED", fg="red", bold=True)} "{result.title}"{row}',
            f"  --> {file}:{result.line}",
            f"  expected  {result.expected}",
            f"  got       {result.got}",
            f"  why       {why}",
        ]
    )


def _as_json(file: str, result: TestResult) -> dict[str, object]:
    sets = {
        "rules_evaluated": sorted(result.rules_evaluated),
        "rules_fired": sorted(result.rules_fired),
    }
    return {"file": file} | asdict(result) | sets
