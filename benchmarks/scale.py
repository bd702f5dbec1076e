"""`guardrail check` on many transcripts: against the bare work, with two processes, and its memory.

The steady state is the difference between a long file and a short one, so that starting Python and
compiling the policy fall out. Machines are noisy: read the ratios inside one run.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

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


def command(policy: Path, source: Path, target: Path, jobs: int) -> list[str]:
    call = [sys.executable, "-m", "guardrail", "check", str(source), "-p", str(policy)]
    options = ["--format", "jsonl", "-o", str(target), "--jobs", str(jobs), "--fail-on", "never"]
    return call + options


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def steady(work: Callable[[Path], object], short: Path, long: Path) -> float:
    """Return the seconds that the long file takes more than the short one, at their best."""
    times = [(seconds(lambda: work(short)), seconds(lambda: work(long))) for _ in range(ROUNDS)]
    return min(took for _, took in times) - min(took for took, _ in times)


def untimed(path: Path) -> bytes:
    return re.sub(rb'"ms":[^}]*}', b"", path.read_bytes())


def peak_mb(call: list[str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *call], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        policy, short, long = home / "p.guard", home / "short.jsonl", home / "long.jsonl"
        policy.write_text(policy_of(RULES), encoding="utf-8")
        write_transcripts(short, SHORT)
        write_transcripts(long, LONG)
        texts = [
            message.content
            for path in (short, long)
            for line in path.open("rb")
            for message in msgspec.json.decode(line, type=Conversation).messages
            if message.role == "assistant"
        ]
        guard = Guard.load(policy)
        out = {jobs: home / f"{jobs}.out" for jobs in (0, 1, 2)}
        subprocess.run(command(policy, long, out[1], 1), check=True, capture_output=True)
        subprocess.run(command(policy, long, out[2], 2), check=True, capture_output=True)
        is_same = untimed(out[1]) == untimed(out[2])

        def check(jobs: int) -> Callable[[Path], object]:
            return lambda path: subprocess.run(
                command(policy, path, out[jobs], jobs), check=True, capture_output=True
            )

        for text in texts:
            guard.check(text)
        share = (LONG - SHORT) / (LONG + SHORT)
        figures = {
            "bare: read, parse, one re2.Set, write": steady(
                lambda path: bare(guard, path, out[0]), short, long
            ),
            "Guard.check alone, texts in memory": share
            * seconds(lambda: [guard.check(text) for text in texts]),
            "guardrail check, 1 process": steady(check(1), short, long),
            "guardrail check, 2 processes": steady(check(2), short, long),
        }
        floor, one = next(iter(figures.values())), figures["guardrail check, 1 process"]
        print(f"\n## `guardrail check`, {RULES} rules, clean transcripts, steady state\n")
        print("| | transcripts/s | × bare | × 1 process |\n|---|---|---|---|")
        for name, took in figures.items():
            rate = (LONG - SHORT) / took
            print(f"| {name} | {rate:,.0f} | {took / floor:.2f} | {took / one:.2f} |")
        print(f"\nRecords of 1 and 2 processes are the same: {'yes' if is_same else 'NO'}.")
        sizes = [path.stat().st_size / 1e6 for path in (short, long)]
        peaks = [peak_mb(command(policy, path, out[1], 1)) for path in (short, long)]
        print(
            f"Peak memory: {peaks[0]:.0f} MiB for {sizes[0]:.0f} MB, "
            f"{peaks[1]:.0f} MiB for {sizes[1]:.0f} MB."
        )


if __name__ == "__main__":
    main()
