"""Which of many RE2 expressions occur in a text, in one pass over it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias
from weakref import WeakValueDictionary

import re2

from guardrail.errors import GuardrailError

_MEMORY: Final = (1 << 27, 1 << 28, 1 << 29, 1 << 30)
"""What the automaton may use; more is tried only where a set does not compile with less."""

_LONG: Final = 4096
"""Texts over so many characters are looked through several times rather than once."""

_SETS: Final = 8
_MEMORY_OF_EACH: Final = (1 << 25, *_MEMORY)

_MEMORY_OF_ONE: Final = 1 << 23

_ALWAYS: Final = r"\A"
_AT_LINES: Final = {r"\A": "(?m:^)", "^": "(?m:^)", r"\z": "(?m:$)", "$": "(?m:$)"}
_EDGES: Final = re.compile(
    r"\\x\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|[\^$]", re.DOTALL
)
"""What may be the edge of a text, an escape, or a class."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


_Match: TypeAlias = Callable[[bytes], Sequence[int]]
FirstMatch: TypeAlias = Callable[[bytes, int, int], Sequence[tuple[int, int]]]
Occurring: TypeAlias = Callable[[str], Sequence[int]]
"""Gives the numbers of the expressions that occur in a text."""


def prefilter(
    expressions: Iterable[str], apart: Iterable[str] = (), usual: Iterable[str] = ()
) -> Occurring:
    """Return a function that gives the numbers of the expressions that occur in a text.

    Expressions are numbered from 0 in their order. The number behind the last is always given
    too: a set whose automaton runs out of memory while it matches would say that nothing occurs,
    and without that number everything counts as occurring.

    Expressions to be kept `apart` are numbered after that. They get a set of their own: the
    automaton of one set has a state for each pair of a place in this and a place in that.

    Expressions that are `usual` in many sets share a few for long texts: an automaton is built
    while it reads, and a long text would make that of all of them large, once for each policy.

    >>> occurring = prefilter(["ab", "[0-9]"], apart=["c"])
    >>> sorted(occurring("cab")), sorted(occurring(""))
    ([0, 2, 3], [2])
    """
    return prefilters(expressions, apart, usual)[0]


def prefilters(
    expressions: Iterable[str], apart: Iterable[str] = (), usual: Iterable[str] = ()
) -> tuple[Occurring, Occurring]:
    """Return the function of `prefilter`, and one that may leave out those that are usual.

    >>> every, own = prefilters(["a", "b"], usual=["b"])
    >>> sorted(every("ab" * 4096)), sorted(own("ab" * 4096))
    ([0, 1, 2], [0, 2])
    """
    near, far = (*expressions, _ALWAYS), (*apart, _ALWAYS)
    match, match_apart = _compiled(near), _compiled(far)
    everything, everything_apart = range(len(near)), range(len(far))
    match_long, match_own = _divided(near, match, frozenset(usual))

    def among(match_long: _Match) -> Occurring:
        def occurring(text: str) -> Sequence[int]:
            try:
                data = text.encode()
            except UnicodeEncodeError:
                data = encoded(text)
            if len(data) > _LONG:
                return match_long(data) or everything
            return match(data) or everything

        def occurring_in_both(text: str) -> Sequence[int]:
            data = encoded(text)
            found = (match if len(text) <= _LONG else match_long)(data) or everything
            more = match_apart(data) or everything_apart
            if len(more) == 1:
                return found
            return (*found, *(len(near) + number for number in more if number < len(far) - 1))

        return occurring_in_both if len(far) > 1 else occurring

    return among(match_long), among(match_own)


