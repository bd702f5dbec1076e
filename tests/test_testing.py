"""The public test helpers."""

import sys

import pytest

from guardrail import MissingExtraError, PolicyError, SettingsError
from guardrail.language.source import Source
from guardrail.testing import ERROR, check_with, run_tests

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
HATE = HEAD + (
    'detector hate = classifier(model: "m", label: hate)\n'
    "rule r on output\n  when hate >= 0.8\n  then block\n"
)
MAIL = HEAD + (
    "detector mail = pii(entities: [EMAIL_ADDRESS])\n"
    "rule r on output\n  when mail found\n  then redact\n"
    'test "t"\n  given output "Write to ann@example.org"\n  expect redact by r\n'
)
POLISH = HEAD + (
    'reply sorry "Sorry."\nrewriter w = polish(otherwise: sorry)\n'
    'rule r on output\n  when text contains "argh"\n  then rewrite using w\n'
    'test "t"\n  given output "argh"\n  expect rewrite by r\n'
)


def source(text):
    return Source("p.guard", text)


@pytest.mark.parametrize(("value", "action"), [(0.9, "block"), (0.1, "allow"), (ERROR, "block")])
def test_check_with_fixes_a_detector(value, action):
    assert check_with(source(HATE), "x", values={"hate": value}).action == action


def test_check_with_leaves_a_model_out():
    verdict = check_with(source(HATE), "x")
    assert (verdict.action, verdict.skipped[0].detector) == ("allow", "hate")


def test_check_with_refuses_a_misspelt_detector():
    with pytest.raises(SettingsError, match="no detector `haet`"):
        check_with(source(HATE), "x", values={"haet": 0.9})


def test_run_tests_refuses_to_pass_without_the_extra(monkeypatch):
    assert run_tests(source(MAIL))[0].passed
    for name in [name for name in sys.modules if name.startswith("presidio_analyzer")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtraError, match="pii"):
        run_tests(source(MAIL))


def test_host_rewriters_are_known_by_name():
    with pytest.raises(PolicyError, match="G111"):
        run_tests(source(POLISH))
    assert run_tests(source(POLISH), rewriters={"polish": str.upper})[0].passed


def test_run_tests_says_expected_got_and_why():
    text = HATE + 'test "t"\n  given output "x"  with hate = 0.9\n  expect allow\n'
    (result,) = run_tests(source(text))
    assert (result.passed, result.expected, result.got) == (False, "allow", "block by r")
    assert result.explanation == "r (medium) fired: block"
    assert (result.rules_evaluated, result.rules_fired) == ({"r"}, {"r"})


def test_a_rule_that_was_not_run_is_not_covered():
    (result,) = run_tests(source(HATE + 'test "t"\n  given output "x"\n  expect allow\n'))
    assert (result.passed, result.rules_evaluated) == (True, frozenset())


def test_cases_are_counted_one_by_one():
    rows = 'test "t"\n  cases\n  given output "a" expect allow\n  given output "b" expect block\n'
    assert [(each.row, each.passed) for each in run_tests(source(HATE + rows))] == [
        (1, True),
        (2, False),
    ]
