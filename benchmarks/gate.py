"""`make bench-gate`: the ratios of this code beside those of the last run that was kept.

`--save` keeps them instead. A ratio may grow by a quarter, since machines are noisy; beyond that
the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.ratios import SUITES
from benchmarks.results import save, saved

ROOM = 1.25


def grown(now: dict[str, float], before: dict[str, float]) -> list[str]:
    """Return the ratios that are new, gone, or grown by more than there is room for."""
    return [
        name
        for name in sorted({*now, *before})
        if name not in now or name not in before or now[name] > before[name] * ROOM
    ]


def main() -> int:
    """Run the suites, print the table, say whether all is well."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--save", action="store_true", help="keep the ratios of this run")
    options.add_argument("suites", nargs="*", choices=[*SUITES, []], help="all without a name")
    chosen = options.parse_args()
    print("| ratio | now | kept |\n|---|---|---|")
    wrong: list[str] = []
    for suite in chosen.suites or SUITES:
        now = SUITES[suite]()
        before = {} if chosen.save else saved(suite)
        for name, value in now.items():
            print(f"| {name} | {value:.3g} | {before.get(name, value):.3g} |")
        if chosen.save:
            save(suite, now)
        else:
            wrong += grown(now, before)
    for name in wrong:
        print(f"grown by more than a quarter, or not in both runs: {name}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
