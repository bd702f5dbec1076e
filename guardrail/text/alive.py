r"""Where a match could still begin or grow: the question a stream asks of the end of a text.

A text that goes on may complete what its end has begun. `could_grow` makes, of the expressions of
all that may be looked for, one that matches every beginning of a match up to the end of the text:
the leftmost place where it does is the earliest one that a match may still claim. A complete match
counts as a beginning too, because only the next character shows whether it ends there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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
)
from guardrail.text.widen import counts, widened

_CODE_POINT: Final = re.compile(r"\\x\{([0-9A-Fa-f]+)\}")
_MOST_COPIES: Final = 100
"""Up to so many characters a counted repeat of one is counted, beyond it has no bound."""


def beginnings(expression: str) -> str:
    r"""Return an RE2 expression that matches every beginning of a match, the empty one included.

    `expression` is one of RE2's. Places in it (`^`, `\b`) are dropped, but for a `\b` in front, so
    that the result may match more, never less; behind a `$`, which looks over a last line break,
    one may follow.

    >>> import re2
    >>> re2.fullmatch(beginnings("ab[0-9]{2}"), "ab1") is not None
    True
    >>> re2.fullmatch(beginnings("ab[0-9]{2}"), "b1") is None
    True
    """
    return _beginnings(parse_leniently(_CODE_POINT.sub(_escape, expression), ""))


def _escape(found: re.Match[str]) -> str:
    return f"\\U{int(found[1], 16):08x}"


def _beginnings(node: Node) -> str:
    match node:
        case Assertion(source=source, is_multiline=is_multiline):
            return r"\n?" if source == "$" and not is_multiline else ""
        case Anything():
            return "(?s:.*)"
        case Sequence(items=items):
            return _of_sequence(items)
        case Choice(items=items):
            return "(?:" + "|".join(_beginnings(item) for item in items) + ")"
        case Group(body=body):
            return _beginnings(body)
        case Repeat(body=body, high=high):
            return _of_repeat(node, body, high)
        case _:
            return f"{widened(node)}?"


def _of_sequence(items: tuple[Node, ...]) -> str:
    """Return the beginnings of the last item, then each one before it wrapped around them."""
    built = ""
    if items and isinstance(items[0], Assertion) and items[0].source in {r"\b", r"\B"}:
        # what stands before is known, unlike what follows
        return rf"(?:{items[0].source}{_of_sequence(items[1:])})?"
    for item in reversed(items):
        if isinstance(item, Assertion):
            built = _beginnings(item) + built
        elif _is_one(item):
            built = f"(?:{widened(item)}{built})?"
        elif not built:
            built = _beginnings(item)
        else:
            built = f"(?:{_beginnings(item)}|{_wrapped(item)}{built})"
    return built


def _of_repeat(node: Repeat, body: Node, high: int | None) -> str:
    if high == 0:
        return ""
    if _is_one(body):
        return _exactly(Repeat(node.start, node.end, body, 0, high, is_lazy=False))
    before = widened(
        Repeat(node.start, node.end, body, 0, None if high is None else high - 1, is_lazy=False)
    )
    return before + _beginnings(body)


def _is_one(node: Node) -> bool:
    if isinstance(node, Group):
        return _is_one(node.body)
    return isinstance(node, Literal | syntax.CharSet)


def _wrapped(node: Node) -> str:
    return f"(?:{_exactly(node)})"


def _exactly(node: Node) -> str:
    """Return the same as `widened`, with the bounds of repeats that it would drop."""
    if (
        isinstance(node, Repeat)
        and _is_one(node.body)
        and (node.high or 0) in range(1, _MOST_COPIES)
    ):
        return widened(node.body) + counts(node.low, node.high)
    return widened(node)


def could_grow(claims: Iterable[str | Node]) -> Callable[..., int]:
    r"""Return a function that gives the earliest place that a match may still claim.

    It is the length of the text if there is none. `claims` are RE2 expressions, or trees, of what
    may be found.

    >>> earliest = could_grow(["secret[0-9]"])
    >>> earliest("no secret"), earliest("no secretly"), earliest("no, s")
    (3, 11, 4)
    """
    return first_place(f"{_any_of(claims)}\\z")


def _any_of(claims: Iterable[str | Node]) -> str:
    begun = dict.fromkeys(
        beginnings(each) if isinstance(each, str) else _beginnings(each) for each in claims
    )
    return f"(?:{'|'.join(filter(None, begun))})?"
