"""What a cascade would do: a tiny first model clears texts, and the encoder sees the rest.

    python -m recipes.guard_mini.cascade --model models_onnx/guard-mini

The first model is a logistic regression on hashed words and pairs of words, trained on the same
examples, for one question: is there any harm? Its threshold comes from the calibration split, so
that at most a share of the texts that the encoder flags is cleared. Measured on the test split,
on sources that were not trained on, and on replies of a service desk.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from guardrail.models import read_model
from guardrail.training.classifier.examples import Example, read_examples
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.split import Split, split
from guardrail.training.common.recipe import read_recipe
from recipes.guard_mini.report import Report
from recipes.guard_mini.rows import HARMS

_LOST: Final = (0.001, 0.005, 0.01, 0.02)
"""Shares of what the encoder flags that may be cleared, on the calibration split."""


class First:
    """A model of a few microseconds that says how likely there is any harm."""

    def __init__(self, train: Sequence[Example]) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer
        from sklearn.linear_model import LogisticRegression

        self._hash = HashingVectorizer(n_features=2**18, ngram_range=(1, 2), alternate_sign=False)
        known = [each for each in train if any(name in each.labels for name in HARMS)]
        truth = [int(any(each.labels.get(name) for name in HARMS)) for each in known]
        self._model = LogisticRegression(C=4.0, solver="liblinear", max_iter=100)
        self._model.fit(self._hash.transform([each.text for each in known]), truth)

    def scores(self, texts: Sequence[str]) -> Any:
        """Return a probability for each text."""
        return self._model.predict_proba(self._hash.transform(texts))[:, 1]


def flags(report: Report) -> Any:
    """Return which texts reach the threshold of a harm."""
    columns = [report.index[name] for name in HARMS]
    return (report.scores[:, columns] >= report.least[columns]).any(axis=1)


def _every(examples: Sequence[Example], count: int) -> list[Example]:
    return list(examples[:: max(1, len(examples) // count)])


def _parts(parts: Split, count: int) -> dict[str, list[Example]]:
    away = [each for each in parts.held_out if each.source != "service-other"]
    service = [each for each in parts.held_out if each.source == "service-other"]
    return {
        "calibration": _every(parts.validation, count),
        "test split": _every(parts.test, count),
        "other sources": _every(away, count),
        "service replies": _every(service, count),
    }


@click.command()
@click.option("--model", type=click.Path(path_type=Path, exists=True), required=True)
@click.option(
    "--recipe",
    "path",
    type=click.Path(path_type=Path, exists=True),
    default=Path("recipes/guard_mini/recipe.yaml"),
)
@click.option("--count", default=1500, help="Texts of each part.")
def main(model: Path, path: Path, count: int) -> None:
    """Print what is cleared, and how much of what the encoder flags is lost."""
    recipe = read_recipe(path, Recipe)
    parts = split(read_examples(recipe), recipe)
    chosen = _parts(parts, count)
    first = First(parts.train)
    folder = read_model(model, is_pinned=False)
    cheap, hits = {}, {}
    for name, examples in chosen.items():
        texts = [each.text for each in examples]
        started = time.process_time()
        cheap[name] = first.scores(texts)
        per_text = (time.process_time() - started) / len(texts) * 1e6
        started = time.process_time()
        hits[name] = flags(Report(folder, recipe, examples))
        encoder = (time.process_time() - started) / len(texts) * 1e6
        click.echo(f"{name}: {len(texts)} texts, first {per_text:.0f} us, encoder {encoder:.0f} us")
    caught = np.sort(cheap["calibration"][hits["calibration"]])
    for share in _LOST:
        least = caught[int(share * len(caught))]
        for name in list(chosen)[1:]:
            cleared = cheap[name] < least
            lost = float((cleared & hits[name]).sum() / max(1, hits[name].sum()))
            click.echo(
                f"may lose {share:5.1%}  {name:16} cleared {cleared.mean():6.1%}"
                f"  of {int(hits[name].sum()):4} flagged lost {lost:6.1%}"
            )


if __name__ == "__main__":
    main()
