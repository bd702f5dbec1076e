"""Pairs for DPO: read from a file, or made of what the model itself says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from guardrail.errors import TrainingError
from guardrail.training.align.recipe import AlignRecipe
from guardrail.training.align.terms import Reward
from guardrail.training.data.rows import Row, read_rows
from guardrail.training.lm.sample import sample


def dpo_pairs(
    recipe: AlignRecipe, rows: Sequence[Row], reward: Reward, lm: Any, tokenizer: Any
) -> list[Row]:
    """Return the pairs of a file, or the best against the worst of the model's own replies.

    Raises:
        TrainingError: no prompt has two replies that differ in worth.
    """
    if recipe.pairs is not None:
        return read_rows(recipe.pairs, "preferences")
    asked = [row for row in rows for _ in range(recipe.replies)]
    said = sample(
        lm,
        tokenizer,
        [row.messages for row in asked],
        seed=recipe.seed,
        max_tokens=recipe.max_tokens,
        temperature=recipe.temperature,
    )
    worth = reward.score(asked, said).total
    found = []
    for start in range(0, len(asked), recipe.replies):
        group = range(start, start + recipe.replies)
        best, worst = max(group, key=worth.__getitem__), min(group, key=worth.__getitem__)
        if worth[best] > worth[worst] and said[best].strip():
            found.append(replace(asked[start], chosen=said[best], rejected=said[worst]))
    if not found:
        raise TrainingError(
            "all replies to each prompt are worth the same, so there are no pairs",
            help="raise `temperature` or `replies`, or name `pairs`",
        )
    return found
