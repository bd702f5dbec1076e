"""Measures of a label's scores."""

from __future__ import annotations

from typing import Any, Final

_FEW: Final = 10
_BINS: Final = 15


def measures(scores: Any, truth: Any, least: float) -> dict[str, float]:
    """Return the measures of scores (0 to 1) against the truth (0 or 1); none that few rows allow.

    `auroc`, `auprc`; `recall_1fp`: share of ones above the score that 1 % of zeros reach;
    `ece`: expected calibration error over 15 bins; `recall` and `false_positives` at the threshold
    `least`; `ones` and `zeros` are counts.
    """
    import numpy as np
    from sklearn.metrics import average_precision_score, roc_auc_score

    ones, zeros = int(truth.sum()), int(len(truth) - truth.sum())
    found: dict[str, float] = {"ones": ones, "zeros": zeros}
    if ones >= _FEW:
        found["recall"] = float(np.mean(scores[truth == 1] >= least))
    if zeros >= _FEW:
        found["false_positives"] = float(np.mean(scores[truth == 0] >= least))
    if min(ones, zeros) >= _FEW:
        found["auroc"] = float(roc_auc_score(truth, scores))
        found["auprc"] = float(average_precision_score(truth, scores))
        found["recall_1fp"] = recall_at(scores, truth, 0.01)
        found["ece"] = calibration_error(scores, truth)
    return found


def recall_at(scores: Any, truth: Any, share: float) -> float:
    """Return the share of ones that score above all but `share` of the zeros.

    >>> import numpy as np
    >>> recall_at(np.array([0.9, 0.2, 0.5, 0.1]), np.array([1, 1, 0, 0]), 0.01)
    0.5
    """
    import numpy as np

    zeros = np.sort(scores[truth == 0])[::-1]
    return float(np.mean(scores[truth == 1] > zeros[int(share * len(zeros))]))


def calibration_error(scores: Any, truth: Any) -> float:
    """Return the mean gap between score and share of ones, over 15 bins of equal width.

    >>> import numpy as np
    >>> calibration_error(np.array([1.0, 0.0]), np.array([1, 0]))
    0.0
    """
    import numpy as np

    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    gaps = 0.0
    for each in range(_BINS):
        inside = bins == each
        if inside.any():
            gaps += inside.sum() * abs(scores[inside].mean() - truth[inside].mean())
    return float(gaps / len(scores))
