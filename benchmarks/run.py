"""`make bench`: ratios against bare engines, all in one run on this machine.

Machines are noisy: read the ratios inside one table, never a microsecond from here against one
from elsewhere. Variants take turns, so drift hits all alike; figures are medians.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import re2
import regex

from guardrail import Guard
from guardrail.language.format import format_policy
from guardrail.language.source import Source
from guardrail.lint.engine import lint_file
from guardrail.runtime.compile import diagnose
from guardrail.text.pattern import parse_pattern

HERE = Path(__file__).parent
LENGTH = 500


def clean_replies(guard: Guard, count: int = 400) -> list[str]:
    """Return replies of about 500 characters in which the peer policy finds nothing."""
    sentences = []
    for path in sorted((HERE.parent / "examples" / "support").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for message in json.loads(line)["messages"]:
                if (
                    message["role"] == "assistant"
                    and guard.check(message["content"]).action == "allow"
                ):
                    sentences.append(message["content"].encode("ascii", "ignore").decode())
    chosen = random.Random(1)
    replies = []
    while len(replies) < count:
        text = ""
        while len(text) < LENGTH:
            text += chosen.choice(sentences) + " "
        if guard.check(text[:LENGTH]).action == "allow":
            replies.append(text[:LENGTH])
    return replies


def in_turn(
    variants: Mapping[str, Callable[[str], object]], texts: Sequence[str], rounds: int = 15
) -> dict[str, float]:
    """Return median microseconds a text for each variant; the variants take turns."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for check in variants.values():
        for text in texts:
            check(text)
    for _ in range(rounds):
        for name, check in variants.items():
            started = time.perf_counter()
            for text in texts:
                check(text)
            times[name].append((time.perf_counter() - started) / len(texts) * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def patterns_of(guard: Guard) -> dict[str, str]:
    """Return the peer policy's patterns as plain regular expressions."""
    words = {
        name: r"(?i)\b(?:" + "|".join(map(regex.escape, entries.entries)) + r")\b"
        for name, entries in guard.policy.lists.items()
    }
    return words | {name: p.pattern.source for name, p in guard.policy.patterns.items()}


def bare_set(patterns: Sequence[str]) -> Callable[[str], object]:
    """Return the scan of one bare `re2.Set`, the floor of what a check can cost."""
    options = re2.Options()
    options.max_mem = 1 << 28
    options.log_errors = False
    scan = re2.Set.SearchSet(options)
    for pattern in patterns:
        scan.Add(pattern)
    scan.Compile()
    return scan.Match


def regex_loop(patterns: Sequence[str]) -> Callable[[str], object]:
    """Return what a guard without a shared scan does: search every pattern."""
    searches = [regex.compile(pattern).search for pattern in patterns]
    return lambda text: [search(text) for search in searches]


def hot_path() -> None:
    """Ten patterns, clean replies: the check against its floor and a loop."""
    guard = Guard.load(HERE / "peer.guard")
    texts = clean_replies(guard)
    patterns = patterns_of(guard)
    figures = in_turn(
        {
            "bare re2.Set": bare_set(list(patterns.values())),
            "Guard.check": guard.check,
            "bare regex loop": regex_loop(list(patterns.values())),
        },
        texts,
    )
    floor, ours = figures["bare re2.Set"], figures["Guard.check"]
    print("\n## Ten patterns, clean 500-character replies\n")
    print("| | µs a reply | × bare Set | × Guard.check |\n|---|---|---|---|")
    for name, us in figures.items():
        print(f"| {name} | {us:.2f} | {us / floor:.2f} | {us / ours:.2f} |")


def policy_of(count: int) -> str:
    """Return a policy of `count` rules, each with a pattern and a list of its own."""
    lines = ["edition 1", "policy many", "  on error treat as violation"]
    for number in range(count):
        lines += [
            f'list words_{number} ["codename falcon{number}", "plan{number} draft"]',
            f"pattern id_{number} = /\\bK{number}-[0-9]{{4,8}}\\b/",
            f"rule rule_{number} on output",
            f"  when text contains any words_{number} or text matches id_{number}",
            "  then redact",
        ]
    return "\n".join(lines) + "\n"


def growth() -> None:
    """What one clean reply costs with 10, 100 and 1,000 rules, and what compiling them costs."""
    texts = clean_replies(Guard.load(HERE / "peer.guard"), 200)
    guards, seconds = {}, {}
    for count in (10, 100, 1000):
        source = Source(f"{count}.guard", policy_of(count))
        started = time.perf_counter()
        guards[count] = Guard.load(source)
        seconds[count] = time.perf_counter() - started
    figures = in_turn({str(n): guard.check for n, guard in guards.items()}, texts)
    print("\n## Growth with the number of rules (a list and a pattern each)\n")
    print("| rules | µs a reply | × 10 rules | load, s |\n|---|---|---|---|")
    for count, us in figures.items():
        print(f"| {count} | {us:.2f} | {us / figures['10']:.2f} | {seconds[int(count)]:.2f} |")


def compiling() -> None:
    """Parse and check 500 rules, without building an engine; lint them, and lay them out."""
    source = Source("many.guard", policy_of(500))
    print("\n## A policy of 500 rules\n")
    print("| | s | goal |\n|---|---|---|")
    works: dict[str, tuple[Callable[[], object], str]] = {
        "parse and check": (lambda: diagnose(source), "< 0.5"),
        "lint, parse and check included": (lambda: lint_file(source), "< 1"),
        "format": (lambda: format_policy(source), ""),
    }
    for name, (work, goal) in works.items():
        work()  # loads the grammar
        times = []
        for _ in range(5):
            parse_pattern.cache_clear()
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        print(f"| {name} | {statistics.median(times):.2f} | {goal} |")


def importing() -> None:
    """`import guardrail`, and its `Guard`, against pydantic's own import."""

    def seconds(code: str) -> float:
        times = []
        for _ in range(7):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - started)
        return statistics.median(times) * 1000

    bare, pydantic = seconds("pass"), seconds("import pydantic; pydantic.BaseModel")
    package = seconds("import guardrail")
    engine = seconds("from guardrail import Guard")
    print("\n## Imports, ms over a bare interpreter\n")
    print("| | ms |\n|---|---|")
    print(f"| pydantic | {pydantic - bare:.0f} |")
    print(f"| guardrail | {package - bare:.0f} |")
    print(f"| guardrail.Guard | {engine - bare:.0f} |")


def main() -> None:
    """Run all suites."""
    print(f"# Benchmarks, Python {sys.version.split()[0]}")
    hot_path()
    growth()
    compiling()
    importing()
    print("\nNext: read the ratios; docs/design/architecture.md says where the time goes.")


if __name__ == "__main__":
    main()
