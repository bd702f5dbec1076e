"""Above each test of a policy: how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lsprotocol import types

from guardrail.language import nodes
from guardrail.lsp.analysis import Analysis
from guardrail.testing.run import TestResult

SHOW_TEST: Final = "guardrail.showTest"
_LONGEST: Final = 80


def lenses(analysis: Analysis, results: Sequence[TestResult] | None) -> list[types.CodeLens]:
    """Return a line for each test; a click shows what was expected and what came."""
    places, tests = analysis.document.places, []
    for item in analysis.tree.items if analysis.tree is not None else ():
        if isinstance(item, nodes.Test):
            start = places.position(item.span.start)
            command = types.Command(
                title=_title(of_test(analysis, item, results)),
                command=SHOW_TEST,
                arguments=[analysis.document.uri, start.line],
            )
            tests.append(types.CodeLens(types.Range(start, start), command))
    return tests


def of_test(
    analysis: Analysis, test: nodes.Test, results: Sequence[TestResult] | None
) -> list[TestResult] | None:
    """Return how the cases of one test ended; None if they were not run."""
    if results is None:
        return None
    first = analysis.source.position(test.span.start)[0]
    last = analysis.source.position(test.span.end)[0]
    mine = [
        each for each in results if first <= each.line <= last and each.title == test.title.value
    ]
    return mine or None


def _title(results: list[TestResult] | None) -> str:
    if results is None:
        return "○ not run"
    failed = [each for each in results if not each.passed]
    if not failed:
        return "✓ passed" if len(results) == 1 else f"✓ {len(results)} cases passed"
    some = f" {len(failed)} of {len(results)} cases" if len(results) > 1 else ""
    said = f"✗ failed{some}: expected {failed[0].expected}, got {failed[0].got}"
    said = " ".join(said.split())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def told(results: Sequence[TestResult]) -> str:
    """Return how the cases of a test ended, in words."""
    lines: list[str] = []
    for each in results:
        name = f"{each.title}, case {each.row}" if each.row is not None else each.title
        lines.append(f"{'✓' if each.passed else '✗'} {name}")
        if not each.passed:
            lines += [f"  expected {each.expected}", f"  got {each.got}"]
            lines += [f"  {line}" for line in each.explanation.splitlines()]
    return "\n".join(lines)
