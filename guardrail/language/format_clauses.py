"""The canonical layout of what stands inside clauses and declarations.

What does not fit on a line breaks: conditions have an operand a line, led by `and` or `or`; lists
as many entries a line as fit; calls an argument a line if they do not fit on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, cast

from guardrail.language.format_doc import (
    INDENT,
    Doc,
    Fill,
    Group,
    Join,
    Line,
    Nest,
    Notes,
    Space,
    Word,
)
from guardrail.language.format_tree import Branch, Leaf, Node

BLANK: Final = Space()


def clause(node: Branch) -> Doc:
    """Return a clause or a step: its word, and the rest indented where it must go on below."""
    word, *rest = node.children
    match node.kind:
        case "with_":
            body: Doc = _stubs(rest)
        case "enforces" | "except_" | "expect_action":
            body = _filled(rest)
        case "then":
            body = Group(_led(rest))
        case "when" | "require":
            body = _condition(rest[0])
        case "unless":
            tails = [Join((Line(), doc(a), BLANK, doc(b))) for a, b in _pairs(rest[1:])]
            body = Group(Join((_condition(rest[0]), *tails)))
        case _:
            body = spaced(rest)
    return Join((doc(word), Nest(Join((BLANK, body))))) if rest else doc(word)


def _pairs(nodes: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    return zip(nodes[::2], nodes[1::2], strict=True)


def _stubs(nodes: Sequence[Node]) -> Doc:
    """Return stubs; the bracket of the first ends where its clause begins."""
    first, *rest = nodes
    name, sign, value = cast("Branch", first).children
    shown = doc(value)
    if isinstance(value, Branch) and value.kind == "stub_findings":
        shown = listed(value.children, by=-INDENT)
    head = Join((doc(name), BLANK, doc(sign), BLANK, shown, *map(doc, rest[:1])))
    return Fill((head, *_chunks(rest[1:])))


def _led(nodes: Sequence[Node]) -> Doc:
    """Return operands and what joins them, which leads a line."""
    first, *rest = nodes
    tails = [Join((Line(), doc(joint), BLANK, _operand(node))) for joint, node in _pairs(rest)]
    return Join((doc(first), *tails))


def _operand(node: Node) -> Doc:
    """Return an operand; its brackets end where the line with the joint begins."""
    is_simple = isinstance(node, Branch) and node.kind not in {"group", "not_"}
    return Nest(doc(node)) if is_simple else doc(node)


def _condition(node: Node) -> Doc:
    """Return a condition; a lone pair of brackets ends where its clause begins."""
    if isinstance(node, Leaf) or node.kind == "chain":
        return doc(node)
    if node.kind == "not_":
        word, operand = node.children
        return Join((doc(word), BLANK, _condition(operand)))
    return _bracket(node.children, spaced, by=-INDENT) if node.kind == "group" else doc(node)


# ---------------------------------------------------------------- the rest


def doc(node: Node) -> Doc:
    """Return a node as it stands inside a clause or a declaration."""
    if isinstance(node, Leaf):
        blank = node.is_blank_before and node.can_be_blank
        return Word(node.text, tuple(node.before), node.after, blank)
    return _METHODS.get(node.kind, _words)(node)


def _words(node: Branch) -> Doc:
    return spaced(node.children)


def spaced(nodes: Sequence[Node], *, by: int = 0) -> Doc:
    """Return nodes with a blank between them."""
    parts = [part for node in nodes for part in (BLANK, doc(node))]
    return Nest(Join(tuple(parts[1:])), by) if by else Join(tuple(parts[1:]))


def headed(nodes: Sequence[Node]) -> Doc:
    """Return nodes with a blank between them; where they must go on below, they are indented."""
    word, *rest = nodes
    return Join((doc(word), Nest(Join((BLANK, spaced(rest))))))


def _glued(node: Branch) -> Doc:
    return Join(tuple(map(doc, node.children)))


def _chunks(nodes: Sequence[Node]) -> list[Doc]:
    """Return what stands between commas, each with the comma behind it."""
    chunks: list[list[Node]] = [[]]
    docs: list[Doc] = []
    for node in nodes:
        if isinstance(node, Leaf) and node.kind == "COMMA":
            docs.append(Join((spaced(chunks.pop()), doc(node))))
            chunks.append([])
        else:
            chunks[-1].append(node)
    return [*docs, spaced(chunks[-1])] if chunks[-1] else docs


def _filled(nodes: Sequence[Node]) -> Doc:
    return Fill(tuple(_chunks(nodes)))


def listed(nodes: Sequence[Node], by: int = 0) -> Doc:
    """Return a bracket with as many entries a line as fit."""
    return _bracket(nodes, _filled, by)


def _bracket(nodes: Sequence[Node], content: Callable[[Sequence[Node]], Doc], by: int = 0) -> Doc:
    """Return brackets and their content: on one line, or the content indented between them."""
    opening, *inner, closing = nodes
    closing = cast("Leaf", closing)
    notes = Notes(tuple(closing.before))
    last = Word(closing.text, (), closing.after)
    first = Nest(doc(opening), INDENT + by)
    body = Nest(Join((Line(0), content(inner), notes) if inner else (notes,)))
    rest: tuple[Doc, ...] = (body, Line(0), last) if inner or closing.before else (last,)
    return Group(Join((first, Nest(Join(rest), by))))


def _call(node: Branch) -> Doc:
    """Return a call; what does not fit on a line has an argument on each."""
    kind, *rest = node.children

    def arguments(inner: Sequence[Node]) -> Doc:
        parts = [part for chunk in _chunks(inner) for part in (Line(), chunk)]
        return Group(Join(tuple(parts[1:])))

    return Join((Nest(doc(kind)), _bracket(rest, arguments)))


def _named(node: Branch) -> Doc:
    name, colon, value = node.children
    return Join((doc(name), doc(colon), BLANK, doc(value)))


def _group(node: Branch) -> Doc:
    return _bracket(node.children, spaced)


_METHODS: Final[dict[str, Callable[[Branch], Doc]]] = {
    "ref": _glued,
    "call": _call,
    "named": _named,
    "many": lambda node: listed(node.children),
    "stub_findings": lambda node: listed(node.children),
    "with_": clause,
    "expect_action": clause,
    "chain": lambda node: Group(_led(node.children)),
    "group": _group,
}
"""How to print a node; words with blanks between them for those that are not here."""
