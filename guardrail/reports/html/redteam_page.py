"""The page of `guardrail redteam`: three scores, a heat map of rules and techniques, examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from guardrail.reports.html.chart import band_chart
from guardrail.reports.html.check_hits import masked
from guardrail.reports.html.page import Html, asset, element, list_card, page, text
from guardrail.reports.html.redteam_report import CellRow, ExampleRow, RedteamPage, ScoreRow, Share

_HEATS: Final = (0.0, 0.05, 0.2, 0.5)
"""Shares above which a cell of the heat map is of the next color."""

_RESULTS: Final = {
    "missed": "reached the user",
    "partly": "letters or digits were left",
    "over_block": "harmless, and not let through",
}


def redteam_page(report: RedteamPage) -> bytes:
    """Return the page, whole."""
    return page(
        f"{report.title}: guardrail redteam",
        _top(report),
        element(
            "main",
            list_card("Not everything could be tried", report.problems, "card problem"),
            _tiles(report),
            _scores(report),
            *_rounds(report),
            _map(report),
            *_examples(report),
            list_card("Not attacked", report.notes, "card"),
        ),
        _foot(),
        styles=[asset("check.css"), asset("redteam.css")],
    )


def _top(report: RedteamPage) -> Html:
    return element(
        "header",
        element("p", text("guardrail redteam"), class_="eyebrow"),
        element("h1", text(report.title)),
        element(
            "p",
            element("strong", text(report.policy)),
            text(f" · target {report.target} · seed {report.seed} · "),
            element("code", text(report.digest)),
            class_="soft",
        ),
        class_="top",
    )


def percent(share: Share) -> str:
    """Return a share in words, with its interval.

    >>> percent(Share(1, 8, 0.0, 0.375)), percent(Share(0, 0))
    ('12.5 % (0.0–37.5)', 'none tried')
    """
    if not share.of or share.low is None or share.high is None:
        return "none tried"
    value = 100 * share.count / share.of
    return f"{value:.1f} % ({100 * share.low:.1f}–{100 * share.high:.1f})"


def _tiles(report: RedteamPage) -> Html:
    total = report.total
    tiles = [(f"{report.attempts:,}", "attempts, half of them benign twins", "")]
    for label, share in (
        ("attacks that the target fell for", total.model_unsafe),
        ("of those reached the user", total.filter_miss),
        ("benign twins not let through", total.over_block),
    ):
        tiles.append((f"{share.count:,}", label, f" of {share.of:,}: {percent(share)}"))
    shown = [
        element("div", element("dt", text(label)), element("dd", text(value), _small(more)))
        for value, label, more in tiles
    ]
    return element("dl", *shown, class_="tiles")


def _small(words: str) -> Html:
    return element("small", text(words)) if words else Html("")


def _scores(report: RedteamPage) -> Html:
    titles = ("", "model-unsafe", "filter-miss", "partly", "over-block")
    rows = [report.total, *report.parts]
    note = (
        "Artefacts are made from families that are not held out. In parentheses: 95 % intervals, "
        "in percent. What builds on attacks that got through was chosen for that, so its shares "
        "compare with no others."
    )
    return element(
        "section",
        element("h2", text("Scores")),
        element("div", _table(titles, [_score_row(row) for row in rows]), class_="scroll"),
        element("p", text(note), class_="soft"),
        class_="card",
    )


def _rounds(report: RedteamPage) -> Iterator[Html]:
    """Yield the scores of held-out families over rounds, if there are several."""
    if len(report.rounds) < 2:  # noqa: PLR2004 - one is no course
        return
    charts = []
    for label, shares in (
        ("model-unsafe", [each.model_unsafe for each in report.rounds]),
        ("filter-miss", [each.filter_miss for each in report.rounds]),
        ("over-block", [each.over_block for each in report.rounds]),
    ):
        said = " → ".join(percent(each) for each in shares)
        chart = band_chart([_band(each) for each in shares], [], f"{label} by round: {said}")
        charts.append(element("div", element("h3", text(label)), chart, _soft(said)))
    note = (
        "Families held out: nothing was learnt from them. A line with its 95 % interval, one step "
        "for each round."
    )
    if not report.is_retrained:
        note += " Nothing was trained between these rounds."
    yield element(
        "section",
        element("h2", text("Round after round")),
        element("div", *charts, class_="rounds"),
        element("p", text(note), class_="soft"),
        class_="card",
    )


def _band(share: Share) -> tuple[float, float, float] | None:
    if not share.of or share.low is None or share.high is None:
        return None
    return share.count / share.of, share.low, share.high


def _score_row(row: ScoreRow) -> Html:
    shares = (row.model_unsafe, row.filter_miss, row.partly, row.over_block)
    cells = [
        element("td", text(f"{share.count:,} / {share.of:,} "), _soft(percent(share)))
        for share in shares
    ]
    return element("tr", element("th", text(row.name), scope="row"), *cells)


def _soft(words: str) -> Html:
    return element("span", text(words), class_="soft")


def _table(titles: Sequence[str], rows: Sequence[Html]) -> Html:
    head = [element("th", text(each), scope="col") for each in titles]
    return element("table", element("thead", element("tr", *head)), element("tbody", *rows))


# ---------------------------------------------------------------- the heat map


def _map(report: RedteamPage) -> Html:
    rules = list(dict.fromkeys(cell.rule for cell in report.cells))
    known = {(cell.technique, cell.is_held_out, cell.rule): cell for cell in report.cells}
    links = {(each.rule, each.technique) for each in report.examples}
    rows: list[Html] = []
    listed = sorted({(c.family, c.technique, c.is_held_out) for c in report.cells})
    for family, members in groupby(listed, key=lambda each: each[0]):
        rows.append(
            element("tr", element("th", text(family), colspan=len(rules) + 1, class_="family"))
        )
        for _, technique, is_held_out in members:
            cells = [
                _cell(
                    known.get((technique, is_held_out, rule)), is_linked=(rule, technique) in links
                )
                for rule in rules
            ]
            name = f"{technique} (held out)" if is_held_out else technique
            rows.append(element("tr", element("th", text(name), scope="row"), *cells))
    return element(
        "section",
        element("h2", text("Attacks that reached the user, by rule and technique")),
        element("div", _table(("technique", *rules), rows), class_="scroll heat", tabindex=0),
        element("p", text("Attacks that reached the user / attacks that the target fell for.")),
        class_="card",
    )


def _cell(cell: CellRow | None, *, is_linked: bool) -> Html:
    if cell is None or not cell.filter_miss.of:
        return element("td", text("·"), class_="soft")
    share = cell.filter_miss
    value = share.count / share.of
    heat = sum(value > each for each in _HEATS)
    words = text(f"{share.count} / {share.of}")
    shown = element("a", words, href=f"#{_anchor(cell.rule, cell.technique)}")
    return element(
        "td",
        shown if is_linked else words,
        class_=f"heat-{heat}",
        title=f"{cell.rule}, {cell.technique}: {percent(share)}",
    )


# ---------------------------------------------------------------- examples


def _anchor(rule: str, technique: str) -> str:
    return f"{rule}-{technique}"


def _examples(report: RedteamPage) -> Iterator[Html]:
    if not report.examples:
        return
    yield element("h2", text("What the filter got wrong"))
    if report.left_out:
        words = f"{report.left_out:,} more are in attempts.jsonl."
        yield element("p", text(words), class_="soft")
    for (rule, technique), found in groupby(report.examples, lambda e: (e.rule, e.technique)):
        yield element(
            "article",
            element("h3", element("code", text(rule)), text(f" against {technique}")),
            *map(_example, found),
            class_="card",
            id=_anchor(rule, technique),
        )


def _example(example: ExampleRow) -> Html:
    said = (
        f"{_RESULTS[example.result]} · {' and '.join(example.names)} · in a text of the kind "
        f"{example.carrier} · {example.source} · attempt {example.id}"
    )
    return element(
        "div",
        element("p", text(said), class_="soft"),
        element("p", masked(example.pieces), class_="excerpt mono"),
        class_="example",
    )


def _foot() -> Html:
    words = (
        "Values are shown by their kind and all other words as bars: no attack and no reply is "
        "quoted here. This page loads nothing and sends nothing."
    )
    return element("footer", element("p", text(words)))
