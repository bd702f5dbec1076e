"""Writes a model folder, and reads it back as the runtime will."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guardrail.errors import TrainingError
from guardrail.models import Manifest, read_model
from guardrail.models.manifest import HALF, MODEL, TOKENIZER, Label, Outputs, TokenHead
from guardrail.training.classifier.export import OPSET
from guardrail.training.classifier.features import vocabulary
from guardrail.training.classifier.recipe import Recipe

_CARD = "card.md"


@dataclass(frozen=True, slots=True)
class Handover:
    """All that a model folder is made of."""

    onnx: bytes
    tokenizer: Any
    card: str
    labels: Sequence[Label]
    tags: TokenHead | None
    parity_error: float
    metrics: dict[str, dict[str, float]]
    half: bytes | None = None


def hand_over(recipe: Recipe, made: Handover) -> Path:
    """Write the model folder in the run folder; return it.

    Raises:
        TrainingError: the model is larger than the recipe allows.
        ModelError: the runtime would not load it.
    """
    megabytes = len(made.onnx) / 1e6
    if megabytes > recipe.max_megabytes:
        raise TrainingError(
            f"the model has {megabytes:.1f} MB, more than {recipe.max_megabytes:g}",
            help="use a smaller encoder, or raise `max_megabytes`",
        )
    folder = recipe.out / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        MODEL: made.onnx,
        TOKENIZER: made.tokenizer.to_str().encode(),
        _CARD: made.card.encode(),
    }
    if made.half is not None:
        files[HALF] = made.half
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = Manifest(
        name=recipe.name,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        labels=tuple(made.labels),
        outputs=Outputs(logits="logits", tokens=made.tags, embedding="embedding"),
        max_tokens=recipe.max_tokens,
        overlap=recipe.overlap,
        pool="max",
        opset=OPSET,
        vocabulary=vocabulary(made.tokenizer),
        parity_error=made.parity_error,
        metrics=made.metrics,
        sources=tuple(f"{source.name} ({source.licence})" for source in recipe.sources),
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    read_model(folder, is_pinned=False)
    return folder
