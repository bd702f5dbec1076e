"""What a page is made of before anybody decides how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["good", "bad", "open", "low", "medium", "high", "critical"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words of the page itself, or of the policy."""

    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A name, a template or a pattern, letter for letter."""

    value: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A text of the policy, in quotation marks."""

    value: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    value: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with a meaning: a severity, or how a test ended."""

    value: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Link:
    """A name that leads to its place on the page."""

    value: str
    anchor: str


Inline: TypeAlias = Text | Code | Quote | Strong | Badge | Link
Line: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the page's."""

    level: int
    line: Line
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a notice stands out."""

    line: Line
    is_notice: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `title` says what is in it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Which rule (a column) enforces which principle (a row); only the page for browsers draws it.

    `marks` gives, for (row, column), the action of the rule and whether a test fires it.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    marks: dict[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)


Block: TypeAlias = Heading | Paragraph | Bullets | Table | Matrix


def line(*parts: str | Inline | Line) -> Line:
    """Return a line; plain words are text.

    >>> line("the list ", Code("rude"))
    (Text(value='the list '), Code(value='rude'))
    """
    pieces: list[Inline] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Text(part))
        elif isinstance(part, tuple):
            pieces.extend(part)
        else:
            pieces.append(part)
    return tuple(pieces)


def joined(lines: Sequence[Line], between: str = ", ") -> Line:
    """Return lines one after the other, with words between them."""
    pieces: list[Line] = []
    for index, each in enumerate(lines):
        pieces += [line(between), each] if index else [each]
    return line(*pieces)


def listed(lines: Sequence[Line], word: str = "and") -> Line:
    """Return lines as an enumeration.

    >>> "".join(each.value for each in listed([line("a"), line("b"), line("c")], "or"))
    'a, b or c'
    """
    if len(lines) <= 1:
        return joined(lines)
    return line(joined(lines[:-1]), f" {word} ", lines[-1])
