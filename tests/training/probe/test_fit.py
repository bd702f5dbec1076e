"""Probes: weights on given vectors, and a threshold from texts that nothing was learnt from."""

import numpy as np
import pytest

from guardrail.errors import TrainingError
from guardrail.training.probe.fit import Labelled, fit, logits, threshold, units

WORDS = ("good", "fine", "bad", "song", "bus", "bird")


def vectors(texts):
    return np.array([[text.lower().count(word) for word in WORDS] for text in texts], np.float32)


def test_sentences_of_a_violating_text_that_good_texts_have_are_good():
    examples = [
        Labelled("It is fine. It is bad.", is_so=True),
        Labelled("It is fine. It is good.", is_so=False),
    ]
    weights = fit(examples, vectors, "sentence", 10.0)
    good, fine, bad = (
        logits(weights, [text], vectors, "sentence")[0]
        for text in ("It is good.", "It is fine.", "It is bad.")
    )
    assert bad > fine
    assert bad > good


def test_a_text_scores_as_its_worst_sentence():
    weights = fit(
        [Labelled("bad", is_so=True), Labelled("good", is_so=False)], vectors, "text", 10.0
    )
    whole, worst = logits(weights, ["It is good. It is bad.", "It is bad."], vectors, "sentence")
    assert whole == pytest.approx(worst)


def test_one_side_alone_teaches_nothing():
    with pytest.raises(TrainingError, match="texts with its label"):
        fit([Labelled("good", is_so=False)], vectors, "text", 1.0)


def test_the_threshold_is_above_what_a_cluster_scores_that_was_not_learnt_from():
    """`song` is harmless in one cluster alone: without it, weights take it for what it is beside."""
    examples = [
        *(Labelled(f"bad song {at}", is_so=True) for at in range(20)),
        *(Labelled(f"good {at}", is_so=False, cluster="a") for at in range(20)),
        *(Labelled(f"song {at}", is_so=False, cluster="b") for at in range(20)),
    ]
    whole = fit(examples, vectors, "text", 100.0)
    benign = ["good", "fine", "bus"]
    given = {"unit": "text", "strength": 100.0, "false_positives": 0.01}
    crossed = threshold(whole, benign, examples, vectors, folds=2, **given)
    alone = threshold(
        whole, benign, [Labelled(e.text, is_so=e.is_so) for e in examples], vectors, folds=2,
        **given,
    )  # fmt: skip
    assert alone > max(logits(whole, benign, vectors, "text"))
    assert crossed > alone
    without = fit([e for e in examples if e.cluster != "b"], vectors, "text", 100.0)
    assert crossed > logits(without, ["song 1"], vectors, "text")[0]


def test_units_of_a_text_without_sentences_are_the_text():
    assert units("", "sentence") == [""]
    assert units("One. Two?", "text") == ["One. Two?"]
