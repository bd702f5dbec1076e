"""Training on replies: what is learned, what is refused, and going on after an interruption."""

import json

import pytest

from guardrail.errors import RecipeError, TrainingError
from guardrail.training import sft
from guardrail.training.lm.load import load_lm
from guardrail.training.sft import SftRecipe, train_sft
from tests.training.conftest import TINY, write_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train


def quiet(_line):
    """Say nothing."""


def recipe(data, out, **changes):
    keys = {"model": TINY, "data": data, "out": out, "steps": 6, "batch": 4, "log_every": 1}
    return SftRecipe.model_validate(keys | {"learning_rate": 5e-3, "warmup_steps": 0} | changes)


def losses(folder):
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines]


def test_loss_falls_and_the_folder_holds_the_run(sft_file, tmp_path):
    out = train_sft(recipe(sft_file, tmp_path / "run", steps=12), say=quiet)
    seen = losses(out)
    assert sum(seen[-3:]) < sum(seen[:3])
    files = {file.name for file in out.iterdir()}
    assert {"recipe.json", "run.json", "log.jsonl", "loss.png", "tokenizer.json"} <= files
    run = json.loads((out / "run.json").read_text())
    assert run["finished"]
    assert run["seed"] == 0
    assert "torch" in run["versions"]
    assert not (out / "checkpoints").exists()


def test_the_same_seed_gives_the_same_losses_and_another_one_others(sft_file, tmp_path):
    first, again, other = (
        losses(train_sft(recipe(sft_file, tmp_path / name, seed=seed, steps=3), say=quiet))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == pytest.approx(again, abs=1e-4)
    assert first != pytest.approx(other, abs=1e-4)


def test_only_replies_count_unless_everything_is_learned(sft_file, tmp_path):
    replies, everything = (
        losses(train_sft(recipe(sft_file, tmp_path / learn, learn=learn, steps=1), say=quiet))
        for learn in ("replies", "everything")
    )
    assert replies != everything


def test_lora_is_merged_into_the_model(tiny_model, sft_file, tmp_path):
    out = train_sft(
        recipe(sft_file, tmp_path / "lora", model=str(tiny_model), lora={"rank": 2}), say=quiet
    )
    names = {name for name, _ in load_lm(str(out))[0].named_parameters()}
    assert names == {name for name, _ in load_lm(str(tiny_model))[0].named_parameters()}


def test_an_interrupted_run_goes_on_and_ends_like_one_that_was_not(sft_file, tmp_path, monkeypatch):
    whole = train_sft(recipe(sft_file, tmp_path / "whole", save_every=3), say=quiet)

    def stop(line):
        if line.startswith("step 4/"):
            raise KeyboardInterrupt

    cut = recipe(sft_file, tmp_path / "cut", save_every=3)
    with pytest.raises(KeyboardInterrupt):
        train_sft(cut, say=stop)
    with pytest.raises(RecipeError, match="was interrupted"):
        load_lm(str(cut.out))
    with pytest.raises(RecipeError, match="holds a run already"):
        train_sft(cut, say=quiet)
    train_sft(cut, resume=True, say=quiet)
    rows = [json.loads(line) for line in (cut.out / "log.jsonl").read_text().splitlines()]
    last = {row["step"]: row["loss"] for row in rows}
    assert list(last.values()) == pytest.approx(losses(whole), abs=1e-3)


@pytest.mark.parametrize(("count", "batch"), [(3, 8), (8, 8), (61, 4)])
def test_batches_hold_records_of_like_lengths_and_follow_from_the_seed(count, batch):
    def record(size):
        said = {"role": "user", "content": "x" * size}
        return {"prompt": [said], "completion": [{"role": "assistant", "content": "y"}]}

    records = [record(size) for size in range(count)]
    one = recipe("d", "o", steps=40, batch=batch)
    found = sft.in_order(records, one)
    assert len(found) == 40 * batch
    assert found == sft.in_order(records, one)
    sizes = [len(each["prompt"][0]["content"]) for each in found]
    assert set(sizes) == set(range(count))
    if count > batch:
        assert found != sft.in_order(records, one.model_copy(update={"seed": 1}))
        spread = [max(part) - min(part) for part in zip(*[iter(sizes)] * batch, strict=True)]
        assert max(spread) < 2 * batch


def test_resume_needs_the_same_recipe_and_an_unfinished_run(sft_file, tmp_path):
    with pytest.raises(RecipeError, match="no run to resume"):
        train_sft(recipe(sft_file, tmp_path / "none"), resume=True, say=quiet)
    done = recipe(sft_file, tmp_path / "done", steps=1)
    train_sft(done, say=quiet)
    with pytest.raises(RecipeError, match="is finished"):
        train_sft(done, resume=True, say=quiet)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"prompt": " ", "response": "Click it."}], "`FILE:1`: the prompt is empty"),
        ([{"prompt": "Hi", "response": ""}], "`FILE:1`: the reply is empty"),
        ([{"prompt": "Hi", "response": "Yo."}, {"question": "Hi"}], "`FILE:2`: wrong columns"),
        ([{"prompt": "Hi", "chosen": "a", "rejected": "b"}], "`FILE:1`: wrong columns"),
        ([{"prompt": "word " * 400, "response": "Hi."}], "do not fit into a context of 96"),
        ([], "holds no row"),
    ],
)
def test_data_that_cannot_be_used_is_refused_and_nothing_written(tmp_path, rows, said):
    data = write_rows(tmp_path / "bad.jsonl", rows)
    with pytest.raises(RecipeError) as error:
        train_sft(recipe(data, tmp_path / "run"), say=quiet)
    assert said.replace("FILE", str(data)) in str(error.value)
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_not_here_or_cannot_chat_is_refused(tiny_model, sft_file, tmp_path):
    import shutil

    with pytest.raises(RecipeError, match="no model folder"):
        train_sft(recipe(sft_file, tmp_path / "a", model="nobody/nothing"), say=quiet)
    mute = tmp_path / "mute"
    shutil.copytree(tiny_model, mute)
    (mute / "chat_template.jinja").unlink()
    with pytest.raises(RecipeError, match="no chat template"):
        train_sft(recipe(sft_file, tmp_path / "b", model=str(mute)), say=quiet)
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


def test_a_loss_that_is_not_a_number_stops_the_run(sft_file, tmp_path, monkeypatch):
    import torch

    built = sft.build

    def broken(*args):
        lm, tokenizer = built(*args)
        with torch.no_grad():
            lm.model.norm.weight.fill_(float("nan"))
        return lm, tokenizer

    monkeypatch.setattr(sft, "build", broken)
    with pytest.raises(TrainingError, match="loss is nan at step 1"):
        train_sft(recipe(sft_file, tmp_path / "run"), say=quiet)
    assert not (tmp_path / "run" / "model.safetensors").exists()
