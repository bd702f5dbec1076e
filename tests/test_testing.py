"""The public test helpers."""

import sys

import pytest

from guardrail import MissingExtraError, PolicyError, SettingsError
from guardrail.language.source import Source
from guardrail.runtime.build import pipeline_for
from guardrail.testing import ERROR, check_with, run_tests
from guardrail.testing.why import difference, quoted

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


def result_of(text):
    (result,) = run_tests(source(text))
    return result


def test_run_tests_says_expected_got_and_why():
    result = result_of(HATE + 'test "t"\n  given output "x"  with hate = 0.9\n  expect allow\n')
    assert (result.passed, result.expected, result.got) == (False, "allow", "block by r")
    assert result.explanation == (
        "r (medium) fired: block, because `hate >= 0.8` is true (hate = 0.9)"
    )
    assert (result.rules_evaluated, result.rules_fired) == ({"r"}, {"r"})


WORDS = HEAD + (
    'list bad ["swordfish", "marlin"]\nlist fine ["swordfish steak"]\n'
    "pattern badge = /B-[0-9]{4}/\n"
    'detector hate = classifier(model: "m", label: hate)\n'
    "rule words on output severity high\n  when text contains any bad and not hate < 0.2\n"
    "  except fine\n"
    '  unless prompt contains "quote"\n  then redact\n'
    'rule badges on output\n  when text matches badge\n  then redact as "#"\n'
    'rule ask on input\n  when text contains "stop"\n  then flag\n'
)


@pytest.mark.parametrize(
    ("case", "lines"),
    [
        (
            'given output "A marlin." with hate = 0.1 expect redact by words',
            ["words did not fire: `hate < 0.2` is true (hate = 0.1)"],
        ),
        (
            'given output "A cat." with hate = 0.5 expect redact by words',
            ["words did not fire: `text contains any bad` is false"],
        ),
        (
            'given output "A swordfish steak." with hate = 0.5 expect redact',
            [
                "words did not fire: `text contains any bad` is false (excepted by fine)",
                'words: the finding "swordfish" was excepted by fine',
            ],
        ),
        (
            'given input "quote it" given output "A marlin." with hate = 0.5 expect redact by words',
            [
                'words did not fire: its `unless` holds, `prompt contains "quote"` is true (found "quote")'
            ],
        ),
        (
            'given output "A marlin." expect redact by words',
            [
                "words was not decided: `hate < 0.2` is not known",
                "hate was not run: tests run no models; say what it answers, `with hate = …`",
            ],
        ),
        (
            'given output "A marlin." with hate = error expect allow',
            ["words (high) fired: redact, because `hate < 0.2` is an error (stubbed error)"],
        ),
        (
            'given output "B-1234" expect flag by ask',
            [
                "ask did not fire: it is a rule on input, this case checks the output",
                'badges (medium) fired: redact, because `text matches badge` is true (found "B-1234")',
            ],
        ),
        ('given input "go" expect flag', ['ask did not fire: `text contains "stop"` is false']),
    ],
)
def test_a_failing_case_says_why_rule_by_rule(case, lines):
    result = result_of(f'{WORDS}test "t"\n  {case}\n')
    assert not result.passed
    assert [line for line in lines if line not in result.explanation.split("\n")] == []


def test_a_failing_output_is_marked_where_it_differs():
    case = 'given output "Badge B-1234, yes." with hate = 0.5 expect output "Badge [X], yes."'
    result = result_of(f'{WORDS}test "t"\n  {case}\n')
    assert result.difference.split("\n") == [
        'expected  "Badge [X], yes."',
        'got       "Badge #, yes."',
        "                 ^ differs from character 7 on",
    ]


@pytest.mark.parametrize(
    ("expected", "got", "caret"),
    [
        ("", "a", 11),
        ("abc", "abcd", 14),
        ("a\nb", "a\nc", 14),  # a line break is written as two characters
        ("漢字x", "漢字y", 15),  # and these are two columns wide
        ("x" * 500 + "a", "x" * 500 + "b", 41),  # a window, with an ellipsis before it
    ],
)
def test_the_caret_stands_under_the_difference(expected, got, caret):
    assert difference(expected, got).split("\n")[2].index("^") == caret


def test_what_hides_in_a_text_is_shown():
    assert quoted('a\u200b"\x1b\n') == '"a\\u{200b}\\"\\u{1b}\\n"'


def test_a_real_detector_and_its_stub_do_not_mix():
    text = MAIL + (
        'test "stubbed, although nothing in the text looks like an address"\n  cases\n'
        '  given output "Ask Bo." with mail = ["Bo" as PERSON] expect output "Ask [PERSON]."\n'
        '  given output "Ask Bo." expect allow\n'
        '  given output "Ask ann@example.org" with mail = [] expect allow\n'
        '  given output "Ask ann@example.org" expect redact by r\n'
        '  given output "Ask Bo." with mail = error expect replace by r\n'
    )
    results = run_tests(source(text))
    assert [each.passed for each in results] == [True] * 6


def test_a_pipeline_is_built_once_for_each_side_and_set_of_stubs(monkeypatch):
    built = []

    def counted(*args, **options):
        built.append(args[1])
        return pipeline_for(*args, **options)

    monkeypatch.setattr("guardrail.testing.run.pipeline_for", counted)
    rows = "".join(
        f'  given output "A marlin." with hate = 0.{number:02} expect '
        f"{'allow' if number < 20 else 'redact'}\n"
        for number in range(1, 60)
    )
    results = run_tests(source(f'{WORDS}test "t"\n  cases\n{rows}'))
    assert (len(results), all(each.passed for each in results)) == (59, True)
    assert built == ["output"]


def test_a_rule_that_was_not_run_is_not_covered():
    (result,) = run_tests(source(HATE + 'test "t"\n  given output "x"\n  expect allow\n'))
    assert (result.passed, result.rules_evaluated) == (True, frozenset())


def test_cases_are_counted_one_by_one():
    rows = 'test "t"\n  cases\n  given output "a" expect allow\n  given output "b" expect block\n'
    assert [(each.row, each.passed) for each in run_tests(source(HATE + rows))] == [
        (1, True),
        (2, False),
    ]
