"""An audit as a page and as lines; neither shows the text of a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from guardrail.reports.html.chart import columns, share_bar
from guardrail.reports.html.page import Html, element, page, text
from guardrail.training.data.audit import Audit
from guardrail.training.data.faults import KINDS


def lines(audit: Audit) -> Iterator[str]:
    """Yield an audit in lines for people."""
    fit = len(audit.rows) - len(audit.faults)
    yield f"{audit.file}: {audit.kind}, {len(audit.rows):,} rows, {fit:,} fit"
    for kind, number in audit.counts.items():
        yield f"  {number:6,}  {kind:16}  {KINDS[kind]}"
    for name in ("lengths", "refusals", "diversity", "labels"):
        if audit.figures[name]:
            yield f"{name}: {_listed(audit.figures[name])}"
    for hole in _holes(audit):
        words = ", ".join(hole["words"])
        yield f"hole: {words} ({hole['reference']:.1%} of the reference, {hole['rows']:.1%} here)"
    yield from (f"note: {note}" for note in audit.notes)


def audit_page(audit: Audit) -> bytes:
    """Return an audit as a page of one file."""
    fit = len(audit.rows) - len(audit.faults)
    share = share_bar(
        {"is-allow": fit, "is-block": len(audit.faults)}, len(audit.rows), f"{fit} rows are fit"
    )
    faults = ((kind, KINDS[kind], f"{number:,}") for kind, number in audit.counts.items())
    figures = audit.figures
    bins = figures["histogram"]
    chart = columns(
        [f"{low}–{high}" for low, high, _ in bins],
        [{"is-accent": number} for *_, number in bins],
        "replies by their words",
    )
    parts = [
        _card(f"{fit:,} of {len(audit.rows):,} rows are fit", share),
        _card("Unfit rows", _table(("kind", "why", "rows"), faults)),
        _card("Words of replies", element("div", chart, class_="scroll")),
        _card("Figures", _table(("figure", "value"), _figures(figures))),
    ]
    if figures["coverage"]:
        columns_of = ("topic", "reference", "here", "")
        topics = _table(columns_of, _topics(figures["coverage"]))
        parts.append(_card("Topics of the reference", topics))
    if audit.notes:
        notes = (element("li", text(note)) for note in audit.notes)
        parts.append(_card("Notes", element("ul", *notes)))
    head = element("header", element("h1", text(f"Audit of {audit.file}")), class_="top")
    return page(f"Audit of {audit.file}", head, element("main", *parts))


def _figures(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in ("lengths", "refusals", "diversity", "labels"):
        for name, value in figures[group].items():
            yield f"{group}: {name.replace('_', ' ')}", f"{value:.3g}"
    if figures["coverage"]:
        yield "reference prompts with a near one here", f"{figures['coverage']['near']:.1%}"


def _topics(coverage: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for topic in coverage["topics"]:
        hole = "hole" if topic["is_hole"] else ""
        words = ", ".join(topic["words"])
        yield words, f"{topic['reference']:.1%}", f"{topic['rows']:.1%}", hole


def _holes(audit: Audit) -> list[dict[str, Any]]:
    coverage = audit.figures["coverage"]
    return [topic for topic in coverage["topics"] if topic["is_hole"]] if coverage else []


def _listed(values: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in values.items())


def _card(title: str, *body: Html) -> Html:
    return element("section", element("h2", text(title)), *body, class_="card")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    top = element("tr", *(element("th", text(each)) for each in head))
    body = [element("tr", *(element("td", text(each)) for each in row)) for row in rows]
    return element("table", element("thead", top), element("tbody", *body))
