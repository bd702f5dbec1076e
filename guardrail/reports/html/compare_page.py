"""The page of `guardrail compare`: figures of two models side by side, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guardrail.reports.html.page import Html, asset, element, list_card, page, text


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure in words; `is_certain` says that chance is an unlikely reason of its change."""

    name: str
    before: str
    after: str
    change: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A prompt, by its line, with rules that fired for one model alone."""

    line: int
    appeared: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """All that the page shows; a row of `rules` is a name and four numbers."""

    before: str
    after: str
    policy: str
    digest: str
    prompts: int
    verdict: str
    figures: tuple[FigureRow, ...]
    rules: tuple[tuple[str, ...], ...]
    differences: tuple[DifferenceRow, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...] = ()


def compare_page(report: ComparePage) -> bytes:
    """Return the page, whole."""
    return page(
        f"{report.before} and {report.after}: guardrail compare",
        _top(report),
        element(
            "main",
            list_card("Not every prompt was answered", report.problems, "card problem"),
            _figures(report),
            _rules(report),
            _differences(report),
            list_card("How to read this", report.notes, "card"),
        ),
        element(
            "footer",
            element(
                "p",
                text(
                    "Prompts are named by their line; no prompt and no reply is quoted here. This "
                    "page loads nothing and sends nothing."
                ),
            ),
        ),
        styles=[asset("check.css")],
    )


def _top(report: ComparePage) -> Html:
    said = f"{report.prompts:,} prompts · {report.policy} · "
    return element(
        "header",
        element("p", text("guardrail compare"), class_="eyebrow"),
        element("h1", text(f"From {report.before} to {report.after}")),
        element("p", text(said), element("code", text(report.digest)), class_="soft"),
        element("p", element("strong", text(report.verdict))),
        class_="top",
    )


def _figures(report: ComparePage) -> Html:
    rows = [
        element(
            "tr",
            element("th", text(each.name), scope="row"),
            element("td", text(each.before)),
            element("td", text(each.after)),
            element("td", _strong(each.change) if each.is_certain else text(each.change)),
        )
        for each in report.figures
    ]
    return _card("Figures", ("", report.before, report.after, "change"), rows)


def _strong(words: str) -> Html:
    return element("strong", text(words))


def _rules(report: ComparePage) -> Html:
    rows = [
        element(
            "tr",
            element("th", element("code", text(name)), scope="row"),
            *(element("td", text(number)) for number in numbers),
        )
        for name, *numbers in report.rules
    ]
    titles = ("rule", report.before, report.after, "new", "gone")
    return _card("Replies on which rules fired", titles, rows) if rows else Html("")


def _differences(report: ComparePage) -> Html:
    rows = [
        element(
            "tr",
            element("td", text(f"line {each.line:,}")),
            element("td", text(", ".join(each.appeared))),
            element("td", text(", ".join(each.gone))),
        )
        for each in report.differences
    ]
    titles = ("prompt", "rules that fired for the second alone", "for the first alone")
    return _card("Prompts judged otherwise", titles, rows) if rows else Html("")


def _card(title: str, titles: Iterable[str], rows: Iterable[Html]) -> Html:
    head = [element("th", text(each), scope="col") for each in titles]
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    return element(
        "section",
        element("h2", text(title)),
        element("div", table, class_="scroll"),
        class_="card long",
    )
