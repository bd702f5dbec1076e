"""A short text that a pattern matches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import regex

from guardrail.text.pattern import Pattern
from guardrail.text.syntax import (
    Assertion,
    CharSet,
    Choice,
    Group,
    Literal,
    Node,
    Repeat,
    Sequence,
)

_CANDIDATES: Final = "a1A_ -.@/:xz09éß"
_MOST_TRIED: Final = 16
_LONGEST: Final = 200


def matching(pattern: Pattern) -> str | None:
    r"""Return a short text that a pattern matches, None if none is found quickly.

    >>> from guardrail.text.pattern import parse_pattern
    >>> matching(parse_pattern(r"\b(?:db|web)-\d{2,4}\b", "i"))
    'db-11'
    """
    compiled = pattern.compiled()
    for text in islice(_texts(pattern.tree), _MOST_TRIED):
        if text and len(text) <= _LONGEST and compiled.search(text):
            return text
    return None


def _texts(node: Node) -> Iterator[str]:
    """Yield texts of the shape of a node, one for each way of its outermost choices."""
    match node:
        case Literal(char=char):
            yield char
        case CharSet(source=source, fold=fold):
            yield _member(source, fold=fold)
        case Repeat(body=body, low=low):
            for text in _texts(body):
                yield text * max(low, 1)
        case Choice(items=items):
            for item in items:
                yield from _texts(item)
        case Group(body=body):
            yield from _texts(body)
        case Sequence(items=items):
            yield from _joined(items)
        case Assertion():
            yield ""


def _joined(items: tuple[Node, ...]) -> Iterator[str]:
    if not items:
        yield ""
        return
    rest = list(islice(_joined(items[1:]), _MOST_TRIED))
    for text in islice(_texts(items[0]), _MOST_TRIED):
        for tail in rest:
            yield text + tail


def _member(source: str, *, fold: bool) -> str:
    compiled = regex.compile(source, regex.V0 | (regex.I if fold else 0))
    for character in _CANDIDATES:
        if compiled.fullmatch(character):
            return character
    found = next((chr(code) for code in range(33, 0x3000) if compiled.fullmatch(chr(code))), "")
    return found if found.isprintable() else ""
