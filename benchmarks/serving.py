"""`python -m benchmarks.serving`: many callers share one `Guard`, as threads and on an event loop.

Each of 1, 2, 8 and 64 callers checks replies one after the other; what counts is how many replies
all of them get through in a second of real time. Without classifiers a check holds the interpreter
but for the scan, and threads take turns; a classifier leaves it, and those who wait together are
answered together. Other work on the machine weighs on one caller more than on many: its load stands
in the result.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Sequence

from benchmarks.results import save
from benchmarks.run import HERE, clean_replies
from guardrail import Guard
from guardrail.language.source import Source

CALLERS = (1, 2, 8, 64)
ROUNDS = 3
CLASSIFIED = """edition 1
policy classified
  on error treat as violation
detector toxic = classifier(model: "guard-mini", label: {label})
rule no_toxicity on output
  when toxic >= 0.99
  then flag
"""


def shares(texts: Sequence[str], callers: int) -> list[Sequence[str]]:
    return [texts[number::callers] for number in range(callers)]


def by_threads(guard: Guard, texts: Sequence[str], callers: int) -> float:
    """Return replies a second."""

    def work(own: Sequence[str]) -> None:
        gate.wait()
        for text in own:
            guard.check(text)

    gate = threading.Barrier(callers + 1)
    threads = [threading.Thread(target=work, args=(own,)) for own in shares(texts, callers)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return len(texts) / (time.perf_counter() - started)


def by_loop(guard: Guard, texts: Sequence[str], callers: int) -> float:
    """Return replies a second."""

    async def work(own: Sequence[str]) -> None:
        for text in own:
            await guard.acheck(text)

    async def every() -> float:
        await asyncio.gather(*(guard.acheck(text) for text in texts[:callers]))  # opens threads
        started = time.perf_counter()
        await asyncio.gather(*(work(own) for own in shares(texts, callers)))
        return len(texts) / (time.perf_counter() - started)

    return asyncio.run(every())


def label_of_guard_mini() -> str:
    from guardrail.models.folder import read_manifest
    from guardrail.runtime.host import models_in

    return read_manifest(models_in(None)["guard-mini"]).labels[0].name


def measure(classified: int, unclassified: int) -> dict[str, float]:
    """Return replies a second by what was checked, how, and by how many callers."""
    peer = Guard.load(HERE / "peer.guard")
    texts = clean_replies(peer, 400)
    policy = CLASSIFIED.format(label=label_of_guard_mini())
    guards = {
        "without classifiers": (peer, (texts * (unclassified // 400 + 1))[:unclassified]),
        # Different texts: a model keeps the answer of the last one.
        "with a classifier": (
            Guard.load(Source("classified.guard", policy)),
            [f"{number} {text[:200]}" for number, text in enumerate(texts)][:classified],
        ),
    }
    ways: dict[str, Callable[[Guard, Sequence[str], int], float]] = {
        "threads": by_threads,
        "event loop": by_loop,
    }
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, (guard, own) in guards.items():
            for way, run in ways.items():
                for callers in CALLERS:
                    rates.setdefault(f"{name}, {way}, {callers}", []).append(
                        run(guard, own, callers)
                    )
    return {name: statistics.median(found) for name, found in rates.items()}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--save", action="store_true", help="keep the ratios of this run")
    options.add_argument("--classified", type=int, default=192, help="texts for the classifier")
    options.add_argument("--unclassified", type=int, default=40_000, help="texts for the others")
    chosen = options.parse_args()
    rates = measure(chosen.classified, chosen.unclassified)
    print("\n## Replies a second, one `Guard` for all callers\n")
    print(f"| | {' | '.join(map(str, CALLERS))} callers |\n|---|{'---|' * len(CALLERS)}")
    ratios: dict[str, float] = {}
    for name in dict.fromkeys(each.rpartition(", ")[0] for each in rates):
        found = [rates[f"{name}, {callers}"] for callers in CALLERS]
        print(f"| {name} | {' | '.join(f'{rate:,.0f}' for rate in found)} |")
        ratios |= {
            f"{name}: 1 caller / {callers}": found[0] / rate
            for callers, rate in zip(CALLERS[1:], found[1:], strict=True)
        }
    if chosen.save:
        save("serving", ratios, rates)


if __name__ == "__main__":
    main()
