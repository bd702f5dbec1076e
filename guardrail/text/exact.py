"""RE2 expressions that match exactly what a pattern matches in one given text.

`regex` decides what a pattern means, but on some texts it takes forever. RE2 never does, and on a
known text it can be made to mean the same: only the characters that occur in it matter, and about
those `regex` can be asked one by one.
"""

from __future__ import annotations

import regex

from guardrail.text.syntax import (
    Anything,
    Assertion,
    CharSet,
    Choice,
    Group,
    Literal,
    Node,
    Repeat,
    Sequence,
    shortest,
)
from guardrail.text.widen import character_class, counts


def exact(tree: Node, text: str) -> str | None:
    r"""Return an RE2 expression with the meaning of the tree in this text; None if there is none.

    RE2 sees `\b` differently as soon as a text is not ASCII, `$` differently before a last line
    break, and rounds of a repeat differently if they may be empty.

    >>> tree = Sequence(0, 3, (CharSet(0, 2, r"\d", False), Literal(2, 3, "x", True)))
    >>> exact(tree, "1\u0662x")
    '(?:[0-9\\x{662}][Xx])'
    """
    return _Exactly(text).expression(tree)


class _Exactly:
    def __init__(self, text: str) -> None:
        self.is_ascii = text.isascii()
        self.ends_in_newline = text.endswith("\n")
        beyond = () if self.is_ascii else sorted(char for char in set(text) if not char.isascii())
        self.alphabet = "".join((*map(chr, range(0x80)), *beyond))

    def expression(self, node: Node) -> str | None:
        match node:
            case Literal(char=char, fold=fold):
                return self.characters(regex.escape(char), fold=fold)
            case CharSet(source=source, fold=fold):
                return self.characters(source, fold=fold)
            case Assertion():
                return self.assertion(node)
            case Anything():
                return None
            case Group(body=body):
                return self.expression(body)
            case Sequence(items=items):
                return self.joined(items, "")
            case Choice(items=items):
                return self.joined(items, "|")
            case Repeat():
                return self.repeat(node)

    def repeat(self, node: Repeat) -> str | None:
        if node.high != 1 and not shortest(node.body):
            return None
        inner, suffix = self.expression(node.body), counts(node.low, node.high)
        return inner and f"(?:{inner}){suffix}{'?' if suffix and node.is_lazy else ''}"

    def joined(self, items: tuple[Node, ...], separator: str) -> str | None:
        parts = []
        for item in items:
            part = self.expression(item)
            if part is None:
                return None
            parts.append(part)
        return f"(?:{separator.join(parts)})"

    def characters(self, source: str, *, fold: bool) -> str:
        flags = regex.V0 | (regex.I if fold else 0)
        return character_class(regex.findall(source, self.alphabet, flags))

    def assertion(self, node: Assertion) -> str | None:
        if node.source in {r"\b", r"\B"}:
            return node.source if self.is_ascii else None
        if node.is_multiline:
            return f"(?m:{node.source})"
        if node.source == "$" and self.ends_in_newline:
            return None
        return r"\A" if node.source in {"^", r"\A"} else r"\z"
