"""Rounds that train the filter: from families that are not held out, and the same after a stop."""

import json
import shutil
from pathlib import Path

import pytest

from guardrail import Guard
from tests.rounds.conftest import call


def lines(path):
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def content(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


def test_a_round_meets_a_filter_that_learnt_from_the_one_before(project):
    done = call()
    assert done.exit_code == 1, done.output
    assert "round 2: training on 120 attempts" in done.output
    attempts = lines("out/attempts.jsonl")[1:]
    known = {each["id"]: each for each in attempts}
    taught = [*lines("out/round-2/attempts.jsonl"), *lines("out/round-2/hard_cases.jsonl")]
    sources = [known[row["provenance"]["attempt"]] for row in taught]
    assert {each["attack"]["split"] for each in sources} == {"train"}
    assert {each["attack"]["round"] for each in sources} == {1}
    labels = {(row["labels"]["forbidden"], each["attack"]["is_twin"])
              for row, each in zip(taught, sources, strict=True)}  # fmt: skip
    assert labels == {(1, False), (0, True)}
    fired = {each["attack"]["round"] for each in attempts if "learned_forms" in each["fired"]}
    assert fired == {2}

    # What was attacked in round 2 is a policy that stands by itself.
    policy = Path("out/round-2/policy.guard")
    assert "{threshold}" not in policy.read_text()
    again = Guard.load(policy, models="out/round-2/classifier")
    late = [each for each in attempts if each["attack"]["round"] == 2]
    assert [again.check(each["reply"]).action for each in late if each["result"] != "idle"] == [
        each["verdict"] for each in late if each["result"] != "idle"
    ]
    early = [each for each in attempts if each["attack"]["round"] == 1]
    back = json.loads(Path("out/round-2/bypasses.json").read_text())
    for split, counts in back.items():
        missed = [
            each
            for each in early
            if each["result"] == "missed" and each["attack"]["split"] == split
        ]
        assert counts["bypasses"] == len(missed) >= counts["stopped"]
    page = Path("out/report.html").read_text()
    assert "Round after round" in page
    assert "Nothing was trained between" not in page

    # A stop in the second round, and one with the training gone: the same bytes.
    whole, log = content("out"), Path("out/attempts.jsonl")
    for number, is_gone in ((170, False), (200, True)):
        log.write_bytes(b"".join(whole["attempts.jsonl"].splitlines(keepends=True)[:number]))
        if is_gone:
            shutil.rmtree("out/round-2")
        assert call("--resume").exit_code == 1
        assert content("out") == whole
        assert Path("out/round-2/policy.guard").exists()


def test_held_out_attacks_are_the_same_in_every_round(project, monkeypatch):
    monkeypatch.setattr("guardrail.rounds.retrain.Retrainer.__call__", unchanged)
    call(rounds=3, budget=600)
    rounds = {1: [], 2: [], 3: []}
    for each in lines("out/attempts.jsonl")[1:]:
        attack = each["attack"]
        if attack["split"] == "held_out" and not attack["parents"]:
            rounds[attack["round"]].append(attack["text"])
    assert len(rounds[2]) > 20
    assert rounds[3] == rounds[2] == rounds[1][: len(rounds[2])]


def unchanged(self, _round, _run):
    from guardrail.redteam.run import Sides

    return Sides(self.guard, self.target)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda: Path("rounds.yaml").write_text("{}"), "name at least one of"),
        (lambda: Path("rounds.yaml").write_text("sft: a.yaml"), "sft and export go together"),
        (lambda: Path("classifier.yaml").unlink(), "recipe `classifier.yaml`"),
        (
            lambda: Path("rounds.yaml").write_text(
                Path("rounds.yaml").read_text().replace("label: forbidden\n", "label: other\n", 1)
            ),
            "has no label `other`",
        ),
    ],
    ids=["no step", "no export", "no file", "no label"],
)
def test_a_recipe_that_cannot_be_used_is_an_error(project, spoil, said):
    spoil()
    done = call(budget=40)
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.output.split())
    assert "help" in done.output


def test_one_round_and_no_model_are_wrong_usage(project):
    assert "needs --rounds 2" in call(rounds=1).output
    for name in ("sft", "export"):
        Path(f"{name}.yaml").write_text("{}")
    Path("rounds.yaml").write_text("sft: sft.yaml\nexport: export.yaml\n")
    done = call()
    assert done.exit_code == 2
    assert "`echo` is none" in done.output
    assert not Path("out").exists()


def test_a_run_goes_on_with_the_recipe_it_began_with(project, monkeypatch):
    monkeypatch.setattr("guardrail.rounds.retrain.Retrainer.__call__", unchanged)
    call(budget=40)
    Path("classifier.yaml").write_text(Path("classifier.yaml").read_text() + "# changed\n")
    done = call("--resume", budget=40)
    assert done.exit_code == 2
    assert "of another run: recipe was" in " ".join(done.output.split())
