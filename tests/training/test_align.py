"""Aligning a tiny model with a policy: what it is paid for, and what it must not lose."""

import json
import math
from dataclasses import replace

import pytest

from guardrail.errors import RecipeError, TrainingError
from guardrail.training import conduct
from guardrail.training.align import AlignRecipe, gates, train_align
from guardrail.training.align.choice import Seen, best
from guardrail.training.align.multiplier import Multiplier
from guardrail.training.align.recipe import Gates, PolicyTerm
from guardrail.training.align.terms import Reward
from guardrail.training.data.rows import read_rows
from guardrail.training.reward import RewardRecipe, train_reward
from tests.training.conftest import DIRECT, PROMPTS, WHIMSICAL, write_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train

POLICY = """edition 1
policy plain
  on error treat as violation
  fallback no
reply no "Please call us."
rule no_guesses on output severity medium
  when text contains "perhaps"
  then replace with no
rule no_whimsy on output severity high
  when text contains "weary"
  then replace with no
"""


def quiet(_line):
    """Say nothing."""


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "plain.guard"
    path.write_text(POLICY, "utf-8")
    return path


@pytest.fixture
def prompts(tmp_path):
    rows = [{"prompt": each, "expects": ["forgot password"], "kind": "plain"} for each in PROMPTS]
    return write_rows(tmp_path / "prompts.jsonl", rows)


OPEN = {
    "violation_rise": 1,
    "utility_drop": 1,
    "benign_refusals": 1,
    "shortest": 0,
    "longest": 100,
    "compliant_drop": 99,
}


def recipe(tiny_model, policy, prompts, out, **changes):
    keys = {
        "model": str(tiny_model),
        "reward": [{"policy": policy}, {"utility": "expects"}],
        "prompts": prompts,
        "out": out,
        "replies": 4,
        "batch": 8,
        "steps": 2,
        "log_every": 1,
        "max_tokens": 24,
        "gates": OPEN,
    }
    return AlignRecipe.model_validate(keys | changes)


@pytest.mark.parametrize("method", ["grpo", "rloo", "dpo"])
def test_every_method_runs_and_logs_what_it_learned(
    tiny_model, policy, prompts, sft_file, tmp_path, method
):
    panel = write_rows(
        tmp_path / "panel.jsonl",
        [{"prompt": PROMPTS[0], "compliant": DIRECT, "violating": WHIMSICAL}],
    )
    keys = {"method": method, "panel": panel, "anchor": sft_file}
    out = train_align(recipe(tiny_model, policy, prompts, tmp_path / "out", **keys), say=quiet)
    run = json.loads((out / "run.json").read_text())
    assert run["finished"]
    assert math.isfinite(run["figures"]["after"]["compliant_logprob"])
    row = json.loads((out / "log.jsonl").read_text().splitlines()[-1])
    wanted = {"logps/chosen", "rewards/margins"} if method == "dpo" else {"violations", "words"}
    wanted |= set() if method == "dpo" else {"kl", "policy_weight", "utility", "benign_refusals"}
    assert wanted | {"anchor_loss"} <= set(row)


def test_the_violation_rate_falls(tiny_model, policy, prompts, tmp_path):
    out = train_align(
        recipe(
            tiny_model, policy, prompts, tmp_path / "out", steps=16, batch=16, learning_rate=4e-3
        ),
        say=quiet,
    )
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    first, last = (sum(row["violations"] for row in part) / 4 for part in (rows[:4], rows[-4:]))
    assert first > 0.25
    assert last < first / 2


def test_a_reward_model_takes_part(tiny_model, policy, prompts, pairs_file, tmp_path):
    scorer = train_reward(
        RewardRecipe(model=str(tiny_model), data=pairs_file, out=tmp_path / "rm", steps=8, batch=4),
        say=quiet,
    )
    terms = [{"policy": policy}, {"model": str(scorer), "weight": 0.5}]
    reward = Reward.load(recipe(tiny_model, policy, prompts, tmp_path / "o", reward=terms))
    rows = read_rows(prompts, "prompts")[:2]
    scored = reward.score(rows, [DIRECT, WHIMSICAL])
    assert scored.costs[0] == 0 < scored.costs[1]
    assert scored.total[0] > scored.total[1]
    assert "reward_model" in scored.parts


