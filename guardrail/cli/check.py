"""`guardrail check`: transcripts through a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, echo
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS

if TYPE_CHECKING:
    from guardrail.cli.batch import On
    from guardrail.runtime.guard import Guard
    from guardrail.values import Side

_FAIL_ON = ("flag", "redact", "append", "rewrite", "replace", "block", "never")


@click.command(
    cls=Command,
    examples=(
        "guardrail check chats.jsonl -p policy.guard",
        "guardrail check chats.jsonl.gz -p policy.guard --format jsonl -o verdicts.jsonl --jobs 4",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-p",
    "--policy",
    metavar="POLICY",
    help="The policy; without it, `policy` of [tool.guardrail] in the nearest pyproject.toml.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    help="A report for people, or a record for each text.  [default: text]",
)
@click.option("-o", "--output", metavar="FILE", help="Write there, whole or not at all.")
@click.option(
    "--on",
    type=click.Choice(["output", "input", "both"]),
    default="output",
    show_default=True,
    help="Check replies, what users wrote, or both.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    help="The weakest action that gives exit code 1.  [default: redact]",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes to use.  [default: 1]")
@click.option(
    "--signals",
    is_flag=True,
    help="Run every detector, also those that cannot change the verdict; nothing is skipped, and "
    "records hold what each said.",
)
@click.option(
    "--tool-calls/--no-tool-calls",
    default=True,
    show_default=True,
    help="Check the arguments of tool calls, each as a text of its own.",
)
def check(
    files: tuple[str, ...],
    *,
    policy: str | None,
    form: str | None,
    output: str | None,
    on: On,
    fail_on: str | None,
    jobs: int | None,
    signals: bool,
    tool_calls: bool,
) -> int:
    """Filter transcripts through a policy.

    Every reply in FILE... is checked. A FILE is JSON Lines (chat, prompt and response, HH-RLHF
    text) or plain text, packed with gzip or Zstandard or not; - is standard input. A line that
    cannot be read is reported and the rest is checked.

    Exit codes: 0 clean; 1 a verdict reached --fail-on; 2 the call, the policy or the installation
    is wrong; 3 some input could not be read, or guardrail failed.
    """
    from guardrail.cli.batch import Checker, Job
    from guardrail.cli.checking import run_check, sizes_of
    from guardrail.cli.guards import guard_spec, project
    from guardrail.cli.output import open_output
    from guardrail.cli.report import brief, report
    from guardrail.values import Action

    if files.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    settings, _ = project()
    writes_records = (form or settings.format) == "jsonl"
    sizes = sizes_of(files, output)
    job = Job(guard_spec(policy, evaluate_all=signals), on, writes_records, tool_calls)
    checker = Checker(job)
    _warn_without_rules(checker.guard, on)
    with open_output(output) as stream:
        records = stream if writes_records else None
        summary = run_check(files, sizes, job, checker, jobs or settings.jobs, records)
        if not writes_records:
            text = report(summary, checker.guard.policy, job)
            if output is None:
                echo(text)
            else:
                stream.write(click.unstyle(text).encode(errors="backslashreplace") + b"\n")
    if writes_records:
        echo(brief(summary, job), err=True)
    elif output is not None:
        echo(f"The report is in {output}.")
    if summary.tally.unreadable:
        return FAILED
    limit = fail_on or settings.fail_on
    is_reached = limit != "never" and summary.tally.worst >= Action[limit.upper()]
    return FINDINGS if is_reached else CLEAN


def _warn_without_rules(guard: Guard, on: On) -> None:
    sides: tuple[Side, ...] = ("output", "input")
    for side in sides:
        if on in (side, "both") and not guard.has_rules(side):
            complain(f"the policy has no rules on {side}: nothing there can fire", level="warning")
