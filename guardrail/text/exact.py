r"""What a pattern matches in a text, found by RE2.

`regex` decides what a pattern means, but on some texts it takes forever. RE2 never does, and on a
known text it can be made to mean the same. Only the characters that occur matter, and of those
only what the pattern tells apart: each such class gets one ASCII character to stand for it, a
word character exactly if its members are. So the text keeps its length, and `\b` its meaning.

Texts of ASCII, which most are, need nothing of that: an expression whose classes are what `regex`
takes of ASCII means the same in all of them.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import re2
import regex

from guardrail.text.prefilter import first_match, options
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
    size,
    walk,
)
from guardrail.text.widen import ASCII, character_class, counts

_MEMORY: Final = 1 << 26
_WORD: Final = string.ascii_lowercase + string.ascii_uppercase + string.digits + "_"
_OTHER: Final = "".join(char for char in map(chr, range(0x80)) if char not in _WORD + "\n")
_LARGEST_IN_ASCII: Final = 1_000
"""A larger pattern has an automaton that is slow to build; each match of one text builds on it."""

_UNTIMED: Final = 64
"""So many matches are found without a look at the clock."""

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
        compiled = re2.compile(_expression(tree, kinds.matching), options(_MEMORY))
    except re2.error:
        return None
    return [found.span() for found in compiled.finditer(kinds.rewritten(text))]


InAscii: TypeAlias = Callable[[str, float], "list[tuple[int, int]] | None"]
"""Gives all matches in a text of ASCII, None if they take longer than so many seconds."""


def matches_in_ascii(tree: Node) -> InAscii | None:
    r"""Return a function that gives the spans `regex` would find in a text of ASCII.

    None if RE2 cannot be made to say. One match takes time in proportion to the text; a clock is
    for very many of them.

    >>> tree = Sequence(0, 3, (CharSet(0, 2, r"\d", False), Assertion(2, 4, r"\b", False)))
    >>> matches_in_ascii(tree)("12a 3", 0.1)
    [(4, 5)]
    """
    if size(tree) > _LARGEST_IN_ASCII or not _means_the_same(tree) or _has_plain_end(tree):
        return None
    matching = {
        (source, fold): character_class(_members(source, ASCII, fold=fold))
        for source, fold in _sources(tree)
    }
    try:
        match = first_match(_expression(tree, matching))
    except re2.error:
        return None

    def matches(text: str, seconds: float) -> list[tuple[int, int]] | None:
        data = text.encode()
        size, found = len(data), list[tuple[int, int]]()
        (span,) = match(data, 0, size)
        while span[0] >= 0:
            found.append(span)
            if len(found) == _UNTIMED:
                deadline = time.perf_counter() + seconds
            if len(found) > _UNTIMED and time.perf_counter() > deadline:
                return None
            (span,) = match(data, span[1], size)
        return found

    return matches


def _means_the_same(tree: Node) -> bool:
    places = [node for node in walk(tree) if isinstance(node, Assertion)]
    if any(map(_is_plain_end, places)) and any(place.is_multiline for place in places):
        return False
    return not any(
        isinstance(node, Anything)
        or (isinstance(node, Repeat) and node.high != 1 and not shortest(node.body))
        for node in walk(tree)
    )


def _has_plain_end(tree: Node) -> bool:
    return any(map(_is_plain_end, walk(tree)))


def _is_plain_end(node: Node) -> bool:
    """Whether this is a `$` that also stands before a last line break, and before no other."""
    return isinstance(node, Assertion) and node.source == "$" and not node.is_multiline


class _Kinds:
    """What a pattern tells apart in a text; a kind is a number with a bit for each class."""

    def __init__(self, tree: Node, text: str) -> None:
        self.has_plain_end = _has_plain_end(tree)
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


def _expression(node: Node, matching: Mapping[tuple[str, bool], str]) -> str:
    """Return what RE2 finds a pattern with; `matching` has a class for each of its own."""
    match node:
        case Literal() | CharSet():
            return matching[_source(node)]
        case Assertion():
            return _assertion(node)
        case Group(body=body):
            return _expression(body, matching)
        case Sequence(items=items):
            return f"(?:{''.join(_expression(item, matching) for item in items)})"
        case Choice(items=items):
            return f"(?:{'|'.join(_expression(item, matching) for item in items)})"
        case Repeat(body=body, low=low, high=high, is_lazy=is_lazy):
            suffix = counts(low, high)
            return f"(?:{_expression(body, matching)}){suffix}{'?' if suffix and is_lazy else ''}"
        case Anything():
            raise AssertionError("stands in patterns of third parties only")


def _assertion(node: Assertion) -> str:
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
