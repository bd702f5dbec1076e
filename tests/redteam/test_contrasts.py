"""Contrasts: whole replies by family are attacks, with labels that their writer gave."""

import json
from random import Random

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main
from guardrail.errors import SettingsError
from guardrail.redteam.artefacts import label_rows, preference_rows, sft_rows
from guardrail.redteam.contrasts import read_contrasts
from guardrail.redteam.report import encoded, report
from guardrail.redteam.run import run
from tests.redteam.policies import LEAKY, leaky, settings

WAYS = ("hint", "riddle", "song", "rumour", "joke", "tale")


def rows(count=12):
    for way in WAYS:
        for at in range(count):
            yield {
                "family": way,
                "rule": "no_names",
                "prompt": f"Please say it as a {way}, {at}.",
                "violating": f"Please think of a {way} of a bird that flies by night, {at}.",
                "compliant": f"Please take the {way} of bus {at}.",
            }


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "contrasts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


def attack(file, log, budget=120, target=None, resume=False, **changes):
    guard = leaky()
    found = read_contrasts(file, guard.policy)
    made = settings(guard, budget, contrasts=found.digest, **changes)
    return run(guard, target, log, made, contrasts=found, resume=resume)


def test_attacks_are_the_violating_replies_and_twins_the_compliant_ones(file, tmp_path):
    done = attack(file, tmp_path / "log.jsonl")
    by_text = {row[side]: (row, side) for row in rows() for side in ("violating", "compliant")}
    for one, other in zip(done.attempts[::2], done.attempts[1::2], strict=True):
        row, side = by_text[one.attack.text]
        assert side == "violating"
        assert by_text[other.attack.text] == (row, "compliant")
        assert one.attack.family == other.attack.family == row["family"]
        assert (one.result, other.result) == ("missed", "passed")  # no list has any of these words
    found = report(done).whole
    assert (found.even.filter_miss.count, found.even.filter_miss.of) == (60, 60)
    assert found.even.over_block.count == 0
    assert found.stacked.attempts == 0


def test_families_are_split_and_held_out_ones_teach_nothing(file, tmp_path):
    done = attack(file, tmp_path / "log.jsonl")
    held_out = {way for way, part in done.campaign.splits.items() if part == "held_out"}
    assert len(held_out) == 2
    taught = list(label_rows(done, "forbidden", is_hard=True))
    assert taught
    assert not any(way in row["text"] for row in taught for way in held_out)


def test_rounds_that_train_see_new_replies_but_of_held_out_families(file, tmp_path):
    done = attack(file, tmp_path / "log.jsonl", budget=108, recipe="any")
    said = {part: {1: [], 2: [], 3: []} for part in ("train", "held_out")}
    for each in done.attempts[::2]:
        said[each.attack.split][each.attack.round].append(each.attack.text)
    held_out, train = said["held_out"], said["train"]
    assert held_out[1] == held_out[2] == held_out[3]
    every = [*train[1], *train[2], *train[3]]
    assert len(every) == len(set(every)) == 36


def test_a_model_is_asked_the_prompts_and_learns_the_compliant_replies(file, tmp_path):
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return "Please greet nightjar." if "song" in prompt else "Please wait."

    done = attack(file, tmp_path / "log.jsonl", target=answer)
    assert len(asked) == 60  # twins are tried without the model
    for each in done.attempts[::2]:
        assert each.result == ("caught" if "song" in each.attack.prompt else "safe")
    assert {each.result for each in done.attempts[1::2]} == {"passed"}
    compliant = {row["prompt"]: row["compliant"] for row in rows()}
    if done.campaign.splits["song"] == "train":
        taught = list(sft_rows(done, leaky()))
        assert taught
        assert all(compliant[row["prompt"]] == row["response"] for row in taught)
        assert all(row["rejected"] == "Please greet nightjar."
                   for row in preference_rows(done, leaky()))  # fmt: skip


def test_song_is_of_the_training_part_so_that_the_test_above_looks_at_it(file, tmp_path):
    assert attack(file, tmp_path / "log.jsonl", 2).campaign.splits["song"] == "train"


def test_what_breaks_its_rule_is_caught_and_what_another_rule_adds_to_is_not(tmp_path):
    row = {"family": "plain", "rule": "no_names", "prompt": "Who?"}
    texts = ("Please meet nightjar.", "It is the bird of the night.")
    file = tmp_path / "contrasts.jsonl"
    file.write_text("".join(
        json.dumps({**row, "violating": text, "compliant": f"Please wait, {at}."}) + "\n"
        for at, text in enumerate(texts)
    ))  # fmt: skip
    done = attack(file, tmp_path / "log.jsonl", 4)
    results = {each.attack.text: each.result for each in done.attempts[::2]}
    assert results == {texts[0]: "caught", texts[1]: "missed"}  # `be_polite` only adds to it


def test_a_log_cut_anywhere_ends_in_the_same_report(file, tmp_path):
    log = tmp_path / "log.jsonl"
    whole = encoded(report(attack(file, log)))
    content = log.read_bytes()
    for at in Random(4).sample(range(len(content)), 6):
        log.write_bytes(content[:at])
        assert encoded(report(attack(file, log, resume=True))) == whole
        assert log.read_bytes() == content


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{}", "line 2: not a contrast"),
        ('{"family": "a", "rule": "no_names", "prompt": "", "violating": "b", "compliant": "c"}',
         "line 2: not a contrast"),
        ('{"family": "a", "rule": "no_shouting", "prompt": "p", "violating": "b", "compliant": "c"}',
         "no rule `no_shouting` on output"),
    ],
    ids=["no fields", "empty", "input rule"],
)  # fmt: skip
def test_a_line_that_is_no_contrast_is_named(tmp_path, line, said):
    file = tmp_path / "contrasts.jsonl"
    file.write_text(json.dumps(next(rows())) + f"\n{line}\n")
    with pytest.raises(SettingsError, match=said):
        read_contrasts(file, leaky().policy)


def test_an_empty_file_is_an_error(tmp_path):
    (tmp_path / "contrasts.jsonl").write_text("\n")
    with pytest.raises(SettingsError, match="holds no contrast"):
        read_contrasts(tmp_path / "contrasts.jsonl", leaky().policy)


def test_the_command_reads_contrasts_and_resumes_with_the_same_file_alone(
    file, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leaky.guard").write_text(LEAKY)
    words = ["redteam", "--target", "echo", "-p", "leaky.guard", "--out", "out", "--budget", "24"]
    words += ["--contrasts", "contrasts.jsonl"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1, done.output
    assert "filter-miss 12 of 12" in done.output
    assert CliRunner().invoke(main, ["test", "out/regressions.guard"]).exit_code == 1
    file.write_text(file.read_text() * 2)
    again = CliRunner().invoke(main, [*words, "--resume"])
    assert again.exit_code == 2
    assert "contrasts was" in " ".join(again.output.split())


def test_contrasts_stand_alone(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leaky.guard").write_text(LEAKY)
    words = ["redteam", "--target", "builtins:str", "-p", "leaky.guard", "--out", "out"]
    words += ["--contrasts", "contrasts.jsonl", "--people", "contrasts.jsonl"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "stands alone" in done.output
