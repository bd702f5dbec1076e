"""Documents: what to print, with the places where a line may end, and how lines are chosen.

A `Group` is printed on one line if it fits, else every `Line` in it ends a line. A `Fill` ends a
line only where the next part does not fit. Comments travel with the word they stand at: one before
a word or behind it ends the line whatever the group says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 100
"""The longest line, in characters; a string or a comment may be longer."""

INDENT: Final = 2


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as it was found: its text, and where it stood; columns are counted from 1."""

    text: str
    is_own_line: bool
    start: int
    column: int
    is_blank_before: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What must be known of a document before it is printed.

    `width` is that of one line, `lead` that of what comes before the first place to end a line.
    `is_forced` says that it cannot stand on one line; `opens` and `ends` that a comment stands
    before its first word or behind its last.
    """

    width: int = 0
    lead: int = 0
    can_break: bool = False
    is_forced: bool = False
    opens: bool = False
    ends: bool = False
    has_words: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A token, with the comments above it and the one behind it."""

    text: str
    before: tuple[Remark, ...] = ()
    after: Remark | None = None
    is_blank_before: bool = False
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        size, opens, ends = len(self.text), bool(self.before), self.after is not None
        _set(self, Shape(size, 0 if opens else size, opens, False, opens, ends, True))


@dataclass(frozen=True, slots=True)
class Space:
    """White space inside a line."""

    size: int = 1
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, Shape(self.size, self.size))


@dataclass(frozen=True, slots=True)
class Line:
    """The end of a line where the group is broken, else so many blanks; `None` always ends it."""

    flat: int | None = 1
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, Shape(self.flat or 0, 0, can_break=True, is_forced=self.flat is None))


@dataclass(frozen=True, slots=True)
class Notes:
    """Comments with lines of their own that stand before no word of their block."""

    remarks: tuple[Remark, ...]
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, Shape(can_break=bool(self.remarks), is_forced=bool(self.remarks)))


@dataclass(frozen=True, slots=True)
class Join:
    """Documents one after the other."""

    parts: tuple[Doc, ...]
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, _joined([part.shape for part in self.parts]))


@dataclass(frozen=True, slots=True)
class Nest:
    """A document whose lines begin further to the right."""

    part: Doc
    by: int = INDENT
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, self.part.shape)


@dataclass(frozen=True, slots=True)
class Group:
    """A document that stands on one line if it fits."""

    part: Doc
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, self.part.shape)


@dataclass(frozen=True, slots=True)
class Fill:
    """Documents with a blank between them, as many on a line as fit."""

    parts: tuple[Doc, ...]
    shape: Shape = field(init=False, repr=False)

    def __post_init__(self) -> None:
        gap = Line().shape
        shapes = [each for part in self.parts for each in (gap, part.shape)][1:]
        _set(self, _joined(shapes))


Doc: TypeAlias = Word | Space | Line | Notes | Join | Nest | Group | Fill


def _set(doc: Doc, shape: Shape) -> None:
    object.__setattr__(doc, "shape", shape)


def _joined(shapes: Sequence[Shape]) -> Shape:
    """Return the shape of documents one after the other."""
    width = lead = 0
    can_break = is_forced = opens = ends = has_words = False
    for shape in shapes:
        width += shape.width
        if not can_break and not ends:
            lead += shape.lead
        if shape.has_words:
            is_forced = is_forced or ends or (has_words and shape.opens)
            opens = shape.opens if not has_words else opens
            ends, has_words = shape.ends, True
        can_break = can_break or shape.can_break
        is_forced = is_forced or shape.is_forced
    return Shape(width, lead, can_break, is_forced, opens, ends, has_words)


# ---------------------------------------------------------------- lines


@dataclass(slots=True)
class Row:
    """A line of the output; `is_note` marks one that is a comment alone."""

    indent: int
    text: str = ""
    comment: str | None = None
    is_blank_before: bool = False
    is_note: bool = False


