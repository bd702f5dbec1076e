"""One run of `check`: files in, what is streamed out, and a summary of what they came to."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISFIFO
from typing import BinaryIO

import click

from guardrail.cli.batch import Checker, Job
from guardrail.cli.progress import progress
from guardrail.cli.resume import Earlier
from guardrail.cli.tally import Tally
from guardrail.cli.workers import Done, Task, Workers, run
from guardrail.transcripts import Shape, open_transcript


@dataclass(slots=True)
class FileSummary:
    """What one file held; `ms` is the time that its checks took."""

    name: str
    shape: Shape
    conversations: int = 0
    checked: int = 0
    unreadable: int = 0
    ms: float = 0.0
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, tally: Tally) -> None:
        """Add what a chunk of this file came to."""
        self.conversations += tally.conversations
        self.checked += tally.checked
        self.unreadable += tally.unreadable
        self.ms += tally.ms
        self.rules.update(tally.rules)


@dataclass(slots=True)
class Summary:
    """What all files held, and what the policy said to it."""

    files: list[FileSummary] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Sinks:
    """Where pieces of the report and lines of the filtered transcript go during a run.

    `is_open_to_others` says that other processes may append pieces by the name of the file.
    """

    pieces: BinaryIO | None = None
    between: bytes = b""
    filtered: BinaryIO | None = None
    is_open_to_others: bool = False
    _is_first: bool = True

    def write(self, done: Done) -> None:
        """Write what a task gave."""
        if self.pieces is not None and done.written:
            if not self._is_first:
                self.pieces.write(self.between)
            self.pieces.write(done.written)
            self._is_first = False
        if self.filtered is not None:
            self.filtered.write(done.filtered)


def sizes_of(
    files: Sequence[str], output: str | None, filtered: str | None = None
) -> list[int | None]:
    """Refuse what cannot be read before any work is done; return the sizes that are known.

    Raises:
        TranscriptError: a file is missing or cannot be read.
        click.UsageError: `-o` or `--write-filtered` would overwrite a transcript.
    """
    return [_size_of(name, {"-o": output, "--write-filtered": filtered}) for name in files]


def _size_of(name: str, outputs: Mapping[str, str | None]) -> int | None:
    path = Path(name)
    if name == "-":
        return None
    for option, output in outputs.items():
        if output is not None and path.exists() and path.resolve() == Path(output).resolve():
            raise click.UsageError(f"{option} {output} would overwrite a transcript")
    if path.exists() and S_ISFIFO(path.stat().st_mode):
        return None  # a pipe can be opened only once: not now
    with open_transcript(name):
        return path.stat().st_size


def run_check(
    files: Sequence[str],
    sizes: Sequence[int | None],
    job: Job,
    checker: Checker,
    workers: Workers,
    sinks: Sinks,
    earlier: Earlier | None = None,
) -> Summary:
    """Check every file in turn, writing what is streamed as it comes."""
    summary = Summary(tally=Tally(job.keep))
    total = None if None in sizes else sum(size or 0 for size in sizes)
    stream = sinks.pieces
    is_clean = stream is None or not stream.isatty()  # records and a bar do not share a terminal
    shared = stream if sinks.is_open_to_others and not sinks.between else None
    # On Ray, results of larger parts would go through its store: what that costs is not measured.
    is_slow = checker.is_slow or workers.engine == "ray"
    tasks = _tasks(files, summary, workers, is_slow=is_slow)
    with (
        progress(total, is_wanted=is_clean) as advance,
        contextlib.closing(run(checker, job, tasks, workers, earlier, shared)) as results,
    ):
        for done in results:
            sinks.write(done)
            summary.files[done.file].add(done.tally)
            summary.tally.add(done.tally)
            read = sum(size or 0 for size in sizes[: done.file]) + done.position
            advance(read, summary.tally.checked)
    return summary


def _tasks(
    files: Sequence[str], summary: Summary, workers: Workers, *, is_slow: bool
) -> Iterator[Task]:
    for index, name in enumerate(files):
        with open_transcript(name) as transcript:
            summary.files.append(FileSummary(name, transcript.shape))
            if workers.are_elsewhere:
                parts = transcript.shards(workers.jobs, is_slow=is_slow)
            else:
                parts = transcript.chunks()
            for part in parts:
                yield Task(index, name, part)
