"""Bars and columns as SVG: colors come from classes, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from guardrail.reports.html.page import Html, element, text

_COLUMN: Final = 34
_HEIGHT: Final = 140
_ROOM: Final = 24  # above the columns for their number, below them for their name
_WIDE, _TALL, _SIDE = 280, 48, 52  # of a line with its band, and what its scale needs beside it
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


def band_chart(
    rates: Sequence[tuple[float, float, float] | None], marks: Sequence[float], label: str
) -> Html:
    """Return rates over time as a line in its band, from 0 up to the highest; gaps stay empty.

    Args:
        rates: share, lower and upper end for each stretch of time, from 0 to 1; None is a gap.
        marks: times to mark, from 0 to 1.
        label: what the chart shows.

    >>> band_chart([(0.1, 0.0, 0.2)], [0.5], "one").count("<polygon")
    1
    """
    highest = max((high for _, _, high in filter(None, rates)), default=0.0) or 1.0
    step = _WIDE / max(len(rates), 1)

    def at(index: float, value: float) -> str:
        return f"{index * step:.1f},{_TALL - (_TALL - 2) * value / highest:.1f}"

    pieces = [element("line", class_="axis", x1=0, x2=_WIDE, y1=_TALL - 0.5, y2=_TALL - 0.5)]
    for start, run in _runs(rates):
        edges = [(start + i + half, each) for i, each in enumerate(run) for half in (0.05, 0.95)]
        upper = [at(x, high) for x, (_, _, high) in edges]
        lower = [at(x, low) for x, (_, low, _) in reversed(edges)]
        pieces.append(element("polygon", class_="band", points=" ".join([*upper, *lower])))
        line = " ".join(at(x, share) for x, (share, _, _) in edges)
        pieces.append(element("polyline", class_="line", points=line))
    for mark in marks:
        x = f"{mark * _WIDE:.1f}"
        pieces.append(element("line", class_="mark", x1=x, x2=x, y1=0, y2=_TALL))
    pieces.append(element("text", text(f"{100 * highest:.3g} %"), x=_WIDE + 4, y=10))
    size = {"width": _WIDE + _SIDE, "height": _TALL, "viewBox": f"0 0 {_WIDE + _SIDE} {_TALL}"}
    return element("svg", *pieces, role="img", aria_label=label, **size)


_Rate: TypeAlias = tuple[float, float, float]


def _runs(rates: Sequence[_Rate | None]) -> Iterator[tuple[int, list[_Rate]]]:
    """Yield what stands between gaps, and where that begins."""
    run: list[_Rate] = []
    for index, each in enumerate([*rates, None]):
        if each is not None:
            run.append(each)
        elif run:
            yield index - len(run), run
            run = []


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
