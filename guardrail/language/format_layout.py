"""The canonical layout: for each kind of node how it is printed.

A declaration begins at the margin, its clauses stand one a line below it, indented, in a fixed
order. Neighbors of one kind that fit on a line each have their second parts in a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from guardrail.language.format_clauses import BLANK, clause, doc, headed, listed, spaced
from guardrail.language.format_doc import (
    INDENT,
    WIDTH,
    Doc,
    Join,
    Line,
    Nest,
    Notes,
    Remark,
    Space,
    Writer,
    write,
)
from guardrail.language.format_tree import (
    HEAD,
    Branch,
    Leaf,
    Node,
    first_leaf,
    last_leaf,
    leaves,
    remarks,
)

if TYPE_CHECKING:
    from guardrail.language.source import Source

_BLOCKS: Final = frozenset({"policy", "rule", "test_single", "test_table"})
_CLAUSES: Final = {
    "policy": (
        "owner",
        "version",
        "on_error",
        "fallback",
        "budget_ms",
        "evaluate_all",
    ),
    "rule": (
        "enforces",
        "when",
        "require",
        "unless",
        "except_",
        "then",
        "message",
        "meta",
        "on_error",
    ),
}
_HARD: Final = Line(None)


def layout(root: Branch, source: Source) -> str:
    """Return the canonical text of a policy."""
    word, number, *rest = root.children
    cast("Leaf", word).can_be_blank = True
    items = cast("list[Branch]", rest)
    _settle(root, items, source)
    writer = Writer()
    write(writer, headed([word, number]))
    pads = _pads(items)
    for item, pad in zip(items, pads, strict=True):
        writer.newline(0)
        write(writer, _item(item, pad, source))
    writer.notes(tuple(root.notes), 0)
    return writer.text()


# ---------------------------------------------------------------- items and the space between


def _settle(root: Branch, items: list[Branch], source: Source) -> None:
    """Say where blank lines stand between items, and which comments end an item."""
    before: Branch | None = None
    for item in items:
        first = first_leaf(item)
        first.can_be_blank = True
        first.before = _keep_notes(before, first.before, source.position(first.start)[1])
        if before is None or before.kind in _BLOCKS or item.kind in _BLOCKS:
            _set_blank(item, is_blank=True)
        before = item
    root.notes = _keep_notes(before, root.notes, 1)
    if root.notes and (before is None or before.kind in _BLOCKS):
        root.notes[0] = replace(root.notes[0], is_blank_before=True)


def _keep_notes(item: Branch | None, found: list[Remark], column: int) -> list[Remark]:
    """Leave comments to the item above that stand right of `column`, where the one below begins.

    Return the others.
    """
    if item is None or item.kind not in _BLOCKS:
        return found
    kept = 0
    for remark in found:
        if not remark.is_own_line or remark.column <= column:
            break
        kept += 1
    item.notes = found[:kept]
    return found[kept:]


def _set_blank(node: Node, *, is_blank: bool) -> None:
    """Put a blank line above a node and its comments, or take it away."""
    first = first_leaf(node)
    if first.before:
        first.before[0] = replace(first.before[0], is_blank_before=is_blank)
    else:
        first.is_blank_before = is_blank


def _pads(items: list[Branch]) -> list[int]:
    """Return for each item how much room its second part takes, 0 for as much as it needs."""
    pads = [0] * len(items)
    run: dict[int, int] = {}
    for index, item in enumerate(items):
        width = _width(item)
        if run and (width is None or not _goes_on(items[index - 1], item)):
            _align(items, run, pads)
            run = {}
        if width is not None:
            run[index] = width
    if run:
        _align(items, run, pads)
    return pads


def _width(item: Branch) -> int | None:
    """Return the width of a declaration that stands on one line, None for others."""
    if item.kind not in _ALIGNED:
        return None
    shape = _declaration(item, 0).shape
    is_short = not shape.is_forced and (item.kind not in _BREAKABLE or shape.width <= WIDTH)
    return shape.width if is_short else None


def _goes_on(item: Branch, following: Branch) -> bool:
    """Return whether two items stand in one run."""
    first = first_leaf(following)
    same = _ALIGNED[item.kind] == _ALIGNED[following.kind]
    return same and not first.before and not first.is_blank_before


def _align(items: list[Branch], run: dict[int, int], pads: list[int]) -> None:
    """Note the room of a run, given by index and width; who would not fit then stays as it is."""
    names = {index: len(cast("Leaf", items[index].children[1]).text) for index in run}
    widest = max(names.values())
    for index, name in names.items():
        if items[index].kind not in _BREAKABLE or run[index] + widest - name <= WIDTH:
            pads[index] = widest


_ALIGNED: Final = {
    "import_": "import",
    "principle": "principle",
    "list_inline": "list",
    "list_file": "list",
    "pattern": "pattern",
    "detector": "detector",
    "reply": "reply",
    "rewriter": "rewriter",
}
"""Declarations that can stand in a run, by what must be the same in one."""

_BREAKABLE: Final = frozenset({"list_inline", "detector", "rewriter"})


def _item(item: Branch, pad: int, source: Source) -> Doc:
    match item.kind:
        case "policy" | "rule":
            return _block(item)
        case "test_single":
            return _test(item)
        case "test_table":
            return _table(item, source)
        case _:
            return _declaration(item, pad)


def _declaration(item: Branch, pad: int) -> Doc:
    word, name, *rest = item.children
    gap = Space(max(pad - len(cast("Leaf", name).text), 0) + 1)
    head = Join((doc(word), Nest(Join((BLANK, doc(name), gap)))))
    match item.kind:
        case "list_inline":
            return Join((head, listed(rest)))
        case "detector" | "rewriter":
            sign, call = rest
            return Join((head, Nest(doc(sign)), BLANK, doc(call)))
        case _:
            return Join((head, spaced(rest, by=INDENT)))


# ---------------------------------------------------------------- blocks


def _block(item: Branch) -> Doc:
    """Return a policy or a rule: its head, and its clauses in the order of the language.

    Comments stay in the order in which they were written: where sorting would change it, the
    clauses stay as they are.
    """
    heads = [child for child in item.children if isinstance(child, Leaf) or child.kind in HEAD]
    clauses = cast("list[Branch]", item.children[len(heads) :])
    written = remarks(item.children)
    sorted_heads = sorted(heads, key=lambda head: HEAD.get(head.kind, 0))
    sorted_clauses = sorted(clauses, key=lambda each: _CLAUSES[item.kind].index(each.kind))
    _swap_comments(heads, sorted_heads)
    if remarks([*sorted_heads, *sorted_clauses]) == written:
        return _lines(item, sorted_heads, [clause(each) for each in sorted_clauses])
    _swap_comments(heads, sorted_heads)
    return _lines(item, heads, [clause(each) for each in clauses])


def _swap_comments(heads: list[Node], others: list[Node]) -> None:
    """Exchange what stands behind the last words of two heads."""
    last, other = last_leaf(heads[-1]), last_leaf(others[-1])
    last.after, other.after = other.after, last.after


def _lines(item: Branch, heads: Sequence[Node], clauses: Sequence[Doc]) -> Doc:
    """Return a head with clauses below it, and the comments that end the block."""
    word, *rest = heads
    head = Join((doc(word), Nest(Join((BLANK, spaced(rest))), 2 * INDENT)))
    body = Join(tuple(part for line in clauses for part in (_HARD, line)))
    return Join((head, Nest(Join((body, Notes(tuple(item.notes)))))))


def _test(item: Branch) -> Doc:
    steps = cast("list[Branch]", item.children[2:])
    return _lines(item, item.children[:2], _steps(steps))


def _table(item: Branch, source: Source) -> Doc:
    """Return a test with cases; they stand on a line each where the author wrote them so."""
    at = next(i for i, child in enumerate(item.children) if isinstance(child, Leaf) and i > 1)
    shared = cast("list[Branch]", item.children[2:at])
    rows = cast("list[Branch]", item.children[at + 1 :])
    flat = [headed(row.children) for row in rows]
    is_flat = all(
        _is_on_one_line(row, source) and not line.shape.is_forced and line.shape.width <= _ROOM
        for row, line in zip(rows, flat, strict=True)
    )
    lines = [*_steps(shared), doc(item.children[at])]
    for index, row in enumerate(rows):
        first_leaf(row).can_be_blank = True
        if not index or not is_flat:
            _set_blank(row, is_blank=bool(index))
        steps = [headed(row.children)] if is_flat else _steps(row.children)
        lines += steps
    return _lines(item, item.children[:2], lines)


_ROOM: Final = WIDTH - INDENT


def _is_on_one_line(node: Node, source: Source) -> bool:
    return "\n" not in source.text[first_leaf(node).start : last_leaf(node).end]


def _steps(steps: Sequence[Node]) -> list[Doc]:
    """Return the steps of a test, a line each; texts of both sides stand in a column."""
    docs: list[Doc] = []
    for index, step in enumerate(steps):
        step = cast("Branch", step)
        sides = {_side(other) for other in steps[max(index - 1, 0) : index + 2]}
        if step.kind == "given" and sides >= {"input", "output"}:
            word, side, text = step.children
            gap = Space(len("output") - len(_side(step)) + 1)
            rest = Join((BLANK, doc(side), gap, doc(text)))
            docs.append(Join((doc(word), Nest(rest))))
        else:
            docs.append(clause(step))
    return docs


def _side(step: Node) -> str:
    """Return the side that a step gives; nothing if it is another step."""
    is_given = isinstance(step, Branch) and step.kind == "given"
    return leaves([step])[1].text if is_given else ""
