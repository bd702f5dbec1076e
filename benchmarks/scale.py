"""`guardrail check` on many transcripts: the bare work, more processes, Ray, and memory.

Rates are taken from the first tenth of the file on, so that starting Python, Ray, compiling the
policy and the first texts, which make RE2's automaton, fall out. They are real time, which other
work on the machine disturbs: read the ratios, which are medians over rounds in which all take
turns, and the load that stands in the result.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

from benchmarks.results import save
from benchmarks.run import bare_set, patterns_of, policy_of
from guardrail import Guard
from guardrail.cli.batch import Checker, Job
from guardrail.cli.formats import Wanted, job_for
from guardrail.cli.guards import guard_spec
from guardrail.cli.workers import Task, Workers, run
from guardrail.records import digest_of, encode_record
from guardrail.transcripts import open_transcript

EXAMPLES = Path(__file__).parents[1] / "examples" / "support"
SHORT, LONG = 20_000, 200_000
RULES = 100
ROUNDS = 3
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


Rate: TypeAlias = float


class Message(msgspec.Struct, gc=False):
    role: str
    content: str


class Conversation(msgspec.Struct):
    messages: list[Message]


def write_transcripts(path: Path, count: int) -> int:
    """Write conversations made of the examples' turns; return how many replies they hold."""
    turns: dict[str, list[str]] = {"user": [], "assistant": []}
    for example in sorted(EXAMPLES.glob("*.jsonl")):
        for line in example.read_text(encoding="utf-8").splitlines():
            for message in json.loads(line)["messages"]:
                turns.setdefault(message["role"], []).append(message["content"])
    chosen = random.Random(5)
    replies = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            messages = [
                {"role": role, "content": " ".join(chosen.choices(turns[role], k=2))}
                for _ in range(chosen.randint(1, 4))
                for role in ("user", "assistant")
            ]
            replies += len(messages) // 2
            file.write(json.dumps({"id": number, "messages": messages}, ensure_ascii=False) + "\n")
    return replies


def bare(guard: Guard, scan: Callable[[str], object], source: Path, target: Path) -> None:
    """Read, parse, scan with a bare `re2.Set`, and write the bytes of a record."""
    decode, encode = msgspec.json.Decoder(Conversation).decode, msgspec.json.encode
    record = encode_record(guard.check(""), file=source.name, line=1, turn=2, role="assistant")
    before, _, after = record.partition(b'"output":""')
    with source.open("rb") as lines, target.open("wb") as out:
        for line in lines:
            for message in decode(line).messages:
                if message.role == "assistant":
                    scan(message.content)
                    out.write(before + b'"output":' + encode(message.content) + after)


def command(policy: Path, source: Path, target: Path) -> list[str]:
    call = [sys.executable, "-m", "guardrail", "check", str(source), "-p", str(policy)]
    options = ["--format", "jsonl", "-o", str(target), "--fail-on", "never"]
    return [*call, *options]


def by_hand(guard: Guard, scan: Callable[[str], object], source: Path, target: Path) -> Rate:
    """Return the transcripts a second of the bare work."""
    started = time.perf_counter()
    bare(guard, scan, source, target)
    return sum(1 for _ in source.open("rb")) / (time.perf_counter() - started)


def rate(checker: Checker, job: Job, source: Path, target: Path, workers: Workers) -> Rate:
    """Return the transcripts a second of one way, after the first tenth of the file.

    In that the automaton of RE2 is made, by each process that is started.
    """
    came: list[tuple[float, int]] = []
    with target.open("wb") as out, open_transcript(str(source)) as transcript:
        is_elsewhere, is_ray = workers.are_elsewhere, workers.engine == "ray"
        shards = transcript.shards
        parts = shards(workers.jobs, is_slow=is_ray) if is_elsewhere else transcript.chunks()
        tasks = (Task(0, source.name, part) for part in parts)
        for done in run(checker, job, tasks, workers, file=out):
            out.write(done.written)
            came.append((time.perf_counter(), done.tally.conversations))
    first = max(3 * workers.jobs, len(came) // 10)
    return sum(count for _, count in came[first:]) / (came[-1][0] - came[first - 1][0])


def peak_mb(call: list[str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *call], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


WAYS = {
    "guardrail check, 1 process": Workers(),
    "guardrail check, 2 processes": Workers(2),
    "guardrail check, Ray, 2 actors": Workers(2, "ray"),
}
BARE = "bare: read, parse, one re2.Set, write"


def ways_here() -> dict[str, Workers]:
    if importlib.util.find_spec("ray") is not None:
        return WAYS
    print("Ray is not installed: no row for it", file=sys.stderr)
    return {name: workers for name, workers in WAYS.items() if workers.engine != "ray"}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", type=int, default=SHORT, help="transcripts, for the memory")
    options.add_argument("--long", type=int, default=LONG, help="transcripts")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--save", action="store_true", help="keep the ratios of this run")
    chosen, ways = options.parse_args(), ways_here()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        policy, short, long = home / "p.guard", home / "short.jsonl", home / "long.jsonl"
        policy.write_text(policy_of(RULES), encoding="utf-8")
        write_transcripts(short, chosen.short)
        write_transcripts(long, chosen.long)
        wanted = Wanted("jsonl", "-", None, "never")
        job = job_for(wanted, guard_spec(str(policy)), "output", tool_calls=True)
        checker = Checker(job)
        scan = bare_set([*patterns_of(checker.guard).values()])
        out = {name: home / f"{number}.out" for number, name in enumerate([BARE, *ways])}
        rates: dict[str, list[Rate]] = {name: [] for name in out}
        for _ in range(chosen.rounds):
            rates[BARE].append(by_hand(checker.guard, scan, long, out[BARE]))
            for name, workers in ways.items():
                rates[name].append(rate(checker, job, long, out[name], workers))

        def times(one: str, other: str) -> float:
            pairs = zip(rates[other], rates[one], strict=True)
            return statistics.median(theirs / own for theirs, own in pairs)

        one, two, *ray = ways
        print(f"\n## `guardrail check`, {RULES} rules, clean transcripts\n")
        print("| | transcripts/s | time × bare |\n|---|---|---|")
        for name, found in rates.items():
            print(f"| {name} | {statistics.median(found):,.0f} | {times(name, BARE):.2f} |")
        ratios = {"1 process / bare": times(one, BARE), "2 processes / 1": times(two, one)}
        if ray:
            ratios["Ray / 2 processes"] = times(ray[0], two)
        for name, value in ratios.items():
            print(f"- {name}: {value:.2f} of the time")
        digests = {digest_of(out[name].open("rb")) for name in ways}
        print(f"\nAll records are the same: {'yes' if len(digests) == 1 else 'NO'}.")
        sizes = [path.stat().st_size / 1e6 for path in (short, long)]
        peaks = [peak_mb(command(policy, path, out[one])) for path in (short, long)]
        print(
            f"Peak memory: {peaks[0]:.0f} MiB for {sizes[0]:.0f} MB, "
            f"{peaks[1]:.0f} MiB for {sizes[1]:.0f} MB."
        )
        if chosen.save:
            figures = {f"{name}, transcripts/s": statistics.median(rates[name]) for name in rates}
            pairs = zip(sizes, peaks, strict=True)
            peak = {f"{size:.0f} MB, MiB of memory": at for size, at in pairs}
            save("scale", ratios, figures | {"transcripts": chosen.long} | peak)


if __name__ == "__main__":
    main()
