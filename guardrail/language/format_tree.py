"""What the formatter works on: the grammar's tree with every token, comments at the tokens.

Tokens that the canonical form does not have (needless parentheses, commas before a bracket) are
gone. A comment stands at the token before it if it shares its line, else at the one after it; one
on the line where a rule begins stays on that line. None leaves its clause: who allows something in
a comment allows the same in any layout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from guardrail.language.format_doc import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lark import Token, Tree

    from guardrail.language.comments import Comment
    from guardrail.language.source import Source


@dataclass(slots=True)
class Leaf:
    """A token of the output, and the comments at it.

    A comment before `reach` must not come behind what this token ends: parentheses that closed
    behind it and are gone reach so far, and a name with a dot in it, of which this is the last.
    """

    kind: str
    text: str
    start: int
    end: int
    reach: int = 0
    before: list[Remark] = field(default_factory=list)
    after: Remark | None = None
    is_blank_before: bool = False
    can_be_blank: bool = False


@dataclass(slots=True)
class Branch:
    """A rule of the grammar; `notes` are the comments behind its last token, on their own lines."""

    kind: str
    children: list[Node]
    notes: list[Remark] = field(default_factory=list)


Node: TypeAlias = Leaf | Branch

HEAD: Final = {"side": 0, "late": 1, "each_sentence": 2, "severity": 3}
"""What belongs to the head of a rule, and its order."""


def concrete(
    source: Source, tree: Tree[Token], tokens: list[Token], comments: Sequence[Comment]
) -> Branch:
    """Return the tree of a policy with every token of its canonical form and every comment."""
    root = _complete(tree, [_leaf(token) for token in tokens])
    root = cast("Branch", _canonical(root))
    _attach(source, root, comments, [cast("int", token.end_pos) for token in tokens])
    return root


def first_leaf(node: Node) -> Leaf:
    """Return the first token of a node."""
    while isinstance(node, Branch):
        node = node.children[0]
    return node


def last_leaf(node: Node) -> Leaf:
    """Return the last token of a node."""
    while isinstance(node, Branch):
        node = node.children[-1]
    return node


def leaves(nodes: Iterable[Node]) -> list[Leaf]:
    """Return the tokens of nodes, in order."""
    found: list[Leaf] = []
    for node in nodes:
        if isinstance(node, Leaf):
            found.append(node)
        else:
            found += leaves(node.children)
    return found


def remarks(nodes: Iterable[Node]) -> list[int]:
    """Return where the comments of nodes stood, in the order in which they would be printed."""
    found: list[int] = []
    for leaf in leaves(nodes):
        found += [remark.start for remark in leaf.before]
        if leaf.after is not None:
            found.append(leaf.after.start)
    return found


# ---------------------------------------------------------------- tokens


def _leaf(token: Token) -> Leaf:
    return Leaf(token.type, str(token), cast("int", token.start_pos), cast("int", token.end_pos))


def _complete(tree: Tree[Token], tokens: list[Leaf]) -> Branch:
    """Return a tree with all of its tokens, also those that the grammar leaves out."""
    rest = iter(tokens)
    following = next(rest, None)

    def until(place: int) -> Iterator[Leaf]:
        nonlocal following
        while following is not None and following.start < place:
            yield following
            following = next(rest, None)

    def complete(part: Tree[Token]) -> Branch:
        children: list[Node] = []
        for child in part.children:
            if isinstance(child, str):
                children += until(cast("int", child.end_pos))
            else:
                children += until(child.meta.start_pos)
                children.append(complete(child))
        children += until(part.meta.end_pos)
        return Branch(str(part.data), children)

    return complete(tree)


# ---------------------------------------------------------------- what the canonical form drops


def _canonical(node: Node) -> Node:
    """Return a node without tokens that mean nothing."""
    if isinstance(node, Leaf):
        return node
    node.children = [_canonical(child) for child in node.children]
    if node.kind == "call":
        cast("Leaf", node.children[1]).kind = "CALL"
    elif node.kind in {"chain", "not_"}:
        node.children = [_without_parentheses(child) for child in node.children]
    elif node.kind in {"when", "require", "unless"}:
        node.children = [_without(child, _inner(child)) for child in node.children]
    node.children = list(_without_last_comma(node.children))
    node.children = list(_merged(node.children))
    return node


def _inner(node: Node) -> Node:
    """Return what stands in parentheses, or the node itself."""
    while isinstance(node, Branch) and node.kind == "group":
        node = node.children[1]
    return node


def _without(node: Node, inner: Node) -> Node:
    """Return what stands inside a node, and note at its end how far the node reached."""
    if inner is not node:
        end = last_leaf(node)
        last_leaf(inner).reach = max(end.end, end.reach)
    return inner


def _without_parentheses(child: Node) -> Node:
    """Return an operand; only a chain needs its parentheses, and only one pair."""
    inner = _inner(child)
    if not (isinstance(inner, Branch) and inner.kind == "chain"):
        return _without(child, inner)
    pair = child
    while isinstance(pair, Branch) and pair.children[1] is not inner:
        pair = pair.children[1]
    return _without(child, pair)


def _without_last_comma(children: list[Node]) -> Iterator[Node]:
    for child, following in zip(children, [*children[1:], None], strict=True):
        is_comma = isinstance(child, Leaf) and child.kind == "COMMA"
        if is_comma and isinstance(following, Leaf) and following.kind in {"RSQB", "RPAR"}:
            continue
        yield child


def _merged(children: list[Node]) -> Iterator[Node]:
    """Make one `with` clause of neighbors: the word of the second becomes a comma."""
    before: Branch | None = None
    for child in children:
        is_with = isinstance(child, Branch) and child.kind == "with_"
        if not is_with:
            before = None
            yield child
        elif before is None:
            before = cast("Branch", child)
            yield child
        else:
            word, *stubs = cast("Branch", child).children
            word = cast("Leaf", word)
            before.children += [Leaf("COMMA", ",", word.start, word.end), *stubs]


# ---------------------------------------------------------------- comments

_GLUED: Final = frozenset({"COMMA", "COLON", "DOT", "CALL"})
"""Nothing comes between these and the token before them: its comments go behind them."""


def _attach(source: Source, root: Branch, comments: Sequence[Comment], ends: list[int]) -> None:
    """Give each comment to the token it stands at, and note where the author left lines blank."""
    waiting: list[Remark] = []
    rest = list(comments)[::-1]
    before = host = None
    places = _Places(source, comments, ends)
    for leaf in leaves([root]):
        while rest and rest[-1].span.start < leaf.start:
            waiting.append(places.remark(rest.pop()))
        leaf.is_blank_before = places.has_blank_before(leaf.start)
        if before is not None and before.kind == "DOT":
            leaf.reach = max(leaf.start, leaf.reach)
        if not _is_glued(leaf, before):
            _share(waiting, host, before, leaf)
            waiting, host = [], leaf
        before = leaf
    waiting += [places.remark(comment) for comment in reversed(rest)]
    end = Leaf("$END", "", 0, 0)
    _share(waiting, host, before, end)
    root.notes = end.before
    for item in cast("list[Branch]", root.children[2:]):
        if item.kind == "rule":
            _keep_on_first_line(item, source)


def _is_glued(leaf: Leaf, before: Leaf | None) -> bool:
    after_dot = before is not None and before.kind == "DOT"
    return leaf.kind in _GLUED or after_dot


def _share(waiting: list[Remark], host: Leaf | None, before: Leaf | None, leaf: Leaf) -> None:
    """Share out the comments between two tokens; those above the first of them go to `host`."""
    if before is not None and host is not None:
        kept = 0
        for number, remark in enumerate(waiting, 1):
            is_inside = remark.start < before.reach
            is_behind = not remark.is_own_line and (number == 1 or bool(before.reach))
            kept = number if is_inside or is_behind else kept
        if kept:
            host.before += waiting[: kept - 1]
            before.after = waiting[kept - 1]
            waiting = waiting[kept:]
    leaf.before = waiting


def _keep_on_first_line(rule: Branch, source: Source) -> None:
    """Put the comment on the line where a rule begins behind the head of the rule."""
    start = first_leaf(rule).start
    clause = next(index for index, child in enumerate(rule.children) if _is_clause(child))
    for leaf in leaves(rule.children[clause:]):
        behind = [leaf.after] if leaf.after is not None else []
        for remark in [*leaf.before[:1], *behind]:
            if not remark.is_own_line and "\n" not in source.text[start : remark.start]:
                last_leaf(rule.children[clause - 1]).after = remark
                leaf.before = [each for each in leaf.before if each is not remark]
                leaf.after = None if leaf.after is remark else leaf.after
            return


def _is_clause(node: Node) -> bool:
    return isinstance(node, Branch) and node.kind not in HEAD


class _Places:
    """How the author laid out a text."""

    def __init__(self, source: Source, comments: Sequence[Comment], ends: list[int]) -> None:
        self.source = source
        self.ends = sorted([*ends, *(comment.span.end for comment in comments)])
        self._next = 0

    def has_blank_before(self, start: int) -> bool:
        """Return whether a blank line stands above a place; places must be asked in order."""
        while self._next < len(self.ends) and self.ends[self._next] <= start:
            self._next += 1
        end = self.ends[self._next - 1] if self._next else 0
        return self.source.text.count("\n", end, start) > 1

    def remark(self, comment: Comment) -> Remark:
        start = comment.span.start
        return Remark(
            comment.text,
            comment.is_own_line,
            start,
            self.source.position(start)[1],
            self.has_blank_before(start),
        )
