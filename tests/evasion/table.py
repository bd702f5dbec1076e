"""Print what the battery catches: `python -m tests.evasion.table --help`."""

# ruff: noqa: T201 - a command that prints
from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable

from guardrail.disguises import DISGUISES
from tests.evasion import battery
from tests.evasion.battery import CAUGHT, MISSED, PARTLY, WITHHELD, Attack
from tests.evasion.unseen import UNSEEN
from tests.evasion.values import VALUES

Tally = dict[tuple[str, str], Counter[str]]
GOOD = {CAUGHT, WITHHELD}


def tally(attacks: Iterable[Attack], *, show: str = "", most: int = 20) -> Tally:
    found: Tally = {}
    for tried in attacks:
        result = battery.outcome(tried)
        found.setdefault((" > ".join(tried.names), tried.kind), Counter())[result] += 1
        if most and show and result in (MISSED, PARTLY) and show in ("all", result):
            most -= 1
            names = ">".join(tried.names)
            print(
                f"{result:8} {names} {tried.kind} {tried.carrier}: {tried.value!a} in {tried.text!a}"
            )
    return found


def good(counts: Counter[str]) -> int:
    return sum(counts[name] for name in GOOD)


def share(counts: Iterable[Counter[str]]) -> tuple[float, Counter[str]]:
    total = sum(counts, Counter())
    return good(total) / max(1, total.total()), total


def lines(found: Tally) -> Iterable[str]:
    kinds = list(VALUES)
    yield f"{'technique':24}" + "".join(f"{kind:>9}" for kind in kinds) + "      all"
    for name in dict.fromkeys(name for name, _ in found):
        cells = [found.get((name, kind)) for kind in kinds]
        row = [f"{good(c) / c.total():9.0%}" if c else " " * 9 for c in cells]
        part, _ = share(c for c in cells if c)
        yield f"{name:24}" + "".join(row) + f"{part:9.1%}"
    columns = [share(c for (_, k), c in found.items() if k == kind) for kind in kinds]
    part, total = share(found.values())
    yield f"{'all':24}" + "".join(f"{p:9.1%}" for p, _ in columns) + f"{part:9.1%}"
    yield f"{total.total()} attacks: " + ", ".join(
        f"{total[k]} {k}" for k in (CAUGHT, WITHHELD, PARTLY, MISSED)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--technique", action="append", help="only this technique (repeatable)")
    parser.add_argument("--family", action="append", help="only techniques of this family")
    parser.add_argument("--kind", action="append", help="only this kind of value")
    parser.add_argument("--carrier", action="append", help="only this carrier")
    parser.add_argument("--seeds", type=int, default=1, help="values for each cell and carrier")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--pairs", type=int, default=0, help="so many random ordered pairs")
    parser.add_argument("--twins", action="store_true", help="benign twins that do not pass")
    parser.add_argument("--plain", action="store_true", help="undisguised values")
    parser.add_argument("--unseen", action="store_true", help="techniques that are in no list")
    parser.add_argument(
        "--show", choices=("all", MISSED, PARTLY), default="", help="print failures"
    )
    parser.add_argument("--most", type=int, default=20, help="print at most so many")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    is_twin, start = options.twins, time.perf_counter()
    if options.plain:
        attacks = battery.plain(seeds)
    elif options.pairs:
        attacks = battery.some_pairs(options.pairs, options.first, is_twin=is_twin)
    else:
        names = [each.name for each in UNSEEN] if options.unseen else list(DISGUISES)
        attacks = battery.singles(seeds, names, is_twin=is_twin)
    attacks = (tried for tried in attacks if wanted(tried, options))
    if is_twin:
        return twins(attacks, options.most)
    found = tally(attacks, show=options.show, most=options.most)
    if options.pairs:
        print("\n".join(worst(found)))
    else:
        print("\n".join(lines(found)))
    print(f"{time.perf_counter() - start:.1f} s")
    return 0


def wanted(tried: Attack, options: argparse.Namespace) -> bool:
    known = battery.TECHNIQUES
    families = [known[name].family for name in tried.names if name in known]
    return (
        (not options.technique or set(options.technique) <= set(tried.names))
        and (not options.family or set(options.family) & set(families) != set())
        and (not options.kind or tried.kind in options.kind)
        and (not options.carrier or tried.carrier in options.carrier)
    )


def worst(found: Tally) -> Iterable[str]:
    """How each technique does as the first and as the second of two."""
    first: dict[str, list[Counter[str]]] = {}
    second: dict[str, list[Counter[str]]] = {}
    kinds: dict[str, list[Counter[str]]] = {}
    for (names, kind), counts in found.items():
        a, b = names.split(" > ")
        first.setdefault(a, []).append(counts)
        second.setdefault(b, []).append(counts)
        kinds.setdefault(kind, []).append(counts)
    for name in sorted(
        first | second, key=lambda n: share(first.get(n, []) + second.get(n, []))[0]
    ):
        (one, n), (two, m) = share(first.get(name, [])), share(second.get(name, []))
        yield f"{name:24} first {one:7.1%} of {n.total():4}   second {two:7.1%} of {m.total():4}"
    for kind, counts in kinds.items():
        yield f"{kind:24} {share(counts)[0]:7.1%}"
    part, total = share(found.values())
    yield f"{part:.1%} of {total.total()} pairs: " + ", ".join(
        f"{total[k]} {k}" for k in (CAUGHT, WITHHELD, PARTLY, MISSED)
    )


def twins(attacks: Iterable[Attack], most: int) -> int:
    tried = failed = 0
    for twin in attacks:
        tried += 1
        if not battery.passes(twin):
            failed += 1
            if failed <= most:
                verdict = battery.guard().check(twin.text)
                spans = [span for fired in verdict.fired for span in fired.spans]
                told = [(span.type, span.view, twin.text[span.start : span.end]) for span in spans]
                print(f"{'>'.join(twin.names)} {twin.kind} {twin.carrier}: {twin.text!a} {told!a}")
    print(f"{failed} of {tried} benign twins do not pass byte for byte")
    return 0


if __name__ == "__main__":
    sys.exit(main())
