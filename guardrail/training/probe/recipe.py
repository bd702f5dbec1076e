"""The recipe of a probe."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from guardrail.models.manifest import Name
from guardrail.training.classifier.recipe import Word
from guardrail.training.schedule import Recipe


class ProbeRecipe(Recipe):
    """All keys of a recipe; paths count from the working directory.

    >>> made = ProbeRecipe(
    ...     name="forbidden", model="models_onnx/guard-mini", layers=["embedding"],
    ...     label="forbidden", examples="examples.jsonl", benign="benign.jsonl",
    ... )
    >>> made.unit, made.false_positives
    ('text', 0.001)
    """

    name: Name = Field(description="Of the model that is made.")
    model: Path = Field(description="The model folder whose layers are probed; it stays as it is.")
    layers: tuple[str, ...] = Field(
        min_length=1,
        description="Values of its graph: rows by numbers, or rows by tokens by numbers, of which "
        "the mean over tokens is taken.",
    )
    label: Word
    examples: Path = Field(description="JSON lines with `text` and `labels`, to learn from.")
    benign: Path = Field(
        description="JSON lines with `text`, without the label and not learnt from: for the "
        "threshold."
    )
    unit: Literal["text", "sentence"] = Field(
        default="text", description="What a rule asks about: `sentence` for `each sentence` rules."
    )
    false_positives: float = Field(
        default=0.001, gt=0, lt=0.5, description="Share of benign texts that may reach it."
    )
    strength: float = Field(
        default=10.0, gt=0, description="How far weights may go: the C of logistic regression."
    )
    folds: int = Field(
        default=9, ge=2, le=100,
        description="Parts of the clusters of examples: a good text is scored, for the threshold, "
        "by weights that learnt from no text of its cluster.",
    )  # fmt: skip
    threads: int = Field(default=1, ge=0)
