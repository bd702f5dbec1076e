"""Which examples are trained on, which set thresholds, and which only measure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from guardrail.errors import RecipeError
from guardrail.training.classifier.clusters import clusters
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Split:
    """Examples by use. `held_out` are those of other sources; none of them resembles the rest."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    held_out: tuple[Example, ...]


def split(examples: Sequence[Example], recipe: Recipe) -> Split:
    """Split by the hash of each cluster's first text: the same on every machine.

    An example of a held-out source is dropped if a source that is not held out has a
    near-duplicate of it.

    Raises:
        RecipeError: a part is empty.
    """
    away = {source.name for source in recipe.sources if source.hold_out}
    unlike = {source.name for source in recipe.sources if not source.near_duplicates}
    cluster_of = clusters(examples, unlike)
    known = {
        cluster
        for cluster, example in zip(cluster_of, examples, strict=True)
        if example.source not in away
    }
    parts: dict[str, list[Example]] = {"train": [], "validation": [], "test": [], "held_out": []}
    for cluster, example in zip(cluster_of, examples, strict=True):
        if example.source not in away:
            parts[_part(examples[cluster].text, recipe)].append(example)
        elif cluster not in known:
            parts["held_out"].append(example)
    for name in ("train", "validation", "test"):
        if not parts[name]:
            raise RecipeError(f"no examples are left for {name}", help="add examples")
    return Split(**{name: tuple(part) for name, part in parts.items()})


def _part(text: str, recipe: Recipe) -> str:
    digest = hashlib.sha256(f"{recipe.seed} {text}".encode("utf-8", "surrogatepass")).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < recipe.test:
        return "test"
    return "validation" if place < recipe.test + recipe.validation else "train"
