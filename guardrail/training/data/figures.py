"""What a file of rows is like as a whole: lengths, refusals, diversity, labels, coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

from guardrail.training.conduct import is_refusal
from guardrail.training.data.faults import label_of
from guardrail.training.data.rows import Row
from guardrail.training.grade import Grader, is_violation

_HOLE = 0.25
_LEAST = 0.02
_NEAR = 0.5
_LETTERS = r"(?u)\b[^\W\d]{2,}\b"


def lengths(rows: Sequence[Row]) -> dict[str, float]:
    """Return words of replies: median, tenth and ninetieth percentile; and who is longer."""
    words = sorted(len(row.replies[0].split()) for row in rows if row.replies)
    if not words:
        return {}
    found = {
        "median": median(words),
        "p10": words[len(words) // 10],
        "p90": words[len(words) * 9 // 10],
    }
    pairs = [row for row in rows if row.chosen is not None and row.rejected is not None]
    if pairs:
        found["chosen_is_longer"] = fmean(
            len(row.chosen or "") > len(row.rejected or "") for row in pairs
        )
    return found


def histogram(rows: Sequence[Row], bins: int = 12) -> list[tuple[int, int, int]]:
    """Return how many replies have how many words: first, last, count."""
    words = [len(row.replies[0].split()) for row in rows if row.replies]
    if not words:
        return []
    step = max(1, -(-(max(words) + 1) // bins))
    counts = Counter(each // step for each in words)
    return [(at * step, (at + 1) * step - 1, counts[at]) for at in range(max(counts) + 1)]


def refusals(rows: Sequence[Row]) -> dict[str, float]:
    """Return the share of refusals among replies, or among chosen and rejected ones."""
    sides = {
        name: [is_refusal(reply) for row in rows if (reply := getattr(row, name)) is not None]
        for name in ("response", "chosen", "rejected")
    }
    return {name: fmean(each) for name, each in sides.items() if each}


def diversity(rows: Sequence[Row]) -> dict[str, float]:
    """Return the shares of different runs of 1, 2 and 3 words, and of different replies."""
    replies = [row.replies[0] for row in rows if row.replies]
    if not replies:
        return {}
    found = {"replies": len(set(replies)) / len(replies)}
    for size in (1, 2, 3):
        runs: list[tuple[str, ...]] = []
        for reply in replies:
            words = reply.lower().split()
            runs += (tuple(words[at : at + size]) for at in range(len(words) - size + 1))
        found[f"distinct_{size}"] = len(set(runs)) / len(runs) if runs else 0.0
    return found


def labels(rows: Sequence[Row], grader: Grader | None) -> dict[str, float]:
    """Return how far the labels of rows agree with the policy: share and Cohen's kappa.

    A label that is 0, false, "safe" or "allow" says that the reply is fit; any other that it is
    not.
    """
    known = [row for row in rows if row.replies and label_of(row) is not None]
    if grader is None or not known:
        return {}
    from sklearn.metrics import cohen_kappa_score

    verdicts = grader.verdicts([row.replies[0] for row in known], [row.prompt for row in known])
    policy = [is_violation(verdict) for verdict in verdicts]
    said = [str(label_of(row)).lower() not in {"0", "false", "safe", "allow"} for row in known]
    same = [one == other for one, other in zip(policy, said, strict=True)]
    is_one = len({*policy, *said}) == 1
    kappa = 1.0 if is_one else float(cohen_kappa_score(policy, said))
    return {"labelled": len(known), "agreement": fmean(same), "kappa": kappa}


def coverage(rows: Sequence[Row], reference: Sequence[Row], seed: int = 0) -> dict[str, Any]:
    """Return how well prompts stand for a reference: by topic, and the holes by their words.

    Topics are clusters of the reference (k-means on TF-IDF). A hole is a topic that has at least
    a fiftieth of the reference, but in the rows less than a quarter of that share.
    """
    if not (rows and reference):
        return {}
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", token_pattern=_LETTERS)
    asked = vectorizer.fit_transform([row.prompt for row in reference])
    words_of = vectorizer.build_analyzer()
    different = len({frozenset(words_of(row.prompt)) for row in reference})
    count = min(24, max(2, len(reference) // 8), different)
    topics = KMeans(count, n_init=3, random_state=seed).fit(asked)
    mine = vectorizer.transform([row.prompt for row in rows])
    wanted, given = Counter(topics.labels_.tolist()), Counter(topics.predict(mine).tolist())
    names = vectorizer.get_feature_names_out()
    found = []
    for topic, number in wanted.most_common():
        center = topics.cluster_centers_[topic]
        share, has = number / len(reference), given[topic] / len(rows)
        words = [str(names[at]) for at in center.argsort()[::-1][:4] if center[at] > 0]
        is_hole = share >= _LEAST and has < share * _HOLE
        found.append({"words": words, "reference": share, "rows": has, "is_hole": is_hole})
    nearest = (asked @ mine.T).max(axis=1).toarray().ravel()
    return {"topics": found, "near": float((nearest >= _NEAR).mean())}