class Writer:
    """Collects the lines of the output."""

    def __init__(self) -> None:
        self.rows = [Row(0)]
        self._gap = 0

    @property
    def row(self) -> Row:
        """The line that is being written."""
        return self.rows[-1]

    @property
    def is_closed(self) -> bool:
        """Whether a comment has ended the line."""
        return self.row.comment is not None or self.row.is_note

    @property
    def column(self) -> int:
        """How many characters the line has, with the white space that is due."""
        return self.row.indent + len(self.row.text) + self._gap

    def space(self, size: int) -> None:
        """Leave room before the next word, unless a line begins there."""
        self._gap = size if self.row.text else 0

    def newline(self, indent: int) -> None:
        """Begin a line; one in which nothing stands yet is used."""
        self._gap = 0
        if self.row.text:
            self.rows.append(Row(indent))
        else:
            self.row.indent = indent

    def line(self, flat: int | None, indent: int) -> None:
        """Begin a line, or leave so much room instead."""
        if flat is None:
            self.newline(indent)
        else:
            self.space(flat)

    def blank(self) -> None:
        """Leave a blank line above, but not at the top of a file or of a block."""
        if len(self.rows) > 1 and self.rows[-2].indent >= self.row.indent:
            self.row.is_blank_before = True

    def notes(self, remarks: tuple[Remark, ...], indent: int) -> None:
        """Write comments with lines of their own."""
        for remark in remarks:
            self.newline(indent)
            if remark.is_blank_before:
                self.blank()
            self.row.text, self.row.is_note = remark.text, True

    def word(self, word: Word, indent: int) -> None:
        """Write a word with its comments."""
        if word.before or self.is_closed:
            self.notes(word.before, indent)
            self.newline(indent)
        if word.is_blank_before:
            self.blank()
        self.row.text += " " * self._gap + word.text
        self._gap = 0
        if word.after is not None:
            self.row.comment = word.after.text

    def text(self) -> str:
        """Return what was written; comments of neighboring lines stand below each other."""
        columns = self._comment_columns()
        lines: list[str] = []
        for row, column in zip(self.rows, columns, strict=True):
            if row.is_blank_before:
                lines.append("")
            line = " " * row.indent + row.text
            lines.append(line if row.comment is None else f"{line:<{column}}{row.comment}")
        return "\n".join(lines) + "\n"

    def _comment_columns(self) -> list[int]:
        """Return for each line where its comment stands."""
        columns = [0] * len(self.rows)
        start = 0
        for index, row in enumerate([*self.rows, Row(0)]):
            if row.comment is not None and not row.is_blank_before:
                continue
            run = self.rows[start:index]
            widest = max((each.indent + len(each.text) for each in run), default=0)
            columns[start:index] = [widest + 2] * len(run)
            start = index if row.comment is not None else index + 1
        return columns


def write(writer: Writer, doc: Doc, indent: int = 0) -> None:
    """Print a document from the place where the writer is."""
    _put(writer, doc, indent, is_flat=False, tail=0)


def _put(writer: Writer, doc: Doc, indent: int, *, is_flat: bool, tail: int) -> None:
    """Print a document; `tail` columns must be left for what follows it on its last line."""
    match doc:
        case Word():
            writer.word(doc, indent)
        case Join():
            for part, room in zip(doc.parts, _tails(doc.parts, tail), strict=True):
                _put(writer, part, indent, is_flat=is_flat, tail=room)
        case Space():
            writer.space(doc.size)
        case Nest():
            _put(writer, doc.part, indent + doc.by, is_flat=is_flat, tail=tail)
        case Line():
            writer.line(doc.flat if is_flat else None, indent)
        case Notes():
            writer.notes(doc.remarks, indent)
        case Group():
            is_flat = is_flat or _fits(writer, doc.shape, indent, tail)
            _put(writer, doc.part, indent, is_flat=is_flat, tail=tail)
        case Fill():
            _fill(writer, doc, indent, is_flat=is_flat, tail=tail)


def _fits(writer: Writer, shape: Shape, indent: int, tail: int) -> bool:
    start = indent if shape.opens or writer.is_closed else writer.column
    return not shape.is_forced and start + shape.width + tail <= WIDTH


def _tails(parts: tuple[Doc, ...], tail: int) -> list[int]:
    """Return for each part how much of what follows must stand on its last line."""
    tails: list[int] = []
    for part in reversed(parts):
        tails.append(tail)
        shape = part.shape
        tail = shape.lead if shape.can_break or shape.ends else shape.width + tail
    return tails[::-1]


def _fill(writer: Writer, doc: Fill, indent: int, *, is_flat: bool, tail: int) -> None:
    last = len(doc.parts) - 1
    for index, part in enumerate(doc.parts):
        room = tail if index == last else 0
        if index:
            writer.space(1)
            if not is_flat and not (writer.row.text and _fits(writer, part.shape, indent, room)):
                writer.newline(indent)
        _put(writer, part, indent, is_flat=is_flat, tail=room)