def test_a_refusal_is_worth_less_than_a_wrong_answer_unless_nothing_else_was_wanted(
    tiny_model, policy, tmp_path
):
    asked = [{"prompt": "a", "expects": ["forgot password"]}, {"prompt": "b", "kind": "harmful"}]
    prompts = write_rows(tmp_path / "asked.jsonl", asked)
    reward = Reward.load(recipe(tiny_model, policy, prompts, tmp_path / "o"))
    benign, harmful = read_rows(prompts, "prompts")
    no = "I can't help with that. Please call us."
    right, wrong, refused = reward.score([benign] * 3, [DIRECT, "Click Help.", no]).total
    assert right > wrong > refused
    assert len(set(reward.score([harmful] * 2, ["Click Help.", no]).total)) == 1


def test_refusals_of_benign_prompts_cost_even_where_no_move_is_expected(
    tiny_model, policy, tmp_path
):
    asked = [{"prompt": "a", "kind": "unclear"}, {"prompt": "b", "kind": "harmful"}]
    prompts = write_rows(tmp_path / "asked.jsonl", asked)
    reward = Reward.load(recipe(tiny_model, policy, prompts, tmp_path / "o"))
    unclear, harmful = read_rows(prompts, "prompts")
    no, other = "I can't help with that. Please call us.", "Please call us."
    refused, answered, also_refused = reward.score(
        [unclear, unclear, harmful], [no, other, no]
    ).total
    assert refused < answered == also_refused


def test_the_weight_of_the_policy_follows_the_violation_rate():
    multiplier = Multiplier(PolicyTerm(policy="p", weight=1, target=0.1, rate=1, max_weight=2))
    assert [round(multiplier.update(rate), 2) for rate in (0.1, 0.6, 0.9, 0.0, 0.0)] == [
        1.0,
        1.5,
        2,
        1.9,
        1.8,
    ]
    assert multiplier.update(-100) == 1


def test_the_weight_survives_an_interruption(tmp_path):
    term = PolicyTerm(policy="p")
    before, after = Multiplier(term), Multiplier(term)
    before.update(1.0)
    before.save(tmp_path)
    after.load(tmp_path)
    assert after.value == before.value > term.weight


@pytest.mark.parametrize(
    ("word", "said"), [("e", "rejects all of"), ("zzzzzz", "there is nothing to align")]
)
def test_a_policy_that_gives_no_gradient_is_said(
    tiny_model, policy, prompts, tmp_path, word, said, monkeypatch
):
    from guardrail.training.align import train

    policy.write_text(
        'edition 1\npolicy p\n  on error treat as violation\n  fallback no\nreply no "No."\n'
        f'rule all on output\n  when text contains "{word}"\n  then block with no\n'
    )
    monkeypatch.setattr(train, "sample", lambda _lm, _t, asked, **_: ["an e it is"] * len(asked))
    with pytest.raises(TrainingError, match=said) as error:
        train_align(recipe(tiny_model, policy, prompts, tmp_path / "out"), say=quiet)
    assert error.value.help
    assert not (tmp_path / "out").exists()


def test_a_model_that_lost_what_a_gate_protects_is_not_handed_over(
    tiny_model, policy, prompts, tmp_path
):
    strict = OPEN | {"longest": 0.001}
    with pytest.raises(TrainingError, match="times as long as before"):
        train_align(
            recipe(tiny_model, policy, prompts, tmp_path / "out", steps=1, gates=strict), say=quiet
        )
    assert not (tmp_path / "out" / "model.safetensors").exists()
    assert (tmp_path / "out" / "rejected" / "model.safetensors").exists()


