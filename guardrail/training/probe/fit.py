"""The weights of a probe, and the threshold of its label."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from guardrail.errors import TrainingError
from guardrail.text.sentences import sentences

Vectors: TypeAlias = Callable[[Sequence[str]], Any]
"""Texts to a float array, texts × numbers."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, whether it has the label, and the cluster of texts that it belongs to."""

    text: str
    is_so: bool
    cluster: Hashable = None

    def __repr__(self) -> str:
        return f"Labelled({self.is_so!r}, {self.cluster!r})"


@dataclass(frozen=True, slots=True)
class Weights:
    """The logit of a vector is `vector @ column + offset`."""

    column: Any
    offset: float


def units(text: str, unit: str) -> list[str]:
    """Return a text, or its sentences.

    >>> units("It is red. Really?", "sentence")
    ['It is red.', 'Really?']
    """
    if unit == "text":
        return [text]
    found = (text[start:end].strip() for start, end in sentences(text))
    return [each for each in found if each] or [text]


def fit(examples: Iterable[Labelled], vectors: Vectors, unit: str, strength: float) -> Weights:
    """Fit a logistic regression; both sides weigh alike, and so does each different unit.

    A sentence of a text with the label that stands in one without it as well has it not.

    Raises:
        TrainingError: there are no texts with the label, or none without.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    sides: tuple[set[str], set[str]] = (set(), set())
    for each in examples:
        sides[each.is_so].update(units(each.text, unit))
    good, bad = sorted(sides[0]), sorted(sides[1] - sides[0])
    if not good or not bad:
        raise TrainingError(
            "a probe needs texts with its label, and texts without", help="add examples"
        )
    found = vectors([*good, *bad]).astype(np.float64)
    middle, spread = found.mean(0), (found.std(0) + 1e-3) * np.sqrt(found.shape[1])
    truth = [0] * len(good) + [1] * len(bad)
    model = LogisticRegression(C=strength, max_iter=1000, class_weight="balanced")
    model.fit((found - middle) / spread, truth)
    column = model.coef_[0] / spread
    return Weights(column, float(model.intercept_[0] - middle @ column))


def logits(weights: Weights, texts: Sequence[str], vectors: Vectors, unit: str) -> list[float]:
    """Return for each text the highest logit of its units."""
    parts = [units(text, unit) for text in texts]
    scores = iter(vectors([each for part in parts for each in part]) @ weights.column)
    return [max(next(scores) for _ in part) + weights.offset for part in parts]


def threshold(
    whole: Weights,
    benign: Sequence[str],
    examples: Sequence[Labelled],
    vectors: Vectors,
    *,
    unit: str,
    strength: float,
    false_positives: float,
    folds: int,
) -> float:
    """Return the logit that at most `false_positives` of the benign texts reach.

    Those of `benign` were not learnt from. Good examples in a cluster may look more like what is
    forbidden, but were learnt from: each is scored by weights that know nothing of its cluster, as
    those that are yet to come will be. The higher one of the two thresholds counts.
    """
    import numpy as np

    def bound(scores: Sequence[float]) -> float:
        return float(np.nextafter(np.quantile(scores, 1 - false_positives, method="higher"), 1e9))

    found = bound(logits(whole, benign, vectors, unit))
    clusters = sorted({each.cluster for each in examples if each.cluster is not None}, key=str)
    crossed: list[float] = []
    for at in range(min(folds, len(clusters))):
        out = set(clusters[at::folds])
        good = [each.text for each in examples if each.cluster in out and not each.is_so]
        rest = [each for each in examples if each.cluster not in out]
        if good and {each.is_so for each in rest} == {True, False}:
            crossed += logits(fit(rest, vectors, unit, strength), good, vectors, unit)
    return max(found, bound(crossed)) if crossed else found
