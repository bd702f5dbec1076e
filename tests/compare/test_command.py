"""`guardrail compare`: what changed, exit codes, and what is never shown."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main

POLICY = """edition 1
policy desk
  on error treat as violation
list names ["nightjar"]
list birds ["heron"]
rule no_names on output severity high
  when text contains any names
  then redact
rule mild on output
  when text contains any birds
  then flag
"""
BOTS = """
def leaky(prompt):
    return "The nightjar. Choose a new password." if "2" in prompt else "Choose a new password."

def careful(prompt):
    return "Choose a new password, says the heron."

def refuses(prompt):
    return "I can't help with that."

def fails(prompt):
    if prompt.endswith("7"):
        raise OSError(prompt)
    return careful(prompt)

def never(prompt):
    raise OSError(prompt)
"""


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    (tmp_path / "p.guard").write_text(POLICY)
    (tmp_path / "two_bots.py").write_text(BOTS)
    rows = [
        {"prompt": f"secret wording {number}", "expects": ["new password"]}
        | ({"kind": "harmful"} if number % 4 == 0 else {})
        for number in range(40)
    ]
    (tmp_path / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("two_bots", None)


def call(before, after, *words):
    names = [name if ":" in name or "/" in name else f"two_bots:{name}" for name in (before, after)]
    command = ["compare", *names, "--prompts", "prompts.jsonl", "-p", "p.guard"]
    return CliRunner().invoke(main, [*command, *words])


def test_fewer_violations_are_told_and_end_in_0():
    done = call("leaky", "careful")
    assert done.exit_code == 0, done.output
    assert "40 prompts, desk: from two_bots:leaky to two_bots:careful" in done.stdout
    assert "13 of 40" in done.stdout
    assert "0 new, 13 gone, p < 0.001" in done.stdout
    assert "Nothing is certainly worse." in done.stdout


def test_a_model_that_refuses_all_is_worse_although_it_violates_less():
    done = call("leaky", "refuses")
    assert done.exit_code == 1
    assert "Certainly worse: benign refusals, utility." in done.stdout
    assert call("careful", "leaky").exit_code == 1


def test_json_holds_every_figure_and_no_text():
    done = call("leaky", "careful", "--format", "json")
    found = json.loads(done.stdout)
    assert found["violations"]["before"]["count"] == 13
    assert found["utility"]["after"]["share"] == 1.0
    assert found["harmful_refusals"]["before"]["of"] == 10
    assert [each["rule"] for each in found["rules"]] == ["mild", "no_names"]
    assert found["differences"][2] == {"line": 3, "appeared": ["mild"], "gone": ["no_names"]}
    assert "nightjar" not in done.output
    assert "secret wording" not in done.output


def test_the_page_shows_figures_and_lines_and_no_text():
    assert call("leaky", "careful", "--format", "html", "-o", "c.html").exit_code == 0
    written = Path("c.html").read_text()
    assert "line 3" in written
    assert "no_names" in written
    for word in ("nightjar", "heron", "secret wording", "password"):
        assert word not in written


def test_prompts_that_a_model_does_not_answer_are_left_out_and_end_in_3():
    done = call("careful", "fails")
    assert done.exit_code == 3
    assert "two_bots:fails raised OSError 4 times" in done.stderr
    assert "36 prompts" in done.stdout
    assert "secret wording" not in done.output


def test_a_model_that_never_answers_is_an_error():
    done = call("careful", "never")
    assert done.exit_code == 3
    assert "no prompt was answered by both models: two_bots:never raised OSError" in done.stderr


def test_the_first_prompts_are_enough_if_asked():
    assert "5 prompts" in call("leaky", "careful", "--first", "5").stdout


@pytest.mark.parametrize(
    ("names", "said"),
    [(("echo:", "careful"), "not a target"), (("no_module:f", "careful"), "importing")],
)
def test_a_model_that_cannot_be_had_is_wrong_usage(names, said):
    done = call(*names)
    assert done.exit_code == 2
    assert said in done.stderr


def test_echo_is_no_model():
    command = ["compare", "echo", "two_bots:careful", "--prompts", "prompts.jsonl", "-p", "p.guard"]
    assert CliRunner().invoke(main, command).exit_code == 2


def test_prompts_that_are_none_are_told_by_their_line():
    Path("prompts.jsonl").write_text('{"prompt": "a"}\n{"question": "b"}\n')
    done = call("leaky", "careful")
    assert done.exit_code == 2
    assert "prompts.jsonl:2" in done.stderr
