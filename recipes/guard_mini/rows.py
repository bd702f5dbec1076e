"""Rows of examples, and how files of the data folder are read and written."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

HARMS: Final = (
    "toxic", "hate", "insult", "profanity", "threat", "sexual", "illegal", "self_harm", "jailbreak",
    "complies_harm",
)  # fmt: skip
ENTITIES: Final = frozenset({"PERSON", "LOCATION", "ADDRESS", "ORGANIZATION"})
MOST: Final = 1200
"""Characters of a row; what is longer is cut at a space."""


@dataclass(frozen=True)
class Row:
    """A text with the labels that somebody judged, and the places of its names if all are marked."""

    text: str
    labels: Mapping[str, int] = field(default_factory=dict)
    spans: Sequence[tuple[int, int, str]] | None = None
    cluster: str | None = None

    def record(self) -> dict[str, Any]:
        """Return what stands in the file."""
        found: dict[str, Any] = {"text": self.text, "labels": dict(self.labels)}
        if self.spans is not None:
            found["spans"] = [list(span) for span in self.spans]
        if self.cluster is not None:
            found["cluster"] = self.cluster
        return found


def no_harm(**more: int) -> dict[str, int]:
    """Return labels of a text that is harmless in every way.

    >>> no_harm(polite=1)["hate"], no_harm(polite=1)["polite"]
    (0, 1)
    """
    return {**dict.fromkeys(HARMS, 0), **more}


def read(data: Path, file: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of the data folder."""
    with gzip.open(data / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def short(text: str, most: int = MOST) -> str:
    """Return a text without outer space, cut at a space if it is long.

    >>> short("one two three", 8)
    'one two'
    """
    text = text.strip()
    if len(text) <= most:
        return text
    return text[:most].rsplit(None, 1)[0]


def some(rows: Sequence[Row], count: int, dice: Random) -> list[Row]:
    """Return at most `count` rows, drawn evenly; empty and repeated texts are left out."""
    unique = {row.text: row for row in rows if re.search(r"\w", row.text)}
    chosen = list(unique.values())
    return chosen if len(chosen) <= count else dice.sample(chosen, count)


def is_english(text: str) -> bool:
    """Say whether most letters are ASCII: the encoder knows English.

    >>> is_english("plain text"), is_english("这是中文")
    (True, False)
    """
    letters = [char for char in text if char.isalpha()]
    return sum(map(str.isascii, letters)) >= 0.9 * len(letters)
