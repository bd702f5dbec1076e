"""Which of many RE2 expressions occur in a text, in one pass over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import re2
import regex

from guardrail.errors import GuardrailError

_MEMORY: Final = (1 << 27, 1 << 28, 1 << 29, 1 << 30)
"""What the automaton may use; more is tried only where a set does not compile with less."""

_ALWAYS: Final = r"\A"
_SURROGATES: Final = regex.compile(r"[\uD800-\uDFFF]", regex.V0)


def prefilter(expressions: Iterable[str]) -> Callable[[str], Sequence[int]]:
    """Return a function that gives the numbers of the expressions that occur in a text.

    Expressions are numbered from 0 in their order. The number behind the last is always given
    too: a set whose automaton runs out of memory while it matches would say that nothing occurs,
    and without that number everything counts as occurring.

    >>> occurring = prefilter(["ab", "[0-9]"])
    >>> sorted(occurring("cab")), sorted(occurring(""))
    ([0, 2], [2])
    """
    numbered = (*expressions, _ALWAYS)
    everything = tuple(range(len(numbered)))
    match = _compiled(numbered)

    def occurring(text: str) -> Sequence[int]:
        try:
            encoded = text.encode()
        except UnicodeEncodeError:  # lone surrogates, which are like any character beyond ASCII
            encoded = _SURROGATES.sub("\ufffd", text).encode()
        return match(encoded) or everything

    return occurring


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
