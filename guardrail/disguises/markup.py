"""Markup: characters as entities, and letters with markup between them that does not show.

Sources: HTML Living Standard, sections 13.1.4 (character references), 13.1.6 (comments) and 13.5
(named references); CommonMark 0.31, sections 6.1 (code spans) and 6.2 (emphasis).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.entities import html5
from random import Random
from typing import Final

from guardrail.disguises.base import LETTERED, Apply, Disguise, Kind, letters, pieces

FAMILY: Final = "markup"
_PUNCTUATED: Final[frozenset[Kind]] = frozenset(
    {"phrase", "pattern", "email", "phone", "card", "iban", "key"}
)
_NAMED: Final = {
    "@": "&commat;", ".": "&period;", "_": "&lowbar;", "+": "&plus;", "(": "&lpar;", ")": "&rpar;",
    "-": "&hyphen;", " ": "&nbsp;", "/": "&sol;", "&": "&amp;", "#": "&num;", ";": "&semi;",
    "%": "&percnt;", "=": "&equals;", "\\": "&bsol;", ":": "&colon;", "*": "&ast;", "<": "&lt;",
    ">": "&gt;", "|": "&vert;", "`": "&grave;", "[": "&lsqb;", "]": "&rsqb;", "$": "&dollar;",
}  # fmt: skip
_TAGS: Final = (
    ("<b>", "</b>"), ("<i>", "</i>"), ("<span>", "</span>"), ('<em class="x">', "</em>"),
    ("<wbr>", ""), ("<u>", "</u>"), ('<font color="red">', "</font>"),
)  # fmt: skip


def entities(form: str) -> Callable[[str], str]:
    """Return what writes each character as a reference of this form.

    >>> entities("&#x{:x};")("bo")
    '&#x62;&#x6f;'
    """
    return lambda text: "".join(form.format(ord(char)) for char in text)


def _chosen(*forms: str) -> Apply:
    return lambda text, dice: entities(dice.choice(forms))(text)


def _named(text: str, _: Random) -> str:
    return "".join(_NAMED.get(char, char) for char in text)


def _named_letters(text: str, dice: Random) -> str:
    """Write letters as the named references of mathematical ones."""
    style = dice.choice(("scr", "fr", "opf"))
    known = {f"{char}{style};" for char in map(chr, range(128))} & html5.keys()
    return "".join(f"&{char}{style};" if f"{char}{style};" in known else char for char in text)


def _nested(text: str, dice: Random) -> str:
    inner = entities(dice.choice(("&#{};", "&#x{:x};")))(text)
    return inner.replace("&", dice.choice(("&amp;", "&amp;amp;", "&#38;")))


def _comments(text: str, dice: Random) -> str:
    note = dice.choice(("<!---->", "<!-- x -->", "<!-- see the note -->"))
    return note.join(pieces(text, dice, 4))


def _tags(text: str, dice: Random) -> str:
    start, end = dice.choice(_TAGS)
    parts = pieces(text, dice, 4)
    if not end:
        return start.join(parts)
    at = dice.randrange(2)
    return "".join(f"{start}{part}{end}" if i % 2 == at else part for i, part in enumerate(parts))


def _wrapped(*marks: str) -> Apply:
    def apply(text: str, dice: Random) -> str:
        mark, parts = dice.choice(marks), pieces(text, dice, 4)
        at = 1 if len(letters(text)) > 1 else 0
        return "".join(f"{mark}{p}{mark}" if i % 2 == at else p for i, p in enumerate(parts))

    return apply


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    decimal = _chosen("&#{};", "&#{};", "&#{:05d};")
    yield Disguise("entity_decimal", FAMILY, decimal, is_hiding=True)
    hexadecimal = _chosen("&#x{:x};", "&#X{:X};", "&#x{:04x};")
    yield Disguise("entity_hex", FAMILY, hexadecimal, is_hiding=True)
    yield Disguise("entity_named", FAMILY, _named, _PUNCTUATED, is_hiding=True)
    yield Disguise("entity_named_letters", FAMILY, _named_letters, LETTERED, is_hiding=True)
    yield Disguise("entity_nested", FAMILY, _nested, is_hiding=True)
    yield Disguise("comment_split", FAMILY, _comments)
    yield Disguise("tag_split", FAMILY, _tags)
    yield Disguise("emphasis_split", FAMILY, _wrapped("**", "*", "__", "_", "~~"))
    yield Disguise("code_split", FAMILY, _wrapped("`", "``"))
