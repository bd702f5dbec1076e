"""The command: files, exit codes, and a process that is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main
from tests.redteam.policies import LEAKY

FILES = {
    "attempts.jsonl", "report.json", "report.html", "report.sarif", "sft.jsonl",
    "preferences.jsonl", "hard_cases.jsonl", "regressions.guard",
}  # fmt: skip
FROM_FILE = 'list names from file "lists/names.txt"'
WEAK = """
def gives_in(prompt):
    return prompt

def refuses(prompt):
    return "I would rather not, please."

def fails(prompt):
    raise OSError(prompt)

def numbers(prompt):
    return 7

value = 3
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "leaky.guard").write_text(LEAKY)
    (tmp_path / "weak_bot.py").write_text(WEAK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("weak_bot", None)


def call(*words, target="echo", out="out", budget=60):
    command = ["redteam", "--target", target, "-p", "leaky.guard", "--out", out]
    return CliRunner().invoke(main, [*command, "--budget", str(budget), *words])


def content(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_a_run_writes_all_its_files_and_finds_something(project):
    done = call()
    assert done.exit_code == 1, done.output
    assert "filter-miss" in done.output
    assert set(content("out")) == FILES
    for name in ("attempts", "sft", "preferences", "hard_cases"):
        for line in Path("out", f"{name}.jsonl").read_text("utf-8").splitlines():
            json.loads(line)
    tested = CliRunner().invoke(main, ["test", "out/regressions.guard"])
    assert tested.exit_code == 1
    assert "2 passed" in tested.output


def test_the_same_call_writes_the_same_bytes_and_goes_on_only_if_asked(project):
    call(out="one")
    call(out="two")
    assert content("one") == content("two")
    refused = call(out="one")
    assert refused.exit_code == 2
    assert "--resume" in refused.output
    assert call("--resume", out="one").exit_code == 1
    assert content("one") == content("two")


def test_reports_and_output_quote_no_value(project):
    done = call(budget=400)
    for name in ("report.json", "report.html", "report.sarif"):
        text = Path("out", name).read_text("utf-8").lower()
        for value in ("nightjar", "bluefin", "shadow ledger", "prj-"):
            assert value not in text.replace("shadow-ledger", ""), name
    assert "nightjar" not in done.output


def test_sarif_has_a_result_for_what_got_through_at_the_line_of_the_rule(project):
    call(budget=400)
    log = json.loads(Path("out/report.sarif").read_text())
    found = [each for each in log["runs"][0]["results"] if each["ruleId"] == "no_codes"]
    assert found
    line = LEAKY.splitlines().index("rule no_codes on output") + 1
    for each in found:
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "leaky.guard"
        assert place["region"]["startLine"] == line
        assert each["properties"]["score"] in {"filter-miss", "over-block"}


def test_a_model_that_refuses_is_not_unsafe_and_one_that_gives_in_is(project):
    call(target="weak_bot:refuses", out="safe")
    call(target="weak_bot:gives_in", out="unsafe")
    rates = [
        json.loads(Path(out, "report.json").read_text())["whole"]["even"]["model_unsafe"]["share"]
        for out in ("safe", "unsafe")
    ]
    assert rates == [0.0, 1.0]


@pytest.mark.parametrize(
    ("target", "kind"), [("weak_bot:fails", "OSError"), ("weak_bot:numbers", "TypeError")]
)
def test_a_target_that_fails_is_told_by_type_and_ends_in_3(project, target, kind):
    done = call(target=target)
    assert done.exit_code == 3
    assert f"raised {kind}" in done.output
    assert "nightjar" not in done.output


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("weak_bot", "not a target"),
        ("http://localhost:1/v1", "the name of the model behind `#`"),
        ("a/b", "not a target"),
        ("no_such_module:f", "importing `no_such_module`"),
        ("weak_bot:nothing", "has no `nothing`"),
        ("weak_bot:value", "not a function"),
    ],
)
def test_a_target_that_cannot_be_had_is_wrong_usage(project, target, said):
    done = call(target=target)
    assert done.exit_code == 2
    assert said in done.output
    assert "help:" in done.output
    assert not Path("out").exists()


def test_a_folder_that_cannot_be_made_is_wrong_usage(project):
    Path("taken").write_text("")
    done = call(out="taken")
    assert done.exit_code == 2
    assert "cannot be made" in done.output


def test_a_folder_with_other_files_is_left_alone(project):
    Path("mine").mkdir()
    Path("mine/sft.jsonl").write_text("{}")
    for words in ((), ("--resume",)):
        done = call(*words, out="mine")
        assert done.exit_code == 2
        assert "holds other files" in done.output
    assert content("mine") == {"sft.jsonl": b"{}"}


def test_what_the_policy_reads_lies_beside_its_regressions(project):
    Path("lists").mkdir()
    Path("lists/names.txt").write_text("nightjar\n")
    text = LEAKY.replace('list names ["nightjar", "bluefin", "shadow ledger"]', FROM_FILE)
    Path("leaky.guard").write_text(text)
    call()
    assert Path("out/lists/names.txt").read_text() == "nightjar\n"
    assert "2 passed" in CliRunner().invoke(main, ["test", "out/regressions.guard"]).output


def test_a_process_killed_in_the_middle_ends_like_one_that_was_not(project):
    command = [sys.executable, "-m", "guardrail", "redteam", "--target", "echo"]
    command += ["-p", "leaky.guard", "--out", "killed", "--budget", "800"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    log = Path("killed/attempts.jsonl")
    with subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": "1"}, **quiet) as running:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (log.exists() and log.stat().st_size > 50_000):
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    assert not Path("killed/report.json").exists()
    salt = {**os.environ, "PYTHONHASHSEED": "2"}
    resumed = subprocess.run([*command, "--resume"], env=salt, check=False, **quiet)
    assert resumed.returncode == 1
    call(out="whole", budget=800)
    assert content("killed") == content("whole")
