"""What seeing through disguises costs: clean replies, mixed text, and text made to be slow."""

from __future__ import annotations

import base64
import random
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.run import clean_replies, in_turn
from guardrail import Guard, Verdict
from guardrail.language.source import Source
from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.lenses import LENSES
from guardrail.text.pattern import parse_pattern
from guardrail.text.prefilter import at_lines, prefilter

HERE: Final = Path(__file__).parent
MEBI: Final = 1 << 20
WORDS: Final = ("bomb", "password", "existential dread", "internal codename", "grown weary")
POLICY: Final = """edition 1
policy disguises
  on error treat as violation
list words ["bomb", "password", "existential dread", "internal codename", "grown weary"]
pattern ticket = /\\bTICKET-[0-9]{4,8}\\b/
detector keys = secrets()
rule hide on output
  when text contains any words or text matches ticket or keys found
  then redact
"""


def scanner() -> Scanner:
    """Return a scan for five entries and two patterns."""
    patterns = (r"\b[\w.]+@[\w.]+\.com\b", r"\bTICKET-\d{4,8}\b")
    return Scanner(
        [
            EntriesSpec(WORDS, "words"),
            *(PatternSpec(parse_pattern(source, "i"), "pattern") for source in patterns),
        ]
    )


def clean() -> None:
    """What a reply pays in which nothing is disguised."""
    ascii_only = clean_replies(Guard.load(HERE / "peer.guard"))
    swaps = str.maketrans({"'": "\u2019", "-": "\u2013"})
    typographic = [f"\u201c{text}\u201d".translate(swaps) for text in ascii_only]
    scan = scanner()
    asks = {at_lines(lens.asks()) for lens in LENSES}
    bare = prefilter([each for each in scan.expressions if each not in asks])
    print("\n## What views cost a clean reply of 500 characters (goal: at most 1 µs)\n")
    print("| | without views, µs | with views, µs | difference |\n|---|---|---|---|")
    for name, texts in {"ASCII": ascii_only, "typographic": typographic}.items():
        quiet = [text for text in texts if scan.is_quiet(text)]
        times = in_turn({"bare": bare, "views": scan.is_quiet}, quiet)
        print(
            f"| {name} ({len(quiet)} replies) | {times['bare']:.2f} | {times['views']:.2f}"
            f" | {times['views'] - times['bare']:+.2f} |"
        )


def mixed() -> None:
    """How fast text of several scripts is looked at, in which nothing is to be found."""
    parts = (
        "Здравствуйте, ваш заказ уже в пути. ", "Καλημέρα σας, πώς είστε; ", "Xin chào quý khách. ",
        "आपका खाता सुरक्षित है। ", "您的订单已经发货。", "می\u200cخواهم بدانم. ",
        "مرحبا بكم في المتجر. ",
        "Voilà déjà l’été à Besançon. ",
        "Größe und Straße: 5 € – prima… ", "👩\u200d👩\u200d👧 ✅ 🇩🇪 ",
        "∑ xᵢ² ≤ ∞, α→β ", "Just plain English, nothing more. ",
    )  # fmt: skip
    dice, scan = random.Random(1), scanner()
    print(
        "\n## Mixed text, in time of the processor (goal: at least 5 million characters a second)\n"
    )
    print("| characters | ms | million characters a second |\n|---|---|---|")
    for size in (500, 5_000, 100_000):
        text = ""
        while len(text) < size:
            text += dice.choice(parts)
        seconds = _seconds(lambda text=text: scan.scan(text))  # type: ignore[misc]
        print(f"| {len(text):,} | {seconds * 1e3:.2f} | {len(text) / seconds / 1e6:.1f} |")


