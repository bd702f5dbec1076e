"""Reward models: pairs of people and of the policy, what they reach, and what they must beat."""

import json

import pytest

from guardrail.errors import RecipeError
from guardrail.training.baselines import calibration_error, length_accuracy, words_accuracy
from guardrail.training.data.rows import Message, Row
from guardrail.training.reward import RewardRecipe, pairs_of, split, train_reward
from tests.training.conftest import DIRECT, PROMPTS, WHIMSICAL, write_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train


def quiet(_line):
    """Say nothing."""


def pair(prompt, chosen, rejected):
    return Row(1, (Message(role="user", content=prompt),), chosen=chosen, rejected=rejected)


def test_a_reward_model_learns_which_reply_is_better(tiny_model, tmp_path):
    rows = [
        {"prompt": f"{prompt} {n}", "chosen": DIRECT, "rejected": WHIMSICAL}
        for prompt in PROMPTS
        for n in range(5)
    ]
    data = write_rows(tmp_path / "pairs.jsonl", rows)
    out = train_reward(
        RewardRecipe(
            model=str(tiny_model),
            data=data,
            out=tmp_path / "rm",
            steps=15,
            batch=8,
            log_every=5,
            learning_rate=3e-3,
        ),
        say=quiet,
    )
    figures = json.loads((out / "run.json").read_text())["figures"]
    assert figures["accuracy"] == 1.0
    assert {"length_accuracy", "words_accuracy", "calibration_error", "deviation"} <= set(figures)


def test_the_policy_orders_replies_to_one_prompt(tmp_path):
    policy = tmp_path / "p.guard"
    policy.write_text(
        "edition 1\npolicy p\n  on error treat as violation\nrule r on output\n"
        '  when text contains "perhaps"\n  then replace with no\nreply no "No."\n'
    )
    rows = [
        {"prompt": "a", "response": WHIMSICAL},
        {"prompt": "a", "response": DIRECT},
        {"prompt": "b", "response": DIRECT},
    ]
    replies = write_rows(tmp_path / "r.jsonl", rows)
    derive = {"policy": policy, "replies": replies}
    recipe = RewardRecipe.model_validate({"model": "m", "derive": derive, "out": tmp_path})
    (found,) = pairs_of(recipe)
    assert (found.prompt, found.chosen, found.rejected) == ("a", DIRECT, WHIMSICAL)
    write_rows(tmp_path / "r.jsonl", rows[1:])
    with pytest.raises(RecipeError, match="orders no two replies"):
        pairs_of(recipe)


def test_no_prompt_is_on_both_sides_of_the_split():
    rows = [pair(f"p{n % 7}", "a", "b") for n in range(50)]
    learned, kept = split(rows, 0.3, seed=1)
    assert len(learned) + len(kept) == 50
    assert not {row.prompt for row in learned} & {row.prompt for row in kept}
    with pytest.raises(RecipeError, match="all pairs have one prompt"):
        split([pair("p", "a", "b")] * 3, 0.3, seed=1)


def test_a_recipe_without_pairs_is_refused():
    with pytest.raises(ValueError, match="name pairs as `data`"):
        RewardRecipe(model="m", out="o")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"prompt": "a", "chosen": "x", "rejected": "x"}], ":1`: `chosen` and `rejected` are the"),
        ([{"prompt": "a", "chosen": " ", "rejected": "x"}], ":1`: `chosen` is empty"),
        (
            [
                {"prompt": "a", "chosen": "x", "rejected": "y"},
                {"prompt": "a", "chosen": "y", "rejected": "x"},
            ],
            ":2`: the pair contradicts line 1",
        ),
        ([{"prompt": "a", "response": "x"}], ":1`: wrong columns"),
    ],
)
def test_pairs_that_cannot_be_used_are_refused(tmp_path, rows, said):
    data = write_rows(tmp_path / "pairs.jsonl", rows)
    with pytest.raises(RecipeError) as error:
        pairs_of(RewardRecipe(model="m", data=data, out=tmp_path))
    assert said in str(error.value)


def test_the_length_baseline_takes_the_side_that_was_right_before():
    short = [pair("p", "a", "long")] * 4
    mixed = [*short[:3], pair("p", "long", "a")]
    assert length_accuracy(short, mixed) == 0.75
    assert length_accuracy([pair("p", "long", "a")], mixed) == 0.25


def test_the_words_baseline_learns_words():
    rows = [pair("p", f"please click {n}", f"perhaps weary {n}") for n in range(6)]
    assert words_accuracy(rows, rows) == 1.0


def test_calibration_error_is_small_where_claims_are_true():
    import math
    import random

    random.seed(0)
    true = [
        margin if random.random() < 1 / (1 + math.exp(-margin)) else -margin
        for margin in (random.uniform(0, 4) for _ in range(5000))
    ]
    assert calibration_error(true) < 0.03
    assert calibration_error([5 * margin for margin in true]) > 0.08
