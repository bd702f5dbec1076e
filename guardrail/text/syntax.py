"""The pieces a pattern is made of, and how long a match of each can be.

`guardrail.text.parser` makes these trees; the other files of this room read them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """One character; `fold` says that its other cases match too."""

    start: int
    end: int
    char: str
    fold: bool


@dataclass(frozen=True, slots=True)
class CharSet:
    """One character out of a class; `source` is what `regex` understands on its own."""

    start: int
    end: int
    source: str
    fold: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    r"""A place rather than a character: `^ $ \A \Z \z \b \B`, spelled for `regex`."""

    start: int
    end: int
    source: str
    is_multiline: bool


@dataclass(frozen=True, slots=True)
class Anything:
    """Any text at all: stands for what only third-party patterns may use."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """`body` again and again; `high` is None where there is no upper bound."""

    start: int
    end: int
    body: Node
    low: int
    high: int | None
    is_lazy: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; empty when `items` is."""

    start: int
    end: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, the first that works."""

    start: int
    end: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Something in parentheses."""

    start: int
    end: int
    body: Node


Node: TypeAlias = Literal | CharSet | Assertion | Anything | Repeat | Sequence | Choice | Group


def shortest(node: Node) -> int:
    """Return the length of the shortest match, in characters.

    >>> shortest(Literal(0, 1, "a", False))
    1
    """
    match node:
        case Literal() | CharSet():
            return 1
        case Repeat(body=body, low=low):
            return low * shortest(body) if low else 0
        case Sequence(items=items):
            return sum(map(shortest, items))
        case Choice(items=items):
            return min(map(shortest, items))
        case Group(body=body):
            return shortest(body)
        case Assertion() | Anything():
            return 0


def longest(node: Node) -> float:
    """Return the length of the longest match, in characters; infinite when there is no bound.

    >>> longest(Repeat(0, 2, Literal(0, 1, "a", False), 0, None, False))
    inf
    """
    match node:
        case Literal() | CharSet():
            return 1
        case Repeat(body=body, high=high):
            inner = longest(body)
            return inner * (math.inf if high is None else high) if inner and high != 0 else 0
        case Sequence(items=items):
            return sum(map(longest, items))
        case Choice(items=items):
            return max(map(longest, items))
        case Group(body=body):
            return longest(body)
        case Assertion():
            return 0
        case Anything():
            return math.inf


def size(node: Node) -> int:
    """Return how many characters and places `regex` writes out when it compiles the tree.

    It copies what must be there: `(a+)+` is `(a a*)(a a*)*`, so repeats in repeats multiply.

    >>> size(Repeat(0, 4, Literal(0, 1, "a", False), 3, 3, False))
    4
    """
    match node:
        case Repeat(body=body, low=low):
            return size(body) * (low + 1)
        case Sequence(items=items) | Choice(items=items):
            return sum(map(size, items))
        case Group(body=body):
            return size(body)
        case _:
            return 1


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything inside it, outermost first.

    >>> [type(n).__name__ for n in walk(Group(0, 3, Literal(1, 2, "a", False)))]
    ['Group', 'Literal']
    """
    yield node
    match node:
        case Sequence(items=items) | Choice(items=items):
            for item in items:
                yield from walk(item)
        case Repeat(body=body) | Group(body=body):
            yield from walk(body)
        case _:
            return
