"""Pictures of a run: its losses, and where the model is right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from guardrail.training.classifier.evaluation import ALL, ByLabel
from guardrail.training.common.run_folder import RunFolder

_COLUMNS: Final = 4


def plot_losses(folder: RunFolder) -> Path:
    """Draw the losses of the log as `losses.png` in the run folder."""
    rows = list(folder.rows())
    figure, plot = _figure(1, 1, 7, 4)
    axes = plot[0][0]
    for name in [name for name in (rows[0] if rows else ()) if name not in _NO_LOSS]:
        axes.plot([row["step"] for row in rows], [row[name] for row in rows], label=name)
    axes.set(xlabel="step", ylabel="loss", ylim=(0, None))
    axes.legend()
    return _saved(figure, folder.place / "losses.png")


_NO_LOSS: Final = frozenset({"step", "examples_per_second"})


def plot_confusion(found: ByLabel, place: Path) -> Path:
    """Draw for each label how many texts are right and wrong at its threshold."""
    labels = [name for name, parts in found.items() if "recall" in parts.get(ALL, {})]
    height = -(-len(labels) // _COLUMNS) or 1
    figure, plots = _figure(height, _COLUMNS, 2.4 * _COLUMNS, 2.4 * height)
    for number, axes in enumerate(each for row in plots for each in row):
        if number >= len(labels):
            axes.axis("off")
            continue
        counts = confusion(found[labels[number]][ALL])
        axes.imshow(_shares(counts), cmap="Blues", vmin=0, vmax=1)
        for row, pair in enumerate(counts):
            for column, count in enumerate(pair):
                axes.text(column, row, f"{count:,}", ha="center", va="center", color="darkred")
        axes.set_title(labels[number], fontsize=9)
        axes.set_xticks([0, 1], ["says no", "says yes"], fontsize=7)
        axes.set_yticks([0, 1], ["no", "yes"], fontsize=7)
    return _saved(figure, place)


def confusion(measures: dict[str, float]) -> list[list[int]]:
    """Return counts: rows are the truth (no, yes), columns what the model says (no, yes).

    >>> confusion({"ones": 10, "zeros": 20, "recall": 0.8, "false_positives": 0.05})
    [[19, 1], [2, 8]]
    """
    hits = round(measures["ones"] * measures.get("recall", 0.0))
    alarms = round(measures["zeros"] * measures.get("false_positives", 0.0))
    return [[int(measures["zeros"]) - alarms, alarms], [int(measures["ones"]) - hits, hits]]


def _shares(counts: Sequence[Sequence[int]]) -> list[list[float]]:
    return [[each / (sum(row) or 1) for each in row] for row in counts]


def _figure(rows: int, columns: int, width: float, height: float) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, plots = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    return figure, plots


def _saved(figure: Any, path: Path) -> Path:
    import matplotlib.pyplot as plt

    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path
