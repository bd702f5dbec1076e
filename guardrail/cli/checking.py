"""One run of `check`: files in, records out, and a summary of what they came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISFIFO
from typing import BinaryIO

import click

from guardrail.cli.batch import Checker, Job, Tally
from guardrail.cli.progress import progress
from guardrail.cli.workers import Task, run
from guardrail.transcripts import Shape, open_transcript


@dataclass(slots=True)
class FileSummary:
    """What one file held."""

    name: str
    shape: Shape
    conversations: int = 0
    checked: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class Summary:
    """What all files held, and what the policy said to it."""

    files: list[FileSummary] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def sizes_of(files: Sequence[str], output: str | None) -> list[int | None]:
    """Refuse what cannot be read before any work is done; return the sizes that are known.

    Raises:
        TranscriptError: a file is missing or cannot be read.
        click.UsageError: the output would overwrite a transcript.
    """
    return [_size_of(name, output) for name in files]


def _size_of(name: str, output: str | None) -> int | None:
    path = Path(name)
    if name == "-":
        return None
    if output is not None and path.exists() and path.resolve() == Path(output).resolve():
        raise click.UsageError(f"-o {output} would overwrite a transcript")
    if path.exists() and S_ISFIFO(path.stat().st_mode):
        return None  # a pipe can be opened only once: not now
    with open_transcript(name):
        return path.stat().st_size


def run_check(
    files: Sequence[str],
    sizes: Sequence[int | None],
    job: Job,
    checker: Checker,
    jobs: int,
    stream: BinaryIO | None,
) -> Summary:
    """Check every file in turn, writing records to `stream` as they come."""
    summary = Summary()
    total = None if None in sizes else sum(size or 0 for size in sizes)
    is_clean = stream is None or not stream.isatty()  # records and a bar do not share a terminal
    with progress(total, is_wanted=is_clean) as advance:
        for done in run(checker, job, _tasks(files, summary), jobs):
            if stream is not None:
                stream.write(done.records)
            file = summary.files[done.file]
            file.conversations += done.tally.conversations
            file.checked += done.tally.checked
            file.unreadable += done.tally.unreadable
            summary.tally.add(done.tally)
            read = sum(size or 0 for size in sizes[: done.file]) + done.position
            advance(read, summary.tally.checked)
    return summary


def _tasks(files: Sequence[str], summary: Summary) -> Iterator[Task]:
    for index, name in enumerate(files):
        with open_transcript(name) as transcript:
            summary.files.append(FileSummary(name, transcript.shape))
            for chunk in transcript.chunks():
                yield Task(index, name, chunk)
