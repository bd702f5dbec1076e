"""`guardrail check`: transcripts through a policy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS

if TYPE_CHECKING:
    from guardrail.cli.batch import On
    from guardrail.runtime.guard import Guard
    from guardrail.values import Side

_FAIL_ON = ("flag", "redact", "append", "rewrite", "replace", "block", "never")
_FORMS = ("text", "jsonl", "sarif", "junit", "github", "html")


@click.command(
    cls=Command,
    examples=(
        "guardrail check chats.jsonl -p policy.guard",
        "guardrail check chats.jsonl.gz -p policy.guard --format jsonl -o verdicts.jsonl --jobs 4",
        "guardrail check chats.jsonl -p policy.guard --format html -o report.html",
        "guardrail check chats.jsonl -p policy.guard --write-filtered safe.jsonl",
        "guardrail check chats.jsonl -p policy.guard --format jsonl -o verdicts.jsonl --resume",
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
    type=click.Choice(_FORMS),
    help="A report for people (text, html), a record for each text (jsonl), or a report for CI: "
    "SARIF, JUnit, annotations of a GitHub workflow.  [default: text]",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write there, whole or not at all; .gz and .zst pack it, .parquet and .arrow make a table "
    "of records.",
)
@click.option(
    "--write-filtered",
    "filtered",
    metavar="FILE",
    help="Write the transcript too, with every reply as the user would have seen it; .gz and .zst "
    "pack it. Lines that cannot be checked are left out.",
)
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
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where the processes are: on this machine, or on the Ray cluster that RAY_ADDRESS names "
    "(without it, one is started here).",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Take over the records that a run with the same -o left when it was cut off, and go on "
    "from there; needs --format jsonl.",
)
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
    filtered: str | None,
    on: On,
    fail_on: str | None,
    jobs: int | None,
    engine: Literal["local", "ray"],
    resume: bool,
    signals: bool,
    tool_calls: bool,
) -> int:
    """Filter transcripts through a policy.

    Every reply in FILE... is checked. A FILE is JSON Lines (chat, prompt and response, HH-RLHF
    text), a table of such rows (Parquet, Arrow) or plain text, packed with gzip or Zstandard or
    not; - is standard input. A line that cannot be read is reported and the rest is checked.

    Exit codes: 0 clean; 1 a verdict reached --fail-on; 2 the call, the policy or the installation
    is wrong; 3 some input could not be read, or guardrail failed.
    """
    from guardrail.cli.batch import Checker
    from guardrail.cli.checking import sizes_of
    from guardrail.cli.filtered import allow_filtered, tell_filtered
    from guardrail.cli.formats import Wanted, job_for, write_checked
    from guardrail.cli.guards import guard_spec, project
    from guardrail.cli.tables import allow_table
    from guardrail.cli.workers import Workers
    from guardrail.values import Action

    if files.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if filtered is not None:
        allow_filtered(filtered, files, on, output)
    settings, _ = project()
    limit = fail_on or settings.fail_on
    wanted = Wanted(form or settings.format, output, filtered, limit, resume)
    allow_table(wanted.form, output, filtered, resume=resume)
    if resume and (wanted.form != "jsonl" or output is None):
        raise click.UsageError("--resume goes on with records in a file: --format jsonl -o FILE")
    if wanted.form == "html" and output is None and is_terminal():
        raise click.UsageError("a page is of no use in a terminal: name a file, -o report.html")
    sizes = sizes_of(files, output, filtered)
    job = job_for(wanted, guard_spec(policy, evaluate_all=signals), on, tool_calls=tool_calls)
    checker = Checker(job)
    _warn_without_rules(checker.guard, on)
    workers = Workers(jobs or settings.jobs, engine)
    summary = write_checked(files, sizes, job, checker, workers, wanted)
    if filtered is not None:
        tell_filtered(filtered, summary)
    if summary.tally.unreadable:
        return FAILED
    is_reached = limit != "never" and summary.tally.worst >= Action[limit.upper()]
    return FINDINGS if is_reached else CLEAN


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def _warn_without_rules(guard: Guard, on: On) -> None:
    sides: tuple[Side, ...] = ("output", "input")
    for side in sides:
        if on in (side, "both") and not guard.has_rules(side):
            complain(f"the policy has no rules on {side}: nothing there can fire", level="warning")
