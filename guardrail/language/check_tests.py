"""Tests in policies: what each case gives, stubs and expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrail.language import nodes
from guardrail.language.check_conditions import GIVES, check_label
from guardrail.language.checked import (
    CheckedCase,
    CheckedDetector,
    CheckedExpect,
    CheckedTest,
    Place,
    StubFinding,
    StubValue,
)
from guardrail.language.diagnostics import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from guardrail.language.names import Scope


def check_test(
    scope: Scope, detectors: Mapping[str, CheckedDetector], node: nodes.Test
) -> CheckedTest:
    """Check one `test` block; what stands before `cases` becomes part of each."""
    given = [part for part in node.shared if isinstance(part, nodes.Given)]
    stubs = _check_stubs(
        scope, detectors, {}, (part for part in node.shared if isinstance(part, nodes.Stub))
    )
    cases = tuple(_check_case(scope, detectors, given, stubs, node, case) for case in node.cases)
    return CheckedTest(node.title.value, cases, Place(scope.source, node.title.span))


def _check_case(
    scope: Scope,
    detectors: Mapping[str, CheckedDetector],
    given: list[nodes.Given],
    stubs: Mapping[str, tuple[nodes.Stub, StubValue]],
    test: nodes.Test,
    case: nodes.Case,
) -> CheckedCase:
    sides = {part.side: part.text.value for part in (*given, *case.given)}
    span = case.span if test.is_table else test.title.span
    if not sides:
        help_ = 'write `given output "…"`, `given input "…"`, or both'
        scope.report("G216", "this test gives no text to check", span, help=help_)
    values = _check_stubs(scope, detectors, stubs, case.stubs)
    return CheckedCase(
        input=sides.get("input"),
        output=sides.get("output"),
        stubs={name: value for name, (_, value) in values.items()},
        expects=tuple(_check_expect(scope, expect) for expect in case.expects),
        place=Place(scope.source, span),
    )


def _check_expect(scope: Scope, node: nodes.Expect) -> CheckedExpect:
    rules = (scope.name_of(ref, "rule", by="`by`", is_use=False) for ref in node.by)
    return CheckedExpect(
        action=node.action,
        by=tuple(name for name in rules if name),
        output=node.output.value if node.output else None,
        place=Place(scope.source, node.span),
    )


# ---------------------------------------------------------------- stubs


def _check_stubs(
    scope: Scope,
    detectors: Mapping[str, CheckedDetector],
    before: Mapping[str, tuple[nodes.Stub, StubValue]],
    stubs: Iterable[nodes.Stub],
) -> dict[str, tuple[nodes.Stub, StubValue]]:
    """Return the stubs by detector, those of `before` included; each detector has one at most."""
    found = dict(before)
    for stub in stubs:
        name = scope.name_of(stub.detector, "detector", by="`with`", is_use=False)
        if name is None:
            continue
        if name in found:
            first = found[name][0].detector
            message = f"`{stub.detector.name}` is stubbed twice in one test"
            others = (Label(first.span, "first here"),)
            scope.report("G216", message, stub.detector.span, others=others)
        elif name in detectors:
            found[name] = (stub, _check_stub(scope, detectors[name], stub))
    return found


def _check_stub(scope: Scope, detector: CheckedDetector, stub: nodes.Stub) -> StubValue:
    gives = detector.gives
    match stub.value:
        case "error":
            return None
        case nodes.Number(value=value) if gives == "number" or (
            gives == "score" and 0 <= value <= 1
        ):
            return value
        case nodes.Text() as label if gives == "label":
            check_label(scope, detector.labels, label)
            return label.value
        case tuple(findings) if gives == "spans":
            for finding in findings:
                if not finding.text.value:
                    message = "a finding cannot be empty"
                    scope.report("G212", message, finding.text.span)
            return tuple(StubFinding(item.text.value, item.type) for item in findings)
    wanted = _WRITTEN[gives]
    name = stub.detector.name
    message = f"`{name}` gives {GIVES[gives]}, so its stub must be {wanted}"
    scope.report("G212", message, stub.span)
    return None


_WRITTEN = {
    "spans": 'findings like ["text" as TYPE], or error',
    "score": "a number from 0 to 1, or error",
    "number": "a number, or error",
    "label": "a string, or error",
}
