"""Disguises for training: the model learns letters that people still read and rules may miss."""

from __future__ import annotations

from random import Random
from typing import Final

from guardrail.disguises import DISGUISES
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.recipe import Recipe

_WHOLE: Final = 0.4
"""How often all of a text is disguised."""


def maybe_disguised(example: Example, recipe: Recipe, dice: Random) -> Example:
    """Return the example, or one whose text wears one of the recipe's disguises.

    All of the text does, or some of its words. What people read stays the same, so the labels do.
    Texts with names marked in them stay as they are: their places would move.
    """
    if example.spans is not None or dice.random() >= recipe.disguised:
        return example
    apply = DISGUISES[dice.choice(recipe.disguises)].apply
    if dice.random() < _WHOLE:
        text = apply(example.text, dice)
    else:
        share = dice.choice((0.15, 0.4))
        words = example.text.split(" ")
        text = " ".join(
            apply(word, dice) if word and dice.random() < share else word for word in words
        )
    return Example(text, example.labels, None, example.source, example.cluster)
