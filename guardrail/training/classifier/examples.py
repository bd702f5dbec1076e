"""Examples: texts with labels and the places of names, read from JSON Lines."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from guardrail.errors import RecipeError
from guardrail.training.classifier.recipe import Recipe, Source


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and what somebody said of it.

    `labels` holds those that were judged, 1 or 0. `spans` are the places of all names, (start,
    end, entity) in characters, end exclusive; None where nobody looked for names. Examples of
    one `cluster` never stand on two sides of a split.
    """

    text: str
    labels: Mapping[str, int]
    spans: tuple[tuple[int, int, str], ...] | None
    source: str
    cluster: str | None = None


def read_examples(recipe: Recipe) -> list[Example]:
    """Return the examples of all sources, in their order.

    A line is `{"text": …, "labels": {name: 0|1|null}, "spans": [[start, end, entity]]}`; without
    `labels`, or without `spans`, that part was not judged. Labels and entities that the recipe
    does not name are left out.

    Raises:
        RecipeError: naming file and line; the text is never quoted.
    """
    return [example for source in recipe.sources for example in _read(source, recipe)]


def _read(source: Source, recipe: Recipe) -> Iterator[Example]:
    is_empty = True
    for number, line in enumerate(_lines(source.file), 1):
        if line.strip():
            is_empty = False
            yield _example(line, number, source, recipe)
    if is_empty:
        raise RecipeError(f"`{source.file}` has no examples", help="write one on each line")


def _lines(path: Path) -> Iterator[str]:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            yield from file
    except FileNotFoundError:
        fix = "correct `file` in the recipe; it counts from the working directory"
        raise RecipeError(f"there is no file `{path}`", help=fix) from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = type(error).__name__
        raise RecipeError(f"`{path}` cannot be read: {why}", help="write it again") from None


def _example(line: str, number: int, source: Source, recipe: Recipe) -> Example:
    def refuse(why: str, fix: str) -> NoReturn:
        raise RecipeError(f"`{source.file}` line {number}: {why}", help=fix)

    try:
        row: Any = json.loads(line)
    except ValueError:
        refuse("is no JSON", "write one object on each line")
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        refuse("has no `text`", 'write {"text": …, "labels": {…}}')
    labels = row.get("labels") or {}
    if not isinstance(labels, dict) or not all(map(_is_label, labels.values())):
        refuse("has a label that is not 0, 1 or null", "null says that nobody judged it")
    spans = row.get("spans")
    if spans is not None and not _are_spans(spans, len(row["text"])):
        refuse("has spans that are not [start, end, entity] in the text", "count in characters")
    cluster = row.get("cluster")
    return Example(
        row["text"],
        {name: labels[name] for name in recipe.labels if labels.get(name) is not None},
        None
        if spans is None
        else tuple((a, b, kind) for a, b, kind in sorted(spans) if kind in recipe.entities),
        source.name,
        None if cluster is None else str(cluster),
    )


def _is_label(value: Any) -> bool:
    return value is None or (type(value) is int and value in {0, 1})


def _are_spans(spans: Any, length: int) -> bool:
    return isinstance(spans, list) and all(
        isinstance(span, list)
        and [type(part) for part in span] == [int, int, str]
        and 0 <= span[0] < span[1] <= length
        for span in spans
    )
