"""Calibration: scores that mean what they say, and thresholds at a share of false positives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from guardrail.models.manifest import Label
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.recipe import Recipe

_FEW: Final = 10
"""With fewer ones or zeros than this nothing is calibrated: the threshold is 0.5."""
_MOST: Final = 4.0
"""The highest temperature, and one by the lowest: what is easy here may be hard elsewhere."""


def judged(examples: Sequence[Example], label: str) -> tuple[list[int], Any]:
    """Return the numbers of the examples whose label was judged, and the judgements (0 or 1)."""
    import numpy as np

    rows = [number for number, example in enumerate(examples) if label in example.labels]
    return rows, np.array([examples[row].labels[label] for row in rows], dtype=np.int64)


def platt(logits: Any, truth: Any) -> tuple[float, float]:
    """Return temperature and offset so that `sigmoid((logit + offset) / temperature)` fits best.

    Source: Platt, "Probabilistic outputs for support vector machines" (1999).
    """
    import numpy as np
    from scipy.optimize import minimize

    def loss(point: Any) -> float:
        z = logits * np.exp(point[0]) + point[1]
        return float(np.mean(np.logaddexp(0, z) - truth * z))

    if min(truth.sum(), len(truth) - truth.sum()) < _FEW:
        return 1.0, 0.0
    most = float(np.log(_MOST))
    found = minimize(loss, np.zeros(2), method="Nelder-Mead", bounds=[(-most, most), (-50.0, 50.0)])
    scale = float(np.exp(found.x[0]))
    return 1 / scale, float(found.x[1]) / scale


def temperature(logits: Any, truth: Any) -> float:
    """Return the temperature that fits best without an offset.

    Source: Guo et al., "On calibration of modern neural networks" (2017).
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    def loss(power: float) -> float:
        z = logits / np.exp(power)
        return float(np.mean(np.logaddexp(0, z) - truth * z))

    if min(truth.sum(), len(truth) - truth.sum()) < _FEW:
        return 1.0
    most = float(np.log(_MOST))
    return float(np.exp(minimize_scalar(loss, bounds=(-most, most), method="bounded").x))


def threshold(scores: Any, truth: Any, share: float) -> float:
    """Return the lowest score from 0.5 on that at most `share` of the zeros reach.

    Below 0.5 a text is likelier not to have the label, however easily the zeros of one sample are
    told apart. It is 0.5 where there are few zeros or ones.
    """
    import numpy as np

    zeros = np.sort(scores[truth == 0])[::-1]
    if len(zeros) < _FEW or truth.sum() < _FEW:
        return 0.5
    allowed = int(share * len(zeros))
    return float(np.clip(np.nextafter(zeros[allowed], 2), 0.5, 1.0))


def offsets(logits: Any, examples: Sequence[Example], recipe: Recipe) -> Any:
    """Return what to add to the logits N×L of each label, so that its scores mean what they say."""
    import numpy as np

    found = np.zeros(len(recipe.labels))
    for index, name in enumerate(recipe.labels):
        rows, truth = judged(examples, name)
        if rows:
            found[index] = platt(logits[rows, index], truth)[1]
    return found


def labels(logits: Any, examples: Sequence[Example], recipe: Recipe) -> tuple[Label, ...]:
    """Return name, temperature and threshold of each label, from logits N×L of the examples."""
    found = []
    for index, name in enumerate(recipe.labels):
        rows, truth = judged(examples, name)
        heat = round(temperature(logits[rows, index], truth), 4) if rows else 1.0
        scores = sigmoid(logits[rows, index] / heat)
        least = threshold(scores, truth, recipe.false_positives)
        found.append(Label(name=name, threshold=round(least, 4), temperature=heat))
    return tuple(found)


def sigmoid(x: Any) -> Any:
    """Return scores of logits, without overflow."""
    import numpy as np

    return np.exp(-np.logaddexp(0, -x))
