"""Annotations: escaped, within what GitHub shows, and honest about the rest."""

import pytest

from guardrail.reports.github import SHOWN, annotations
from guardrail.reports.result import Location, Result


def result(level="error", message="m", location=None, **properties):
    return Result("rule", level, message, location or Location("a.jsonl", 3), properties)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (result(), "::error file=a.jsonl,line=3,title=rule::m"),
        (result("warning"), "::warning file=a.jsonl,line=3,title=rule::m"),
        (result("note"), "::notice file=a.jsonl,line=3,title=rule::m"),
        (result(title="a rule"), "::error file=a.jsonl,line=3,title=a rule::m"),
        (
            result(message="1%\r\n::error::x"),
            "::error file=a.jsonl,line=3,title=rule::1%25%0D%0A::error::x",
        ),
        (
            result(location=Location("a,b:c.guard", 1, 2, 1, 5), title="x,y:z%"),
            "::error file=a%2Cb%3Ac.guard,line=1,endLine=1,col=2,endColumn=5,title=x%2Cy%3Az%25::m",
        ),
        (
            result(location=Location("a", 1, 2, 3, 5)),
            "::error file=a,line=1,endLine=3,col=2,title=rule::m",
        ),
        (result(location=Location("a")), "::error file=a,title=rule::m"),
    ],
)
def test_annotation_is_one_line(given, line):
    assert annotations([given]) == line


def test_no_results_are_no_lines():
    assert annotations([]) == ""


def test_more_than_github_shows_are_counted():
    results = [
        result(level, f"{level} {n}") for n in range(12) for level in ("error", "warning", "note")
    ]
    *lines, last = annotations(results, whole="see the log").splitlines()
    for command, shown in (("::error", SHOWN), ("::warning", SHOWN), ("::notice", SHOWN - 1)):
        assert sum(line.startswith(command + " ") for line in lines) == shown
    assert last == "::notice title=guardrail::7 more results are not shown; see the log"


def test_what_the_caller_left_out_is_counted():
    assert annotations([], left_out=1) == "::notice title=guardrail::1 more result is not shown"
