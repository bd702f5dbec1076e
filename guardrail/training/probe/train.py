"""From a recipe to a model folder with one label."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from guardrail.errors import RecipeError, TrainingError
from guardrail.models import Manifest, read_model
from guardrail.models.manifest import MODEL, TOKENIZER, Label, Outputs
from guardrail.training.common.libraries import prepare
from guardrail.training.probe.fit import Labelled, Weights, fit, logits, threshold
from guardrail.training.probe.layers import OUTPUT, Layers
from guardrail.training.probe.recipe import ProbeRecipe

_TOLERANCE: Final = 1e-3
_PARITY_ROWS: Final = 16


def train_probe(recipe: ProbeRecipe, more: tuple[Path, ...], out: Path) -> Path:
    """Fit, find the threshold, and write the model folder; return it.

    A score of 0.5 is the threshold: scores are for comparing with it, and are no probabilities.

    Args:
        recipe: what is learnt.
        more: files of further examples.
        out: the folder in which the model folder is made.

    Raises:
        RecipeError: the recipe or its examples cannot be used.
        TrainingError: there is nothing to learn, or the graph does not compute what it should.
        ModelError: `recipe.model` is no model folder.
        MissingExtraError: the extra `train` is not installed.
    """
    prepare("a probe", ("onnx", "onnxruntime", "tokenizers", "sklearn"))
    layers = Layers(recipe.model, recipe.layers, recipe.threads)
    examples = [each for file in (recipe.examples, *more) for each in read(file, recipe.label)]
    benign = [row["text"] for row in _rows(recipe.benign)]
    if not benign:
        raise RecipeError(f"`{recipe.benign}` is empty", help="write benign texts into it")
    whole = fit(examples, layers.vectors, recipe.unit, recipe.strength)
    least = threshold(
        whole, benign, examples, layers.vectors,
        unit=recipe.unit, strength=recipe.strength,
        false_positives=recipe.false_positives, folds=recipe.folds,
    )  # fmt: skip
    return _hand_over(recipe, layers, Weights(whole.column, whole.offset - least), benign, out)


def read(path: Path, label: str) -> Iterator[Labelled]:
    """Yield the examples of a file in which a label was judged.

    Raises:
        RecipeError: naming file and line; the text is never quoted.
    """
    for row in _rows(path):
        judged = row.get("labels", {}).get(label)
        if judged is not None:
            yield Labelled(row["text"], bool(judged), row.get("cluster"))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"`{path}` cannot be read: {type(error).__name__}", help="correct the path"
        ) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        is_row = isinstance(row, dict) and isinstance(row.get("text"), str)
        if not is_row or not isinstance(row.get("labels", {}), dict):
            raise RecipeError(
                f"`{path}:{number}`: no example", help='write {"text": "…", "labels": {"…": 0}}'
            )
        yield row


def _hand_over(
    recipe: ProbeRecipe, layers: Layers, weights: Weights, texts: list[str], out: Path
) -> Path:
    """Write the folder, and try the graph as the runtime will read it."""
    folder = out / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    old = layers.model.manifest
    files = {
        MODEL: layers.with_label(weights.column, weights.offset),
        TOKENIZER: layers.model.tokenizer,
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = Manifest(
        name=recipe.name,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        labels=(Label(name=recipe.label, threshold=0.5),),
        outputs=Outputs(logits=OUTPUT),
        max_tokens=old.max_tokens,
        overlap=old.overlap,
        opset=old.opset,
        vocabulary=old.vocabulary,
        sources=(f"a probe of {old.name}",),
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    made = layers.logits(files[MODEL], texts[:_PARITY_ROWS])
    wanted = logits(weights, texts[:_PARITY_ROWS], layers.vectors, "text")
    error = max(abs(float(one) - other) for one, other in zip(made, wanted, strict=True))
    if error > _TOLERANCE * max(1.0, *map(abs, wanted)):
        raise TrainingError(f"the graph is off by {error:.2g}", help="report this with the recipe")
    read_model(folder, is_pinned=False)
    return folder
