"""The list of the page of `guardrail check`: every reply for which rules fired, and its filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from guardrail.reports.html.check_report import CheckPage, HitRow
from guardrail.reports.html.page import Html, element, join, text
from guardrail.values import Action

_ACTIONS: Final = tuple(action.word for action in reversed(Action))
_SEVERITIES: Final = ("critical", "high", "medium", "low")
_TYPE_COLORS: Final = 8
_STARS: Final = re.compile(r"(\*+)")


def chip(word: str) -> Html:
    """Return an action or a severity in its color.

    >>> chip("block")
    '<span class="chip is-block">block</span>'
    """
    return element("span", text(word), class_=f"chip is-{word}")


def hits(report: CheckPage) -> Html:
    """Return the filter and the replies, those of one conversation together."""
    conversations = [
        _conversation(name, line, list(said))
        for (name, line), said in groupby(report.hits, key=lambda hit: (hit.file, hit.line))
    ]
    left_out = report.hit_count - len(report.hits)
    note = (
        f"The strongest {len(report.hits):,} of {report.hit_count:,} {report.noun[1]} are shown; "
        "--format jsonl has all of them."
    )
    return element(
        "section",
        element("h2", text("What fired where"), id="hits"),
        element("p", text(note), class_="soft") if left_out else Html(""),
        _filters(report),
        *conversations,
        element(
            "p",
            text("Nothing matches the filter. "),
            element("button", text("Show all"), type="button", id="reset"),
            id="none",
            class_="card nothing",
            hidden=True,
        ),
    )


def _filters(report: CheckPage) -> Html:
    actions = {hit.action for hit in report.hits}
    severities = {severity for hit in report.hits for _, severity, _ in hit.rules}
    rules = sorted({name for hit in report.hits for name, _, _ in hit.rules})
    return element(
        "form",
        element(
            "label",
            element("span", text("Filter"), class_="hidden"),
            element(
                "input",
                type="search",
                id="words",
                placeholder="file, rule, type of finding …",
                autocomplete="off",
                spellcheck="false",
            ),
        ),
        _choice("action", "any action", [word for word in _ACTIONS if word in actions]),
        _choice("rule", "any rule", rules),
        _choice("severity", "any severity", [word for word in _SEVERITIES if word in severities]),
        element("output", text(""), id="count", aria_live="polite"),
        id="filter",
        class_="card no-print",
        hidden=True,
        data_one=report.noun[0],
        data_many=report.noun[1],
    )


def _choice(name: str, every: str, words: Iterable[str]) -> Html:
    options = [element("option", text(every), value="")]
    options += [element("option", text(word), value=word) for word in words]
    label = element("span", text(name), class_="hidden")
    return element("label", label, element("select", *options, id=name))


def _conversation(name: str, line: int, said: Sequence[HitRow]) -> Html:
    title = element("h3", element("code", text(f"{name}:{line}")))
    return element("article", title, *map(_hit, said), class_="card conversation")


def _hit(hit: HitRow) -> Html:
    place = f"turn {hit.turn}{f' · {hit.part}' if hit.part else ''}"
    return element(
        "div",
        element("p", text(place), class_="turn soft"),
        element("p", chip(hit.action), *_fired(hit), class_="fired"),
        _excerpt(hit),
        class_="hit",
        data_action=hit.action,
        data_rules=" ".join(name for name, _, _ in hit.rules),
        data_severities=" ".join(dict.fromkeys(severity for _, severity, _ in hit.rules)),
    )


def _fired(hit: HitRow) -> Iterator[Html]:
    for name, severity, action in hit.rules:
        own = f", {action}" if action != hit.action else ""
        yield element(
            "span",
            element("span", class_=f"dot is-{severity}"),
            element("code", text(name)),
            element("span", text(f" {severity}{own}"), class_="soft"),
            class_="by",
        )


def _excerpt(hit: HitRow) -> Html:
    types = dict.fromkeys(piece for piece, is_type in hit.pieces if is_type)
    sent = element("span", text(f" → {hit.replied}"), class_="sent") if hit.replied else Html("")
    if not types:
        return element("p", text(f"({hit.length:,} characters)"), sent, class_="excerpt soft")
    return element("p", masked(hit.pieces), sent, class_="excerpt mono")


def masked(pieces: Sequence[tuple[str, bool]]) -> Html:
    """Return masked text: its words as bars, its findings by their type."""
    types = dict.fromkeys(piece for piece, is_type in pieces if is_type)
    shown = [_finding(piece) if is_type else _masked(piece) for piece, is_type in pieces]
    return element("span", *shown, role="img", aria_label=f"masked text with {', '.join(types)}")


def _finding(type_: str) -> Html:
    color = sum(type_.encode(errors="replace")) % _TYPE_COLORS
    return element("mark", text(type_), class_=f"type-{color}")


def _masked(piece: str) -> Html:
    parts = _STARS.split(piece)
    return join(element("i", text(each)) if each[:1] == "*" else text(each) for each in parts)
