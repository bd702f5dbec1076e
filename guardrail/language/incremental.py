"""Parsing a file again after an edit: only the declarations that changed are read.

A text is cut where declarations begin, as the parser does after a mistake. What a stretch says
depends on its text alone (a mistake at its end also names the word that follows), so a stretch
that was read before is taken over, moved to its new place. The result is what `parse` gives.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from guardrail.language import nodes
from guardrail.language.bad_tokens import END
from guardrail.language.build import build
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.parser import (
    MAX_COUNTED,
    capped,
    edition,
    parse,
    prefix,
    recover,
    stretches,
)
from guardrail.language.source import Range, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrail.language.nodes import File

_Moved = TypeVar("_Moved")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one stretch at `start` says; `is_open` if the next stretch may go on with it."""

    start: int
    items: tuple[nodes.Item, ...]
    mistake: Diagnostic | None
    wrong: tuple[Diagnostic, ...]
    is_open: bool

    def at(self, start: int) -> _Piece:
        """Return the piece at another place of the same text."""
        if start == self.start:
            return self
        by = start - self.start
        mistake = self.mistake and _diagnostic_moved(self.mistake, by)
        wrong = tuple(_diagnostic_moved(each, by) for each in self.wrong)
        return _Piece(start, moved(self.items, by), mistake, wrong, self.is_open)


class IncrementalParser:
    r"""Parses the versions of one file, one after the other; each takes over what did not change.

    Not for use by two threads at once.

    >>> again = IncrementalParser()
    >>> file, wrong = again.parse(Source("a.guard", 'edition 1\nreply bye "Goodbye."'))
    >>> file.items[0].name.name, wrong
    ('bye', [])
    """

    def __init__(self) -> None:
        self._pieces: dict[tuple[str, str], _Piece] = {}

    def parse(self, source: Source) -> tuple[File | None, list[Diagnostic]]:
        """Return what `parser.parse` returns for the text, sooner if much of it was read before."""
        start, unknown = edition(source)
        if unknown is not None:
            return None, [unknown]
        spans = list(stretches(source.text, start))
        pieces = self._read(source, spans)
        for (piece, span), (_, after) in pairwise(zip(pieces, spans, strict=False)):
            if piece.is_open and prefix(source.text[span.start : after.end]) is not None:
                return parse(source)
        items = tuple(item for piece in pieces for item in piece.items)
        mistakes = [piece.mistake for piece in pieces if piece.mistake is not None]
        mistakes += [wrong for piece in pieces for wrong in piece.wrong]
        whole = Range(0, len(source.text))
        file = nodes.File(span=whole, edition=1, items=items)
        return file, capped([replace(mistake, source=source) for mistake in mistakes])

    def _read(self, source: Source, spans: list[Range]) -> list[_Piece]:
        """Return what each stretch says, up to the mistake that is one too many."""
        text, before, self._pieces = source.text, self._pieces, {}
        pieces: list[_Piece] = []
        mistakes = 0
        for span in spans:
            line_end = text.find("\n", span.end)
            key = text[span.start : span.end], text[span.end : line_end if line_end >= 0 else None]
            known = before.get(key) or self._pieces.get(key)
            piece = _piece(source, span) if known is None else known.at(span.start)
            self._pieces[key] = piece
            pieces.append(piece)
            mistakes += piece.mistake is not None
            if mistakes > MAX_COUNTED:
                break
        return pieces


def _piece(source: Source, span: Range) -> _Piece:
    tree, mistake = recover(source, span)
    file, wrong = build(source, [(span.start, tree)] if tree is not None else [])
    is_open = False
    if mistake is not None:
        # A mistake is one for the whole file too, unless a name could stand where the next
        # stretch begins: then its first word may be that name.
        rest = prefix(source.text[span.start : span.end])
        is_open = rest is not None and "NAME" in rest.accepts and END not in rest.accepts
    return _Piece(span.start, file.items, mistake, tuple(wrong), is_open)


# ---------------------------------------------------------------- moving what was read


def moved(value: _Moved, by: int) -> _Moved:
    """Return a node, or a tuple of nodes, with every place moved by so many characters.

    >>> moved((nodes.Flag(span=Range(2, 6)),), 3)[0].span
    Range(start=5, end=9)
    """
    return _moved(value, by) if by else value


def _moved(value: Any, by: int) -> Any:
    if value is None:
        return None
    kind = value.__class__
    if kind is tuple:
        return tuple([_moved(each, by) for each in value])
    if kind is Range:
        return Range(value.start + by, value.end + by)
    plan = _plan(kind)
    if not plan:
        return value
    new = kind.__new__(kind)
    for get, put, is_place in plan:
        field = get(value)
        put(new, _moved(field, by) if is_place else field)
    return new


_PLAIN = frozenset({"str", "int", "float", "bool", "Severity", "Treat", "Subject", "Operator"})


@cache
def _plan(kind: type) -> tuple[tuple[Callable[[Any], Any], Callable[[Any, Any], None], bool], ...]:
    """Return how each field of a node is read and written, and whether it can hold a place.

    Nodes are frozen; their slots are filled directly, which is several times as fast as `replace`.
    """
    if not issubclass(kind, nodes.Node):
        return ()
    slots = [(getattr(kind, field.name), str(field.type)) for field in fields(kind)]
    return tuple((slot.__get__, slot.__set__, type_ not in _PLAIN) for slot, type_ in slots)


def _diagnostic_moved(diagnostic: Diagnostic, by: int) -> Diagnostic:
    def label(label: Label) -> Label:
        return Label(_moved(label.span, by), label.text)

    others = tuple(label(other) for other in diagnostic.others)
    return replace(diagnostic, primary=label(diagnostic.primary), others=others)
