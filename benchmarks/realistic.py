"""`python -m benchmarks.realistic`: a hundred patterns that people wrote, on replies of a corpus.

The patterns are those of `realistic.txt` and, up to a hundred, of gitleaks, as they stand there,
less those that the language refuses. Both and the replies are in the folder beside the repository.
All engines get the same patterns: the check as one rule each, the loop by `regex`, the bare scan
as one `re2.Set`. What the loop finds and what the check finds is compared first.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import regex

from benchmarks.run import HERE, LENGTH, bare_set, regex_loop
from guardrail import Guard
from guardrail.language.source import Source
from guardrail.text.parser import PatternError
from guardrail.text.pattern import parse_pattern

SHARED = HERE.parents[1] / "shared"
GITLEAKS = SHARED / "bench" / "gitleaks.toml"
REPLIES = SHARED / "data" / "transcripts" / "chat.jsonl.gz"
RULES, TEXTS, ROUNDS = 100, 1_000, 5
LOOKED = 20  # µs


def patterns() -> list[tuple[str, str]]:
    """Return sources and flags of a hundred patterns that the language takes."""
    sources = (HERE / "realistic.txt").read_text("utf-8").splitlines()
    table = tomllib.loads(GITLEAKS.read_text("utf-8"))
    sources += [rule["regex"] for rule in table["rules"] if "regex" in rule]
    taken: list[tuple[str, str]] = []
    refused = 0
    for source in sources:
        lead = re.match(r"\(\?([im]+)\)", source)
        flags, bare = ("", source) if lead is None else (lead[1], source[lead.end() :])
        try:
            parse_pattern(bare, flags)
        except PatternError:
            refused += 1
            continue
        taken.append((bare, flags))
        if len(taken) == RULES:
            break
    print(f"{len(taken)} patterns; the language refuses {refused} that stand before the last")
    return taken


def policy_of(taken: Sequence[tuple[str, str]]) -> str:
    """Return a policy with one rule for each pattern."""
    lines = ["edition 1", "policy realistic", "  on error treat as violation"]
    for number, (source, flags) in enumerate(taken):
        escaped = re.sub(r"(\\.)|/", lambda found: found[1] or r"\/", source)
        lines += [
            f"pattern p{number} = /{escaped}/{flags}",
            f"rule r{number} on output",
            f"  when text matches p{number}",
            "  then flag",
        ]
    return "\n".join(lines) + "\n"


def replies(path: Path, count: int) -> Iterator[str]:
    """Yield texts of about 500 characters cut from replies of a corpus."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        messages = [each for line in lines for each in json.loads(line)["messages"]]
    turns = sorted({each["content"] for each in messages if each["role"] == "assistant"})
    chosen = random.Random(7)
    for _ in range(count):
        text = ""
        while len(text) < LENGTH:
            text += chosen.choice(turns) + "\n\n"
        yield text[:LENGTH]


def main() -> None:
    """Print how far the engines agree, and the ratios."""
    missing = [path.name for path in (GITLEAKS, REPLIES) if not path.exists()]
    if missing:
        print(f"left out: there is no {' and no '.join(missing)}", file=sys.stderr)
        return
    taken = patterns()
    guard = Guard.load(Source("realistic.guard", policy_of(taken)))
    wrapped = [f"(?{flags}:{source})" if flags else source for source, flags in taken]
    searches = [regex.compile(each, regex.V0).search for each in wrapped]
    texts = list(replies(REPLIES, TEXTS))
    clean, lost, more = [], 0, 0
    for text in texts:
        found = {f"r{number}" for number, search in enumerate(searches) if search(text)}
        fired = {each.rule for each in guard.check(text).fired}
        lost += len(found - fired)
        more += len(fired - found)
        if not found and not fired:
            clean.append(text)
    print(
        f"{len(texts)} replies, {len(clean)} clean; the check loses {lost}, and finds {more} more"
    )
    took = each_alone(
        {"bare": bare_set(wrapped), "check": guard.check, "loop": regex_loop(wrapped)}, clean
    )
    print("\n| clean replies | µs, a check | × a bare scan | times a loop of `regex` |")
    print("|---|---|---|---|")
    for name, of in (("the median reply", statistics.median), ("mean", statistics.mean)):
        bare, check, loop = (of(took[engine]) for engine in ("bare", "check", "loop"))
        print(f"| {name} | {check:.1f} | {check / bare:.2f} | {loop / check:,.0f} |")
    looked = [us for us in took["check"] if us > LOOKED]
    share = sum(looked) / sum(took["check"])
    print(
        f"\n{len(looked)} of {len(clean)} take more than {LOOKED} µs, as a look behind a possible "
        f"disguise does, and {share:.0%} of the time of all."
    )


def each_alone(
    engines: Mapping[str, Callable[[str], object]], texts: Sequence[str]
) -> dict[str, list[float]]:
    """Return for each engine the microseconds of every text, the least of several rounds."""
    took = {name: [math.inf] * len(texts) for name in engines}
    for _ in range(ROUNDS):
        for name, check in engines.items():
            for number, text in enumerate(texts):
                started = time.perf_counter_ns()
                check(text)
                us = (time.perf_counter_ns() - started) / 1000
                took[name][number] = min(us, took[name][number])
    return took


if __name__ == "__main__":
    main()
