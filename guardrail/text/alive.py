r"""Where a match could still begin or grow: the question a stream asks of the end of a text.

A text that goes on may complete what its end has begun. `could_grow` makes, of the expressions of
all that may be looked for, one that matches every beginning of a match up to the end of the text:
the leftmost place where it does is the earliest one that a match may still claim. A complete match
counts as a beginning too, because only the next character shows whether it ends there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from guardrail.text import syntax
from guardrail.text.parser import parse_leniently
from guardrail.text.prefilter import first_place
from guardrail.text.syntax import (
    Anything,
    Assertion,
    Choice,
    Group,
    Literal,
    Node,
    Repeat,
    Sequence,
    longest,
    size,
)
from guardrail.text.widen import counts, widened

_CODE_POINT: Final = re.compile(r"\\x\{([0-9A-Fa-f]+)\}")
_SMALL: Final = 4
"""What is copied for each of its counts has so many nodes at most."""

_KNOWN: Final = {r"\b": r"\b", r"\B": r"\B", "^": "(?m:^)"}
"""Assertions that are kept in front: what stands before is known, unlike what follows."""

_MOST_COUNTED: Final = 64
"""Up to so many repeats are counted, more of them have no bound: an automaton has a state for each
count of each place, and a text in which somebody waits for longer is rare."""


def beginnings(expression: str, least: int = 1) -> str:
    r"""Return an RE2 expression that matches every beginning of a match with `least` characters.

    `expression` is one of RE2's. Places in it (`^`, `\b`) are dropped, but for one in front: the
    result may match more, never less. Behind a `$`, which looks over a last line break, one may
    follow. Shorter beginnings may match too, but none that is empty. Where there are no such
    beginnings, the result is empty.

    >>> import re2
    >>> [re2.fullmatch(beginnings("ab[0-9]{2}"), text) is not None for text in ("a", "ab1", "b1")]
    [True, True, False]
    >>> beginnings("a?b", 2)
    '(?:(?:(?:a))(?:b))'
    """
    return _beginnings(_tree(expression), least)


@lru_cache(1 << 12)
def _tree(expression: str) -> Node:
    return parse_leniently(_CODE_POINT.sub(_escape, expression), "")


def _escape(found: re.Match[str]) -> str:
    return f"\\U{int(found[1], 16):08x}"


def _beginnings(node: Node, least: int) -> str:
    match node:
        case Assertion(source=source, is_multiline=is_multiline):
            return r"\n" if source == "$" and not is_multiline and least == 1 else ""
        case Anything():
            return f"(?s:.{{{least},}})"
        case Sequence(items=items):
            return _of_sequence(items, least)
        case Choice(items=items):
            return _either(_beginnings(item, least) for item in items)
        case Group(body=body):
            return _beginnings(body, least)
        case Repeat():
            return _of_repeat(node, least)
        case _:
            return widened(node) if least == 1 else ""


def _either(expressions: Iterable[str]) -> str:
    """Return one expression for several; those that are empty match nothing."""
    given = dict.fromkeys(filter(None, expressions))
    return f"(?:{'|'.join(given)})" if given else ""


def _of_sequence(items: tuple[Node, ...], least: int) -> str:
    """Return the beginnings of the last item, then each one before it wrapped around them."""
    if items and isinstance(items[0], Group) and isinstance(items[0].body, Sequence):
        return _of_sequence((*items[0].body.items, *items[1:]), least)
    if items and isinstance(items[0], Assertion) and items[0].source in _KNOWN:
        rest = _of_sequence(items[1:], least)
        return f"{_KNOWN[items[0].source]}{rest}" if rest else ""
    behind = dict.fromkeys(range(1, least + 1), "")
    for item in reversed(items):
        behind = {count: _before(item, behind, count) for count in behind}
    return behind[least]


def _before(item: Node, behind: dict[int, str], least: int) -> str:
    """Return the beginnings of an item and of it with what stands behind it.

    `behind` has the beginnings of what stands there, by the least number of their characters.
    """
    if isinstance(item, Assertion):
        return _either((_beginnings(item, least), behind[least]))
    if least == 1 and behind[1] and _is_one(item):
        return f"(?:{widened(item)}{behind[1]}?)"
    return _either((_beginnings(item, least), *_through(item, behind, least)))


def _through(item: Node, behind: dict[int, str], least: int) -> Iterator[str]:
    """Yield expressions for the whole item with beginnings of what stands behind it.

    What an item takes is told apart by its length, as far as that is simple.
    """
    match item:
        case Group(body=body):
            yield from _through(body, behind, least)
        case Choice(items=items):
            by_rest: dict[str, list[str]] = {}
            for each in items:
                by_rest.setdefault(_rest(each, behind, least), []).append(_exactly(each))
            yield from (f"(?:{'|'.join(those)}){rest}" for rest, those in by_rest.items() if rest)
        case Repeat(low=low, high=high) if _is_told_apart(item, least):
            if behind[least - low]:
                yield f"{widened(item.body)}{{{low}}}{behind[least - low]}"
            if high is None or high > low:
                yield from _through(replace(item, low=low + 1), behind, least)
        case _:
            if rest := _rest(item, behind, least):
                yield f"(?:{_exactly(item)}){rest}"


def _is_told_apart(node: Repeat, least: int) -> bool:
    """Whether it matters how often something occurs of which the length is known."""
    return node.low < least - 1 and (not node.low or _is_one(node.body))


def _rest(item: Node, behind: dict[int, str], least: int) -> str:
    """Return the beginnings of what stands behind an item that takes as much as it can."""
    return behind[max(1, least - int(min(longest(item), least)))]


def _of_repeat(node: Repeat, least: int) -> str:
    body, high = node.body, node.high
    if high == 0:
        return ""
    if _is_one(body):
        return "" if high is not None and high < least else _exactly(replace(node, low=least))
    last, most = _beginnings(body, 1), None if high is None else high - 1
    if not last:
        return ""
    if least == 1:
        return f"(?:{_exactly(replace(node, low=0, high=most))}{last})"
    more = f"{_exactly(replace(node, low=1, high=most))}{last}" if most != 0 else ""
    return _either((_beginnings(body, least), more))


def _is_one(node: Node) -> bool:
    if isinstance(node, Group):
        return _is_one(node.body)
    return isinstance(node, Literal | syntax.CharSet)


def _exactly(node: Node) -> str:
    """Return the same as `widened`, with the bounds of repeats that it would drop."""
    if isinstance(node, Repeat) and node.high is not None and size(node.body) <= _SMALL:
        return f"(?:{widened(node.body)}){counts(node.low, node.high)}"
    return widened(node)


def could_grow(claims: Iterable[str | Node]) -> Callable[..., int]:
    r"""Return a function that gives the earliest place that a match may still claim.

    It is the length of the text if there is none. `claims` are RE2 expressions, or trees, of what
    may be found.

    >>> earliest = could_grow(["secret[0-9]"])
    >>> earliest("no secret"), earliest("no secretly"), earliest("no, s")
    (3, 11, 4)
    """
    begun = any_beginning(claims)
    return first_place(f"{begun}\\z") if begun else len


def any_beginning(claims: Iterable[str | Node], least: int = 1, most: int = _MOST_COUNTED) -> str:
    """Return one RE2 expression for the beginnings of several, which `beginnings` tells about.

    What may occur more than `most` times may occur any number of times.
    """
    trees = (_tree(each) if isinstance(each, str) else each for each in claims)
    return _either(_beginnings(_uncounted(tree, most), least) for tree in trees)


def _uncounted(node: Node, most: int) -> Node:
    match node:
        case Repeat(body=body, high=high):
            is_many = high is not None and high > most
            return replace(node, body=_uncounted(body, most), high=None if is_many else high)
        case Sequence(items=items) | Choice(items=items):
            return replace(node, items=tuple(_uncounted(item, most) for item in items))
        case Group(body=body):
            return replace(node, body=_uncounted(body, most))
        case _:
            return node
