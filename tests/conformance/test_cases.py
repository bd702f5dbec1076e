"""The language page, case by case: every file under `cases/` is checked as it says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cases import CASES, Case, CaseError, all_cases, parse

if TYPE_CHECKING:
    from pathlib import Path

    from guardrail.values import Verdict

EVERY = all_cases()

NOT_OBSERVABLE = {
    18: "the views of disguised text have tests of their own",
    21: "a budget runs on the clock; it is off with fixed values",
    30: "about records and signals of the command line",
    31: "about `guardrail diff`",
}
"""Rulings that no single check or load can show, each with the reason."""


def _of(kind: str) -> Any:
    cases = [case for case in EVERY if getattr(case, kind) is not None]
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@_of("want")
def test_verdict_is_as_wanted(case: Case, tmp_path: Path) -> None:
    from guardrail.testing import ERROR, check_with

    verdict = check_with(
        case.write(tmp_path),
        case.text,
        on=case.side,
        prompt=case.prompt,
        system=case.system,
        values={name: ERROR if v is None else v for name, v in case.values.items()},
    )
    assert case.want is not None
    got = _seen(verdict)
    wanted = {key: _comparable(value) for key, value in case.want.items()}
    assert {key: got[key] for key in wanted} == wanted, case.title


@_of("load")
def test_policy_is_refused_with_these_codes(case: Case, tmp_path: Path) -> None:
    from guardrail import Guard, PolicyError

    with pytest.raises(PolicyError) as refusal:
        Guard.load(case.write(tmp_path))
    codes = {each.code for each in refusal.value.diagnostics if each.level == "error"}
    assert codes == set(case.load or ()), case.title


@_of("tests")
def test_own_tests_end_as_wanted(case: Case, tmp_path: Path) -> None:
    from guardrail.testing import run_tests

    results = run_tests(case.write(tmp_path))
    assert tuple(result.passed for result in results) == case.tests, case.title


def _seen(verdict: Verdict) -> dict[str, object]:
    return {
        "action": verdict.action,
        "output": verdict.output,
        "replied": verdict.replied,
        "blocked": verdict.blocked,
        "fired": _comparable([[each.rule, each.action] for each in verdict.fired]),
        "errors": _comparable([each.detector for each in verdict.errors]),
        "escalations": _comparable(list(verdict.escalations)),
        "excepted": len(verdict.excepted),
    }


def _comparable(value: object) -> object:
    """Lists are compared without their order, but with their repeats."""
    if isinstance(value, list):
        return Counter(tuple(item) if isinstance(item, list) else item for item in value)
    return value


def test_every_ruling_has_a_case_or_a_reason() -> None:
    shown = {ruling for case in EVERY for ruling in case.rulings}
    assert shown | set(NOT_OBSERVABLE) == set(range(1, 32))
    assert not shown & set(NOT_OBSERVABLE)


def test_titles_and_contents_stand_once() -> None:
    titles = Counter(case.title for case in EVERY)
    assert [title for title, count in titles.items() if count > 1] == []
    contents = Counter(
        (case.policy, str(case.files), case.text, case.side, case.prompt, str(case.values))
        for case in EVERY
    )
    assert [content for content, count in contents.items() if count > 1] == []


def test_every_file_is_a_case() -> None:
    assert [path for path in CASES.rglob("*") if path.is_file() and path.suffix != ".yaml"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "a case is a mapping"),
        ("title: a\n", "`policy` is missing"),
        ("title: a\npolicy: b\n", "a case says one of"),
        ("title: a\npolicy: b\nload: []\ntitel: c\n", "unknown keys \\['titel'\\]"),
        ("title: a\ntitle: b\npolicy: b\nload: []\n", "a key stands twice"),
        ("title: a\npolicy: b\nload: []\ntext: c\n", "nothing is checked"),
        ("title: a\npolicy: b\ninput: c\nwant: {action: flag}\n", "`on` and the key"),
        ("title: a\npolicy: b\ntext: c\ninput: c\nwant: {action: flag}\n", "`text` or `input`"),
        ("title: a\npolicy: b\ntext: c\nwant: {}\n", "`want` needs an action"),
        ("title: a\npolicy: b\ntext: c\nwant: {action: flag, out: d}\n", "unknown keys"),
        ("title: a\npolicy: b\ntext: c\nvalues: {d: {}}\nwant: {action: flag}\n", "fixed value"),
        ("title: a\npolicy: b\ntext: c\nvalues: {d: [e]}\nwant: {action: flag}\n", "a finding is"),
        ("title: a\npolicy: b\ntests: [yes]\n", "each test"),
    ],
)
def test_a_case_file_is_read_strictly(text: str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        parse("a", text)


def test_on_is_a_word_in_a_case_file() -> None:
    case = parse("a", "title: a\npolicy: b\non: input\ninput: no\nwant: {action: flag}\n")
    assert (case.side, case.text) == ("input", "no")
