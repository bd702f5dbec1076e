"""Chunks through one process or several: results in order, and few of them in flight."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, Literal

from guardrail.cli.batch import Checker, Job
from guardrail.cli.exit_codes import FAILED
from guardrail.cli.resume import Earlier, RunOutError
from guardrail.cli.tally import Tally
from guardrail.cli.turns import Turns
from guardrail.errors import GuardrailError
from guardrail.transcripts import Chunk, RowGroup, Shard

IN_FLIGHT: Final = 2  # chunks for each process: one in work, one waiting


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work: so many processes of this machine, or so many actors of Ray."""

    jobs: int = 1
    engine: Literal["local", "ray"] = "local"

    @property
    def are_elsewhere(self) -> bool:
        """Whether other processes read the files."""
        return self.jobs > 1 or self.engine == "ray"


@dataclass(frozen=True, slots=True)
class Task:
    """A part of a file; `file` is its place in the order they were named."""

    file: int
    name: str
    part: Chunk | Shard | RowGroup


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a task."""

    file: int
    position: int
    written: bytes
    filtered: bytes
    tally: Tally


def run(
    checker: Checker,
    job: Job,
    tasks: Iterable[Task],
    workers: Workers,
    earlier: Earlier | None = None,
    file: BinaryIO | None = None,
) -> Generator[Done, None, None]:
    """Check every task; the results come in the order of the tasks, whoever does the work.

    What an earlier run has left is taken over first, here and in one process. To a `file`, which
    has a name, processes of this machine append themselves what they would have `written`.
    """
    tasks = iter(tasks)
    if earlier is not None:
        for task in tasks:
            try:
                yield done_by(checker, task, earlier)
            except RunOutError:
                tasks = chain([task], tasks)
                break
        else:
            earlier.end()
            return
    if workers.engine == "ray":
        from guardrail.cli.ray_engine import run_on_ray

        yield from run_on_ray(job, tasks, workers.jobs)
    elif workers.jobs == 1:
        yield from (done_by(checker, task) for task in tasks)
    else:
        yield from _run_in_processes(job, tasks, workers.jobs, file)


def done_by(checker: Checker, task: Task, earlier: Earlier | None = None) -> Done:
    """Check a task; what an earlier run has left of it is taken over."""
    written, filtered, tally = checker.check(task.name, task.part.chunks(), earlier)
    return Done(task.file, task.part.position, written, filtered, tally)


def _run_in_processes(
    job: Job, tasks: Iterable[Task], jobs: int, file: BinaryIO | None
) -> Iterator[Done]:
    # Spawned, not forked: a forked copy of a process that has threads may never come back.
    context = multiprocessing.get_context("spawn")
    turns = None
    if file is not None:
        file.flush()
        turns = Turns(Path(file.name), context)
    waiting: deque[Future[Done]] = deque()
    pool = ProcessPoolExecutor(jobs, context, _start, (job, turns))
    try:
        for number, task in enumerate(tasks):
            waiting.append(_submit(pool, number, task))
            if len(waiting) == jobs * IN_FLIGHT:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise GuardrailError(
            "a worker process ended before its work was done",
            help="memory may have run out; try fewer --jobs",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if file is not None:
            file.seek(0, 2)


def _submit(pool: ProcessPoolExecutor, number: int, task: Task) -> Future[Done]:
    """Hand a task over. Workers start here and inherit that Ctrl-C is the parent's to answer."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return pool.submit(_work, number, task)
    finally:
        signal.signal(signal.SIGINT, before)


_checker: Checker | None = None
_turns: Turns | None = None


def _start(job: Job, turns: Turns | None) -> None:
    global _checker, _turns  # one for each process, made when it starts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _checker, _turns = Checker(job), turns


def _end_with_parent() -> None:
    """End this process when its parent is gone: killed, it cannot say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(FAILED)


def _work(number: int, task: Task) -> Done:
    if _checker is None:
        raise GuardrailError("a worker process was not started")
    if _turns is None:
        return done_by(_checker, task)
    try:
        done = done_by(_checker, task)
        _turns.append(number, done.written)
    except BaseException:
        _turns.stop()
        raise
    return replace(done, written=b"")
