"""What is free: TF-IDF of words and letters with a logistic regression for each label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from guardrail.training.classifier.calibration import judged
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.recipe import Recipe

_FEW: Final = 2


def kept_scores(place: Path, train: Sequence[Example], texts: Sequence[str], recipe: Recipe) -> Any:
    """Return the baseline's scores as `baseline.npy` in a run folder has them; make it first."""
    import numpy as np

    path = place / "baseline.npy"
    if path.exists():
        scores = np.load(path, allow_pickle=False)
        if scores.shape == (len(texts), len(recipe.labels)):
            return scores
    scores = baseline_scores(train, texts, recipe)
    np.save(path, scores)
    return scores


def baseline_scores(train: Sequence[Example], texts: Sequence[str], recipe: Recipe) -> Any:
    """Return scores N×L of texts by a model of the same examples; 0.5 where it cannot be trained.

    Words and pairs of words, and runs of 2 to 5 letters inside words, each at most 60,000.
    """
    import numpy as np
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    makers = [
        TfidfVectorizer(ngram_range=(1, 2), max_features=60_000, sublinear_tf=True),
        TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), max_features=60_000, sublinear_tf=True
        ),
    ]
    known = hstack([maker.fit_transform([each.text for each in train]) for maker in makers]).tocsr()
    asked = hstack([maker.transform(texts) for maker in makers]).tocsr()
    scores = np.full((len(texts), len(recipe.labels)), 0.5)
    for index, label in enumerate(recipe.labels):
        rows, truth = judged(train, label)
        if min(truth.sum(), len(truth) - truth.sum()) >= _FEW:
            model = LogisticRegression(C=4.0, solver="liblinear", max_iter=200)
            model.fit(known[rows], truth)
            scores[:, index] = model.predict_proba(asked)[:, 1]
    return scores
