"""`guardrail test`."""

import json

from guardrail.errors import MissingExtraError

FAILING = """
test "badges stay"
  cases
  given output "Badge B-1234."
  expect allow

  given output "Nothing."
  expect allow
"""


def test_test_passes(place):
    result = place.run("test", place.policy)
    assert (result.exit_code, result.stdout) == (0, "1 passed in 1 file\n")


def test_test_shows_what_was_expected_and_why(place):
    place.write("demo.guard", (place.folder / "demo.guard").read_text() + FAILING)
    result = place.run("test", "demo.guard")
    assert result.exit_code == 1
    for words in (
        'FAILED "badges stay", row 1',
        "demo.guard:",
        "expected  allow",
        "got       redact by hide_badges",
        "why       hide_badges (high) fired: redact",
        "2 passed, 1 failed in 1 file",
        "Next: guardrail explain demo.guard",
    ):
        assert words in result.stdout


def test_test_as_json_lists_every_case(place):
    (case,) = json.loads(place.run("test", place.policy, "--format", "json").stdout)
    assert case["passed"] is True
    assert case["file"] == "demo.guard"
    assert case["rules_fired"] == ["hide_badges"]


def test_test_of_an_invalid_policy_gives_2_and_runs_the_others(place):
    place.write("p/bad.guard", "edition 1\n")
    place.write("p/good.guard", (place.folder / "demo.guard").read_text())
    result = place.run("test", "p")
    assert result.exit_code == 2
    assert "G104" in result.stderr
    assert "1 passed" in result.stdout


def test_test_warns_of_a_policy_without_tests(place):
    place.write("bare.guard", "edition 1\npolicy p on error treat as flag\n")
    result = place.run("test", "bare.guard")
    assert "`bare.guard` has no tests, so nothing was tried" in result.stderr
    assert result.exit_code == 0


def test_test_that_needs_an_extra_gives_2(place, monkeypatch):
    def missing(*_arguments, **_options):
        raise MissingExtraError("language()", "lang")

    monkeypatch.setattr("guardrail.testing.run_tests", missing)
    result = place.run("test", place.policy)
    assert result.exit_code == 2
    assert "guardrail-sdk[lang]" in result.stderr
