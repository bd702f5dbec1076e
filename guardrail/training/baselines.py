"""What a reward model has to beat: the length of replies, and their words without order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp
from statistics import fmean
from typing import Any

from guardrail.training.data.rows import Row


def length_accuracy(learned: Sequence[Row], kept: Sequence[Row]) -> float:
    """Return the accuracy of "the longer one", or "the shorter one" if that was right before.

    A pair of equal lengths counts half.
    """
    rate = _longer(kept)
    return rate if _longer(learned) * 2 >= 1 else 1 - rate


def words_accuracy(learned: Sequence[Row], kept: Sequence[Row]) -> float:
    """Return the accuracy of logistic regression on differences of TF-IDF vectors."""
    return accuracy(words_margins(learned, kept))


def accuracy(margins: Iterable[float]) -> float:
    """Return the share of pairs whose chosen reply is preferred; no preference counts half.

    >>> accuracy([2.0, 0.0, -1.0, 3.0])
    0.625
    """
    return fmean(0.5 if margin == 0 else float(margin > 0) for margin in margins)


def words_margins(learned: Sequence[Row], kept: Sequence[Row]) -> Any:
    """Return how much that regression prefers the chosen reply of each pair; 0 if it knows none."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    try:
        words.fit([reply for row in learned for reply in row.replies])
    except ValueError:  # no word occurs twice
        return np.zeros(len(kept))
    before, after = (
        words.transform([row.chosen for row in rows])
        - words.transform([row.rejected for row in rows])
        for rows in (learned, kept)
    )
    flip = np.where(np.arange(before.shape[0]) % 2 == 0, 1, -1)
    if len(set(flip)) == 1:
        return np.zeros(len(kept))
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000)
    model.fit(before.multiply(flip[:, None]).tocsr(), flip)
    return model.decision_function(after)


def calibration_error(margins: Sequence[float], bins: int = 10) -> float:
    """Return how far the claimed probability of being right is from how often it is.

    The claim is `sigmoid(|margin|)`, that the reply with the higher score is the better one; the
    error is the mean over bins, weighted by their pairs.

    >>> round(calibration_error([20.0, 20.0, -20.0, -20.0]), 2)
    0.5
    """
    claims = [(1 / (1 + exp(-min(abs(margin), 50))), margin > 0) for margin in margins]
    error = 0.0
    for at in range(bins):
        low, high = 0.5 + at / bins / 2, 0.5 + (at + 1) / bins / 2
        here = [
            each for each in claims if low <= each[0] < high or (at == bins - 1 and each[0] == 1)
        ]
        if here:
            gap = abs(fmean(claim for claim, _ in here) - fmean(right for _, right in here))
            error += gap * len(here) / len(claims)
    return error


def _longer(rows: Sequence[Row]) -> float:
    def wins(row: Row) -> float:
        chosen, rejected = len(row.chosen or ""), len(row.rejected or "")
        return 0.5 if chosen == rejected else float(chosen > rejected)

    return fmean(wins(row) for row in rows)
