"""`guardrail test`."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

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


def test_tests_that_nothing_runs_are_told(place):
    head = "edition 1\npolicy p on error treat as flag\n"
    test = 'test "t" given output "x" expect block\n'
    place.write("p/part.guard", f'edition 1\nreply bye "Bye."\n{test}')
    place.write("p/lib.guard", f'{head}reply no "No."\n{test.replace("block", "allow")}')
    for name in ("a", "b"):
        imports = 'import "part.guard" as part\nimport "lib.guard" as lib\n'
        rule = 'rule r on output when text contains "a" then block with '
        rules = f"{rule}part.bye\n{rule.replace(' r ', ' s ')}lib.no\n"
        place.write(f"p/{name}.guard", f"{head}{imports}{rules}")
    result = place.run("test", "p")
    assert result.exit_code == 0
    assert "1 passed in 3 files" in result.stdout
    told = [line for line in result.stderr.splitlines() if "nothing runs" in line]
    assert told == ["warning: nothing runs the tests of `p/part.guard`: it is only a part"]


def test_parts_of_a_policy_are_tested_with_it(place):
    policy = (place.folder / "demo.guard").read_text()
    place.write(
        "p/part.guard", 'edition 1\nrule r on output\n  when text contains "x"\n  then flag\n'
    )
    place.write("p/whole.guard", policy.replace("list", 'import "part.guard" as part\nlist', 1))
    result = place.run("test", "p", "--coverage")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 passed in 1 file" in result.stdout
    assert "part.r" in result.stdout
    assert place.run("test", "p/part.guard").exit_code == 2


def test_test_warns_of_a_policy_without_tests(place):
    place.write("bare.guard", "edition 1\npolicy p on error treat as flag\n")
    result = place.run("test", "bare.guard")
    assert "`bare.guard` has no tests, so nothing was tried" in result.stderr
    assert result.exit_code == 0


def test_test_that_needs_an_extra_gives_2(place, monkeypatch):
    def missing(*_arguments, **_options):
        raise MissingExtraError("language()", "lang")

    monkeypatch.setattr("guardrail.testing.run_suite", missing)
    result = place.run("test", place.policy)
    assert result.exit_code == 2
    assert "guardrail-sdk[lang]" in result.stderr


COVERED = """
test "the rest"
  cases
  given output "The swordfish." expect block by no_secrets
  given output "Ask where it is." expect append by say_where
  given output "Fine." expect allow
  given input "stop it" expect flag by calm_users
  given input "go on" expect allow
