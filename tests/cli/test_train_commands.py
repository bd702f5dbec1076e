"""The commands of training: what they say to recipes and data that cannot be used."""

import json

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return CliRunner().invoke(main, words)


SFT = "model: {tiny: {hidden: 32, layers: 1, heads: 2, vocabulary: 320}}\ndata: d.jsonl\nout: o\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "has no keys"),
        ("model: [\n", "is no YAML"),
        (SFT + "speed: 3\n", "there is no key `speed`"),
        (SFT + "steps: many\n", "`steps`"),
        (SFT.replace("data: d.jsonl\n", ""), "`data`"),
        (SFT.replace("hidden: 32", "hidden: 33"), "hidden must be an even multiple"),
        (SFT, "`d.jsonl` cannot be read"),
    ],
)
def test_recipes_that_cannot_be_used(place, text, said):
    (place / "r.yaml").write_text(text)
    done = run("train", "sft", "--recipe", "r.yaml")
    assert done.exit_code == 2
    assert said in done.stderr
    assert {each.name for each in place.iterdir()} == {"r.yaml"}


def test_a_recipe_that_is_not_there(place):
    for words in (("train", "align"), ("train", "reward"), ("shift",), ("export",)):
        done = run(*words, "--recipe", "gone.yaml")
        assert done.exit_code == 2
        assert "gone.yaml" in done.stderr


def test_set_changes_keys_and_keys_within_keys(place):
    (place / "r.yaml").write_text(SFT)
    done = run("train", "sft", "--recipe", "r.yaml", "--set", "model.tiny.hidden=31")
    assert "hidden must be an even multiple" in done.stderr
    done = run("train", "sft", "--recipe", "r.yaml", "--set", "data=other.jsonl")
    assert "`other.jsonl` cannot be read" in done.stderr
    done = run("train", "sft", "--recipe", "r.yaml", "--set", "data")
    assert "`data` cannot be changed" in done.stderr


@pytest.mark.filterwarnings("ignore")
def test_a_run_tells_how_it_goes_and_where_it_is(place):
    rows = [{"prompt": f"Question {n}", "response": f"Answer {n}."} for n in range(4)]
    (place / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (place / "r.yaml").write_text(SFT + "steps: 2\nbatch: 2\nlog_every: 1\n")
    done = run("train", "sft", "--recipe", "r.yaml")
    assert done.exit_code == 0, done.stderr
    assert "step 2/2  loss " in done.stdout
    assert done.stdout.rstrip().endswith("Written to o.")
    again = run("train", "sft", "--recipe", "r.yaml")
    assert again.exit_code == 2
    assert "holds a run already" in again.stderr
