"""What guard-mini is meant to reach, measured on texts that it was not trained on.

    python -m recipes.guard_mini.report --model models_onnx/guard-mini

The texts are the test split and the held-out sources of `recipe.yaml`; `prepare` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import click
import numpy as np

from guardrail.models import Model, read_model
from guardrail.training.classifier.calibration import sigmoid
from guardrail.training.classifier.examples import Example, read_examples
from guardrail.training.classifier.metrics import measures
from guardrail.training.classifier.names import f1, read_names
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.scoring import Scored, onnx_forward, score
from guardrail.training.classifier.split import split
from guardrail.training.common.recipe import read_recipe
from recipes.guard_mini.rows import HARMS

Line: TypeAlias = tuple[str, float, str]
"""What was measured, the figure, and what it should be."""
_USER_HARMS: Final = ("illegal", "self_harm", "jailbreak", "hate", "sexual", "threat", "toxic")


class Report:
    """Scores of texts, and questions to them."""

    def __init__(self, model: Model, recipe: Recipe, examples: Sequence[Example]) -> None:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(model.tokenizer.decode())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.recipe, self.examples, self.manifest = recipe, examples, model.manifest
        forward = onnx_forward(model.onnx, recipe.threads)
        self.scored: list[Scored] = score(forward, tokenizer, [e.text for e in examples], recipe)
        heats = np.array([label.temperature for label in model.manifest.labels])
        self.scores: Any = sigmoid(np.array([each.logits for each in self.scored]) / heats)
        self.least = np.array([label.threshold for label in model.manifest.labels])
        self.index = {label.name: at for at, label in enumerate(model.manifest.labels)}

    def rows(self, *sources: str) -> list[int]:
        """Return the numbers of the texts of sources."""
        return [at for at, each in enumerate(self.examples) if each.source in sources]

    def label(self, name: str, sources: Sequence[str], which: str) -> float:
        """Return a measure of a label on sources."""
        rows = [at for at in self.rows(*sources) if name in self.examples[at].labels]
        truth = np.array([self.examples[at].labels[name] for at in rows])
        column = self.index[name]
        return measures(self.scores[rows, column], truth, self.least[column])[which]

    def any_harm(self) -> float:
        """Return the AUPRC of the highest harm against whether there is one at all."""
        columns = [self.index[name] for name in HARMS]
        rows, truth = [], []
        for at, each in enumerate(self.examples):
            judged = [each.labels[name] for name in HARMS if name in each.labels]
            if any(judged) or len(judged) == len(HARMS):
                rows.append(at)
                truth.append(int(any(judged)))
        return measures(self.scores[rows][:, columns].max(axis=1), np.array(truth), 0.5)["auprc"]

    def flagged(self, names: Sequence[str], *sources: str) -> float:
        """Return the share of texts that reach the threshold of one of the labels."""
        columns = [self.index[name] for name in names]
        hits = self.scores[self.rows(*sources)][:, columns] >= self.least[columns]
        return float(hits.any(axis=1).mean())

    def names(self, *sources: str) -> float:
        """Return the F1 of names on sources."""
        head = self.manifest.outputs.tokens
        rows = self.rows(*sources)
        found = [read_names(self.scored[at], self.recipe, head.thresholds) for at in rows]
        return f1(found, [self.examples[at].spans or () for at in rows])


def _lines(report: Report) -> list[Line]:
    injections = ("invented-injections-b", "jailbreaks-other", "benign-other")
    wild = ("jailbreaks", "benign")
    label: Callable[..., float] = report.label
    return [
        ("toxic: AUROC, other comments of Wikipedia", label("toxic", ["wiki-small"], "auroc"), "≥ 0.95"),
        ("any harm: AUPRC, all texts", report.any_harm(), "≥ 0.82"),
        ("hate: AUROC, implicit hate (test split)", label("hate", ["implicit-hate"], "auroc"), "≥ 0.78"),
        ("jailbreak: AUROC, other attacks", label("jailbreak", injections, "auroc"), "≥ 0.93"),
        ("jailbreak: recall at 1 % FP, other attacks", label("jailbreak", injections, "recall_1fp"), "≥ 0.60"),
        ("jailbreak: AUROC, in the wild (test split)", label("jailbreak", wild, "auroc"), "≥ 0.93"),
        ("illegal: AUROC, other authors", label("illegal", ["harmful-other", "benign-other", "invented-harmless-b"], "auroc"), "–"),
        ("sounds dangerous, is not: flagged", report.flagged(_USER_HARMS, "invented-harmless-b"), "≤ 0.08"),
        ("other harmless prompts: flagged", report.flagged(_USER_HARMS, "benign-other"), "≤ 0.08"),
        ("polite: AUROC, requests (test split)", label("polite", ["politeness"], "auroc"), "≥ 0.72"),
        ("names: F1, tweets and invented", report.names("tweets-other", "invented-names-b"), "≥ 0.75"),
        ("names: F1, other templates", report.names("presidio-other"), "≥ 0.75"),
        ("names: F1, encyclopaedia (test split)", report.names("wikigold"), "≥ 0.75"),
        ("service replies: flagged as any harm", report.flagged(HARMS, "service-other"), "≤ 0.01"),
    ]  # fmt: skip


@click.command()
@click.option("--model", type=click.Path(path_type=Path, exists=True), required=True)
@click.option(
    "--recipe",
    "path",
    type=click.Path(path_type=Path, exists=True),
    default=Path("recipes/guard_mini/recipe.yaml"),
)
def main(model: Path, path: Path) -> None:
    """Print each figure beside what it should be."""
    recipe = read_recipe(path, Recipe)
    parts = split(read_examples(recipe), recipe)
    report = Report(read_model(model, is_pinned=False), recipe, [*parts.test, *parts.held_out])
    for what, figure, goal in _lines(report):
        click.echo(f"{what:48} {figure:6.3f}  {goal}")


if __name__ == "__main__":
    main()
