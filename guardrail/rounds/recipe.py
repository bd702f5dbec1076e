"""The recipe of `guardrail redteam --retrain`: which trainings run between rounds."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from guardrail.errors import RecipeError
from guardrail.training.classifier.recipe import Word
from guardrail.training.common.recipe import read_recipe
from guardrail.training.schedule import Recipe

THRESHOLD: Final = "{threshold}"
"""Stands in the text of a learned rule for the threshold that the training found."""


class ClassifierStep(Recipe):
    """A classifier, and the rule that asks it."""

    recipe: Path = Field(description="Of `guardrail train classifier`.")
    label: Word = Field(description="That of its labels which says that a text is forbidden.")
    hard_weight: float = Field(
        default=3.0, gt=0, le=100, description="Of texts that the filter got wrong; others weigh 1."
    )
    rule: str = Field(description="What joins the policy; {threshold} is what the training found.")


class ProbeStep(Recipe):
    """A probe, which every round has from the first one on, and the rule that asks it."""

    recipe: Path = Field(description="Of the probe; `examples` are what is known on day one.")
    label: Word
    reviewed: int = Field(
        ge=1,
        description="How many of the attacks that a round missed are learnt from: what people can "
        "look at.",
    )
    good: int = Field(
        default=60,
        ge=0,
        description="How many compliant replies of each family of contrasts that is not held out "
        "are learnt from, from the first round on.",
    )
    rule: str = Field(description="What joins the policy; {threshold} is what the training found.")


class RoundsRecipe(Recipe):
    """All keys of a recipe for `--retrain`; paths count from the working directory.

    >>> RoundsRecipe(sft="sft.yaml", export="export.yaml").classifier is None
    True
    """

    classifier: ClassifierStep | None = None
    probe: ProbeStep | None = None
    sft: Path | None = Field(default=None, description="Of `guardrail train sft`.")
    reward: Path | None = Field(default=None, description="Of `guardrail train reward`.")
    export: Path | None = Field(
        default=None, description="Of `guardrail export`: the folder is the next round's target."
    )

    @model_validator(mode="after")
    def _has_steps(self) -> RoundsRecipe:
        if not (self.classifier or self.probe or self.sft or self.reward):
            raise ValueError("name at least one of classifier, probe, sft and reward")
        if self.classifier and self.probe:
            raise ValueError("a filter has one learned rule: name classifier or probe")
        if (self.sft is None) != (self.export is None):
            raise ValueError("sft and export go together: the export is what is attacked next")
        return self

    @property
    def learned(self) -> ClassifierStep | ProbeStep | None:
        """What makes the learned rule of the filter, if anything does."""
        return self.classifier or self.probe

    @property
    def files(self) -> list[Path]:
        """The recipes of its steps."""
        step = [self.learned.recipe] if self.learned else []
        return [*step, *(each for each in (self.sft, self.reward, self.export) if each)]


def read_rounds(path: Path) -> tuple[RoundsRecipe, str]:
    """Return a recipe, and the digest of its file and of the recipes that it names.

    Raises:
        RecipeError: one of them cannot be read, or this one has a wrong key or value.
    """
    recipe = read_recipe(path, RoundsRecipe)
    digest = hashlib.sha256()
    for each in (path, *recipe.files):
        try:
            digest.update(hashlib.sha256(each.read_bytes()).digest())
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise RecipeError(
                f"recipe `{each}`: {why}", help=f"correct the path in `{path}`"
            ) from None
    return recipe, digest.hexdigest()
