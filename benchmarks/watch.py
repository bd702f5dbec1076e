"""`python -m benchmarks.watch`: how often the watch is wrong, how late it is, and what it costs.

Quiet rates from 0.03 % to 90 % are watched for 100,000 trials, again and again; then rates double.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from math import log
from random import Random

from guardrail.watch.change import RateWatch

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9)
LIMIT = log(100_000 * 20)
TRIALS = 100_000
BEFORE = 20_000


def hits(dice: Random, rate: float, end: int, start: int = 0) -> Iterator[int]:
    at = start - 1
    while (at := at + 1 + int(log(1 - dice.random()) / log(1 - rate))) < end:
        yield at


def quiet(rate: float, seed: int) -> int:
    """False alarms on trials without a change."""
    watch, alarms = RateWatch(2000), 0
    for at in hits(Random(f"{seed} {rate}"), rate, TRIALS):
        watch.seen(at)
        if watch.evidence > LIMIT:
            alarms += 1
            watch.restart()
    return alarms


def delay(rate: float, seed: int) -> int | None:
    """Trials until a doubled rate is found; None if it is not within 30,000."""
    dice, watch = Random(f"{seed} {rate} doubled"), RateWatch(2000)
    end = BEFORE + 30_000
    for at in (*hits(dice, rate, BEFORE), *hits(dice, 2 * rate, end, BEFORE)):
        watch.seen(at)
        if at >= BEFORE and watch.evidence > LIMIT:
            return at - BEFORE
    return None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=5, help="streams for each rate")
    times = parser.parse_args().times
    print(f"{'rate':>8} {'trials':>12} {'false alarms':>13} {'at most':>8} {'us/trial':>9}")
    for rate in RATES:
        started = time.process_time()
        alarms = sum(quiet(rate, seed) for seed in range(times))
        spent = (time.process_time() - started) / times / TRIALS * 1e6
        bound = times * TRIALS / 2e6
        print(f"{rate:8.2%} {times * TRIALS:12,} {alarms:13} {bound:8.2f} {spent:9.2f}", flush=True)
    print(f"\n{'doubles':>8} {'half within':>12} {'19 of 20':>10} {'longest':>10}  of delays")
    for rate in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        found = sorted(delay(rate, seed) or 10**9 for seed in range(3 * times))
        shown = (found[len(found) // 2], found[len(found) * 19 // 20], found[-1])
        half, most, longest = (f"{each:,}" if each <= 30_000 else "> 30,000" for each in shown)
        print(f"{rate:8.2%} {half:>12} {most:>10} {longest:>10}", flush=True)


if __name__ == "__main__":
    main()
