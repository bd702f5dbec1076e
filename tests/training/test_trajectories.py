"""The first steps of each trainer, against those that were written down with their versions.

SFT, reward models and DPO show their losses. The loss of GRPO and RLOO begins at zero whatever they
do, so they show what they were paid, how long their gradient was, and how far they moved.

`pytest --update-golden` writes them anew; a change that moves them should be one that was meant to.
"""

import json
from pathlib import Path

import pytest

from guardrail.training.align import AlignRecipe, train_align
from guardrail.training.reward import RewardRecipe, train_reward
from guardrail.training.run import versions
from guardrail.training.sft import SftRecipe, train_sft
from tests.training.conftest import PROMPTS, TINY, write_rows
from tests.training.test_align import OPEN, POLICY

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train

REFERENCE = Path(__file__).parent / "references" / "losses.json"
STEPS = {"steps": 4, "batch": 4, "log_every": 1, "warmup_steps": 0, "learning_rate": 2e-3}


def quiet(_line):
    """Say nothing."""


def logged(folder, name="loss"):
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [round(json.loads(line)[name], 4) for line in lines]


def trained(sft_file, pairs_file, place):
    """Train with every trainer whose loss does not depend on sampling, from one new model."""
    sft = SftRecipe(model=TINY, data=sft_file, out=place / "sft", learn="everything", **STEPS)
    model = str(train_sft(sft, say=quiet))
    scorer = RewardRecipe(model=model, data=pairs_file, out=place / "rm", **STEPS)
    policy = place / "plain.guard"
    policy.write_text(POLICY, "utf-8")
    prompts = write_rows(place / "prompts.jsonl", [{"prompt": each} for each in PROMPTS])
    dpo = AlignRecipe.model_validate(
        {
            "model": model,
            "reward": [{"policy": policy}],
            "prompts": prompts,
            "pairs": pairs_file,
            "method": "dpo",
            "out": place / "dpo",
            "max_tokens": 12,
            "gates": OPEN,
            **STEPS,
        }
    )
    return {
        "sft": logged(place / "sft"),
        "reward": logged(train_reward(scorer, say=quiet)),
        "dpo": logged(train_align(dpo, say=quiet)),
    }


def paid(model, method, place):
    """Align a trained model with a method that samples; return what was logged of it."""
    policy = place / f"{method}.guard"
    policy.write_text(POLICY, "utf-8")
    prompts = write_rows(place / f"{method}.jsonl", [{"prompt": each} for each in PROMPTS])
    recipe = AlignRecipe.model_validate(
        {
            "model": str(model),
            "reward": [{"policy": policy}],
            "prompts": prompts,
            "method": method,
            "out": place / method,
            "replies": 4,
            "max_tokens": 16,
            "gates": OPEN,
            **STEPS,
            "batch": 8,
        }
    )
    out = train_align(recipe, say=quiet)
    return {name: logged(out, name) for name in ("reward", "grad_norm", "kl")}


def test_losses_are_those_that_were_written_down(
    sft_file, pairs_file, tiny_model, tmp_path, request, monkeypatch
):
    from guardrail.training.align import train

    with monkeypatch.context() as patch:
        patch.setattr(train, "_check_gradient", lambda *_: None)  # a new model says only noise
        seen = trained(sft_file, pairs_file, tmp_path)
    sampled = {method: paid(tiny_model, method, tmp_path) for method in ("grpo", "rloo")}
    if request.config.getoption("--update-golden"):
        REFERENCE.parent.mkdir(exist_ok=True)
        document = {"versions": versions(), "losses": seen, "sampled": sampled}
        REFERENCE.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    reference = json.loads(REFERENCE.read_text("utf-8"))
    for name, values in reference["losses"].items():
        assert seen[name] == pytest.approx(values, rel=0.02), name
    for method, figures in reference["sampled"].items():
        for name, values in figures.items():
            close = pytest.approx(values, rel=0.05, abs=0.005)
            assert sampled[method][name] == close, (method, name)
