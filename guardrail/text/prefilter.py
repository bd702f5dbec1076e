"""Which of many RE2 expressions occur in a text, in one pass over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import re2

from guardrail.errors import GuardrailError

_MEMORY: Final = (1 << 27, 1 << 28, 1 << 29, 1 << 30)
"""What the automaton may use; more is tried only where a set does not compile with less."""

_ALWAYS: Final = r"\A"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def prefilter(
    expressions: Iterable[str], apart: Iterable[str] = ()
) -> Callable[[str], Sequence[int]]:
    """Return a function that gives the numbers of the expressions that occur in a text.

    Expressions are numbered from 0 in their order. The number behind the last is always given
    too: a set whose automaton runs out of memory while it matches would say that nothing occurs,
    and without that number everything counts as occurring.

    Expressions to be kept `apart` are numbered after that. They get a set of their own: the
    automaton of one set has a state for each pair of a place in this and a place in that.

    >>> occurring = prefilter(["ab", "[0-9]"], apart=["c"])
    >>> sorted(occurring("cab")), sorted(occurring(""))
    ([0, 2, 3], [2])
    """
    near, far = (*expressions, _ALWAYS), (*apart, _ALWAYS)
    match, match_apart = _compiled(near), _compiled(far)
    everything, everything_apart = range(len(near)), range(len(far))

    def occurring(text: str) -> Sequence[int]:
        return match(_encoded(text)) or everything

    def occurring_in_both(text: str) -> Sequence[int]:
        encoded = _encoded(text)
        found = match(encoded) or everything
        more = match_apart(encoded) or everything_apart
        if len(more) == 1:
            return found
        return (*found, *(len(near) + number for number in more if number < len(far) - 1))

    return occurring_in_both if len(far) > 1 else occurring


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # lone surrogates, which are like any character beyond ASCII
        return _SURROGATES.sub("\ufffd", text).encode()


def options(memory: int) -> re2.Options:
    """Return options for RE2 with this much memory, and without a word on standard error."""
    chosen = re2.Options()
    chosen.max_mem = memory
    chosen.log_errors = False
    return chosen


def _compiled(expressions: Sequence[str]) -> Callable[[bytes], Sequence[int]]:
    for memory in _MEMORY:
        matcher = re2.Set.SearchSet(options(memory))
        for expression in expressions:
            matcher.Add(expression)
        try:
            matcher.Compile()
        except re2.error:
            continue
        # The wrapper around this method costs a fifth of the scan of a short text.
        match: Callable[[bytes], Sequence[int]] = matcher._set.Match  # noqa: SLF001
        return match
    raise GuardrailError("the lists and patterns of this policy are too large for one scan")
