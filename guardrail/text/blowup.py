"""Finds the patterns on which a backtracking engine takes exponential time.

A repeat whose body is itself a repeat (`(a+)+`) is seen in the tree. Other ways to blow up, such as
a repeat over alternatives that match the same text (`(a|aa)+`), are measured: `regex` is run on
texts made to provoke them, each for a few milliseconds. Sane patterns take microseconds there,
exponential ones years, so the clock of a busy machine does not change the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import regex

from guardrail.text import syntax
from guardrail.text.parser import PatternError
from guardrail.text.syntax import CharSet, Choice, Group, Literal, Node, Repeat, Sequence
from guardrail.text.widen import members

_PUMPS: Final = 48
_PROBE_SECONDS: Final = 0.03
_CERTAIN_SECONDS: Final = 0.3
_MOST_PROBES: Final = 24
_MOST_SAMPLE: Final = 200
_COMMON: Final = "a1 A0z-._"
_SPOILERS: Final = "!\x00 0aA\n~"


def refuse_blowup(source: str, flags: str, tree: Node, compiled: regex.Pattern[str]) -> None:
    """Raise `PatternError` of kind `exponential` if the pattern can take exponential time."""
    for node in syntax.walk(tree):
        if isinstance(node, Repeat) and node.high is None and _core_repeats(node.body):
            raise PatternError(
                "exponential",
                "a repeat inside a repeat",
                node.start,
                node.end,
                _simplified(source, flags, node),
            )
    for node, text in islice(_attacks(tree), _MOST_PROBES):
        if _times_out(compiled, text, _PROBE_SECONDS) and _times_out(
            compiled, text, _CERTAIN_SECONDS
        ):
            raise PatternError(
                "exponential",
                "a repeat that matches the same text in very many ways",
                node.start,
                node.end,
            )


def _times_out(compiled: regex.Pattern[str], text: str, seconds: float) -> bool:
    try:
        compiled.match(text, timeout=seconds)
    except TimeoutError:
        return True
    return False


# ---------------------------------------------------------------- seen in the tree


def _core_repeats(body: Node) -> bool:
    """Whether the body, apart from parts that may be empty, is itself an unbounded repeat."""
    match body:
        case Group(body=inner):
            return _core_repeats(inner)
        case Repeat(body=inner, high=high):
            return syntax.longest(inner) > 0 and (high is None or _core_repeats(inner))
        case Sequence(items=items):
            solid = [item for item in items if syntax.shortest(item)]
            if len(solid) > 1:
                return False
            return any(_core_repeats(item) for item in solid or items)
        case _:
            return False


def _simplified(source: str, flags: str, outer: Repeat) -> str | None:
    """Return the help line where one repeat says the same as the two: `(a+)+` is `a+`."""
    inner: Node = outer.body
    while isinstance(inner, Group):
        inner = inner.body
    if not isinstance(inner, Repeat) or isinstance(inner.body, Repeat):
        return None
    if max(outer.low, inner.low) > 1 or inner.high is not None or outer.is_lazy or inner.is_lazy:
        return None
    once = source[inner.body.start : inner.body.end]
    repeat = "+" if outer.low and inner.low else "*"
    simpler = f"{source[: outer.start]}{once}{repeat}{source[outer.end :]}"
    return f"/{simpler}/{flags} matches the same text"


# ---------------------------------------------------------------- measured


def _attacks(tree: Node) -> Iterator[tuple[Repeat, str]]:
    """Yield texts that begin like a match, go round a repeat many times, and then fail."""
    for before, node, after in _unbounded(tree, "", ""):
        if not any(isinstance(inner, Choice | Repeat) for inner in syntax.walk(node.body)):
            continue
        for pump in _pumps(node.body):
            for spoiler in _spoilers(node.body):
                yield node, before + pump * _PUMPS + spoiler + after


def _unbounded(node: Node, before: str, after: str) -> Iterator[tuple[str, Repeat, str]]:
    """Yield each repeat, with a sample of what stands around it."""
    match node:
        case Group(body=body):
            yield from _unbounded(body, before, after)
        case Choice(items=items):
            for item in items:
                yield from _unbounded(item, before, after)
        case Sequence(items=items):
            samples = [_sample(item, _COMMON) for item in items]
            for index, item in enumerate(items):
                if isinstance(item, Literal | CharSet):
                    continue
                left, right = "".join(samples[:index]), "".join(samples[index + 1 :])
                yield from _unbounded(item, before + left, right + after)
        case Repeat(body=body, high=high):
            if high is None or high > 1:
                yield before, node, after
            yield from _unbounded(body, before, after)
        case _:
            return


def _pumps(body: Node) -> list[str]:
    """Return short texts that match the body, those that match it in many ways first."""
    accepted = [_accepted(leaf) for leaf in _leaves(body)]
    shared = sorted(
        {char for chars in accepted for char in chars},
        key=lambda char: (-sum(char in chars for chars in accepted), _COMMON.find(char) % 99, char),
    )
    choices = [n for n in syntax.walk(body) if isinstance(n, Choice)]
    branches = [_sample(item, "".join(shared)) for choice in choices for item in choice.items]
    pumps = [*shared[:2], _sample(body, "".join(shared)), "".join(branches[:6]), *branches[:4]]
    return [pump for pump in dict.fromkeys(pumps) if pump and len(pump) <= _MOST_SAMPLE]


def _spoilers(body: Node) -> str:
    """Return two characters to end the round with, if possible ones that the body cannot match."""
    accepted = {char for chars in map(_accepted, _leaves(body)) for char in chars}
    return "".join(sorted(_SPOILERS, key=lambda char: char in accepted)[:2])


def _leaves(body: Node) -> list[Literal | CharSet]:
    return [node for node in syntax.walk(body) if isinstance(node, Literal | CharSet)]


def _accepted(leaf: Literal | CharSet) -> str:
    if isinstance(leaf, Literal):
        return leaf.char
    return members(leaf.source, fold=leaf.fold)[0]


def _sample(node: Node, favorites: str) -> str:
    """Return a shortest match, with characters from `favorites` where a class leaves a choice."""
    match node:
        case Literal(char=char):
            return char
        case CharSet():
            accepted = _accepted(node) or "\u00e9"
            return next((char for char in favorites if char in accepted), accepted[-1])
        case Sequence(items=items):
            return "".join(_sample(item, favorites) for item in items)
        case Choice(items=items):
            return min((_sample(item, favorites) for item in items), key=len)
        case Group(body=body):
            return _sample(body, favorites)
        case Repeat(body=body, low=low):
            return _sample(body, favorites) * low
        case _:
            return ""
