"""The parts of the training of classifiers, one by one."""

import numpy as np
import pytest

from guardrail.training.classifier.calibration import platt, sigmoid, temperature, threshold
from guardrail.training.classifier.clusters import clusters
from guardrail.training.classifier.disguised import maybe_disguised
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.metrics import measures
from guardrail.training.classifier.names import best_thresholds, read_names
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.scoring import Scored
from guardrail.training.classifier.split import split

from .conftest import options


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return Recipe.model_validate(options(tmp_path_factory.mktemp("parts")))


def example(text, source="texts", **more):
    return Example(text, {"rude": 0}, None, source, **more)


def test_near_duplicates_stay_together(recipe):
    base = "the parcel was left at the door of the neighbour on the second floor last tuesday"
    texts = [example(f"{base} at {word}") for word in ("noon", "night")]
    apart = [
        example(f"sentence number {n} says {n * 7} and nothing like the others {n * 13}")
        for n in range(400)
    ]
    parts = split([*texts, *apart], recipe)
    sides = [
        part
        for part in (parts.train, parts.validation, parts.test)
        if any(each in part for each in texts)
    ]
    assert len(sides) == 1
    assert min(len(parts.train), len(parts.validation), len(parts.test)) > 40


def test_a_given_cluster_stays_together(recipe):
    rows = [
        example(f"quite another text about {word}", cluster="same") for word in "abcdefghijklmnop"
    ]
    assert set(clusters(rows)) == {0}
    assert len(set(clusters([example(row.text) for row in rows]))) == 16


def test_held_out_sources_lose_what_training_has_seen(recipe):
    seen = "a sentence that stands in two of the sources and is the same in both of them"
    rows = [
        example(seen),
        example(seen.upper(), "others"),
        example("something else is asked here now", "others"),
    ]
    rows += [example(f"filler {n} {n * 3} {n * 5}") for n in range(100)]
    assert [each.text for each in split(rows, recipe).held_out] == [
        "something else is asked here now"
    ]


def test_the_split_does_not_depend_on_what_else_there_is(recipe):
    rows = [example(f"row {n} {n * 3} {n * 5} {n * 7}") for n in range(200)]
    few = {each.text for each in split(rows[:120], recipe).test}
    many = {each.text for each in split(rows, recipe).test}
    assert few <= many


def test_labels_that_nobody_judged_teach_nothing():
    import torch

    from guardrail.training.classifier.batches import Batch
    from guardrail.training.classifier.losses import label_loss

    nan = float("nan")
    logits = torch.tensor([[1.0, 2.0], [3.0, -1.0]], requires_grad=True)
    batch = Batch(
        None, None, None, torch.tensor([[1.0, nan], [nan, 0.0]]), torch.tensor([1.0, 2.0])
    )
    label_loss(logits, batch, torch.ones(2)).backward()
    gradient = logits.grad
    assert gradient[0, 1] == gradient[1, 0] == 0
    assert gradient[0, 0] < 0 < gradient[1, 1]


def test_weights_of_sources_and_of_ones_count():
    import torch

    from guardrail.training.classifier.batches import Batch
    from guardrail.training.classifier.losses import label_loss

    labels = torch.tensor([[1.0], [0.0]])
    logits = torch.tensor([[-2.0], [-2.0]])

    def loss(weights, ones):
        return label_loss(
            logits, Batch(None, None, None, labels, torch.tensor(weights)), torch.tensor([ones])
        )

    assert loss([2.0, 1.0], 1.0) > loss([1.0, 1.0], 1.0)
    assert loss([1.0, 1.0], 3.0) > loss([1.0, 1.0], 1.0)


def test_only_known_tags_count():
    import torch

    from guardrail.training.classifier.batches import Batch
    from guardrail.training.classifier.losses import tag_loss

    logits = torch.zeros((1, 3, 3), requires_grad=True)
    tag_loss(logits, Batch(None, None, torch.tensor([[-100, 1, -100]]), None, None)).backward()
    assert logits.grad[0, 1].abs().sum() > 0
    assert logits.grad[0, [0, 2]].abs().sum() == 0
    none = tag_loss(logits, Batch(None, None, torch.tensor([[-100] * 3]), None, None))
    assert none.item() == 0


