"""Presidio recognizers of a YAML file, named in `[tool.guardrail]`: every command knows them."""

import json

import pytest

pytest.importorskip("presidio_analyzer")

POLICY = r"""edition 1

policy staff "Staff"
  owner "people team"
  on error treat as violation

principle privacy "Do not name the staff"

detector ids = pii(entities: [STAFF_ID])

rule hide_staff on output severity high
  enforces privacy
  when ids found
  then redact as "[{type}]"
  message "names one of the staff"

test "staff are hidden"
  cases
  given output "Ask employee E-1234."
  expect redact by hide_staff
  expect output "Ask employee [STAFF_ID]."

  given output "Order E-1234 is on its way."
  expect allow
"""
RECOGNIZERS = r"""
recognizers:
  - name: staff
    supported_language: en
    supported_entity: STAFF_ID
    patterns: [{name: p, regex: '\bE-\d{4}\b', score: 0.2}]
    context: [employee]
"""


@pytest.fixture
def staff(place):
    place.write("staff.guard", POLICY)
    place.write("people/recognizers.yaml", RECOGNIZERS)
    place.write("pyproject.toml", '[tool.guardrail]\nrecognizers = "people/recognizers.yaml"\n')
    return place


def test_entity_is_unknown_without_the_file(place):
    place.write("staff.guard", POLICY)
    result = place.run("lint", "staff.guard")
    assert result.exit_code == 1
    assert "G115" in result.output


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("lint", "--strict", "staff.guard"), "0 errors and 0 warnings"),
        (("test", "staff.guard"), "2 passed"),
        (("doc", "staff.guard"), "STAFF_ID"),
        (("explain", "staff.guard"), "hide_staff"),
        (("diff", "staff.guard", "staff.guard"), "equal:"),
    ],
)
def test_every_command_knows_the_entity(staff, args, words):
    result = staff.run(*args)
    assert result.exit_code == 0, result.output
    assert words in result.output


@pytest.mark.parametrize("jobs", [1, 2])
def test_check_finds_what_the_file_describes(staff, jobs):
    staff.transcript(*["Ask employee E-1234.", "Order E-1234."] * 400)
    command = ("check", "chats.jsonl", "-p", "staff.guard", "--format", "jsonl", "--jobs", jobs)
    found = [json.loads(line)["output"] for line in staff.run(*command).stdout.splitlines()]
    assert found == ["Ask employee [STAFF_ID].", "Order E-1234."] * 400


def test_file_that_is_not_there_is_named(staff):
    (staff.folder / "people" / "recognizers.yaml").unlink()
    for args in (("lint", "staff.guard"), ("test", "staff.guard")):
        result = staff.run(*args)
        assert result.exit_code == 2
        assert "`people/recognizers.yaml` cannot be read" in result.output


def test_declared_host_detectors_and_recognizers_go_together(staff):
    text = '[tool.guardrail]\nrecognizers = "people/recognizers.yaml"\ndetectors = { mood = "score" }\n'
    staff.write("pyproject.toml", text)
    staff.transcript("Ask employee E-1234.")
    result = staff.run("check", "chats.jsonl", "-p", "staff.guard", "--format", "jsonl")
    assert json.loads(result.stdout)["action"] == "redact"


def test_replay_of_a_comparison_runs_them(staff):
    staff.transcript("Ask employee E-1234.")
    staff.write("loose.guard", POLICY.replace("redact as", "flag").replace(' "[{type}]"', ""))
    result = staff.run("diff", "staff.guard", "loose.guard", "--replay", "chats.jsonl")
    assert "1 of 1" in result.output