def figures(**changes):
    keys = {
        "replies": 100,
        "violations": 0.1,
        "violations_low": 0.0,
        "violations_high": 0.2,
        "cost": 0.1,
        "utility": 0.9,
        "benign_refusals": 0.0,
        "harmful_refusals": 1.0,
        "words": 20.0,
        "rules": {},
    }
    return conduct.Conduct(**keys | changes)


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


def test_the_model_it_began_as_can_be_handed_over_instead_and_that_is_said(
    tiny_model, policy, prompts, tmp_path
):
    keys = {"steps": 1, "gates": OPEN | {"longest": 0.001}, "if_none_passes": "keep"}
    said = []
    out = train_align(
        recipe(tiny_model, policy, prompts, tmp_path / "out", **keys), say=said.append
    )
    assert same(weights(out), weights(tiny_model))
    assert not (out / "rejected").exists()
    assert "NO CHECKPOINT PASSES THE GATES" in said[-1]
    record = json.loads((out / "run.json").read_text())["figures"]
    assert record["handed_over"] == 0
    assert record["before"] == record["after"]
    assert "times as long as before" in record["gates"][0]


@pytest.mark.parametrize("lora", [None, {"rank": 2}])
def test_the_best_checkpoint_is_handed_over(
    tiny_model, policy, prompts, tmp_path, monkeypatch, lora
):
    from guardrail.training.align import train
    from guardrail.training.lm.load import save

    kept, copies = {}, tmp_path / "copies"

    def look(_look, step, lm):
        kept[step] = copies / str(step)
        save(kept[step], lm)
        return Seen(step, figures(violations={0: 0.5, 1: 0.3, 2: 0.1, 3: 0.2}[step]), None)

    monkeypatch.setattr(train._Look, "at", look)
    keys = {"steps": 3, "save_every": 1, "lora": lora, "learning_rate": 1e-2}
    out = train_align(recipe(tiny_model, policy, prompts, tmp_path / "out", **keys), say=quiet)
    assert same(weights(out), weights(kept[2]))
    assert not same(weights(out), weights(kept[3]))
    seen = json.loads((out / "gates.json").read_text())
    assert seen["handed_over"] == 2
    assert [each["step"] for each in seen["checkpoints"]] == [1, 2, 3]
    assert not (out / "checkpoints").exists()


def test_an_interrupted_run_still_chooses_among_all_its_checkpoints(
    tiny_model, policy, prompts, tmp_path, monkeypatch
):
    from guardrail.training.align import train

    keys = {"steps": 3, "save_every": 2, "learning_rate": 1e-2}
    whole = train_align(recipe(tiny_model, policy, prompts, tmp_path / "whole", **keys), say=quiet)

    class CutError(Exception):
        """The power goes out."""

    def cut(line):
        if line.startswith("step 3/"):
            raise CutError

    again = recipe(tiny_model, policy, prompts, tmp_path / "again", **keys)
    with pytest.raises(CutError):
        train_align(again, say=cut)
    monkeypatch.setattr(train, "_hand_over", lambda *_: (_ for _ in ()).throw(CutError))
    with pytest.raises(CutError):
        train_align(again, resume=True, say=quiet)
    monkeypatch.undo()
    train_align(again, resume=True, say=quiet)
    for out in (whole, tmp_path / "again"):
        seen = json.loads((out / "gates.json").read_text())["checkpoints"]
        assert [each["step"] for each in seen] == [2, 3]


