"""JUnit XML as Jenkins, GitLab and the others read it: suites, cases, and what went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case ended: it passed unless it has a failure, an error or a reason to be skipped.

    The first line of each text is its summary. `output` is shown beside a case, however it ended.
    """

    name: str
    classname: str
    file: str | None = None
    line: int | None = None
    seconds: float = 0.0
    failure: str | None = None
    error: str | None = None
    skipped: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases that belong together; `seconds` is the sum of theirs where it is not given."""

    name: str
    cases: tuple[CaseResult, ...]
    seconds: float | None = None

    @property
    def time(self) -> float:
        """How long the suite took, in seconds."""
        return sum(case.seconds for case in self.cases) if self.seconds is None else self.seconds


def junit(suites: Sequence[Suite]) -> bytes:
    """Return a JUnit report.

    >>> suite = Suite("policy.guard", (CaseResult("it blocks", "policy.guard", failure="why"),))
    >>> print(junit([suite]).decode())
    <?xml version='1.0' encoding='utf-8'?>
    <testsuites name="guardrail" tests="1" failures="1" errors="0" skipped="0" time="0.000">
      <testsuite name="policy.guard" tests="1" failures="1" errors="0" skipped="0" time="0.000">
        <testcase name="it blocks" classname="policy.guard" time="0.000">
          <failure message="why" type="failure">why</failure>
        </testcase>
      </testsuite>
    </testsuites>
    <BLANKLINE>
    """
    every = tuple(case for suite in suites for case in suite.cases)
    root = ET.Element("testsuites", {"name": "guardrail", **_counts(every)})
    root.set("time", f"{sum(suite.time for suite in suites):.3f}")
    for suite in suites:
        element = ET.SubElement(root, "testsuite", {"name": _xml(suite.name)})
        for key, value in _counts(suite.cases).items():
            element.set(key, value)
        element.set("time", f"{suite.time:.3f}")
        for case in suite.cases:
            element.append(_case(case))
    ET.indent(root)
    report: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return report + b"\n"


def _counts(cases: Sequence[CaseResult]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.failure is not None for case in cases)),
        "errors": str(sum(case.error is not None for case in cases)),
        "skipped": str(sum(case.skipped is not None for case in cases)),
    }


def _case(case: CaseResult) -> ET.Element:
    element = ET.Element("testcase", {"name": _xml(case.name), "classname": _xml(case.classname)})
    if case.file is not None:
        element.set("file", _xml(case.file))
    if case.line is not None:
        element.set("line", str(case.line))
    element.set("time", f"{case.seconds:.3f}")
    for kind, text in (("failure", case.failure), ("error", case.error)):
        if text is not None:
            summary = _xml(text.partition("\n")[0])
            ET.SubElement(element, kind, {"message": summary, "type": kind}).text = _xml(text)
    if case.skipped is not None:
        ET.SubElement(element, "skipped", {"message": _xml(case.skipped)})
    if case.output is not None:
        ET.SubElement(element, "system-out").text = _xml(case.output)
    return element


def _xml(text: str) -> str:
    """Return text with the characters that XML cannot hold written as escapes."""
    return _NOT_XML.sub(lambda found: ascii(found[0])[1:-1], text)
