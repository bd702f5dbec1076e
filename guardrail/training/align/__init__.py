"""`guardrail train align`: the compiled policy is what the optimiser is rewarded for.

`recipe` holds the keys, `terms` what a reply is worth, `multiplier` the weight of the policy,
`pairs` the pairs of DPO, `gates` what a model must not lose, `train` the run.
"""

from __future__ import annotations

from guardrail.training.align.recipe import AlignRecipe as AlignRecipe
from guardrail.training.align.train import train_align as train_align

__all__ = ["AlignRecipe", "train_align"]
