"""The first losses of each trainer, against those that were written down with their versions.

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


def losses(folder):
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [round(json.loads(line)["loss"], 4) for line in lines]


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
        "sft": losses(place / "sft"),
        "reward": losses(train_reward(scorer, say=quiet)),
        "dpo": losses(train_align(dpo, say=quiet)),
    }


def test_losses_are_those_that_were_written_down(
    sft_file, pairs_file, tmp_path, request, monkeypatch
):
    from guardrail.training.align import train

    monkeypatch.setattr(train, "_check_gradient", lambda *_: None)  # a new model says only noise
    seen = trained(sft_file, pairs_file, tmp_path)
    if request.config.getoption("--update-golden"):
        REFERENCE.parent.mkdir(exist_ok=True)
        document = {"versions": versions(), "losses": seen}
        REFERENCE.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    expected = json.loads(REFERENCE.read_text("utf-8"))["losses"]
    for name, values in expected.items():
        assert seen[name] == pytest.approx(values, rel=0.02), name
