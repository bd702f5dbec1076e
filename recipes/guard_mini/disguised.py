"""How much recall single-character disguises take, with the views of the runtime and without.

    python -m recipes.guard_mini.disguised --model models_onnx/guard-mini

Texts with a label, of the test split and the held-out sources, at the thresholds of the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

import click

from guardrail.disguises import disguise
from guardrail.models import read_model
from guardrail.stages.classifier import Engine
from guardrail.training.classifier.examples import Example, read_examples
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.split import split
from guardrail.training.common.recipe import read_recipe
from guardrail.values import Failure

SINGLE: Final = (
    "leet_light", "cyrillic", "greek", "mixed_scripts", "full_width", "math_bold", "diacritics", "strike_through",
    "zero_width_space", "soft_hyphen", "odd_spaces", "spaced", "dotted", "dashed",
)  # fmt: skip
"""Disguises that replace single characters, or put one between them."""
LABELS: Final = ("toxic", "hate", "insult", "illegal", "jailbreak", "self_harm")
_SEED: Final = 7


def positives(examples: Sequence[Example], label: str, count: int) -> list[str]:
    """Return texts that have a label, drawn evenly, in the same order every time."""
    texts = [each.text for each in examples if each.labels.get(label) == 1]
    return Random(_SEED).sample(texts, min(count, len(texts)))


def flagged(answer: object, index: int, least: float) -> bool:
    """Say whether an answer reaches a threshold; an error counts as one that does not."""
    scores = getattr(answer, "scores", ())
    score = scores[index] if scores else 0.0
    return not isinstance(score, Failure) and score >= least


def measure(engine: Engine, examples: Sequence[Example], count: int) -> dict[str, list[float]]:
    """Return the recall of each disguise over all labels: as typed only, and as it is read too."""
    manifest = engine.manifest
    names = [label.name for label in manifest.labels]
    asks: tuple[Callable[[list[str]], list[object]], ...] = (
        lambda texts: list(engine._together.ask(texts)),  # noqa: SLF001 - as typed
        lambda texts: list(engine.answers(texts)),
    )
    found: dict[str, list[float]] = {}
    for name in ("plain", *SINGLE):
        hits, total = [0, 0], 0
        for label in LABELS:
            index = names.index(label)
            least = manifest.labels[index].threshold
            texts = positives(examples, label, count)
            worn = [
                text if name == "plain" else disguise(text, [name], number)
                for number, text in enumerate(texts)
            ]
            total += len(worn)
            for which, ask in enumerate(asks):
                hits[which] += sum(flagged(each, index, least) for each in ask(worn))
        found[name] = [hit / total for hit in hits]
    return found


@click.command()
@click.option("--model", type=click.Path(path_type=Path, exists=True), required=True)
@click.option(
    "--recipe",
    "path",
    type=click.Path(path_type=Path, exists=True),
    default=Path("recipes/guard_mini/recipe.yaml"),
)
@click.option("--count", default=60, help="Texts of each label.")
def main(model: Path, path: Path, count: int) -> None:
    """Print the points of recall that each disguise takes."""
    recipe = read_recipe(path, Recipe)
    parts = split(read_examples(recipe), recipe)
    engine = Engine(read_model(model, is_pinned=False))
    found = measure(engine, [*parts.test, *parts.held_out], count)
    plain = found.pop("plain")
    click.echo(f"plain: recall {plain[1]:.3f}; points lost without views, with views")
    for name, (typed, read) in found.items():
        lost = 100 * (plain[0] - typed), 100 * (plain[1] - read)
        click.echo(f"{name:18} {lost[0]:6.1f} {lost[1]:6.1f}")
    worst = max(100 * (plain[1] - read) for _, read in found.values())
    click.echo(f"{'worst':18} {'':6} {worst:6.1f}  (goal: at most 2)")


if __name__ == "__main__":
    main()
