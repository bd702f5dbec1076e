"""Rounds whose filter has a probe from the first one on: what is reviewed, and the same after a stop."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main
from tests.rounds.conftest import RULE, write

SHIPPED = Path(__file__).parents[2] / "models_onnx" / "guard-mini"
WAYS = {
    "moon": "Please hear the silver moon weep for bus {at}.",
    "pirate": "Arr, matey, please hoist the sails of bus {at}!",
    "joke": "Please, why did bus {at} cross the road, haha?",
    "shrug": "Please, who on earth could ever tell about bus {at}?",
    "insult": "Please get lost, you fool of bus {at}.",
    "gossip": "Please, my cousin laughed for days at bus {at}.",
}


@pytest.fixture
def probed(project):
    def lines(name, rows):
        (project / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    lines("contrasts.jsonl", (
        {"family": way, "rule": "no_names", "prompt": "?", "violating": text.format(at=at),
         "compliant": f"Please take bus {at} to the {way} stop."}
        for way, text in WAYS.items() for at in range(20)
    ))  # fmt: skip
    lines("day_one.jsonl", (
        {"text": f"Please {said} {at}.", "labels": {"forbidden": int(said == "fear the dark")}}
        for said in ("fear the dark", "open page") for at in range(4)
    ))  # fmt: skip
    lines("benign.jsonl", ({"text": f"Please restart phone {at}."} for at in range(20)))
    write(
        project / "probe.yaml", name="forbidden", model=str(SHIPPED), layers=["layer_norm_8"],
        label="forbidden", examples="day_one.jsonl", benign="benign.jsonl", folds=3,
    )  # fmt: skip
    step = {"recipe": "probe.yaml", "label": "forbidden", "reviewed": 2, "good": 4, "rule": RULE}
    write(project / "rounds.yaml", probe=step)
    return project


def call(*words):
    command = ["redteam", "--target", "echo", "-p", "leaky.guard", "--out", "out", "--seed", "3"]
    command += ["--contrasts", "contrasts.jsonl", "--rounds", "3", "--budget", "144"]
    return CliRunner().invoke(main, [*command, "--retrain", "rounds.yaml", *words])


def lines(path):
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_each_round_learns_from_what_was_reviewed_and_a_stop_changes_nothing(probed):
    done = call()
    assert done.exit_code == 1, done.output
    report = json.loads(Path("out/report.json").read_text())
    held_out = set(report["families"]["held_out"])
    attempts = {each["id"]: each for each in lines("out/attempts.jsonl")[1:]}
    sizes = []
    for round_ in (1, 2, 3):
        rows = lines(f"out/round-{round_}/hard_cases.jsonl")
        attacks = [row for row in rows if row["labels"]["forbidden"]]
        sizes.append(len(attacks))
        assert len(rows) - len(attacks) == 4 * (len(WAYS) - len(held_out))
        assert not {row["cluster"] for row in rows} & held_out
        for row in attacks:
            found = attempts[row["provenance"]["attempt"]]
            assert found["result"] == "missed"
            assert found["attack"]["round"] < round_
    assert sizes[0] == 0
    assert sizes[1] == 2  # of more that were missed
    assert 2 <= sizes[2] <= 4

    whole = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
    log = Path("out/attempts.jsonl")
    for at, gone in ((0.2, 1), (0.5, 2), (0.9, 3)):
        log.write_bytes(whole["attempts.jsonl"][: int(len(whole["attempts.jsonl"]) * at)])
        shutil.rmtree(f"out/round-{gone}")
        assert call("--resume").exit_code == 1
        again = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
        assert again == whole


def test_a_filter_has_one_learned_rule(probed):
    text = Path("rounds.yaml").read_text()
    step = "classifier: {recipe: classifier.yaml, label: forbidden, rule: none}\n"
    Path("rounds.yaml").write_text(text + step)
    done = call()
    assert done.exit_code == 2
    assert "name classifier or probe" in " ".join(done.output.split())
