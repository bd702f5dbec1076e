"""The rows that the attempts of a run give to each training, as files beside what it trains on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.redteam.artefacts import (
    label_rows,
    preference_rows,
    provenance,
    sft_rows,
    taught,
)
from guardrail.redteam.run import Run
from guardrail.redteam.scores import grouped
from guardrail.runtime.guard import Guard
from guardrail.training.data.rows import BadRow, Kind, Row, scan_rows, unusable
from guardrail.training.lm import chat, load

ATTEMPTS: Final = "attempts"
HARD: Final = "hard_cases"
"""The files of labelled texts: what the filter got right, and what it got wrong."""


def labelled(run: Run, label: str, folder: Path) -> list[Path]:
    """Write the labelled texts of a run; return the files that hold any."""
    written = []
    for name, is_hard in ((ATTEMPTS, False), (HARD, True)):
        path = folder / f"{name}.jsonl"
        if write(path, map(_line, label_rows(run, label, is_hard=is_hard))):
            written.append(path)
    return written


def reviewed(run: Run, label: str, most: int, good: int, path: Path) -> int:
    """Write up to `most` missed attacks of each round, and up to `good` compliant replies a family.

    The seed draws the attacks. Compliant replies are those of all families that are not held out,
    whatever was tried: what the label is not is known from the start. Those of one family are in
    one cluster.

    Returns:
        How many attacks there are.
    """
    missed = (e for e in taught(run) if e.result == "missed" and not e.attack.is_twin)
    rows: list[dict[str, Any]] = []
    for round_, found in sorted(grouped(missed, lambda each: each.attack.round).items()):
        dice = Random(f"{run.campaign.settings.seed} reviewed {round_}")  # noqa: S311 - variety
        some = found if len(found) <= most else dice.sample(found, most)
        rows += [
            {
                "text": each.reply,
                "labels": {label: 1},
                "cluster": each.attack.family,
                "provenance": provenance(run, each),
            }
            for each in some
        ]
    attacks = len(rows)
    for (_, family), contrasts in run.campaign.contrasts.items():
        if run.campaign.splits[family] == "train":
            rows += [
                {"text": each.compliant, "labels": {label: 0}, "cluster": family}
                for each in contrasts[:good]
            ]
    write(path, map(_line, rows))
    return attacks


def replies(run: Run, guard: Guard, own: Path, model: str | None, path: Path) -> int:
    """Write the rows of a file and, behind them, safe replies to prompts that the target fell for.

    Args:
        run: the attempts up to now.
        guard: makes replies safe.
        own: what the model learns from besides.
        model: what will be trained; rows that are longer than its context are left out. None: a
            model from nothing, whose context is not known yet.
        path: the file to write.

    Returns:
        How many rows were added.
    """
    added = _fitting(sft_rows(run, guard), "sft", model, path)
    write(path, [*_own(own, "sft"), *added])
    return len(added)


def pairs(run: Run, guard: Guard, own: Path | None, model: str, path: Path) -> int:
    """Write pairs of preferences likewise; return how many were added."""
    added = _fitting(preference_rows(run, guard), "preferences", model, path)
    write(path, [*(_own(own, "preferences") if own else ()), *added])
    return len(added)


def write(path: Path, lines: Iterable[str]) -> int:
    """Write lines into a file, which appears whole; return how many there are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    count = 0
    with part.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(f"{line}\n")
            count += 1
    part.replace(path)
    return count


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _own(path: Path, kind: Kind) -> Iterator[str]:
    for row in scan_rows(path):
        fault = row.reason if isinstance(row, BadRow) else unusable(row, kind)
        if fault is not None:
            raise RecipeError(f"`{path}:{row.line}`: {fault}", help="correct the line, or drop it")
        yield row.raw


def _fitting(
    rows: Iterable[dict[str, Any]], kind: Kind, model: str | None, path: Path
) -> list[str]:
    """Return the rows, as lines, that can be trained on and fit into the context of a model."""
    lines = list(map(_line, rows))
    write(path, lines)
    read = [row for row in scan_rows(path) if isinstance(row, Row) and unusable(row, kind) is None]
    if model is None or not read:
        return [row.raw for row in read]
    lm, tokenizer = load.load_lm(model)
    most = load.context_of(lm)
    return [
        row.raw
        for row in read
        if all(len(chat.tokens_of(tokenizer, row.messages, reply)) <= most for reply in row.replies)
    ]
