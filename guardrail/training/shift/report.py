"""The shift of two models as a table, a plot and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guardrail.training.shift.compare import Pair, Shift


def table(shift: Shift) -> list[str]:
    """Return the figures in lines for people."""
    lines = [f"{'':34}{'before':>10}{'after':>10}"]
    for name, side in (("compliant", shift.compliant), ("violating", shift.violating)):
        lines.append(_line(f"{name}: log-probability of a reply", side.sequence))
        lines.append(_line(f"{name}: of one token", side.token))
        lines.append(f"{f'{name}: KL at one token':34}{'':10}{side.kl:10.3f}")
    lines.append(_line("first violating token", shift.first_violation, 4))
    lines += [_line(f"begins {name}", shift.group(name), 4) for name in shift.openings]
    for prompt, tokens in shift.next_tokens.items():
        lines.append(f"after `{prompt}`:")
        lines += [_line(f"  `{token}`", pair, 4) for token, pair in tokens.items()]
    if shift.is_collapsed:
        lines.append("COLLAPSE: compliant replies became less likely")
    return lines


def write(shift: Shift, folder: Path) -> None:
    """Write `shift.json`, `shift.txt` and `shift.png` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(shift.record(), indent=2, ensure_ascii=False)
    (folder / "shift.json").write_text(text + "\n", "utf-8")
    (folder / "shift.txt").write_text("\n".join(table(shift)) + "\n", "utf-8")
    plot(shift, folder / "shift.png")


def plot(shift: Shift, path: Path) -> None:
    """Draw how likely whole replies and openings are, before and after."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained")
    replies, openings = figure.subplots(1, 2, width_ratios=(2, 3))
    sides = {"compliant": shift.compliant.sequence, "violating": shift.violating.sequence}
    _bars(replies, sides, "log-probability of a reply (nats)")
    _bars(openings, dict(_likely(shift)), "probability of an opening")
    openings.set_xscale("log")
    figure.legend(*replies.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    figure.savefig(path, dpi=130)


def _bars(axes: Any, pairs: dict[str, Pair], title: str) -> None:
    rows = range(len(pairs))
    axes.barh([y - 0.2 for y in rows], [p.before for p in pairs.values()], 0.36, label="before")
    axes.barh([y + 0.2 for y in rows], [p.after for p in pairs.values()], 0.36, label="after")
    axes.set_yticks(list(rows), list(pairs), fontsize="small")
    axes.invert_yaxis()  # the first on top
    axes.set_title(title, fontsize="medium")


def _likely(shift: Shift) -> Iterator[tuple[str, Pair]]:
    yield "first violating token", shift.first_violation
    for group, phrases in shift.openings.items():
        for phrase, pair in phrases.items():
            yield f"{group}: {phrase}", pair


def _line(name: str, pair: Pair, digits: int = 2) -> str:
    return f"{name:34}{pair.before:10.{digits}f}{pair.after:10.{digits}f}"
