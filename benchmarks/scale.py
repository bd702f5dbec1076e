"""`guardrail check` on many transcripts: the bare work, more processes, Ray, and memory.

The steady state is the difference between a long file and a short one, so that starting Python,
Ray and compiling the policy fall out. Work is time of the processor, of all processes together;
how much sooner two of them are done is real time, which other work on the machine disturbs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.results import save
from benchmarks.run import bare_set, patterns_of, policy_of
from guardrail import Guard
from guardrail.records import encode_record

EXAMPLES = Path(__file__).parents[1] / "examples" / "support"
SHORT, LONG = 20_000, 200_000
RULES = 100
ROUNDS = 2
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


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


def bare(guard: Guard, source: Path, target: Path) -> None:
    """Read, parse, scan with a bare `re2.Set`, and write the bytes of a record."""
    scan = bare_set(list(patterns_of(guard).values()))
    decode, encode = msgspec.json.Decoder(Conversation).decode, msgspec.json.encode
    record = encode_record(guard.check(""), file=source.name, line=1, turn=2, role="assistant")
    before, _, after = record.partition(b'"output":""')
    with source.open("rb") as lines, target.open("wb") as out:
        for line in lines:
            for message in decode(line).messages:
                if message.role == "assistant":
                    scan(message.content)
                    out.write(before + b'"output":' + encode(message.content) + after)


def command(policy: Path, source: Path, target: Path, jobs: int, engine: str) -> list[str]:
    call = [sys.executable, "-m", "guardrail", "check", str(source), "-p", str(policy)]
    options = ["--format", "jsonl", "-o", str(target), "--fail-on", "never"]
    return [*call, *options, "--jobs", str(jobs), "--engine", engine]


class Took(NamedTuple):
    """Seconds: real, and of the processor in all processes that ended."""

    real: float
    work: float

    def __sub__(self, other: Took) -> Took:
        return Took(self.real - other.real, self.work - other.work)


def took(work: Callable[[], object]) -> Took:
    real, before = time.perf_counter(), sum(os.times()[:4])
    work()
    return Took(time.perf_counter() - real, sum(os.times()[:4]) - before)


def steady(work: Callable[[Path], object], short: Path, long: Path, rounds: int) -> Took:
    """Return what the long file takes more than the short one, at their best."""
    pairs = [(took(lambda: work(short)), took(lambda: work(long))) for _ in range(rounds)]
    shorts, longs = zip(*pairs, strict=True)

    def least(each: tuple[Took, ...]) -> Took:
        return Took(min(one.real for one in each), min(one.work for one in each))

    return least(longs) - least(shorts)


def untimed(path: Path) -> bytes:
    return re.sub(rb'"ms":[^}]*}', b"", path.read_bytes())


def peak_mb(call: list[str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *call], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


WAYS = {
    "guardrail check, 1 process": (1, "local"),
    "guardrail check, 2 processes": (2, "local"),
    "guardrail check, Ray, 2 actors": (2, "ray"),
}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", type=int, default=SHORT, help="transcripts of the short file")
    options.add_argument("--long", type=int, default=LONG, help="transcripts of the long file")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--save", action="store_true", help="keep the ratios of this run")
    chosen = options.parse_args()
    ways = dict(WAYS)
    if importlib.util.find_spec("ray") is None:
        print("Ray is not installed: no row for it", file=sys.stderr)
        del ways["guardrail check, Ray, 2 actors"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        policy, short, long = home / "p.guard", home / "short.jsonl", home / "long.jsonl"
        policy.write_text(policy_of(RULES), encoding="utf-8")
        write_transcripts(short, chosen.short)
        write_transcripts(long, chosen.long)
        guard = Guard.load(policy)
        out = {name: home / f"{number}.out" for number, name in enumerate(["bare", *ways])}

        def check(name: str) -> Callable[[Path], object]:
            jobs, engine = ways[name]
            return lambda path: subprocess.run(
                command(policy, path, out[name], jobs, engine), check=True, capture_output=True
            )

        floor = steady(lambda path: bare(guard, path, out["bare"]), short, long, chosen.rounds)
        figures = {
            "bare: read, parse, one re2.Set, write": floor,
            **{name: steady(check(name), short, long, chosen.rounds) for name in ways},
        }
        count = chosen.long - chosen.short
        one, two, *more = (figures[name] for name in ways)
        print(f"\n## `guardrail check`, {RULES} rules, clean transcripts, steady state\n")
        print(
            "| | transcripts/s | work, \u00b5s a transcript | work \u00d7 bare |\n|---|---|---|---|"
        )
        for name, each in figures.items():
            work = f"{each.work / count * 1e6:.1f} | {each.work / floor.work:.2f}"
            work = " | " if "Ray" in name else work  # its workers are no children of ours
            print(f"| {name} | {count / each.real:,.0f} | {work} |")
        ratios = {
            "1 process / bare, work": one.work / floor.work,
            "2 processes / 1 process, work": two.work / one.work,
            "2 processes / 1 process, real time": two.real / one.real,
        }
        if more:
            ratios["Ray / 2 processes, real time"] = more[0].real / two.real
        for name, value in ratios.items():
            print(f"- {name}: {value:.2f}")
        records = {untimed(out[name]) for name in ways}
        print(f"\nAll records are the same: {'yes' if len(records) == 1 else 'NO'}.")
        sizes = [path.stat().st_size / 1e6 for path in (short, long)]
        target = out["guardrail check, 1 process"]
        peaks = [peak_mb(command(policy, path, target, 1, "local")) for path in (short, long)]
        print(
            f"Peak memory: {peaks[0]:.0f} MiB for {sizes[0]:.0f} MB, "
            f"{peaks[1]:.0f} MiB for {sizes[1]:.0f} MB."
        )
        if chosen.save:
            rates = {f"{name}, transcripts/s": count / each.real for name, each in figures.items()}
            save("scale", ratios, rates | {"memory, long / short": peaks[1] / peaks[0]})


if __name__ == "__main__":
    main()
