"""Bars and columns as SVG: colors come from classes, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from guardrail.reports.html.page import Html, element, text

_COLUMN: Final = 34
_HEIGHT: Final = 140
_ROOM: Final = 24  # above the columns for their number, below them for their name
_LEFT: Final = 44  # a name at the foot of the first column may be wider than it


def share_bar(parts: Mapping[str, float], total: float, label: str) -> Html:
    """Return one bar of several parts, each in the color of its class; the rest stays empty.

    >>> share_bar({"is-block": 1}, 4, "1 of 4")[:44]
    '<svg class="bar" viewBox="0 0 100 8" preserv'
    """
    pieces = []
    x = 0.0
    for class_, value in parts.items():
        width = 100 * value / total if total else 0
        if value:
            pieces.append(
                element("rect", class_=class_, x=f"{x:.3f}", y=0, width=f"{width:.3f}", height=8)
            )
        x += width
    return element(
        "svg",
        *pieces,
        class_="bar",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def columns(names: Sequence[str], values: Sequence[Mapping[str, float]], label: str) -> Html:
    """Return stacked columns: for each name its parts by class, the first at the foot."""
    totals = [sum(each.values()) for each in values]
    highest = max(totals, default=0) or 1
    width = 2 * _LEFT + _COLUMN * len(names)
    base = _ROOM + _HEIGHT
    pieces = [element("line", class_="axis", x1=0, x2=width, y1=base + 0.5, y2=base + 0.5)]
    for index, (name, parts, total) in enumerate(zip(names, values, totals, strict=True)):
        x = _LEFT + index * _COLUMN
        middle = x + _COLUMN / 2
        pieces.append(_stack(parts, x + 4, base, _HEIGHT / highest))
        top = base - _HEIGHT * total / highest
        if total:
            pieces.append(_label(f"{total:,.0f}", middle, top - 6))
        pieces.append(_label(name, middle, base + 16))
    return element(
        "svg",
        *pieces,
        width=width,
        height=base + _ROOM,
        viewBox=f"0 0 {width} {base + _ROOM}",
        role="img",
        aria_label=label,
    )


def _stack(parts: Mapping[str, float], x: float, base: float, scale: float) -> Html:
    pieces = []
    for class_, value in parts.items():
        height = value * scale
        base -= height
        name = class_.removeprefix("is-")
        pieces.append(
            element(
                "rect",
                element("title", text(f"{value:,.0f} {name}")),
                class_=class_,
                x=x,
                y=f"{base:.2f}",
                width=_COLUMN - 8,
                height=f"{height:.2f}",
            )
        )
    return element("g", *pieces)


def _label(value: str, x: float, y: float) -> Html:
    return element("text", text(value), x=x, y=f"{y:.1f}", text_anchor="middle")