def test_temperature_and_offset_bring_scores_to_their_shares():
    dice = np.random.default_rng(1)
    right = dice.normal(size=20_000) * 2
    truth = (dice.random(20_000) < sigmoid(right)).astype(int)
    heat, offset = platt(right * 3 - 1.5, truth)
    assert heat == pytest.approx(3, rel=0.1)
    assert offset == pytest.approx(1.5, abs=0.15)
    assert temperature(right * 2, truth) == pytest.approx(2, rel=0.1)


def test_a_threshold_lets_no_more_through_than_its_share():
    dice = np.random.default_rng(2)
    truth = (dice.random(5000) < 0.3).astype(int)
    scores = sigmoid(dice.normal(size=5000) + 2 * truth)
    least = threshold(scores, truth, 0.01)
    share = np.mean(scores[truth == 0] >= least)
    assert 0.009 <= share <= 0.01
    assert threshold(scores, np.zeros(5000, dtype=int), 0.01) == 0.5
    assert threshold(scores * 0.3, truth, 0.01) == 0.5
    tied = np.array([0.9] * 30 + [0.1] * 70)
    assert np.mean(tied >= threshold(tied, np.array([0] * 85 + [1] * 15), 0.01)) == 0


def test_measures_are_left_out_where_few_texts_carry_them():
    scores, truth = np.linspace(0, 1, 40), np.array([0] * 38 + [1] * 2)
    found = measures(scores, truth, 0.9)
    assert (found["ones"], found["zeros"]) == (2, 38)
    assert "auroc" not in found
    assert "false_positives" in found


def scored(recipe, tags, words=None):
    names = ["O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION"]
    assert tuple(names) == recipe.tags
    logits = np.array([[8.0 * (name == tag) for name in names] for tag in tags])
    words = words or list(range(len(tags)))
    return Scored(None, logits, words, [(4 * at, 4 * at + 3) for at in range(len(tags))])


def test_tags_become_names(recipe):
    half = dict.fromkeys(recipe.entities, 0.5)
    tags = ["B-PERSON", "I-PERSON", "B-PERSON", "O", "I-LOCATION", "B-LOCATION"]
    assert read_names(scored(recipe, tags), recipe, half) == [
        (0, 7, "PERSON"), (8, 11, "PERSON"), (16, 19, "LOCATION"), (20, 23, "LOCATION"),
    ]  # fmt: skip
    # A word has the tags of its first token, and ends with its last.
    cut = scored(recipe, ["B-PERSON", "O", "O"], words=[0, 0, 1])
    assert read_names(cut, recipe, half) == [(0, 7, "PERSON")]
    assert read_names(scored(recipe, tags), recipe, dict.fromkeys(recipe.entities, 1.0)) == []


def test_thresholds_of_names_are_those_with_the_best_f1(recipe):
    logits = np.array([[0.0, 1.2, 0, 0, 0], [0.0, 3.0, 0, 0, 0]])
    texts = [Scored(None, logits, [0, 5], [(0, 3), (9, 12)])]
    found = best_thresholds(texts, [[(9, 12, "PERSON")]], recipe)
    assert read_names(texts[0], recipe, found) == [(9, 12, "PERSON")]
    assert found["LOCATION"] == 0.5


def test_disguises_never_move_marked_names(recipe):
    from random import Random

    always = recipe.model_copy(update={"disguised": 1.0})
    marked = Example("ann lives in oslo", {}, ((0, 3, "PERSON"),), "names")
    plain = example("you utter moron")
    assert maybe_disguised(marked, always, Random(1)) is marked
    texts = {maybe_disguised(plain, always, Random(seed)).text for seed in range(20)}
    assert len(texts - {plain.text}) > 3
    assert maybe_disguised(plain, always.model_copy(update={"disguised": 0.0}), Random(1)) is plain


def test_a_source_may_go_by_its_clusters_alone():
    rows = [example("open the door please", cluster=str(number // 2)) for number in range(6)]
    assert clusters(rows) == [0] * 6
    assert clusters(rows, {rows[0].source}) == [0, 0, 2, 2, 4, 4]
