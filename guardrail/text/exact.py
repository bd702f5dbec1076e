r"""What a pattern matches in one text, found by RE2.

`regex` decides what a pattern means, but on some texts it takes forever. RE2 never does, and on a
known text it can be made to mean the same. Only the characters that occur matter, and of those
only what the pattern tells apart: each such class gets one ASCII character to stand for it, a
word character exactly if its members are. So the text keeps its length, and `\b` its meaning.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Final

import re2
import regex

from guardrail.text.prefilter import options
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
    walk,
)
from guardrail.text.widen import character_class, counts

_MEMORY: Final = 1 << 26
_WORD: Final = string.ascii_lowercase + string.ascii_uppercase + string.digits + "_"
_OTHER: Final = "".join(char for char in map(chr, range(0x80)) if char not in _WORD + "\n")
_LINE_BREAK: Final = -1
"""A kind of its own: the line breaks that a plain `$` does not see, by another character."""


def exact_matches(tree: Node, text: str) -> list[tuple[int, int]] | None:
    r"""Return the spans that `regex` would find; None if RE2 cannot be made to say.

    Rounds of a repeat that may be empty mean something else to RE2, and a pattern may tell more
    than 63 kinds of word characters apart.

    >>> tree = Sequence(0, 3, (CharSet(0, 2, r"\d", False), Assertion(2, 4, r"\b", False)))
    >>> exact_matches(tree, "\u0661\u0662\u00e9 \u0663")
    [(4, 5)]
    """
    if not _means_the_same(tree):
        return None
    kinds = _Kinds(tree, text)
    if kinds.are_too_many:
        return None
    try:
        compiled = re2.compile(kinds.expression(tree), options(_MEMORY))
    except re2.error:
        return None
    return [found.span() for found in compiled.finditer(kinds.rewritten(text))]


def _means_the_same(tree: Node) -> bool:
    places = [node for node in walk(tree) if isinstance(node, Assertion)]
    if any(map(_is_plain_end, places)) and any(place.is_multiline for place in places):
        return False
    return not any(
        isinstance(node, Anything)
        or (isinstance(node, Repeat) and node.high != 1 and not shortest(node.body))
        for node in walk(tree)
    )


def _is_plain_end(node: Node) -> bool:
    """Whether this is a `$` that also stands before a last line break, and before no other."""
    return isinstance(node, Assertion) and node.source == "$" and not node.is_multiline


class _Kinds:
    """What a pattern tells apart in a text; a kind is a number with a bit for each class."""

    def __init__(self, tree: Node, text: str) -> None:
        self.has_plain_end = any(map(_is_plain_end, walk(tree)))
        alphabet = "".join(sorted(set(text) - {"\n"}))
        sources = list(dict.fromkeys(_sources(tree)))
        matching = [_members(source, alphabet, fold=fold) for source, fold in sources]
        kinds = dict.fromkeys(alphabet, 0)
        for bit, chars in enumerate(matching):
            for char in chars:
                kinds[char] |= 1 << bit
        words = {char: kinds[char] for char in _members(r"\w", alphabet, fold=False)}
        others = {char: kind for char, kind in kinds.items() if char not in words}
        others["\n"] = _LINE_BREAK
        self.are_too_many = len(set(words.values())) > len(_WORD) or len(
            set(others.values())
        ) > len(_OTHER)
        self.names = _named(words, _WORD) | _named(others, _OTHER)
        self.matching: dict[tuple[str, bool], str] = {}
        for (source, fold), chars in zip(sources, matching, strict=True):
            names = {self.names[char] for char in chars}
            if _members(source, "\n", fold=fold):
                names |= {"\n", self.names["\n"]}
            self.matching[source, fold] = character_class(names)

    def rewritten(self, text: str) -> bytes:
        """Return the text with one ASCII character for each of its own."""
        names = self.names if self.has_plain_end else self.names | {"\n": "\n"}
        rewritten = text.translate({ord(char): name for char, name in names.items()})
        if text.endswith("\n"):
            rewritten = rewritten[:-1] + "\n"
        return rewritten.encode()

    def expression(self, node: Node) -> str:
        match node:
            case Literal() | CharSet():
                return self.matching[_source(node)]
            case Assertion():
                return self.assertion(node)
            case Group(body=body):
                return self.expression(body)
            case Sequence(items=items):
                return f"(?:{''.join(map(self.expression, items))})"
            case Choice(items=items):
                return f"(?:{'|'.join(map(self.expression, items))})"
            case Repeat(body=body, low=low, high=high, is_lazy=is_lazy):
                suffix = counts(low, high)
                return f"(?:{self.expression(body)}){suffix}{'?' if suffix and is_lazy else ''}"
            case Anything():
                raise AssertionError("stands in patterns of third parties only")

    def assertion(self, node: Assertion) -> str:
        """Return the same place; the only line break left for a plain `$` is the last one."""
        if node.source in {r"\b", r"\B"}:
            return node.source
        if node.is_multiline or node.source == "$":
            return f"(?m:{node.source})"
        return r"\A" if node.source in {"^", r"\A"} else r"\z"


def _named(kinds: dict[str, int], names: str) -> dict[str, str]:
    """Return for each character the one that stands for its kind; any one if there are too many."""
    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds.values())))}
    return {char: names[numbers[kind] % len(names)] for char, kind in kinds.items()}


def _sources(tree: Node) -> Iterator[tuple[str, bool]]:
    return (_source(node) for node in walk(tree) if isinstance(node, Literal | CharSet))


def _source(node: Literal | CharSet) -> tuple[str, bool]:
    return (regex.escape(node.char) if isinstance(node, Literal) else node.source), node.fold


def _members(source: str, alphabet: str, *, fold: bool) -> list[str]:
    found: list[str] = regex.findall(source, alphabet, regex.V0 | (regex.I if fold else 0))
    return found
