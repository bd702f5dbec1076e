"""From tags of tokens to names in a text, and how many of them are right.

`guardrail.models.manifest.TokenHead` says how tags are read: a word has those of its first token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.scoring import Scored


def read_names(
    scored: Scored, recipe: Recipe, thresholds: Mapping[str, float], temperature: float = 1.0
) -> list[tuple[int, int, str]]:
    """Return the names in a text as (start, end, entity)."""
    import numpy as np

    firsts = [at for at, word in enumerate(scored.words) if at == 0 or word != scored.words[at - 1]]
    if not firsts:
        return []
    shares = _softmax(scored.tags[firsts] / temperature)
    begins, inside = shares[:, 1::2], shares[:, 2::2]
    totals = begins + inside
    best = totals.argmax(axis=1)
    ends = [*(at - 1 for at in firsts[1:]), len(scored.words) - 1]
    found: list[tuple[int, int, str]] = []
    last = (-2, "")
    for word, which in enumerate(best.tolist()):
        entity = recipe.entities[which]
        if totals[word, which] < thresholds[entity]:
            continue
        start, end = scored.places[firsts[word]][0], scored.places[ends[word]][1]
        if last == (word - 1, entity) and inside[word, which] > begins[word, which]:
            found[-1] = (found[-1][0], end, entity)
        else:
            found.append((start, end, entity))
        last = (word, entity)
    return [span for span in found if np.less(span[0], span[1])]


def f1(
    found: Sequence[Sequence[tuple[int, int, str]]],
    right: Sequence[Sequence[tuple[int, int, str]]],
    entity: str | None = None,
) -> float:
    """Return the F1 of names whose start, end and entity are all right; 0 if there are none.

    >>> f1([[(0, 3, "PERSON"), (5, 9, "PERSON")]], [[(0, 3, "PERSON")]])
    0.6666666666666666
    """
    hits = total = wanted = 0
    for ours, theirs in zip(found, right, strict=True):
        one = {span for span in ours if entity in {None, span[2]}}
        other = {span for span in theirs if entity in {None, span[2]}}
        hits, total, wanted = hits + len(one & other), total + len(one), wanted + len(other)
    return 2 * hits / (total + wanted) if total + wanted else 0.0


def best_thresholds(
    scored: Sequence[Scored], right: Sequence[Sequence[tuple[int, int, str]]], recipe: Recipe
) -> dict[str, float]:
    """Return for each entity the threshold, in steps of 0.05, with the best F1."""
    steps = [round(0.3 + 0.05 * step, 2) for step in range(13)]
    score_of: dict[str, dict[float, float]] = {entity: {} for entity in recipe.entities}
    for step in steps:
        thresholds = dict.fromkeys(recipe.entities, step)
        found = [read_names(each, recipe, thresholds) for each in scored]
        for entity in recipe.entities:
            score_of[entity][step] = f1(found, right, entity)
    return {
        entity: max(steps, key=lambda step: (scores[step], step)) if any(scores.values()) else 0.5
        for entity, scores in score_of.items()
    }


def _softmax(logits: Any) -> Any:
    import numpy as np

    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
