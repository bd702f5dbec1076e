"""`python -m benchmarks.plots`: the kept results as pictures for `docs/performance.md`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.results import FOLDER

IMAGES = Path(__file__).parents[1] / "docs" / "images"
GOALS = {
    "ten patterns / one bare scan": 2.0,
    "100 rules / one bare scan": 2.0,
    "1,000 rules / 10 rules": 2.0,
    "every reply redacted / regex of what matches": 3.0,
    "guardrail check / read, parse, scan, write": 1.5,
}


def results(suite: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{suite}.json").read_text(encoding="utf-8"))
    return found


def ratios(pyplot: Any) -> None:
    """Bars for each ratio, a mark where the goal is."""
    found: dict[str, float] = {}
    for suite in ("clean", "hits", "transcripts"):
        found |= results(suite)["ratios"]
    names = [name for name in GOALS if name in found]
    figure, axes = pyplot.subplots(figsize=(8, 2.6))
    places = range(len(names))
    axes.barh(places, [found[name] for name in names], color="#4c72b0", height=0.6)
    axes.vlines(
        [GOALS[name] for name in names],
        [place - 0.4 for place in places],
        [place + 0.4 for place in places],
        color="#c44e52",
        label="goal",
    )
    for place, name in zip(places, names, strict=True):
        axes.text(found[name], place, f" {found[name]:.1f}", va="center")
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel("times as long")
    axes.legend(frameon=False)
    save(pyplot, figure, "performance-ratios.svg")


def serving(pyplot: Any) -> None:
    """Replies a second against callers, each line against its first point."""
    figure, axes = pyplot.subplots(figsize=(8, 3))
    lines: dict[str, list[tuple[int, float]]] = {}
    for name, rate in results("serving")["figures"].items():
        what, _, callers = name.rpartition(", ")
        lines.setdefault(what, []).append((int(callers), rate))
    for what, points in lines.items():
        callers, rates = zip(*points, strict=True)
        axes.plot(callers, [rate / rates[0] for rate in rates], marker="o", label=what)
    axes.set_xscale("log", base=2)
    axes.set_xticks([1, 2, 8, 64], ["1", "2", "8", "64"])
    axes.set_xlabel("callers")
    axes.set_ylabel("replies a second, × one caller")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    save(pyplot, figure, "performance-serving.svg")


def save(pyplot: Any, figure: Any, name: str) -> None:
    """Write a picture that is the same for the same results."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(IMAGES / name, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "guardrail"
    from matplotlib import pyplot as plt

    ratios(plt)
    serving(plt)


if __name__ == "__main__":
    main()
