"""How good a model is: each label over all texts and for each source, and the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from guardrail.training.classifier.calibration import judged
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.metrics import measures
from guardrail.training.classifier.names import f1
from guardrail.training.classifier.recipe import Recipe

ALL: Final = "all"
Measures: TypeAlias = dict[str, float]
ByLabel: TypeAlias = dict[str, dict[str, Measures]]
"""Label, then source (or `all`), then measure."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one part of the examples."""

    labels: ByLabel
    names: dict[str, Measures]
    """Source (or `all`), then entity (or `all`), then F1."""


def by_label(
    scores: Any, examples: Sequence[Example], thresholds: Mapping[str, float], recipe: Recipe
) -> ByLabel:
    """Return the measures of scores N×L, 0 to 1."""
    found: ByLabel = {}
    for index, name in enumerate(recipe.labels):
        rows, truth = judged(examples, name)
        column = scores[rows, index]
        sources = [examples[row].source for row in rows]
        found[name] = {ALL: measures(column, truth, thresholds[name])} if rows else {}
        for source in dict.fromkeys(sources):
            inside = [at for at, each in enumerate(sources) if each == source]
            found[name][source] = measures(column[inside], truth[inside], thresholds[name])
    return found


def by_source(
    found: Sequence[Sequence[tuple[int, int, str]]], examples: Sequence[Example], recipe: Recipe
) -> dict[str, Measures]:
    """Return the F1 of names, of all examples and of each source; `found` are those of examples."""
    groups: dict[str, list[int]] = {}
    for number, example in enumerate(examples):
        groups.setdefault(ALL, []).append(number)
        groups.setdefault(example.source, []).append(number)
    result = {}
    for group, numbers in groups.items():
        ours = [found[number] for number in numbers]
        right = [examples[number].spans or () for number in numbers]
        result[group] = {ALL: f1(ours, right)} | {
            entity: f1(ours, right, entity) for entity in recipe.entities
        }
    return result
