"""The formats of `check`: what each wants from the run, and how it is written."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from guardrail.cli.batch import BETWEEN, Checker, Job, On, Stream
from guardrail.cli.checking import Sinks, Summary, run_check
from guardrail.cli.console import echo
from guardrail.cli.exports import ANNOTATIONS, PLACES, github, junit, sarif_frame
from guardrail.cli.filtered import open_filtered
from guardrail.cli.guards import GuardSpec
from guardrail.cli.output import open_output, packing
from guardrail.cli.report import brief, report
from guardrail.cli.resume import Earlier, earlier_run
from guardrail.cli.tally import Keep
from guardrail.cli.workers import Workers

if TYPE_CHECKING:
    from guardrail.language.checked import CheckedPolicy

_WANTS: Final[dict[str, tuple[Stream | None, Keep]]] = {
    "text": (None, Keep()),
    "jsonl": ("records", Keep(excerpts=0)),
    "sarif": ("results", Keep(excerpts=0)),
    "junit": (None, Keep(excerpts=PLACES, is_by_file=True)),
    "github": (None, Keep(excerpts=ANNOTATIONS)),
    "html": (None, Keep(excerpts=0, hits=True)),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked for: a format, files to write, and what counts as a failure."""

    form: str
    output: str | None
    filtered: str | None
    limit: str
    resume: bool = False


def job_for(wanted: Wanted, guard: GuardSpec, on: On, *, tool_calls: bool) -> Job:
    """Return the work that a format asks of every chunk."""
    stream, keep = _WANTS[wanted.form]
    return Job(guard, on, stream, tool_calls, keep, wanted.filtered is not None)


def write_checked(
    files: Sequence[str],
    sizes: Sequence[int | None],
    job: Job,
    checker: Checker,
    workers: Workers,
    wanted: Wanted,
) -> Summary:
    """Check every file and write what was asked for."""
    policy = checker.guard.policy
    is_sarif = wanted.form == "sarif"
    with (
        _earlier(wanted, checker) as earlier,
        open_filtered(wanted.filtered) as filtered,
        open_output(wanted.output, keeps_part=wanted.resume) as plain,
        packing(plain, wanted.output) as stream,
    ):
        if is_sarif:
            stream.write(sarif_frame(policy, Summary())[0])
        pieces = stream if job.stream else None
        is_open = wanted.output is not None and stream is plain and Path(plain.name).is_file()
        sinks = Sinks(pieces, BETWEEN[job.stream], filtered, is_open)
        summary = run_check(files, sizes, job, checker, workers, sinks, earlier)
        _finish(stream, summary, policy, job, wanted)
    if wanted.form != "text":
        echo(brief(summary, job), err=True)
    elif wanted.output is not None:
        echo(f"The report is in {wanted.output}.")
    return summary


def _earlier(wanted: Wanted, checker: Checker) -> contextlib.AbstractContextManager[Earlier | None]:
    if not wanted.resume or wanted.output is None:
        return contextlib.nullcontext()
    guard = checker.guard
    return earlier_run(wanted.output, guard.policy.digest, signals=guard.output.plan.evaluate_all)


def _finish(
    stream: BinaryIO, summary: Summary, policy: CheckedPolicy, job: Job, wanted: Wanted
) -> None:
    """Write what can be written only when all is checked."""
    match wanted.form:
        case "sarif":
            stream.write(sarif_frame(policy, summary)[1])
        case "junit":
            stream.write(junit(summary, policy, wanted.limit))
        case "github":
            text = github(summary, policy)
            stream.write(f"{text}\n".encode(errors="backslashreplace") if text else b"")
        case "html":
            from guardrail.cli.html_report import html_report

            stream.write(html_report(summary, policy, job))
        case "text" if wanted.output is None:
            echo(report(summary, policy, job))
        case "text":
            text = click.unstyle(report(summary, policy, job))
            stream.write(text.encode(errors="backslashreplace") + b"\n")
