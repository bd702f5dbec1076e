"""The ratios that are held against those of the last run: a scan, many rules, hits, transcripts.

Variants take turns on the same texts, and a ratio is the median over the rounds, in time of this
thread: what else the machine does disturbs it little.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import regex

from benchmarks.run import (
    HERE,
    bare_set,
    clean_replies,
    patterns_of,
    policy_of,
    regex_loop,
)
from guardrail import Guard
from guardrail.cli.batch import Checker
from guardrail.cli.checking import Sinks, run_check, sizes_of
from guardrail.cli.formats import Wanted, job_for
from guardrail.cli.guards import guard_spec
from guardrail.cli.workers import Workers
from guardrail.language.source import Source

ROUNDS = 25
_AT_ONCE = 200
VALUES = (
    "415-555-0132",
    "ann@example.org",
    "AKIAQWERTYUIOPASDFGH",
    "10.20.30.40",
    "off the record",
    "db7.prod.internal",
)


def in_turn(
    variants: Mapping[str, Callable[[str], object]], texts: Sequence[str], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Return microseconds a text for each variant, round by round."""
    took: dict[str, list[float]] = {name: [] for name in variants}
    for check in variants.values():
        for text in texts:
            check(text)
    for number in range(rounds):
        first = number * _AT_ONCE % len(texts)
        some = [*texts, *texts][first : first + _AT_ONCE]
        for name, check in variants.items():
            started = time.thread_time_ns()
            for text in some:
                check(text)
            took[name].append((time.thread_time_ns() - started) / len(some) / 1000)
    return took


def ratio(took: Mapping[str, Sequence[float]], one: str, other: str) -> float:
    """Return how much longer one takes than the other, at the median of the rounds."""
    return statistics.median(a / b for a, b in zip(took[one], took[other], strict=True))


def clean() -> dict[str, float]:
    """Ten patterns, and 10 to 1,000 rules, on replies in which nothing is found."""
    peer = Guard.load(HERE / "peer.guard")
    texts = clean_replies(peer, 200)
    patterns = [*patterns_of(peer).values()]
    many = {n: Guard.load(Source(f"{n}.guard", policy_of(n))) for n in (10, 100, 1000)}
    loop = regex_loop([*patterns_of(many[100]).values()])
    variants: dict[str, Callable[[str], object]] = {
        "bare": bare_set(patterns),
        "check": peer.check,
        "bare 100": bare_set([*patterns_of(many[100]).values()]),
        **{f"check {n}": guard.check for n, guard in many.items()},
    }
    took = in_turn(variants, texts)
    loops = in_turn({"loop": loop, "check 100": many[100].check}, texts[:50], 5)
    return {
        "ten patterns / one bare scan": ratio(took, "check", "bare"),
        "100 rules / one bare scan": ratio(took, "check 100", "bare 100"),
        "1,000 rules / 10 rules": ratio(took, "check 1000", "check 10"),
        "100 rules / a loop of regex": ratio(loops, "check 100", "loop"),
    }


def hits() -> dict[str, float]:
    """Replies that all hold a value, redacted, beside `regex` on the patterns that match."""
    lines = (HERE / "peer.guard").read_text(encoding="utf-8")
    redacting = lines.replace("then block", "then redact")
    guard = Guard.load(Source("redacting.guard", redacting))
    chosen = Random(3)
    texts = []
    for text in clean_replies(guard, 100):
        at = text.rfind(" ", 0, chosen.randrange(100, 400))
        texts.append(f"{text[:at]} {chosen.choice(VALUES)} {text[at:]}")
    compiled = [regex.compile(pattern) for pattern in patterns_of(guard).values()]
    own = {text: [each for each in compiled if each.search(text)] for text in texts}
    missed = [text for text in texts if not own[text] or guard.check(text).action != "redact"]
    if missed:
        raise SystemExit(f"{len(missed)} of {len(texts)} replies are not redacted")

    def spans(text: str) -> list[tuple[int, int]]:
        return [found.span() for each in own[text] for found in each.finditer(text)]

    took = in_turn({"spans": spans, "check": guard.check}, texts)
    return {"every reply redacted / regex of what matches": ratio(took, "check", "spans")}


def transcripts(count: int = 2_000) -> dict[str, float]:
    """`guardrail check` on clean transcripts, in one process, beside the bare work."""
    from benchmarks.scale import bare, write_transcripts

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        policy, file, out = home / "p.guard", home / "chats.jsonl", home / "out"
        policy.write_text(policy_of(100), encoding="utf-8")
        write_transcripts(file, count)
        guard = Guard.load(policy)
        wanted = Wanted("jsonl", str(out), None, "never")
        job = job_for(wanted, guard_spec(str(policy)), "output", tool_calls=True)
        checker, names = Checker(job), [str(file)]

        def check(_: str) -> None:
            with out.open("wb") as stream:
                run_check(names, sizes_of(names, None), job, checker, Workers(), Sinks(stream))

        scan = bare_set([*patterns_of(guard).values()])
        variants = {"bare": lambda _: bare(guard, scan, file, out), "check": check}
        took = in_turn(variants, [""], rounds=12)
    return {"guardrail check / read, parse, scan, write": ratio(took, "check", "bare")}


SUITES: dict[str, Callable[[], dict[str, float]]] = {
    "clean": clean,
    "hits": hits,
    "transcripts": transcripts,
}
