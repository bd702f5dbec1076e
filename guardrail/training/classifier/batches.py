"""Batches: the same for the same step, however often a run was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from guardrail.training.classifier.disguised import maybe_disguised
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.features import NOT_JUDGED, Feature, Featurizer
from guardrail.training.classifier.recipe import Recipe

_POOL: Final = 40
"""So many batches are sorted by length together: little padding, and still mixed well."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors. B texts, T tokens, L labels.

    `ids`, `mask`, `tags`: B×T int64; `labels`: B×L float32, not a number where nobody judged;
    `weights`: B float32.
    """

    ids: Any
    mask: Any
    tags: Any
    labels: Any
    weights: Any


class Batches:
    """All batches of a run, by step from 0; every example comes once before any comes again."""

    def __init__(
        self, examples: Sequence[Example], featurizer: Featurizer, recipe: Recipe, padding: int
    ) -> None:
        self._examples = examples
        self._featurizer = featurizer
        self._recipe = recipe
        self._padding = padding
        self._size = min(recipe.batch, len(examples))
        self._lengths = [len(example.text) for example in examples]
        self._epoch = -1
        self._order: list[list[int]] = []

    def batch(self, step: int) -> Batch:
        """Return the batch of a step."""
        epoch, place = divmod(step, len(self._examples) // self._size)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._shuffled(epoch)
        dice = Random(f"{self._recipe.seed} {step}")  # noqa: S311 - variety, no secret
        chosen = [
            maybe_disguised(self._examples[number], self._recipe, dice)
            for number in self._order[place]
        ]
        return to_batch(self._featurizer.features(chosen), self._padding)

    def _shuffled(self, epoch: int) -> list[list[int]]:
        dice = Random(f"{self._recipe.seed} epoch {epoch}")  # noqa: S311 - variety, no secret
        order = list(range(len(self._examples)))
        dice.shuffle(order)
        step = self._size * _POOL
        batches: list[list[int]] = []
        for at in range(0, len(order), step):
            pool = sorted(order[at : at + step], key=self._lengths.__getitem__)
            batches += [pool[i : i + self._size] for i in range(0, len(pool), self._size)]
        whole = [batch for batch in batches if len(batch) == self._size]
        dice.shuffle(whole)
        return whole


def to_batch(features: Sequence[Feature], padding: int) -> Batch:
    """Return the tensors of features, padded to the longest."""
    import torch

    longest = max(len(feature.ids) for feature in features)

    def padded(rows: Sequence[list[int]], fill: int) -> Any:
        return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])

    nan = float("nan")
    return Batch(
        padded([feature.ids for feature in features], padding),
        padded([[1] * len(feature.ids) for feature in features], 0),
        padded([feature.tags for feature in features], NOT_JUDGED),
        torch.tensor([[nan if x is None else float(x) for x in f.labels] for f in features]),
        torch.tensor([feature.weight for feature in features]),
    )
