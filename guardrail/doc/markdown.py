"""Blocks as Markdown that GitHub and MkDocs show alike; nothing of the policy is markup in it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
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

_BACKSLASHED: Final = re.compile(r"[\\`*_{}\[\]#]")
_ENTITIES: Final = {each: f"&#{ord(each)};" for each in "<>&|~$@"}
_ADDRESS: Final = re.compile(r"(?<=:)//|(?<=www)\.", re.IGNORECASE)
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_IN_CODE: Final = frozenset("`|*_[]{}#~$@\\")
_PLAIN_CODE: Final = re.compile(r"[^`|\n<>&]+")


def markdown(blocks: Iterable[Block]) -> str:
    r"""Return a page as Markdown.

    >>> from guardrail.doc.blocks import line
    >>> print(markdown([Heading(1, line("A *page*")), Paragraph(line("Of ", Code("x"), "."))]))
    # A \*page\*
    <BLANKLINE>
    Of `x`.
    <BLANKLINE>
    """
    return (
        "\n\n".join("\n".join(_lines(each)) for each in blocks if not isinstance(each, Matrix))
        + "\n"
    )


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, words, anchor):
            if anchor is not None:
                yield f'<a id="{html.escape(anchor)}"></a>'
                yield ""
            yield f"{'#' * level} {_inline(words)}"
        case Paragraph(words, is_notice):
            yield f"> {_inline(words)}" if is_notice else _inline(words)
        case Bullets(lines):
            yield from (f"- {_inline(words)}" for words in lines)
        case Table():
            yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    head = table.head or tuple("" for _ in table.rows[0])
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in table.rows:
        yield f"| {' | '.join(_inline(cell) for cell in row)} |"


def _inline(line: Line) -> str:
    return "".join(map(_piece, line))


def _piece(piece: Inline) -> str:
    match piece:
        case Text(value):
            return escaped(value)
        case Quote(value):
            return f"“{escaped(value)}”"
        case Code(value):
            return _code(value)
        case Strong(value):
            return f"**{escaped(value)}**"
        case Badge(value, tone):
            return f"**{escaped(value)}**" if tone in {"bad", "open"} else escaped(value)
        case Link(value, anchor):
            return f"[{_code(value)}](#{html.escape(anchor)})"


def escaped(text: str) -> str:
    r"""Return text that stands in Markdown as it is; a line break becomes one.

    >>> escaped("a|b *c* <d>\n\u202e")
    'a&#124;b \\*c\\* &#60;d&#62;<br>\\\\u202e'
    """
    shown = "".join(_shown(each) for each in _visible(text))
    return _ADDRESS.sub(lambda found: "".join(f"&#{ord(each)};" for each in found[0]), shown)


def _shown(character: str) -> str:
    if character == "\n":
        return "<br>"
    if character in _ENTITIES:
        return _ENTITIES[character]
    return _BACKSLASHED.sub(r"\\\g<0>", character)


def _visible(text: str) -> str:
    """Return text in which nothing hides or reorders what stands beside it."""
    text = text.replace("\r\n", "\n")
    return "".join(
        each
        if each == "\n" or unicodedata.category(each) not in _HIDDEN
        else " "
        if each == "\t"
        else ascii(each)[1:-1]
        for each in text
    )


def _code(text: str) -> str:
    """Return text in the look of code; what a code span cannot hold is an element."""
    text = _visible(text)
    if _PLAIN_CODE.fullmatch(text) and text == text.strip():
        return f"`{text}`"
    body = html.escape(text, quote=False).replace("\n", "<br>")
    kept = "".join(f"&#{ord(each)};" if each in _IN_CODE else each for each in body)
    return f"<code>{kept}</code>"
