"""Plots of a run as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def lines(
    path: Path, metrics: Sequence[Mapping[str, Any]], names: Sequence[str], *, title: str
) -> None:
    """Draw metrics over steps, one line for each name that was logged."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.add_subplot()
    for name in names:
        points = [(each["step"], each[name]) for each in metrics if name in each]
        if points:
            axes.plot(*zip(*points, strict=True), label=name)
    axes.set_title(title)
    axes.set_xlabel("step")
    if len(names) > 1 and axes.lines:
        axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
