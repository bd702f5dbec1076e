"""Plots of a run as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def lines(
    path: Path,
    metrics: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    *,
    title: str,
    right: Sequence[str] = (),
) -> None:
    """Draw metrics over steps, one line for each name that was logged.

    Args:
        path: of the picture.
        metrics: rows of a log, each with a `step`.
        names: what is drawn.
        title: above the picture.
        right: what has a scale of its own, in a panel on the right.
    """
    from matplotlib.figure import Figure

    panels = [each for each in (names, right) if each]
    figure = Figure(figsize=(9 if right else 6, 3.2), layout="constrained")
    for axes, shown in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for name in shown:
            points = [(each["step"], each[name]) for each in metrics if name in each]
            if points:
                axes.plot(*zip(*points, strict=True), label=name)
        axes.set_xlabel("step")
        if len(names) > 1 and axes.lines:
            axes.legend(fontsize="small")
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    figure.savefig(path, dpi=130)
