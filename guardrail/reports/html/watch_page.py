"""The page of `guardrail watch`: what changed, and every rate over time with its band."""

from __future__ import annotations

from guardrail.reports.html.chart import band_chart
from guardrail.reports.html.page import Html, asset, element, list_card, page, text
from guardrail.reports.html.watch_report import AlertRow, RateRow, RateTable, WatchPage


def watch_page(report: WatchPage) -> bytes:
    """Return the page, whole."""
    return page(
        "guardrail watch",
        element(
            "header",
            element("p", text("guardrail watch"), class_="eyebrow"),
            element("h1", text("What changed in the verdicts")),
            class_="top",
        ),
        element(
            "main",
            list_card("Not everything could be read", report.problems, "card problem"),
            _tiles(report),
            _alerts(report),
            *map(_table, report.tables),
            list_card("How to read this", report.notes, "card"),
        ),
        element(
            "footer",
            element(
                "p",
                text(
                    "Replies are shown by their place and their shape; none is quoted here. "
                    "This page loads nothing and sends nothing."
                ),
            ),
        ),
        styles=[asset("check.css"), asset("watch.css")],
    )


def _tiles(report: WatchPage) -> Html:
    shown = [
        element("div", element("dt", text(label)), element("dd", text(value)))
        for value, label in report.tiles
    ]
    return element("dl", *shown, class_="tiles")


def _alerts(report: WatchPage) -> Html:
    rows = [_alert(each) for each in report.alerts] or [
        element("p", text("No rate has changed."), class_="soft")
    ]
    return element("section", element("h2", text("Alerts")), *rows, class_="card long")


def _alert(alert: AlertRow) -> Html:
    examples = [
        element(
            "li",
            element("span", text(place), class_="mono"),
            *([text(" "), element("span", text(shape), class_="mono soft")] if shape else ()),
        )
        for place, shape in alert.examples
    ]
    return element(
        "article",
        element("h3", text(f"{alert.title} "), element("code", text(alert.name))),
        element("p", text(alert.said)),
        element("ul", *examples, class_="soft") if examples else Html(""),
        class_=f"alert {'is-rise' if alert.is_rise else 'is-fall'}",
    )


def _table(table: RateTable) -> Html:
    titles = ("", "", "share of conversations, 95 % interval", "over time")
    head = [element("th", text(each), scope="col") for each in titles]
    return element(
        "section",
        element("h2", text(table.title)),
        element("p", element("code", text(table.digest)), class_="soft"),
        element(
            "div",
            element(
                "table",
                element("thead", element("tr", *head)),
                element("tbody", *map(_row, table.rows)),
            ),
            class_="scroll",
        ),
        class_="card",
    )


def _row(row: RateRow) -> Html:
    bands = [(each.share, each.low, each.high) if each else None for each in row.bands]
    label = f"{row.kind} {row.name}, by stretches of conversations"
    return element(
        "tr",
        element("td", text(row.kind), class_="soft"),
        element("th", element("code", text(row.name)), scope="row"),
        element("td", text(row.said)),
        element("td", band_chart(bands, row.marks, label)),
    )
