"""`guardrail test`: the policies' own tests, and what they cover."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo, printable
from guardrail.cli.exit_codes import CLEAN, FINDINGS, USAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrail.coverage import Coverage
    from guardrail.language.resolve import Program
    from guardrail.reports.junit import CaseResult
    from guardrail.testing import TestResult


@dataclass(slots=True)
class _Outcome:
    """What all policies came to, by file."""

    results: dict[str, list[TestResult]] = field(default_factory=dict)
    coverage: dict[str, Coverage] = field(default_factory=dict)
    invalid: dict[str, str] = field(default_factory=dict)
    below: list[str] = field(default_factory=list)
    idle: dict[str, None] = field(default_factory=dict)
    """The files whose tests nothing runs: imported parts, which have no policy block."""

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(not each.passed for found in self.results.values() for each in found)


@click.command(
    cls=Command,
    examples=(
        "guardrail test policies/",
        "guardrail test policy.guard --coverage --threshold 90",
        "guardrail test policy.guard --format junit -o tests.xml",
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--coverage",
    "wants_coverage",
    is_flag=True,
    help="Show which rules, clauses and principles the tests have tried.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 100),
    metavar="N",
    help="Exit code 1 if a policy has less than N percent of its rules, clauses or principles "
    "covered. Implies --coverage.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "junit", "json"]),
    default="text",
    show_default=True,
    help="A summary for people, a report for CI, or a JSON array with every case; with --coverage "
    "the JSON is an object of `cases` and `coverage`, and JUnit has the table on standard error.",
)
@click.option("-o", "--output", metavar="FILE", help="Write there, whole or not at all.")
def test(
    paths: tuple[str, ...],
    *,
    wants_coverage: bool,
    threshold: float | None,
    form: str,
    output: str | None,
) -> int:
    """Run the tests that stand in policies.

    A PATH is a policy, or a folder with *.guard files. No model runs: a test says what a
    classifier or a judge would answer, `with hate = 0.93`.

    Exit codes: 0 all pass, or there are none; 1 a test fails, or --threshold is not reached; 2 a
    policy is wrong, or an extra that a test needs is missing.
    """
    from guardrail.cli.output import open_output

    outcome = _Outcome()
    for file in _policies(paths):
        _run(outcome, file, wants_coverage=wants_coverage or threshold is not None)
    if threshold is not None:
        _compare(outcome, threshold)
    for file in (name for name, found in outcome.results.items() if not found):
        help_ = 'add one: test "…" given output "…" expect allow'
        complain(f"`{file}` has no tests, so nothing was tried", help_, level="warning")
    for file in outcome.idle:
        help_ = "tests run where the policy block is: move them there, or give this file a block"
        complain(f"nothing runs the tests of `{file}`: it is only a part", help_, level="warning")
    if output is None and form == "text":
        echo(_text(outcome))
    else:
        with open_output(output) as stream:
            stream.write(_encoded(outcome, form))
    if output is not None:
        echo(f"The report is in {printable(output)}.")
    if form == "junit":  # which has no place for it
        _print_coverage(outcome)
    for line in outcome.below:
        complain(line, "the table of --coverage shows what no test has tried")
    if outcome.invalid:
        return USAGE
    return FINDINGS if outcome.failed or outcome.below else CLEAN


def _policies(paths: tuple[str, ...]) -> list[str]:
    """Return the policies named; in a folder, what others import is a part and no policy."""
    from guardrail.cli.policies import imported_parts, policy_files

    files = policy_files(paths)
    parts = imported_parts(files) if len(files) > 1 else set()
    return [file for file in files if file not in parts]


def _run(outcome: _Outcome, file: str, *, wants_coverage: bool) -> None:
    from guardrail.cli.guards import declared_host
    from guardrail.errors import PolicyError
    from guardrail.testing import run_suite

    host = declared_host()
    stand_ins = {name: (each, _never_called) for name, each in host.gives.items()}
    try:
        run = run_suite(file, detectors=stand_ins, recognizers=host.recognizers)
    except PolicyError as error:
        outcome.invalid[file] = str(error)
        echo(f"{error}\n", err=True)
        return
    outcome.results[file] = run.results
    outcome.idle.update(dict.fromkeys(_idle(run.program)))
    if wants_coverage:
        from guardrail.coverage import coverage

        outcome.coverage[file] = coverage(run.policy, run.results, program=run.program)


def _idle(program: Program) -> Iterator[str]:
    """Yield the imported files with tests but without a policy block, so that no call runs them."""
    from guardrail.language.nodes import Policy, Test

    for module in program.prefixes:
        kinds = {type(item) for item in module.tree.items}
        if Test in kinds and Policy not in kinds:
            yield module.source.name


def _never_called(*_args: object, **_arguments: object) -> object:
    """Stand in for a detector of the host, which no test ever runs."""
    raise LookupError("host detectors do not run in tests")


def _compare(outcome: _Outcome, threshold: float) -> None:
    """Note every policy that has less covered than was asked for."""
    from guardrail.cli.coverage import percent

    for file, found in outcome.coverage.items():
        low = [
            f"{percent(share)} of {thing}"
            for thing, share in found.shares.items()
            if share.percent < threshold
        ]
        if low:
            outcome.below.append(f"`{file}` covers {', '.join(low)}; asked for {threshold:g} %")


def _print_coverage(outcome: _Outcome) -> None:
    from guardrail.cli.coverage import coverage_text

    for file, found in outcome.coverage.items():
        echo(coverage_text(file, found), err=True)


def _encoded(outcome: _Outcome, form: str) -> bytes:
    if form == "text":
        return click.unstyle(_text(outcome)).encode(errors="backslashreplace") + b"\n"
    if form == "junit":
        return _junit(outcome)
    cases = [_as_json(file, each) for file, found in outcome.results.items() for each in found]
    data: object = cases
    if outcome.coverage:
        from guardrail.cli.coverage import coverage_data

        listed = [coverage_data(file, found) for file, found in outcome.coverage.items()]
        data = {"cases": cases, "coverage": listed}
    return json.dumps(data, indent=2).encode() + b"\n"


# ---------------------------------------------------------------- text


def _text(outcome: _Outcome) -> str:
    from guardrail.cli.coverage import coverage_text

    results = outcome.results
    blocks = [
        _failure(file, each) for file, found in results.items() for each in found if not each.passed
    ]
    blocks += [coverage_text(file, found) for file, found in outcome.coverage.items()]
    total = sum(map(len, results.values()))
    passed = click.style(f"{total - outcome.failed} passed", fg="green")
    rest = click.style(f", {outcome.failed} failed", fg="red", bold=True) if outcome.failed else ""
    lines = [f"{passed}{rest} in {count(len(results), 'file')}"]
    if outcome.failed:
        file = next(
            name for name, found in results.items() if any(not each.passed for each in found)
        )
        lines.append(
            f"Next: guardrail explain {printable(file)} --text TEXT shows why a text gets its "
            "verdict."
        )
    return "\n\n".join([*blocks, "\n".join(lines)])


def _failure(file: str, result: TestResult) -> str:
    lines = [
        f'{click.style("FAILED", fg="red", bold=True)} "{_title(result)}',
        f"  --> {printable(file)}:{result.line}",
        f"  expected  {result.expected}",
        f"  got       {result.got}",
        _under("output", result.difference) if result.difference else "",
        _under("why", result.explanation),
    ]
    return "\n".join(line for line in lines if line)


def _title(result: TestResult) -> str:
    """Return the title of a case, its closing quote, and its row."""
    row = f", row {result.row}" if result.row is not None else ""
    return f'{printable(result.title)}"{row}'


def _under(word: str, text: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([f"  {word:<8}  {printable(first)}", *(f"{'':12}{line}" for line in others)])


# ---------------------------------------------------------------- reports


def _as_json(file: str, result: TestResult) -> dict[str, object]:
    return {
        "file": file,
        "title": result.title,
        "line": result.line,
        "row": result.row,
        "side": result.side,
        "passed": result.passed,
        "expected": result.expected,
        "got": result.got,
        "difference": result.difference,
        "explanation": result.explanation,
        "rules_evaluated": sorted(result.rules_evaluated),
        "rules_fired": sorted(result.rules_fired),
    }


def _junit(outcome: _Outcome) -> bytes:
    from guardrail.reports.junit import CaseResult, Suite, junit

    suites = [
        Suite(file, tuple(_case(file, each) for each in found))
        for file, found in outcome.results.items()
    ]
    suites += [
        Suite(file, (CaseResult("the policy compiles", file, file, error=message),))
        for file, message in outcome.invalid.items()
    ]
    if outcome.below:
        cases = (CaseResult("enough is covered", "coverage", failure="\n".join(outcome.below)),)
        suites.append(Suite("coverage", cases))
    return junit(suites)


def _case(file: str, result: TestResult) -> CaseResult:
    from guardrail.reports.junit import CaseResult

    row = f", row {result.row}" if result.row is not None else ""
    failure = None
    if not result.passed:
        failure = "\n".join(
            [
                f"expected {result.expected}, got {result.got}",
                *([result.difference] if result.difference else []),
                result.explanation,
            ]
        )
    return CaseResult(
        name=f"{result.title}{row}",
        classname=file,
        file=file,
        line=result.line,
        seconds=result.seconds,
        failure=failure,
    )
