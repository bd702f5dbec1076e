"""Texts unlike those before, by the model that ships and by words alone."""

from random import Random

import numpy as np
import pytest

from guardrail.assets import folder
from guardrail.errors import ModelError
from guardrail.models import find_models
from guardrail.watch import topics as module
from guardrail.watch.embedding import HASHED, HashedTfIdf, ModelEmbedding, embedding
from guardrail.watch.topics import Found, Topics

ORDERS = ("Your {} was sent on {}.", "The {} will be with you on {}.", "We sent the {} on {}.")
THINGS = ("lamp", "chair", "parcel", "book", "order", "jacket", "phone", "table", "bag", "clock")
DAYS = ("Monday", "Tuesday", "Friday", "Sunday", "the first", "the third")
POEMS = (
    "O moon above the silent sea, thy silver sings to me",
    "The moon is silver on the sea, and sings a silent song",
    "O silver moon, thou singest to the silent sea",
)


class Fixed:
    """Vectors that a test names."""

    name = "fixed"

    def __init__(self, vectors):
        self._vectors = vectors

    def learn(self, texts):
        pass

    def vectors(self, texts):
        return np.array([self._vectors[text] for text in texts], dtype=np.float32)


def usual():
    return [order.format(thing, day) for order in ORDERS for thing in THINGS for day in DAYS]


@pytest.mark.parametrize("kind", ["model", "words"])
def test_a_poem_among_orders_is_far_and_its_like_are_one_topic(kind):
    first = usual()
    Random(1).shuffle(first)
    made = embedding(find_models([folder("models_onnx")])) if kind == "model" else HashedTfIdf()
    assert made.name == ("guard-mini" if kind == "model" else HASHED)
    seen = Topics(made, 120)
    assert set(seen.look(first[:120])) == {None}
    assert sum(each.is_far for each in seen.look(first[120:])) <= 3
    one, *others = seen.look(POEMS)
    assert one.is_far
    assert one.is_founder
    if kind == "model":
        assert all(each.topics == one.topics for each in others)
    else:
        assert all(each.is_far for each in others)


def test_the_model_reads_long_texts_and_empty_ones():
    made = ModelEmbedding(folder("models_onnx") / "guard-mini")
    vectors = made.vectors(["", "word " * 2000, "word"])
    assert vectors.shape[0] == 3
    assert np.linalg.norm(vectors[1:], axis=1) == pytest.approx([1, 1])


def test_without_the_model_words_must_do(monkeypatch):
    assert embedding({}).name == HASHED


def test_a_model_that_is_broken_is_an_error_and_no_reason_to_look_less(tmp_path):
    with pytest.raises(ModelError):
        embedding({"guard-mini": tmp_path})


def test_texts_without_a_word_are_not_looked_at():
    seen = Topics(HashedTfIdf(), 20)
    seen.look(usual()[:20])
    assert seen.look(["…", ""]) == [None, None]


def test_all_usual_texts_without_a_word_are_no_fault():
    seen = Topics(HashedTfIdf(), 3)
    seen.look(["…", "", "!"])
    (found,) = seen.look(["a word"])
    assert found is None or found.is_far


def test_the_topic_that_nobody_added_to_for_longest_is_forgotten(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 2)
    axes = np.eye(6)
    vectors = {f"u{n}": axes[0] for n in range(4)} | {f"t{n}": axes[n] for n in range(1, 6)}
    seen = Topics(Fixed(vectors), 4)
    seen.look(["u0", "u1", "u2", "u3"])
    first, second, again, third = seen.look(["t1", "t2", "t1", "t3"])
    assert (first.topics, second.topics, again.topics) == ((1,), (2,), (1,))
    assert third == Found(is_far=True, topics=(3,), is_founder=True, forgotten=2)


def test_a_topic_that_was_told_keeps_its_texts():
    close = np.array([[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8], [0, 0.9, 0.436]])
    seen = Topics(Fixed(dict(zip(("u", "a", "b", "both"), close, strict=True))), 1)
    seen.look(["u"])
    seen._far, seen._unlike = 0.3, 0.2
    assert [each.topics for each in seen.look(["a", "b", "both"])] == [(1,), (2,), (1, 2)]
    seen.know(2)
    assert seen.look(["both"])[0].topics == (2,)