def hostile_texts() -> Mapping[str, str]:
    """Return texts of 1 MiB that are made to be slow to look through, by name."""
    dice = random.Random(2)
    nested = "comb"
    while len(nested) < MEBI * 3 // 4:
        nested = base64.b64encode(nested.encode()).decode()
        if len(nested) < MEBI // 2:
            nested += " " + nested
    amp = "&" + "amp;" * 40 + "#99;omb "
    units = {
        "entities": "&#99;",
        "named entities": "&amp;",
        "nested entities": amp,
        "percent": "%63",
        "nested percent": "%2525" + "25" * 20 + "63",
        "escapes": "\\u0063",
        "quoted-printable": "=63",
        "hex pairs": "63 6f ",
        "hex": "636f6d62 ",
        "base64 words": "Y29tYiBjb21i ",
        "one letter": "A",
        "ampersands": "&",
        "backslashes": "\\",
        "invisible between letters": "a\u200b",
        "invisible run": "\u200b",
        "marks": "a\u0301\u0336",
        "mark run": "\u0336",
        "lookalikes": "\u0440\u0430ssw\u043erm ",
        "full-width": "\uff43\uff4f\uff4d\uff42 ",
        "spaced letters": "c o m b ",
        "dotted letters": "c.o.m.b.",
        "leet": "p455w0rm ",
        "tags": "c<b>o</b>mb ",
        "emphasis": "c**o**mb",
        "open tags": "<a ",
        "comments": "<!--",
        "overrides": "\u202ebmoc\u202c",
        "open overrides": "\u202e",
        "tag characters": "\U000e0063\U000e006f",
        "variation selectors": "a\ufe01\ufe02",
        "lines": "4\n1\n5\n",
        "table cells": "|4|1",
        "number words": "four one ",
        "defanged": "a[at]b[.]",
        "blanks": " ",
        "line breaks": "\n",
        "quotes": '"+"',
    }
    texts = {name: (unit * (MEBI // len(unit) + 1))[:MEBI] for name, unit in units.items()}
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    texts["random base64"] = "".join(dice.choices(letters, k=MEBI))
    texts["nested base64"] = nested[:MEBI]
    tokens = ("".join(dice.choices(letters[:62], k=12)) for _ in range(MEBI // 13))
    texts["random tokens"] = " ".join(tokens)
    rows = (f"{dice.randrange(10**6)},{dice.random():.4f},no\n" for _ in range(MEBI // 16))
    texts["numbers with commas"] = "".join(rows)[:MEBI]
    small = [*dice.choices([*units.values()], k=9), "\n\n"]
    texts["small blocks"] = "".join(dice.choices(small, k=MEBI // 4))[:MEBI]
    texts["small blocks of one kind"] = ("b\u043emb %62 &#98; c.o.m.b\n\n" * MEBI)[:MEBI]
    texts["random of everything"] = "".join(dice.choices([*units.values()], k=MEBI // 4))[:MEBI]
    return texts


def hostile() -> None:
    """How long a check of 1 MiB takes at worst; the policy has a list, a pattern and secrets."""
    guard = Guard.load(_source())
    guard.check("warm up: b\u043emb &#98; \uff42")
    print("\n## Hostile texts of 1 MiB, in time of the processor (goal: under 100 ms)\n")
    print("The first check of a kind also builds the automata that read it.\n")
    print("| text | first, ms | again, ms | verdict | errors |\n|---|---|---|---|---|")
    rows = []
    for name, text in hostile_texts().items():
        first, _ = _checked(guard, text)
        seconds, verdict = _checked(guard, text)
        kinds = ", ".join(sorted({error.error for error in verdict.errors}))
        times = f"{first * 1e3:.0f} | {seconds * 1e3:.0f}"
        rows.append((seconds, f"| {name} | {times} | {verdict.action} | {kinds} |"))
    for _, row in sorted(rows, reverse=True):
        print(row)


def _checked(guard: Guard, text: str) -> tuple[float, Verdict]:
    """Return how long a check took, in seconds of the processor, and the verdict."""
    started = time.process_time()
    verdict = guard.check(text)
    return time.process_time() - started, verdict


def _source() -> object:
    return Source("disguises.guard", POLICY)


def _seconds(work: Callable[[], object], rounds: int = 15) -> float:
    work()
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times)


if __name__ == "__main__":
    clean()
    mixed()
    hostile()