def _divided(
    expressions: Sequence[str], match: _Match, usual: frozenset[str]
) -> tuple[_Match, _Match]:
    """Return the same as `match` from several sets, and that less those that are usual.

    The sets are compiled when first needed.
    """
    numbers = {expression: number for number, expression in enumerate(expressions)}
    listed = sorted(usual & numbers.keys(), key=numbers.__getitem__)
    if not listed:
        return match, match
    rest = tuple(expression for expression in expressions if expression not in usual)
    parts = [part for start in range(_SETS) if (part := (*listed[start::_SETS], _ALWAYS))[1:]]

    @functools.cache
    def match_rest() -> _Match:
        return _compiled(rest)

    def found(part: Sequence[str], matching: _Match, encoded: bytes) -> set[int]:
        among = matching(encoded) or range(len(part))
        return {numbers[part[number]] for number in among}

    def own(encoded: bytes) -> Sequence[int]:
        return sorted(found(rest, match_rest(), encoded))

    def matching(encoded: bytes) -> Sequence[int]:
        seen = found(rest, match_rest(), encoded)
        for part in parts:
            seen |= found(part, _usual(part), encoded)
        return sorted(seen)

    return matching, own


@functools.cache
def _usual(expressions: tuple[str, ...]) -> _Match:
    return _compiled(expressions, _MEMORY_OF_EACH)


def at_lines(expression: str) -> str:
    r"""Return an expression that takes the beginning and end of any line for those of the text.

    So it occurs in a text, and in any other of which that is whole lines.

    >>> at_lines(r"\A[^$]x$|\$")
    '(?m:^)[^$]x(?m:$)|\\$'
    """
    return _EDGES.sub(lambda found: _AT_LINES.get(found[0], found[0]), expression)


def encoded(text: str) -> bytes:
    """Return the UTF-8 of a text, in which a lone surrogate is like any character beyond ASCII."""
    try:
        return text.encode()
    except UnicodeEncodeError:  # lone surrogates, which are like any character beyond ASCII
        return _SURROGATES.sub("\ufffd", text).encode()


def first_place(expression: str) -> Callable[..., int]:
    """Return a function that gives where an expression first matches in a text.

    It may be given the place from which on to look. Where nothing matches, it gives the length of
    the text.

    >>> digits = first_place("[0-9]+")
    >>> digits("a12b3"), digits("a12b3", 3), digits("ab")
    (1, 4, 2)
    """
    match = first_match(expression, _MEMORY[0])

    def place(text: str, start: int = 0) -> int:
        data = encoded(text)
        is_ascii = len(data) == len(text)
        at = match(data, start if is_ascii else len(encoded(text[:start])), len(data))[0][0]
        if at < 0:
            return len(text)
        return at if is_ascii else len(data[:at].decode())

    return place


def first_match(expression: str, memory: int = _MEMORY_OF_ONE) -> FirstMatch:
    """Return a function that gives where an expression first matches in a part of some bytes.

    Its arguments are the bytes, where to begin and where to end; it gives a list with one span, of
    -1 where nothing matches. The expression has no groups that are numbered.

    Raises:
        re2.error: it takes more memory than that.

    >>> first_match("b+")(b"abba", 0, 4)
    [(1, 3)]
    """
    pattern: Any = re2.compile(expression, options(memory))
    anywhere = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001
    # The wrapper around this method costs four times as much.
    return functools.partial(pattern._regexp.Match, anywhere)  # noqa: SLF001


def options(memory: int) -> re2.Options:
    """Return options for RE2 with this much memory, and without a word on standard error."""
    chosen = re2.Options()
    chosen.max_mem = memory
    chosen.log_errors = False
    return chosen


_alive: Final[WeakValueDictionary[object, Any]] = WeakValueDictionary()
"""Sets that somebody has: policies that look for the same share one, and what it has built."""


def _compiled(expressions: Sequence[str], memories: Sequence[int] = _MEMORY) -> _Match:
    known = _alive.get(key := (*expressions, *memories))
    if known is None:
        known = _alive[key] = _set_of(expressions, memories)
    # The wrapper around this method costs a fifth of the scan of a short text.
    match: _Match = known.Match
    return match


def _set_of(expressions: Sequence[str], memories: Sequence[int]) -> Any:
    for memory in memories:
        matcher = re2.Set.SearchSet(options(memory))
        for expression in expressions:
            matcher.Add(expression)
        try:
            matcher.Compile()
        except re2.error:
            continue
        return matcher._set  # noqa: SLF001 - its wrapper is slow
    raise GuardrailError("the lists and patterns of this policy are too large for one scan")
