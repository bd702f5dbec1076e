"""Blocks as a page for browsers: one file, light and dark, good on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from guardrail.doc.blocks import (
    Badge,
    Block,
    Bullets,
    Code,
    Heading,
    Inline,
    Line,
    Link,
    Matrix,
    Paragraph,
    Quote,
    Strong,
    Table,
    Text,
)
from guardrail.reports.html import page as parts
from guardrail.reports.html.page import Html, element, join, text

_CELL: Final = 26
_LETTER: Final = 6.5  # the widest a letter of the labels' 11 px type is, on the whole
_MOST_LETTERS: Final = 60


def html(blocks: Iterable[Block], title: str) -> bytes:
    """Return a page as one HTML document that loads nothing.

    >>> from guardrail.doc.blocks import line
    >>> b"<p>a &lt; b</p>" in html([Paragraph(line("a < b"))], "Demo")
    True
    """
    head, sections = _sections(list(blocks))
    return parts.page(
        title,
        element("header", *map(_block, head), class_="top"),
        element("main", *(_section(each) for each in sections)),
        element("footer", element("p", text("Made from the policy by guardrail doc."))),
        styles=[(Path(__file__).parent / "doc.css").read_text("utf-8")],
    )


def _sections(blocks: list[Block]) -> tuple[list[Block], list[list[Block]]]:
    """Split a page at its headings of level 2; what stands before the first is its head."""
    sections: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:  # noqa: PLR2004 - sections
            sections.append([])
        sections[-1].append(block)
    return sections[0], sections[1:]


def _section(blocks: list[Block]) -> Html:
    """Return a section as one card, or as a card for each rule."""
    rules: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, Heading) and block.level > 2:  # noqa: PLR2004 - below a section
            rules.append([])
        rules[-1].append(block)
    first, *others = rules
    if not others:
        return element("section", *map(_block, first), class_="card long")
    return element("section", *map(_block, first), *map(_group, others))


def _group(blocks: list[Block]) -> Html:
    heading = blocks[0]
    is_rule = isinstance(heading, Heading) and heading.level == 4  # noqa: PLR2004 - of a rule
    return element("div", *map(_block, blocks), class_="card rule" if is_rule else "principle")


def _block(block: Block) -> Html:
    match block:
        case Heading(level, line, anchor):
            return element(f"h{level}", _inline(line), id=anchor)
        case Paragraph(line, is_notice):
            return element("p", _inline(line), class_="notice" if is_notice else None)
        case Bullets(lines):
            return _bullets(lines)
        case Table():
            return _table(block)
        case Matrix():
            return _matrix(block)


def _bullets(lines: tuple[Line, ...]) -> Html:
    """Return lines as a list; where each begins with a strong word, as terms and what they mean."""
    if not all(line and isinstance(line[0], Strong) for line in lines):
        return element("ul", *(element("li", _inline(line)) for line in lines))
    pairs = (
        element("div", element("dt", text(line[0].value)), element("dd", _inline(line[1:])))
        for line in lines
    )
    return element("dl", *pairs)


def _inline(line: Line) -> Html:
    return join(map(_piece, line))


def _piece(piece: Inline) -> Html:
    match piece:
        case Text(value):
            return _broken(value)
        case Quote(value):
            return element("q", _broken(value))
        case Code(value):
            return element("code", text(value))
        case Strong(value):
            return element("strong", text(value))
        case Badge(value, tone):
            return element("span", text(value), class_=f"chip is-{tone}")
        case Link(value, anchor):
            return element("a", element("code", text(value)), href=f"#{anchor}")


def _broken(value: str) -> Html:
    lines = value.replace("\r\n", "\n").split("\n")
    first, *others = lines
    return join([text(first), *(join([element("br"), text(each)]) for each in others)])


def _table(table: Table) -> Html:
    rows = [element("tr", *_cells(row, has_head=bool(table.head))) for row in table.rows]
    head = [element("th", text(each), scope="col") for each in table.head]
    top = element("thead", element("tr", *head)) if head else Html("")
    # A last column without a name says how each case of a test ended.
    class_ = "facts" if not head else "cases" if not table.head[-1] else None
    body = element("table", top, element("tbody", *rows), aria_label=table.title, class_=class_)
    return element("div", body, class_="scroll", tabindex=0, role="region", aria_label=table.title)


def _cells(row: tuple[Line, ...], *, has_head: bool) -> Iterator[Html]:
    for index, cell in enumerate(row):
        is_title = index == 0 and not has_head
        yield element("th" if is_title else "td", _inline(cell), scope="row" if is_title else None)


# ---------------------------------------------------------------- the matrix


def _matrix(matrix: Matrix) -> Html:
    """Return who enforces what as a drawing: a full mark where a test fires the rule."""
    rows = [_cut(each) for each in matrix.rows]
    names = [_cut(each) for each in matrix.columns]
    left = int(max(map(len, rows)) * _LETTER) + 12
    # Names lean at 45 degrees, so they need the same room upwards and to the right.
    top = int(max(map(len, names)) * _LETTER * 0.72) + 20
    width = left + _CELL * len(names) + top
    height = top + _CELL * len(rows) + 6
    drawn = [
        *(_row_label(name, left, top + _CELL * row) for row, name in enumerate(rows)),
        *(_column_label(name, left + _CELL * column, top) for column, name in enumerate(names)),
        *_lines(len(rows), len(names), left, top),
        *(_mark(cell, mark, left, top) for cell, mark in matrix.marks.items()),
    ]
    label = "Which rule enforces which principle; the table above says the same"
    drawing = element(
        "svg",
        *drawn,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=label,
        class_="matrix",
    )
    legend = element(
        "p",
        text(
            "Full: a test of this policy fires the rule. Hollow: none does. "
            "The color is that of the action: "
        ),
        join((_action(word) for word in _actions(matrix)), ", "),
        text("."),
        class_="soft",
    )
    region = {"class_": "scroll", "tabindex": 0, "role": "region", "aria_label": label}
    return element("div", element("div", drawing, **region), legend, class_="figure")


def _cut(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else name[: _MOST_LETTERS - 1] + "…"


def _actions(matrix: Matrix) -> list[str]:
    return sorted({word for word, _ in matrix.marks.values()})


def _action(word: str) -> Html:
    return element("strong", text(word), class_=f"is-{word}")


def _row_label(name: str, left: int, y: int) -> Html:
    return element("text", text(name), x=left - 8, y=y + _CELL / 2 + 4, text_anchor="end")


def _column_label(name: str, x: int, top: int) -> Html:
    x_middle, y = x + _CELL / 2 + 3, top - 6
    turn = f"rotate(-45 {x_middle:g} {y:g})"
    return element("text", text(name), x=f"{x_middle:g}", y=y, transform=turn)


def _lines(rows: int, columns: int, left: int, top: int) -> Iterator[Html]:
    right, bottom = left + _CELL * columns, top + _CELL * rows
    for row in range(rows + 1):
        y = top + _CELL * row + 0.5
        yield element("line", class_="axis", x1=left, x2=right, y1=y, y2=y)
    for column in range(columns + 1):
        x = left + _CELL * column + 0.5
        yield element("line", class_="axis", x1=x, x2=x, y1=top, y2=bottom)


def _mark(cell: tuple[int, int], mark: tuple[str, bool], left: int, top: int) -> Html:
    (row, column), (action, is_tested) = cell, mark
    return element(
        "circle",
        element(
            "title", text(f"{action}, {'shown by a test' if is_tested else 'no test fires it'}")
        ),
        cx=left + _CELL * column + _CELL / 2,
        cy=top + _CELL * row + _CELL / 2,
        r=_CELL / 4,
        class_=f"is-{action}" if is_tested else f"is-{action} hollow",
    )