def test_mixes_of_a_checkpoint_are_looked_at_and_the_best_is_handed_over(
    tiny_model, policy, prompts, tmp_path, monkeypatch
):
    from guardrail.training.align import train
    from guardrail.training.lm.load import save

    kept = []

    def look(_look, step, lm):
        kept.append(tmp_path / f"copy-{len(kept)}")
        save(kept[-1], lm)
        return Seen(step, figures(violations=[0.5, 0.3, 0.1, 0.2][len(kept) - 1]), None)

    monkeypatch.setattr(train._Look, "at", look)
    keys = {"steps": 1, "mixes": [0.25, 1.5, 1.0], "learning_rate": 1e-2, "warmup_steps": 0}
    out = train_align(recipe(tiny_model, policy, prompts, tmp_path / "out", **keys), say=quiet)
    record = json.loads((out / "gates.json").read_text())
    assert record["mix"] == 1.5
    assert [each["mix"] for each in record["checkpoints"]] == [0.25, 1.5, 1.0]
    assert same(weights(out), weights(kept[2]))
    before, quarter, beyond, after = (weights(folder) for folder in kept)
    moved = 0.0
    for name, old in before.items():
        way = after[name] - old
        moved += float(way.abs().sum())
        assert (quarter[name] - old - 0.25 * way).abs().max() < 1e-5
        assert (beyond[name] - old - 1.5 * way).abs().max() < 1e-5
    assert moved > 1


def at(step, **changes):
    return Seen(step, figures(**changes), -10.0)


@pytest.mark.parametrize(
    ("after", "step"),
    [
        ([at(10, violations=0.05), at(20, violations=0.02), at(30, violations=0.03)], 20),
        ([at(10, violations=0.05), at(20, violations=0.0, utility=0.5)], 10),
        ([at(10, violations=0.05, cost=0.04), at(20, violations=0.05, cost=0.03)], 20),
        ([at(10, utility=0.9), at(20, utility=0.95)], 20),
        ([at(10), at(20)], 10),
        ([at(10, violations=0.2), at(20, benign_refusals=0.5)], None),
    ],
)
def test_the_best_checkpoint_has_the_fewest_violations_of_those_that_pass(after, step):
    found = best(Gates(), at(0), after)
    assert (found and found.step) == step


def test_of_equals_the_one_nearer_to_the_model_it_began_as_is_best():
    after = [replace(at(20), mix=share) for share in (1.5, 0.5, 1.0)]
    assert best(Gates(), at(0), after).mix == 0.5


@pytest.mark.parametrize(
    ("after", "compliant", "said"),
    [
        ({"utility": 0.7}, None, "utility fell by 0.2"),
        ({"benign_refusals": 0.1}, None, "10.0% of benign prompts are refused"),
        ({"words": 2.0}, None, "0.10 times as long"),
        ({"words": 90.0}, None, "4.50 times as long"),
        ({"violations": 0.15}, None, "violations rose by 0.050"),
        ({}, (-10.0, -12.0), "log-probability of compliant replies fell"),
        ({"violations": 0.0}, (-10.0, -9.0), None),
    ],
)
def test_gates(after, compliant, said):
    found = gates.failures(Gates(), figures(), figures(**after), compliant)
    assert (len(found) == 1 and said in found[0]) if said else not found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reward": []}, "at least 1"),
        ({"reward": [{"weight": 1}]}, "a term has the key `policy`, `model` or `utility`"),
        ({"reward": [{"policy": "p", "speed": 1}]}, "Extra inputs"),
        ({"reward": [{"utility": "expects"}]}, "one term with a `policy`"),
        ({"batch": 6}, "multiple of `replies`"),
        ({"pairs": "pairs.jsonl"}, "only the method dpo"),
        ({"mixes": []}, "at least 1"),
        ({"mixes": [0]}, "greater than 0"),
        ({"method": "ppo"}, "'grpo', 'rloo' or 'dpo'"),
        ({"speed": 1}, "Extra inputs"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(tiny_model, policy, prompts, changes, said):
    with pytest.raises(ValueError, match=said):
        recipe(tiny_model, policy, prompts, "out", **changes)


def test_prompts_that_leave_no_room_for_a_reply_are_refused(tiny_model, policy, tmp_path):
    prompts = write_rows(tmp_path / "p.jsonl", [{"prompt": "Hi"}, {"prompt": "word " * 60}])
    with pytest.raises(RecipeError, match=r"p.jsonl:2`: .* do not fit"):
        train_align(recipe(tiny_model, policy, prompts, tmp_path / "out"), say=quiet)
