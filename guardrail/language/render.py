"""Draws a diagnostic: where, the source lines with what is marked in them, and what to do.

    error[G102]: `our_number` is not defined
      --> support.guard:43:10
       |
    43 |   except our_number
       |          ^^^^^^^^^^ did you mean the list `our_numbers` (line 17)?

Only policy source is ever shown. Characters that would move or hide text are shown as `�`, so an
excerpt looks as it reads and the carets stand under what they mean.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.language.diagnostics import CATALOGUE, Diagnostic
from guardrail.language.source import Range, Source

_TAB: Final = "    "
_WIDEST: Final = 160
_LONGEST_TEXT: Final = 2500
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_BYTE_ORDER_MARK: Final = "\ufeff"


def render(diagnostic: Diagnostic) -> str:
    """Return a diagnostic as people read it, without a line break at the end."""
    source, primary = diagnostic.source, diagnostic.primary
    if not source.text:
        return _without_source(diagnostic)
    line, column = source.position(primary.span.start)
    lines: dict[int, list[_Mark]] = {}
    for label in (primary, *diagnostic.others):
        number, start = source.position(label.span.start)
        mark = _Mark(start - 1, _end(source, label.span, number), label is primary, label.text)
        lines.setdefault(number, []).append(mark)
    width = len(str(max(lines)))
    gutter = " " * width
    drawn = [
        f"{diagnostic.level}[{diagnostic.code}]: {visible(diagnostic.message)}",
        f"{gutter}--> {visible(source.name)}:{line}:{column}",
        f"{gutter} |",
    ]
    for number in sorted(lines):
        if number - 1 not in lines and number != min(lines):
            drawn.append("...")
        excerpt, *below = _draw(source.line(number), lines[number])
        drawn.append(f"{number:>{width}} | {excerpt}".rstrip())
        drawn += [f"{gutter} | {row}" for row in below]
    drawn += [f"{gutter} = help: {visible(text)}" for text in diagnostic.help]
    return "\n".join(drawn)


def _without_source(diagnostic: Diagnostic) -> str:
    """Return a diagnostic about a file of which there is nothing to show."""
    return "\n".join(
        [
            f"{diagnostic.level}[{diagnostic.code}]: {visible(diagnostic.message)}",
            f" --> {visible(diagnostic.source.name)}",
            *(f"  = help: {visible(text)}" for text in diagnostic.help),
        ]
    )


def render_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Return diagnostics in the order of files and places, an empty line between them."""
    return "\n\n".join(render(diagnostic) for diagnostic in in_order(diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics in the order of files and places."""
    return sorted(diagnostics, key=lambda one: (one.source.name, one.primary.span, one.code))


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as JSON-ready data, in the words that `render` shows."""
    source = diagnostic.source
    return {
        "code": diagnostic.code,
        "name": CATALOGUE[diagnostic.code].name,
        "level": diagnostic.level,
        "message": visible(diagnostic.message),
        "file": source.name,
        **_place(source, diagnostic.primary.span),
        "help": [visible(text) for text in diagnostic.help],
        "labels": [
            {
                **_place(source, label.span),
                "text": visible(label.text),
                "primary": label is diagnostic.primary,
            }
            for label in (diagnostic.primary, *diagnostic.others)
        ],
    }


def visible(text: str) -> str:
    r"""Return a text with `�` for every character that would move or hide others, and cut.

    >>> visible("a\u202eb")
    'a�b'
    """
    if len(text) > _LONGEST_TEXT:
        text = text[:_LONGEST_TEXT] + "…"
    return "".join("�" if unicodedata.category(char) in _HIDDEN else char for char in text)


def _place(source: Source, span: Range) -> dict[str, object]:
    (line, column), (end_line, end_column) = map(source.position, (span.start, span.end))
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


# ---------------------------------------------------------------- one line and its marks


@dataclass(frozen=True, slots=True)
class _Mark:
    """A marked stretch of one line, in characters from 0, and what is written beside it."""

    start: int
    end: int
    is_primary: bool
    text: str


def _end(source: Source, span: Range, line: int) -> int:
    """Return where a mark ends on the line it begins: at least one column, at most the line."""
    start = source.position(span.start)[1] - 1
    return max(start + 1, min(start + span.end - span.start, len(source.line(line))))


def _draw(line: str, marks: Sequence[_Mark]) -> list[str]:
    """Return a source line as it is shown, and the rows below it."""
    focus = min(marks, key=lambda mark: (not mark.is_primary, mark.start))
    cells, first = _window(line, focus.start)
    columns = [0]
    for cell in cells:
        columns.append(columns[-1] + width(cell))
    columns += range(columns[-1] + 1, columns[-1] + 3)  # a mark may stand past the end

    def column(index: int) -> int:
        return columns[min(max(index - first, 0), len(columns) - 1)]

    placed = [
        (column(mark.start), max(column(mark.end), column(mark.start) + 1), mark)
        for mark in sorted(marks, key=lambda mark: (mark.start, mark.is_primary))
    ]
    row = [" "] * max(end for _, end, _ in placed)
    for start, end, mark in sorted(placed, key=lambda each: each[2].is_primary):
        row[start:end] = ("^" if mark.is_primary else "-") * (end - start)
    return ["".join(cells), *_with_texts("".join(row), [(at, mark.text) for at, _, mark in placed])]


def _with_texts(row: str, texts: list[tuple[int, str]]) -> list[str]:
    """Return the row of marks and the texts: the last beside its mark, others hanging below."""
    rows = [f"{row} {visible(texts[-1][1])}".rstrip()]
    hanging = [(at, text) for at, text in texts[:-1] if text]
    if hanging:
        rows.append(_bars([at for at, _ in hanging]))
    while hanging:
        at, text = hanging.pop()
        rows.append(f"{_bars([left for left, _ in hanging]):<{at}}{visible(text)}")
    return rows


def _bars(columns: Sequence[int]) -> str:
    row = [" "] * (max(columns, default=-1) + 1)
    for column in columns:
        row[column] = "|"
    return "".join(row)


def _window(line: str, focus: int) -> tuple[list[str], int]:
    """Return a line in cells, cut around `focus` if it is too wide, and which is the first."""
    first = max(focus - _WIDEST, 0)
    cells = [_cell(character) for character in line[first : focus + _WIDEST]]
    widths = list(map(width, cells))
    if first == 0 and len(cells) == len(line) and sum(widths) <= _WIDEST:
        return cells, 0
    start = end = focus - first
    while start > 0 and sum(widths[start - 1 : end]) < _WIDEST // 3:
        start -= 1
    while end < len(cells) and sum(widths[start : end + 1]) <= _WIDEST - 2:
        end += 1
    head = ["…"] if first + start > 0 else []
    tail = ["…"] if first + end < len(line) else []
    return [*head, *cells[start:end], *tail], first + start - len(head)


def _cell(character: str) -> str:
    if character == "\t":
        return _TAB
    return "" if character == _BYTE_ORDER_MARK else visible(character)


def width(cell: str) -> int:
    r"""Return how many columns a character takes on a terminal.

    >>> width("a"), width("漢"), width("\u0301")
    (1, 2, 0)
    """
    if len(cell) != 1:
        return len(cell)
    if unicodedata.category(cell) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1
