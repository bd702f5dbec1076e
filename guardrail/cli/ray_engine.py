"""`--engine ray`: the same work on the processes of a Ray cluster, or of one that is started here.

Each actor loads the policy and its models once. What it is sent is a range of bytes where the file
is plain, the number of a row group where it is Parquet, and lines elsewhere; what comes back is
what the report holds of them. An actor that dies is started again and asked again, and every part
is taken once, by its own reference: nothing is lost, and nothing is there twice.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from guardrail.cli.batch import Checker, Job
from guardrail.cli.workers import IN_FLIGHT, Done, Task, done_by
from guardrail.errors import GuardrailError, MissingExtraError
from guardrail.transcripts import Chunk

if TYPE_CHECKING:
    from guardrail.cli.guards import GuardSpec

_TRIES: Final = 3
"""How often a part is asked again when the process that had it dies."""

_PATIENCE: Final = 5.0  # seconds
_STORE: Final = 256 * 1024 * 1024
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class _Worker:
    """A checker in a process of its own."""

    def __init__(self, job: Job) -> None:
        self._checker = Checker(job)

    def work(self, task: Task) -> Done:
        """Check a part of a file."""
        return done_by(self._checker, task)

    def process(self) -> int:
        """Return the number of the process."""
        return os.getpid()


def run_on_ray(job: Job, tasks: Iterable[Task], jobs: int) -> Iterator[Done]:
    """Check every task on `jobs` actors; the results come in the order of the tasks.

    Raises:
        MissingExtraError: Ray is not installed.
        GuardrailError: there is no cluster, or a part could not be checked.
    """
    with _connected(jobs) as ray:
        actor: Any = ray.remote(max_restarts=-1, max_task_retries=_TRIES)(_Worker)
        needs = {"num_cpus": 1, "num_gpus": 0 if job.guard.provider == "cpu" else 1}
        there = replace(job, guard=_from_anywhere(job.guard))
        workers = [actor.options(**needs).remote(there) for _ in range(jobs)]
        waiting: deque[Any] = deque()
        for task, worker in zip(tasks, cycle(workers), strict=False):
            waiting.append(worker.work.remote(_named_in_full(task)))
            if len(waiting) == jobs * IN_FLIGHT:
                yield _taken(ray, waiting.popleft())
        while waiting:
            yield _taken(ray, waiting.popleft())


@contextmanager
def _connected(jobs: int) -> Iterator[Any]:
    """Join the cluster that `RAY_ADDRESS` names, or start one here that only this machine sees."""
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("`--engine ray`", "ray") from error
    address = os.environ.get("RAY_ADDRESS")
    if address:
        _refuse_silence(address)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    own: dict[str, Any] = {
        "num_cpus": jobs,
        "include_dashboard": False,
        "object_store_memory": _STORE,
        "_node_ip_address": "127.0.0.1",
    }
    was_there = ray.is_initialized()
    try:
        if not was_there:
            ray.init(address=address or "local", **quiet, **({} if address else own))
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        what = f"Ray cannot join `{address}`" if address else "Ray cannot start here"
        raise GuardrailError(f"{what} ({type(error).__name__})") from error
    try:
        yield ray
    finally:
        if not was_there:
            ray.shutdown()


def _refuse_silence(address: str) -> None:
    """Refuse an address at which nobody listens: Ray would try for minutes, and show how.

    Raises:
        GuardrailError: naming it.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        return  # `auto` and `local` are for Ray to read
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError):
        raise GuardrailError(
            f"no Ray cluster answers at `{address}`", help="check RAY_ADDRESS, or leave it out"
        ) from None


def _taken(ray: Any, reference: Any) -> Done:
    """Wait for a part."""
    try:
        done: Done = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, GuardrailError):
            raise error.cause from None
        what = type(error.cause).__name__
        raise GuardrailError(f"a part could not be checked: {what} in a worker of Ray") from None
    except ray.exceptions.RayError as error:
        raise GuardrailError(
            f"a worker of Ray ended before its work was done ({type(error).__name__})",
            help="memory may have run out, or the policy is not at the same path on every machine",
        ) from None
    return done


def _named_in_full(task: Task) -> Task:
    """Return the task with the path of its file from the root: a worker may stand elsewhere."""
    if isinstance(task.part, Chunk):
        return task
    return replace(task, part=msgspec.structs.replace(task.part, name=_full(task.part.name)))


def _from_anywhere(spec: GuardSpec) -> GuardSpec:
    return replace(
        spec,
        policy=_full(spec.policy),
        recognizers=spec.recognizers and _full(spec.recognizers),
        models=spec.models and _full(spec.models),
    )


def _full(path: str) -> str:
    return str(Path(path).absolute())
