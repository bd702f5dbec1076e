"""Every lint rule: what it reports, what it leaves alone, and how a report reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.render import render_all
from guardrail.language.source import Source
from guardrail.lint.catalogue import RULES
from guardrail.lint.engine import lint_file
from guardrail.lint.rule import Finding, Options

CASES = Path(__file__).parent / "cases"
RENDERED = Path(__file__).parents[1] / "cases" / "lint"
TODAY = date(2026, 6, 1)
HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
FEWEST = 3


def only(code: str) -> Options:
    """The options under which one lint rule runs, and those that judge comments.

    What judges comments needs the others, but for those that ask for tests.
    """
    if code == "G708":
        return Options(disabled=frozenset({"G701", "G702", "G703"}))
    others = frozenset(rule.code for rule in RULES) - {code, "G708", "G709"}
    return Options(enabled=frozenset({code}), disabled=others)


@dataclass(frozen=True)
class Case:
    code: str
    name: str
    policy: str
    count: int
    marks: tuple[str, ...] | None
    files: dict[str, str]


def _read(path: Path) -> list[Case]:
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert set(data) == {"positive", "near_miss"}, path
    assert min(map(len, data.values())) >= FEWEST, path
    return [
        Case(
            path.stem,
            f"{path.stem}-{kind}-{case['name']}",
            case["policy"] if case["policy"].startswith("edition") else HEAD + case["policy"],
            case.get("count", 1) if kind == "positive" else 0,
            tuple(case["marks"]) if "marks" in case else None,
            case.get("files", {}),
        )
        for kind, cases in data.items()
        for case in cases
        if not case.keys() - {"name", "policy", "count", "marks", "files"}
        or pytest.fail(f"unknown keys in {path}: {case['name']}")
    ]


EVERY = [case for path in sorted(CASES.glob("*.yaml")) for case in _read(path)]


@pytest.mark.parametrize("case", EVERY, ids=[case.name for case in EVERY])
def test_rule_reports_this_and_not_that(case, tmp_path):
    for name, text in case.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    source = Source(str(tmp_path / "demo.guard"), case.policy)
    found = lint_file(source, options=only(case.code), today=TODAY)
    assert {each.diagnostic.level for each in found if not _is_opinion(each)} <= {"warning"}
    mine = [each.diagnostic for each in found if each.diagnostic.code == case.code]
    assert len(mine) == case.count, render_all(each.diagnostic for each in found)
    if case.marks is not None:
        assert tuple(_marked(each) for each in mine) == case.marks


def _is_opinion(found: Finding) -> bool:
    return CATALOGUE[found.diagnostic.code].is_opinion


def _marked(diagnostic) -> str:
    span = diagnostic.primary.span
    return diagnostic.source.text[span.start : span.end]


def test_every_rule_has_cases():
    assert {path.stem for path in CASES.glob("*.yaml")} == {rule.code for rule in RULES}


def test_names_of_cases_stand_once():
    names = [case.name for case in EVERY]
    assert len(names) == len(set(names))


FOLDERS = sorted(folder.name for folder in RENDERED.iterdir())


@pytest.mark.parametrize("name", FOLDERS)
def test_findings_read_as_expected(name, golden, monkeypatch):
    monkeypatch.chdir(RENDERED / name)
    code = name.partition("-")[0]
    found = [each.diagnostic for each in lint_file("policy.guard", options=only(code), today=TODAY)]
    assert {each.code for each in found} == {code}
    golden(RENDERED / name / "expected.txt", render_all(found))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["log in", "please log in"], "the list `a` has an entry that another covers"),
        (["log", "blog", "logs"], None),
        (["c++", "visual c++ 2"], "the list `a` has an entry that another covers"),
        (["a", "a b", "b a", "c a"], "the list `a` has 3 entries that another covers"),
        (["a", *(f"a{n} a" for n in range(5))], "the list `a` has more than 3 entries that"),
        (["密码", "请reset密码"], "the list `a` has an entry that another covers"),
        (["Reset", "  reset  it"], "the list `a` has an entry that another covers"),
    ],
)
def test_entries_inside_others_are_found(entries, message):
    listed = ", ".join(f'"{entry}"' for entry in entries)
    text = f"list a [{listed}] rule r on output when text contains any a then flag"
    found = [
        each.diagnostic for each in lint_file(Source("p.guard", HEAD + text), options=only("G407"))
    ]
    assert [(each.code, each.message.startswith(message or "")) for each in found] == (
        [("G407", True)] if message else []
    )
