"""`guardrail watch`: what changed in verdicts over time."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS

if TYPE_CHECKING:
    from guardrail.watch.run import Watch
    from guardrail.watch.series import Alert

_FORMS: Final = ("text", "jsonl", "json", "html")
_WIDTH: Final = 80
_SHOWN: Final = 5


@click.command(
    cls=Command,
    examples=(
        "guardrail watch verdicts.jsonl",
        "guardrail watch verdicts.jsonl --texts --format html -o watch.html",
        "tail -f -n +1 verdicts.jsonl | guardrail watch - --format jsonl",
    ),
)
@click.argument(
    "records",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="RECORDS...",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="A summary (text) or a page (html) for people, an alert a line as soon as it is known "
    "(jsonl), or all rates and alerts (json).",
)
@click.option("-o", "--output", metavar="FILE", help="Write there, whole or not at all.")
@click.option(
    "--texts",
    is_flag=True,
    help="Look at the texts in the records too, for replies unlike those before; nothing but their "
    "shape is shown.",
)
@click.option(
    "--learn",
    type=click.IntRange(100),
    default=2000,
    show_default=True,
    metavar="N",
    help="Conversations that are only learnt from, at the beginning and after each change.",
)
@click.option(
    "--false-alarms",
    type=click.IntRange(100),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Conversations without a change that may give one false alarm, on average.",
)
def watch(
    records: tuple[str, ...],
    *,
    form: str,
    output: str | None,
    texts: bool,
    learn: int,
    false_alarms: int,
) -> int:
    """Tell what changed in verdicts over time.

    RECORDS are verdict records as `guardrail check --format jsonl` writes them, in the order in
    which the replies were given, packed with gzip or Zstandard or not; - is standard input.
    Watched are the rates of each rule, failing and skipped detectors and, with --texts, replies
    that no rule fires on but that are unlike those before.

    Exit codes: 0 nothing changed; 1 something did; 2 the call or the installation is wrong; 3 some
    records could not be read, or guardrail failed.
    """
    from guardrail.cli.excerpts import masked_text
    from guardrail.cli.output import open_output
    from guardrail.watch.run import Limits, Watch

    if records.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if form == "html" and output is None and sys.stdout.isatty():
        raise click.UsageError("a page is of no use in a terminal: name a file, -o watch.html")
    embedding = None
    if texts:
        from guardrail.cli.guards import project
        from guardrail.runtime.host import models_in
        from guardrail.watch.embedding import embedding as best

        embedding = partial(best, models_in(project()[0].models))
        embedding()  # what is missing shows before anything is read
    watched = Watch(Limits(learn, false_alarms), embedding, partial(masked_text, width=_WIDTH))
    with open_output(output) as stream:
        for alert in _alerts(watched, records):
            if form == "jsonl":
                from guardrail.watch.report import encoded

                stream.write(encoded(alert))
                stream.flush()
        if form != "jsonl":
            stream.write(_report(watched, form))
    _tell(watched, is_texts=texts)
    if watched.unreadable:
        return FAILED
    return FINDINGS if watched.alerts else CLEAN


def _alerts(watched: Watch, records: Sequence[str]) -> Iterator[Alert]:
    """Yield what changed as the records of all files are read."""
    from guardrail.watch.records import read_records

    for name in records:
        if name == "-":
            given = sys.stdin.buffer
            for batch in read_records(_buffered(given), name):
                yield from watched.add(batch, name)
            continue
        with Path(name).open("rb") as stream:
            for batch in read_records(stream, name):
                yield from watched.add(batch, name)
    yield from watched.end()


def _buffered(stream: object) -> io.BufferedReader:
    if isinstance(stream, io.BufferedReader):
        return stream
    return io.BufferedReader(stream)  # type: ignore[arg-type]  # a stand-in of tests


def _report(watched: Watch, form: str) -> bytes:
    from guardrail.cli.watch_reports import html, text
    from guardrail.watch.report import encoded, report

    found = report(watched)
    if form == "json":
        return encoded(found)
    if form == "html":
        return html(found)
    return text(found).encode(errors="backslashreplace") + b"\n"


def _tell(watched: Watch, *, is_texts: bool) -> None:
    for file, each in watched.unreadable[:_SHOWN]:
        complain(f"{file}:{each.line}: {each.reason}", "records are what `check` writes as jsonl")
    if (more := len(watched.unreadable) - _SHOWN) > 0:
        echo(f"and {count(more, 'more line')} could not be read", err=True)
    if not watched.records:
        complain("there is no record to watch", level="warning")
    if is_texts and watched.without_text:
        complain(
            f"{count(watched.without_text, 'record')} had no text to look at",
            "`check --format jsonl` writes it; `Verdict.record(text=False)` leaves it out",
            level="warning",
        )