"""


def covered(place):
    return place.write("demo.guard", (place.folder / "demo.guard").read_text() + COVERED)


def test_test_shows_where_the_output_differs(place):
    test = 'test "t"\n  given output "Badge B-1234." expect output "Badge [X]."\n'
    place.write("demo.guard", (place.folder / "demo.guard").read_text() + test)
    lines = place.run("test", "demo.guard").stdout.splitlines()
    start = lines.index('  output    expected  "Badge [X]."')
    assert lines[start + 1] == '            got       "Badge [BADGE]."'
    assert lines[start + 2] == "                              ^ differs from character 8 on"
    assert lines[start][30] == "X"


def test_coverage_names_what_no_test_has_tried(place):
    result = place.run("test", place.policy, "--coverage")
    assert result.exit_code == 0
    for line in (
        "coverage of demo.guard",
        "no_secrets     14      0             1      0/2",
        "hide_badges    19      1             0      1/2",
        "  demo.guard:16  no_secrets, when: never true",
        "  demo.guard:28  calm_users: no test evaluates it",
        "covered: 0 of 4 (0 %) rules, 1 of 8 (12.5 %) clauses, 1 of 1 (100 %) principles",
    ):
        assert line in result.stdout.splitlines(), result.stdout


def test_coverage_of_a_policy_whose_tests_try_everything(place):
    result = place.run("test", covered(place), "--threshold", "100")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "covered: 4 of 4 (100 %) rules, 8 of 8 (100 %) clauses" in result.stdout
    assert "missing" not in result.stdout


@pytest.mark.parametrize(("threshold", "code"), [("0", 0), ("0.1", 1), ("100", 1)])
def test_threshold_is_for_rules_clauses_and_principles_alike(place, threshold, code):
    result = place.run("test", place.policy, "--threshold", threshold)
    assert result.exit_code == code
    message = f"`demo.guard` covers 0 % of rules{', 12.5 % of clauses' * (threshold == '100')}"
    assert (message in result.stderr) == bool(code)


def test_threshold_is_not_rounded_up_to(place):
    rule = 'rule r{} on output\n  when text contains "w{}"\n  then flag\n'
    words = " ".join(f"w{n}" for n in range(999))
    text = "edition 1\npolicy p\n  on error treat as violation\n"
    text += "".join(rule.format(n, n) for n in range(1000))
    text += f'test "t"\n  cases\n  given output "{words}" expect flag\n  given output "x" expect allow\n'
    result = place.run("test", place.write("p.guard", text), "--threshold", "100")
    assert result.exit_code == 1
    assert "999 of 1,000 (99.9 %) rules" in result.stdout


@pytest.mark.parametrize("threshold", ["101", "-1", "many"])
def test_threshold_is_a_percentage(place, threshold):
    assert place.run("test", place.policy, "--threshold", threshold).exit_code == 2


def test_json_holds_coverage_when_it_is_asked_for(place):
    found = json.loads(place.run("test", place.policy, "--coverage", "--format", "json").stdout)
    assert [case["title"] for case in found["cases"]] == ["badges are hidden"]
    (coverage,) = found["coverage"]
    assert coverage["totals"]["principles"] == {"covered": 1, "total": 1, "percent": 100.0}
    rules = {rule["name"]: rule for rule in coverage["rules"]}
    assert rules["hide_badges"]["clauses"][0] == {
        "clause": "when",
        "line": 21,
        "covered": False,
        "missing": ["never false"],
    }
    assert rules["calm_users"]["evaluated"] == 0


def test_junit_has_a_case_for_every_row(place):
    place.write("demo.guard", (place.folder / "demo.guard").read_text() + FAILING)
    result = place.run("test", "demo.guard", "--format", "junit")
    assert result.exit_code == 1
    (suite,) = ET.fromstring(result.stdout)
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (
        "demo.guard",
        "3",
        "1",
    )
    names = [case.get("name") for case in suite]
    assert names == ["badges are hidden", "badges stay, row 1", "badges stay, row 2"]
    (failure,) = suite[1]
    assert failure.get("message") == "expected allow, got redact by hide_badges"
    assert "hide_badges (high) fired: redact, because" in failure.text
    assert (suite[1].get("file"), suite[1].get("line")) == ("demo.guard", "38")


def test_junit_says_which_policies_are_wrong_and_what_is_not_covered(place):
    place.write("p/bad.guard", "edition 1\n")
    place.write("p/good.guard", (place.folder / "demo.guard").read_text())
    result = place.run("test", "p", "--format", "junit", "--threshold", "50")
    assert result.exit_code == 2
    suites = {suite.get("name"): suite for suite in ET.fromstring(result.stdout)}
    assert "G104" in suites["p/bad.guard"].find("testcase/error").text
    assert "covers 0 % of rules" in suites["coverage"].find("testcase/failure").text


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_the_report_goes_into_a_file(place, form):
    printed = place.run("test", place.policy, "--format", form, "--coverage").stdout
    result = place.run("test", place.policy, "--format", form, "--coverage", "-o", "report")
    assert (result.exit_code, result.stdout) == (0, "The report is in report.\n")
    written = (place.folder / "report").read_text()
    if form == "junit":  # the times differ
        written, printed = (re.sub('time="[0-9.]*"', "", text) for text in (written, printed))
    assert written == printed


def test_beside_junit_coverage_goes_to_the_error_stream(place):
    result = place.run("test", place.policy, "--format", "junit", "--coverage")
    ET.fromstring(result.stdout)
    assert "coverage of demo.guard" in result.stderr


def test_a_report_that_cannot_be_written_is_a_mistake_of_usage(place):
    result = place.run("test", place.policy, "-o", "no/such/folder/report")
    assert result.exit_code == 2


def test_a_title_cannot_steer_the_terminal(place):
    test = 'test "a\\u{1b}[2Jb"\n  given output "x" expect block\n'
    place.write("demo.guard", (place.folder / "demo.guard").read_text() + test)
    result = place.run("test", "demo.guard")
    assert "\x1b[2J" not in result.stdout
    assert r'FAILED "a\x1b[2Jb"' in result.stdout
