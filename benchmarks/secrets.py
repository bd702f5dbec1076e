"""`python -m benchmarks.secrets`: what the detector of secrets finds, finds wrongly, and costs.

Keys are grown from gitleaks' own patterns and texts are those of the data folder beside the
checkout; without it only costs are printed. "Tuned" means that the tables of secrets were written
with a look at these keys and texts; the others were kept for measuring.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.run import clean_replies, in_turn
from guardrail import Guard
from guardrail.language.source import Source
from guardrail.stages.hidden_text import HiddenTextDetector
from guardrail.stages.links import LinksDetector
from guardrail.stages.markup import MarkupDetector
from guardrail.stages.secrets import SecretsDetector
from guardrail.values import Subject
from tests.support import benign, gitleaks
from tests.support.code_like import code_like

HERE: Final = Path(__file__).parent
SHARED: Final = HERE.parents[1] / "shared"
MEBI: Final = 1 << 20
POLICY: Final = "edition 1\npolicy p\n  on error treat as violation\n"
SLOW: Final[Mapping[str, tuple[Callable[[], object], tuple[str, ...]]]] = {
    "secrets": (
        SecretsDetector,
        (
            "key=",
            "key=a1",
            "password=a1b2c3d4 ",
            "password=password=",
            "://a:b1c@d ",
            "is ",
            "pass",
        ),
    ),
    "markup": (
        MarkupDetector,
        ("<", '<a "', '<a href="', "<!--", "<b>", "<x onx=", "javascript:)(", "\x1b[0;", "(&#"),
    ),
    "links": (
        LinksDetector,
        ("http://", "www.a,", "](", "![a](//b.c/d) ", "https://a.bc ", 'href="', "[x]: ", "data="),
    ),
    "hidden_text": (
        HiddenTextDetector,
        ("\u200b", "a\u200b", "abcd\u202e", "a\ufe0f", "\u845b\U000e0100", "\U0001f3f4\U000e0067"),
    ),
}
"""Pieces of which texts are made to be slow, by detector."""


def finding(count: int) -> None:
    """What part of the keys that gitleaks would report is found whole."""
    print(
        "\n## Keys grown from gitleaks' patterns (goal: at least 98 % for at least 60 providers)\n"
    )
    print("| keys | rules | providers | made | found |\n|---|---|---|---|---|")
    missed: Counter[str] = Counter()
    for name, seed in {"tuned": "secrets", "held out": "held out"}.items():
        figures = gitleaks.recall(SHARED, count, seed)
        missed += figures.missed
        total = figures.made.total()
        print(
            f"| {name} | {len(figures.made)} | {len(figures.providers)} | {total:,}"
            f" | {figures.share:.2%} |"
        )
    least = ", ".join(f"`{rule}` {number}" for rule, number in missed.most_common(12))
    print(f"\nNot found most often, of {2 * count} keys each: {least}.")


def leaving() -> None:
    """How often something is found where nobody gives a secret away."""
    print("\n## Texts without secrets (goal: at most 1 in 10,000)\n")
    print("| texts | | count | with a finding | in 10,000 | as |\n|---|---|---|---|---|---|")
    kinds: dict[str, tuple[str, Iterable[str]]] = {
        "replies of assistants and agents": ("tuned", benign.replies(SHARED)),
        "messages of customers": ("held out", benign.customers(SHARED)),
        "texts with personal data": ("held out", benign.personal(SHARED)),
        "code, logs and configuration": ("written for this", code_like(20_000, "benchmark")),
    }
    for name, (how, texts) in kinds.items():
        lines = list(texts)
        count, types = gitleaks.hits(lines)
        shown = ", ".join(f"{type_} {number}" for type_, number in types.most_common())
        part = count / len(lines) * 10_000
        print(f"| {name} | {how} | {len(lines):,} | {count} | {part:.2f} | {shown} |")


def hostile() -> None:
    """What a mebibyte costs that is made to be slow, detector by detector."""
    print("\n## One mebibyte made to be slow (goal: below 100 ms)\n")
    print("| detector | slowest piece | ms |\n|---|---|---|")
    for name, (make, pieces) in SLOW.items():
        run = make().run  # type: ignore[attr-defined]
        run([Subject("password: x1 <a href='//b.c'>\u202e")])
        slowest = max((_ms(run, piece), piece) for piece in pieces)
        print(f"| `{name}` | `{slowest[1]!a}` | {slowest[0]:.0f} |")


def _ms(run: Callable[[list[Subject]], object], piece: str) -> float:
    subject = Subject(piece * (MEBI // len(piece)))
    times = []
    for _ in range(3):
        started = time.perf_counter()
        run([subject])
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def clean() -> None:
    """What a clean reply of 500 characters pays for each detector."""
    replies = clean_replies(Guard.load(HERE / "peer.guard"), 300)
    outcomes = SecretsDetector().run([Subject(text) for text in replies])
    texts = [text for text, found in zip(replies, outcomes, strict=True) if found == ()]
    system = " ".join(Random(5).choices(" ".join(texts).split(), k=600))
    guards = {
        name: Guard.load(
            Source(
                "p.guard",
                f'{POLICY}list l ["kestrel-7431"]\ndetector d = {call}\n'
                "rule r on output\n  when d found\n  then redact\n",
            )
        )
        for name, call in {
            "secrets()": "secrets()",
            "markup()": "markup()",
            "links(allow: …)": "links(allow: l)",
            "hidden_text()": "hidden_text()",
            "canary(…)": "canary(l)",
            "echoes(…)": "echoes(prompt: system, min_words: 8)",
        }.items()
    }
    quiet = Guard.load(
        Source(
            "p.guard",
            f'{POLICY}rule r on output\n  when text contains "kestrel-7431"\n  then redact\n',
        )
    )

    def checked(guard: Guard) -> Callable[[str], object]:
        return lambda text: guard.check(text, system=system)

    checks = {"one phrase": checked(quiet), **{n: checked(each) for n, each in guards.items()}}
    figures = in_turn(checks, texts)
    print("\n## A clean reply of 500 characters, with one rule and a system prompt of 600 words\n")
    print("| | µs |\n|---|---|")
    for name, us in figures.items():
        print(f"| {name} | {us:.1f} |")


def main() -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=50, help="keys for each rule")
    options = parser.parse_args()
    print(f"# Secrets, Python {sys.version.split()[0]}")
    if SHARED.is_dir():
        finding(options.keys)
        leaving()
    hostile()
    clean()
    return 0


if __name__ == "__main__":
    sys.exit(main())
