"""The page of `guardrail check`: what fired, for which principle, in which turn, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from guardrail.reports.html.chart import columns, share_bar
from guardrail.reports.html.check_hits import chip, hits
from guardrail.reports.html.check_report import CheckPage, RuleRow
from guardrail.reports.html.page import Html, asset, element, join, page, text
from guardrail.values import Action

_ACTIONS: Final = tuple(action.word for action in Action)
_WITHHELD: Final = ("rewrite", "replace", "block")
_FEW_FILES: Final = 3  # more are folded away


def check_page(report: CheckPage) -> bytes:
    """Return the page, whole.

    >>> noun = ("reply", "replies")
    >>> empty = CheckPage("Demo", "demo", "d.guard", "", noun, (), {}, (), (), (), ())
    >>> b"nothing was checked" in check_page(empty)
    True
    """
    parts = [_top(report), _notes(report.notes), _tiles(report), _actions(report)]
    if report.hit_count:
        left = element("div", _principles(report), _turns(report), class_="stack")
        parts.append(element("div", left, _rules(report), class_="grid"))
    parts += [_files(report), hits(report) if report.hit_count else _nothing(report)]
    return page(
        f"{report.title}: guardrail check",
        parts[0],
        element("main", *parts[1:]),
        _foot(),
        styles=[asset("check.css")],
        scripts=[asset("check.js")] if report.hits else [],
    )


def _percent(value: float, total: float) -> str:
    share = 100 * value / total if total else 0
    return f"{share:.0f} %" if share >= 10 or not share else f"{share:.1f} %"  # noqa: PLR2004


def _top(report: CheckPage) -> Html:
    return element(
        "header",
        element("p", text("guardrail check"), class_="eyebrow"),
        element("h1", text(report.title)),
        element(
            "p",
            element("strong", text(report.policy)),
            text(f" · {report.file} · "),
            element("code", text(report.digest)),
            class_="soft",
        ),
        class_="top",
    )


def _notes(notes: Sequence[str]) -> Html:
    if not notes:
        return Html("")
    items = [element("li", text(note)) for note in notes]
    title = element("h2", text("Not everything could be checked"))
    return element("section", title, element("ul", *items), class_="card problem")


def _tiles(report: CheckPage) -> Html:
    total = report.checked
    conversations = sum(file.conversations for file in report.files)
    withheld = sum(report.verdicts.get(word, 0) for word in _WITHHELD)
    changed = sum(report.verdicts.get(word, 0) for word in ("redact", "append"))
    tiles = [
        (f"{conversations:,}", "conversation" if conversations == 1 else "conversations", ""),
        (f"{total:,}", f"{report.noun[total != 1]} checked", ""),
        (f"{report.hit_count:,}", "with a rule that fired", _percent(report.hit_count, total)),
        (f"{changed:,}", "changed", _percent(changed, total)),
        (f"{withheld:,}", "withheld", _percent(withheld, total)),
    ]
    shown = [
        element(
            "div",
            element("dt", text(label)),
            element("dd", text(value), element("small", text(f" {share}")) if share else Html("")),
        )
        for value, label, share in tiles
    ]
    return element("dl", *shown, class_="tiles")


def _actions(report: CheckPage) -> Html:
    total = report.checked
    if not total:
        return Html("")
    counted = [(word, report.verdicts.get(word, 0)) for word in _ACTIONS]
    shown = [(word, number) for word, number in counted if number]
    label = ", ".join(f"{number:,} {word}" for word, number in shown)
    legend = [
        element(
            "li",
            element("span", class_=f"dot is-{word}"),
            element("strong", text(word)),
            text(f" {number:,} "),
            element("span", text(_percent(number, total)), class_="soft"),
        )
        for word, number in shown
    ]
    return element(
        "section",
        element("h2", text("Verdicts")),
        share_bar({f"is-{word}": number for word, number in shown}, total, label),
        element("ul", *legend, class_="legend"),
        class_="card verdicts",
    )


def _principles(report: CheckPage) -> Html:
    highest = max((number for _, number in report.principles), default=0)
    rows = [
        element(
            "li",
            element("span", text(name)),
            element("span", text(f"{number:,}"), class_="number"),
            share_bar({"is-accent": number}, highest, _number(number, *report.noun)),
        )
        for name, number in report.principles
    ]
    body = element("ul", *rows, class_="ranked") if rows else _none("The rules cite no principle.")
    return element("section", element("h2", text("By principle")), body, class_="card")


def _none(words: str) -> Html:
    return element("p", text(words), class_="soft")


def _rules(report: CheckPage) -> Html:
    fired = [rule for rule in report.rules if rule.fired]
    highest = max((sum(rule.fired.values()) for rule in fired), default=0)
    rows = []
    for rule in fired:
        number = sum(rule.fired.values())
        parts = {f"is-{word}": rule.fired.get(word, 0) for word in _ACTIONS}
        label = ", ".join(f"{n:,} {word}" for word, n in rule.fired.items())
        name = element(
            "button",
            text(rule.name),
            type="button",
            class_="rule mono",
            data_rule=rule.name,
            title="Show only replies for which this rule fired",
        )
        rows.append(
            element(
                "li",
                element("span", name, text(" "), chip(rule.severity)),
                element("span", text(f"{number:,}"), class_="number"),
                share_bar(parts, highest, label),
                element("span", text(rule.meaning), _tags(rule.tags), class_="soft meaning"),
            )
        )
    quiet = [rule for rule in report.rules if not rule.fired]
    return element(
        "section",
        element("h2", text("By rule")),
        element("ul", *rows, class_="ranked"),
        _quiet(quiet),
        class_="card",
    )


def _tags(tags: Iterable[str]) -> Html:
    return join(element("span", text(tag), class_="tag mono") for tag in tags)


def _quiet(rules: Sequence[RuleRow]) -> Html:
    if not rules:
        return Html("")
    items = [
        element("li", element("code", text(rule.name)), text(f" {rule.meaning}")) for rule in rules
    ]
    title = f"{_number(len(rules), 'rule', 'rules')} did not fire"
    return element(
        "details", element("summary", text(title)), element("ul", *items), class_="soft quiet"
    )


def _turns(report: CheckPage) -> Html:
    names = [name for name, _ in report.turns]
    values = [
        {f"is-{word}": parts.get(word, 0) for word in _ACTIONS[1:] if parts.get(word)}
        for _, parts in report.turns
    ]
    chart = columns(names, values, "Replies for which a rule fired, by turn; the table has all")
    return element(
        "section",
        element("h2", text("In which turn rules fire")),
        element("div", chart, class_="scroll", tabindex=0, role="region", aria_label="Chart"),
        _turn_table(report),
        class_="card",
    )


def _turn_table(report: CheckPage) -> Html:
    head = [element("th", text(each), scope="col") for each in ("turn", "checked", "fired", "")]
    rows = []
    for name, parts in report.turns:
        total = sum(parts.values())
        fired = total - parts.get("allow", 0)
        listed = ", ".join(f"{parts[word]:,} {word}" for word in _ACTIONS[1:] if parts.get(word))
        cells = (name, f"{total:,}", f"{fired:,} ({_percent(fired, total)})", listed)
        rows.append(element("tr", *(element("td", text(cell)) for cell in cells)))
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    return element(
        "details",
        element("summary", text("As a table")),
        element("div", table, class_="scroll"),
        class_="soft",
    )


def _files(report: CheckPage) -> Html:
    titles = ("file", "shape", "conversations", report.noun[1], "not read")
    head = [
        element("th", text(each), scope="col", class_="number" if index > 1 else None)
        for index, each in enumerate(titles)
    ]
    rows = []
    for file in report.files:
        numbers = (file.conversations, file.checked, file.unreadable)
        cells = [
            element("td", element("code", text(file.name))),
            element("td", text(file.shape)),
        ]
        cells += [element("td", text(f"{number:,}"), class_="number") for number in numbers]
        rows.append(element("tr", *cells))
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    title = element("h2", text(_number(len(report.files), "file", "files")))
    return element(
        "details",
        element("summary", title),
        element("div", table, class_="scroll"),
        open=len(report.files) <= _FEW_FILES,
        class_="card files",
    )


def _nothing(report: CheckPage) -> Html:
    words = (
        f"{_number(report.checked, *report.noun)} checked, and no rule fired."
        if report.checked
        else f"There was no {report.noun[0]}: nothing was checked."
    )
    mark = element("p", text("✓" if report.checked else "–"), class_="mark", aria_hidden="true")
    return element("section", mark, element("p", text(words)), class_="card nothing")


def _foot() -> Html:
    return element(
        "footer",
        element(
            "p",
            text(
                "Findings are shown by their type and all other words as bars: no reply is quoted "
                "here. This page loads nothing and sends nothing."
            ),
        ),
    )


def _number(value: int, one: str, many: str) -> str:
    return f"{value:,} {one if value == 1 else many}"
