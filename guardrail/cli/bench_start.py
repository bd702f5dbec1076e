"""The start of a new process, measured in one: imports, the policy, the first check."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from guardrail.bench import Start

if TYPE_CHECKING:
    from guardrail.values import Side, Subject

_NEW_PROCESS: Final = """
import json, sys
from time import perf_counter
policy, text, prompt, system, on = json.load(sys.stdin)
times = [perf_counter()]
import guardrail
guardrail.Guard
times.append(perf_counter())
from guardrail.cli.guards import guard_spec, load_guard
guard = load_guard(guard_spec(policy))
times.append(perf_counter())
guard.check(text, prompt=prompt, system=system, on=on)
times.append(perf_counter())
try:
    import resource
except ImportError:
    peak = None
else:
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
print(json.dumps([*((b - a) * 1000 for a, b in zip(times, times[1:])), peak]))
"""


def start_of(policy: str, subject: Subject, on: Side) -> Start | None:
    """Return what a new process needs until its first verdict; None if it could not start.

    The text goes there through a pipe, so that no list of processes shows it.
    """
    asked = json.dumps([policy, subject.text, subject.prompt, subject.system, on])
    done = subprocess.run(
        [sys.executable, "-c", _NEW_PROCESS],
        input=asked,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        return None
    # What a host's module prints when it is imported stands before.
    imported, loaded, checked, peak = json.loads(done.stdout.splitlines()[-1])
    return Start(
        round(imported, 2),
        round(loaded, 2),
        round(checked, 2),
        None if peak is None else round(peak, 1),
    )
