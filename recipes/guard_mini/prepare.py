"""Writes the examples of guard-mini: one file for each source.

python -m recipes.guard_mini.prepare --data ../shared/data --out runs/guard_mini/data
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

import click

from recipes.guard_mini import invented, prompts, replies, toxicity
from recipes.guard_mini.rows import Row

_SEED: Final = 7
SOURCES: Final[Mapping[str, invented.Source]] = {
    "jigsaw": toxicity.jigsaw,
    "wiki-natural": toxicity.wiki_natural,
    "wiki-small": toxicity.wiki_small,
    "paradetox": toxicity.paradetox,
    "civil": toxicity.civil,
    "davidson": toxicity.davidson,
    "implicit-hate": toxicity.implicit_hate,
    "perspective": toxicity.perspective,
    "perspective-other": toxicity.perspective_other,
    "harmful": prompts.harmful,
    "harmful-other": prompts.harmful_other,
    "benign": prompts.benign,
    "benign-other": prompts.benign_other,
    "instructions": prompts.instructions,
    "jailbreaks": prompts.in_the_wild,
    "jailbreaks-other": prompts.in_the_wild_other,
    "documents": prompts.documents,
    "support-questions": prompts.support_questions,
    "replies-of-models": prompts.replies_of_models,
    "service": replies.service,
    "service-other": replies.service_other,
    "dialogues": replies.dialogues,
    "politeness": replies.politeness,
    "customers": replies.customers,
    "wikigold": replies.wikigold,
    "tweets": replies.tweets,
    "tweets-other": replies.tweets_other,
    "presidio": replies.presidio,
    "presidio-other": replies.presidio_other,
    **invented.SOURCES,
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(data: Path, out: Path) -> None:
    """Write a file of examples for each source, and say how many rows it has."""
    out.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, source in SOURCES.items():
        rows = source(data, Random(f"{_SEED} {name}"))
        _write(out / f"{name}.jsonl", rows)
        total += len(rows)
        click.echo(f"{name:24} {len(rows):6,}")
    click.echo(f"{'':24} {total:6,}")


def _write(path: Path, rows: list[Row]) -> None:
    lines = (json.dumps(row.record(), ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
