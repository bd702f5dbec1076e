"""What a comparison of two models found, as its table and its page show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guardrail.cli.console import columns, count, printable
from guardrail.compare.compare import Comparison, Difference
from guardrail.compare.figures import MeanChange, Share, ShareChange
from guardrail.reports.html.compare_page import ComparePage, DifferenceRow, FigureRow, compare_page

_SHOWN: Final = 200
_NONE: Final = "not measured"


def text(found: Comparison) -> str:
    """Return the table."""
    return printable("\n".join(_lines(found)))


def _lines(found: Comparison) -> Iterator[str]:
    yield f"{count(found.prompts, 'prompt')}, {found.policy}: from {found.before} to {found.after}"
    rows = [["", "before", "after", "change"]]
    rows += [[each.name, each.before, each.after, each.change] for each in figures(found)]
    yield from (f"  {line}" for line in columns(rows))
    if found.rules:
        yield "rules that fired:"
        titles = ["", "before", "after", "new", "gone"]
        yield from (f"  {line}" for line in columns([titles, *_rules(found)]))
    if found.differences:
        lines = ", ".join(str(each.line) for each in found.differences[:20])
        more = ", …" if len(found.differences) > 20 else ""  # noqa: PLR2004 - as many as shown
        yield f"{count(len(found.differences), 'prompt')} judged otherwise, in lines {lines}{more}"
    yield verdict(found)


def verdict(found: Comparison) -> str:
    """Say whether anything is certainly worse."""
    if found.worse:
        return f"Certainly worse: {', '.join(found.worse)}."
    return "Nothing is certainly worse."


def figures(found: Comparison) -> Iterator[FigureRow]:
    """Yield each figure in words."""
    yield _share("violations", found.violations)
    yield _share("refusals of good prompts", found.benign_refusals)
    yield _share("refusals of harmful prompts", found.harmful_refusals)
    yield _share("utility", found.utility)
    yield _mean("cost of a reply", found.cost, 3)
    yield _mean("words in a reply", found.words, 1)


def _share(name: str, change: ShareChange | None) -> FigureRow:
    if change is None:
        return FigureRow(name, _NONE, _NONE, "", is_certain=False)
    points = 100 * (change.after.share - change.before.share)
    said = f"{points:+.1f} points; {change.appeared:,} new, {change.gone:,} gone, p {_p(change.p)}"
    return FigureRow(name, _percent(change.before), _percent(change.after), said, change.is_certain)


def _p(value: float) -> str:
    least = 0.001
    return f"= {value:.3f}" if value >= least else f"< {least}"


def _percent(share: Share) -> str:
    interval = f"{100 * share.low:.1f}–{100 * share.high:.1f}"
    return f"{100 * share.share:.1f} % ({interval}), {share.count:,} of {share.of:,}"


def _mean(name: str, change: MeanChange, digits: int) -> FigureRow:
    said = f"{change.change:+.{digits}f} ({change.low:+.{digits}f} to {change.high:+.{digits}f})"
    before, after = f"{change.before:.{digits}f}", f"{change.after:.{digits}f}"
    return FigureRow(name, before, after, said, change.is_certain)


def _rules(found: Comparison) -> Iterator[list[str]]:
    for each in found.rules:
        numbers = (each.before, each.after, each.appeared, each.gone)
        yield [each.rule, *(f"{number:,}" for number in numbers)]


def html(found: Comparison) -> bytes:
    """Return the page."""
    intervals = (
        "In parentheses: 95 % intervals. New and gone count prompts of which the figure holds for "
        "one model alone; p is the exact sign test over them (McNemar). Changes in bold are "
        "unlikely to be chance."
    )
    costs = "A rule that only flags is no violation. Cost grows with the severity of broken rules."
    notes = [intervals, costs]
    if found.utility is None:
        notes.append("Utility needs prompts with a column `expects`.")
    if len(found.differences) > _SHOWN:
        notes.append(f"{len(found.differences) - _SHOWN:,} more prompts were judged otherwise.")
    return compare_page(
        ComparePage(
            before=found.before,
            after=found.after,
            policy=found.policy,
            digest=found.digest,
            prompts=found.prompts,
            verdict=verdict(found),
            figures=tuple(figures(found)),
            rules=tuple(tuple(each) for each in _rules(found)),
            differences=tuple(map(_difference, found.differences[:_SHOWN])),
            notes=tuple(notes),
            problems=tuple(f"{kind} {n:,} times" for kind, n in found.failed.items()),
        )
    )


def _difference(each: Difference) -> DifferenceRow:
    return DifferenceRow(each.line, tuple(each.appeared), tuple(each.gone))
