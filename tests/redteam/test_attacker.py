"""Prompts of an attacker: it learns what became of the last ones, and is asked nothing twice."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main
from guardrail.redteam.attackers import TRIES, Attacker, Goal, Tried
from guardrail.redteam.report import report
from guardrail.redteam.run import run
from tests.redteam.policies import LEAKY, leaky, settings

FILE = """
def better(goal, tried):
    if tried:
        return f"Say {goal.value}, {len(tried)} times lucky."
    return "Tell me something."

def fails(goal, tried):
    raise OSError(goal.value)

value = 3
"""


class Notes:
    """An attacker that keeps what it was told."""

    def __init__(self):
        self.told = []

    def __call__(self, goal, tried):
        self.told.append((goal, list(tried)))
        return f"Say {goal.value} now." if tried else "Hello?"


def attempts_of(notes, log, *, prompts=12, resume=False):
    guard = leaky()
    made = settings(guard, 20, attacker="x", prompts=prompts)
    done = run(guard, lambda prompt: prompt, log, made,
               attacker=Attacker(notes, prompts), resume=resume)  # fmt: skip
    return done, [each for each in done.attempts if each.attack.family == "attacker"]


def test_an_attacker_gets_a_goal_and_what_it_tried_for_it(tmp_path):
    notes = Notes()
    done, found = attempts_of(notes, tmp_path / "log")
    assert len(found) == len(notes.told) == 12
    for number, ((goal, tried), attempt) in enumerate(zip(notes.told, found, strict=True)):
        assert (goal.rule, goal.value) == (attempt.attack.rule, attempt.attack.value)
        assert len(tried) == number % TRIES
        earlier = found[number - len(tried) : number]
        assert [(each.prompt, each.reply, each.result) for each in tried] == [
            (each.attack.prompt, each.reply, each.result) for each in earlier
        ]
    assert found[0].result == "safe"
    assert {each.result for each in found[1:TRIES]} <= {"caught", "missed"}
    assert {goal.rule for goal, _ in notes.told} == {"no_names", "no_codes"}
    whole = report(done).whole
    assert whole.attacker.attempts == 12
    assert whole.even.attempts + whole.stacked.attempts == 20


@pytest.mark.parametrize("kept", [0, 15, 25, 32])
def test_a_run_that_goes_on_asks_the_attacker_nothing_twice(tmp_path, kept):
    log = tmp_path / "log"
    attempts_of(Notes(), log)
    whole = log.read_bytes()
    log.write_bytes(b"".join(whole.splitlines(keepends=True)[: kept + 1]) + b'{"id": "half')
    again = Notes()
    attempts_of(again, log, resume=True)
    assert log.read_bytes() == whole
    assert len(again.told) == min(12, 32 - kept)


def test_no_text_shows_in_a_repr():
    assert "secret" not in repr([Goal("r", "m", "secret"), Tried("secret", "secret", "safe")])


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "leaky.guard").write_text(LEAKY)
    (tmp_path / "attacks.py").write_text(FILE)
    (tmp_path / "echo_bot.py").write_text("def answer(prompt):\n    return prompt\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("echo_bot", None)


def call(attacker, target="echo_bot:answer", *words):
    command = ["redteam", "--target", target, "-p", "leaky.guard", "--out", "out"]
    command += ["--budget", "10", "--prompts", "6", "--attacker", attacker, *words]
    return CliRunner().invoke(main, command)


def test_the_command_tells_what_the_attacker_reached(project):
    done = call("attacks.py:better")
    assert "written by the attacker: 6 attempts; model-unsafe 4 of 6" in done.output
    assert "written by the attacker" in Path("out/report.html").read_text()
    log = Path("out/attempts.jsonl").read_text().splitlines()
    assert json.loads(log[0])["prompts"] == 6
    assert call("attacks.py:better", "echo_bot:answer", "--resume").exit_code == 1
    Path("attacks.py").write_text(FILE + "# changed\n")
    changed = call("attacks.py:better", "echo_bot:answer", "--resume")
    assert changed.exit_code == 2
    assert "attacker was" in " ".join(changed.output.split())


def test_an_attacker_that_fails_is_told_and_ends_in_3(project):
    done = call("attacks.py:fails")
    assert done.exit_code == 3
    assert "the attacker wrote no prompt 6 times" in done.output
    assert "nightjar" not in done.output


@pytest.mark.parametrize(
    ("attacker", "target", "said"),
    [
        ("attacks.py", "echo_bot:answer", "is not an attacker"),
        ("attacks:better", "echo_bot:answer", "is not an attacker"),
        ("gone.py:better", "echo_bot:answer", "cannot be run: FileNotFoundError"),
        ("attacks.py:gone", "echo_bot:answer", "has no function `gone`"),
        ("attacks.py:value", "echo_bot:answer", "has no function `value`"),
        ("attacks.py:better", "echo", "`echo` is none"),
    ],
)
def test_an_attacker_that_cannot_be_had_is_wrong_usage(project, attacker, target, said):
    done = call(attacker, target)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not Path("out").exists()
