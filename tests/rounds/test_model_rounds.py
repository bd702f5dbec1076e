"""Rounds that train the model: what it gave in to comes back as safe replies and as pairs."""

import json
import sys
from pathlib import Path

import pytest

from tests.rounds.conftest import call, write

BOT = "def gives_in(prompt):\n    return prompt\n"
SIZE = {"hidden": 32, "layers": 1, "heads": 2, "vocabulary": 320, "context": 320}


@pytest.fixture
def trained(project):
    """A project with a model of five steps, and recipes that train it further."""
    from guardrail.training.sft import SftRecipe, train_sft

    (project / "weak_bot.py").write_text(BOT)
    rows = [{"prompt": f"Is it {n} o'clock?", "response": "Yes, please wait."} for n in range(8)]
    (project / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = {"steps": 3, "batch": 4, "data": "own.jsonl"}
    base = few | {"model": {"tiny": SIZE}, "out": "base", "learn": "everything"}
    train_sft(SftRecipe.model_validate(base), say=lambda _line: None)
    write(project / "sft.yaml", model="base", out="unused", **few)
    write(project / "reward.yaml", model="base", out="unused", steps=2, batch=2)
    write(
        project / "export.yaml", model="unused", prompts="own.jsonl", out="unused",
        precisions=["fp32"], compared=2, max_tokens=4,
    )  # fmt: skip
    Path("reward.yaml").write_text(
        Path("reward.yaml").read_text() + "derive: null\ndata: pairs.jsonl\n"
    )
    pair = {"prompt": "Is it late?", "chosen": "Yes, please.", "rejected": "Who knows?"}
    Path("pairs.jsonl").write_text(json.dumps(pair) + "\n")
    write(project / "rounds.yaml", sft="sft.yaml", reward="reward.yaml", export="export.yaml")
    yield project
    sys.modules.pop("weak_bot", None)


def lines(path):
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_the_next_round_attacks_the_model_that_was_trained(trained):
    done = call(target="weak_bot:gives_in", budget=60)
    assert "safe replies to learn" in done.output, done.output
    attempts = {each["id"]: each for each in lines("out/attempts.jsonl")[1:]}
    first = [each for each in attempts.values() if each["attack"]["round"] == 1]
    second = [each for each in attempts.values() if each["attack"]["round"] == 2]
    assert all(each["reply"] == each["attack"]["prompt"] for each in first if each["reply"])
    assert not any(each["reply"] == each["attack"]["prompt"] for each in second if each["reply"])
    rows = lines("out/round-2/sft.jsonl")
    assert [row["prompt"] for row in rows[:8]] == [row["prompt"] for row in lines("own.jsonl")]
    sources = [attempts[row["provenance"]["attempt"]] for row in rows[8:]]
    assert sources
    assert {(each["attack"]["split"], each["attack"]["round"]) for each in sources} == {
        ("train", 1)
    }
    assert len(lines("out/round-2/preferences.jsonl")) > 1
    for name in ("sft", "reward"):
        assert json.loads(Path(f"out/round-2/{name}/run.json").read_text())["finished"]
    whole = Path("out/attempts.jsonl").read_bytes()
    Path("out/attempts.jsonl").write_bytes(whole[: len(whole) * 3 // 4])
    call("--resume", target="weak_bot:gives_in", budget=60)
    assert Path("out/attempts.jsonl").read_bytes() == whole
