"""Annotations of a GitHub workflow, few enough that all of them are shown."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from guardrail.reports.result import Level, Result

SHOWN: Final = 10
"""GitHub shows so many annotations of each level for a step, and drops the rest in silence."""

_COMMANDS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def annotations(results: Iterable[Result], *, left_out: int = 0, whole: str | None = None) -> str:
    r"""Return workflow commands, a line each; the last one says how many were left out.

    Args:
        results: what was found, the most important first.
        left_out: results that the caller has already left out.
        whole: where to find all of them, for that last line.

    >>> from guardrail.reports.result import Location
    >>> print(annotations([Result("r", "error", "50% off", Location("a.jsonl", 3))]))
    ::error file=a.jsonl,line=3,title=r::50%25 off
    """
    counts: Counter[Level] = Counter()
    lines = []
    for result in results:
        # One notice is kept for the line at the end.
        if counts[result.level] < SHOWN - (result.level == "note"):
            lines.append(_annotation(result))
        else:
            left_out += 1
        counts[result.level] += 1
    if left_out:
        rest = f"; {whole}" if whole else ""
        noun = "result is" if left_out == 1 else "results are"
        lines.append(
            f"::notice title=guardrail::{_escaped(f'{left_out:,} more {noun} not shown{rest}')}"
        )
    return "\n".join(lines)


def _annotation(result: Result) -> str:
    place = result.location
    properties = {
        "file": place.file,
        "line": place.line,
        "endLine": place.end_line,
        "col": place.column,
        "endColumn": place.end_column if place.end_line in (None, place.line) else None,
        "title": str(result.properties.get("title", result.rule_id)),
    }
    listed = ",".join(
        f"{key}={_escaped(str(value), ':,')}"
        for key, value in properties.items()
        if value is not None
    )
    return f"::{_COMMANDS[result.level]} {listed}::{_escaped(result.message)}"


def _escaped(text: str, more: str = "") -> str:
    """Escape what has a meaning in a workflow command."""
    return "".join(f"%{ord(each):02X}" if each in f"%\r\n{more}" else each for each in text)
