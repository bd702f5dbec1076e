"""Patterns: what a policy may write between slashes.

`regex` (version 0 syntax, Unicode, simple case folding) decides what a pattern means; RE2 must be
able to run it, so that no text can make a check hang.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import Final

import re2
import regex

from guardrail.text import parser, syntax, widen
from guardrail.text.blowup import refuse_blowup
from guardrail.text.exact import InAscii, matches_in_ascii
from guardrail.text.parser import PatternError
from guardrail.text.prefilter import options

__all__ = ["FLAGS", "Pattern", "PatternError", "parse_pattern"]

FLAGS: Final = "imsx"
"""The flags a pattern may have."""

_REGEX_FLAGS: Final = {"i": regex.I, "m": regex.M, "s": regex.S, "x": regex.X}
_LARGEST: Final = 50_000
_EXPRESSION_MEMORY: Final = 1 << 26
_SMALL: Final = 50
"""RE2 has room for patterns of so many parts, whatever they are and however often repeated."""


@dataclass(frozen=True)
class Pattern:
    """A pattern that has been checked; two are equal when source and flags are.

    `max_length` is the longest possible match in characters, None when there is no limit.
    """

    source: str
    flags: str
    tree: syntax.Node = field(compare=False, repr=False)
    max_length: int | None = field(compare=False)

    def compiled(self) -> regex.Pattern[str]:
        """Return the `regex` pattern; it is compiled once."""
        return self._compiled

    def widened(self) -> str:
        """Return an RE2 expression that occurs wherever a match does, and perhaps elsewhere."""
        return self._widened

    @functools.cached_property
    def in_ascii(self) -> InAscii | None:
        """What gives the same matches in texts of ASCII, several times as fast; None if nothing."""
        return matches_in_ascii(self.tree)

    @functools.cached_property
    def _compiled(self) -> regex.Pattern[str]:
        return _compile(self.source, self.flags)

    @functools.cached_property
    def _widened(self) -> str:
        return widen.widened(self.tree)


@functools.lru_cache(maxsize=4096)
def parse_pattern(source: str, flags: str) -> Pattern:
    r"""Read and check a pattern, or raise `PatternError`.

    >>> pattern = parse_pattern(r"ab{2,3}c?", "i")
    >>> pattern.max_length, pattern.widened()
    (5, '[Aa][Bb]{2,3}[Cc]?')
    >>> parse_pattern(r"(a+)+\d", "")
    Traceback (most recent call last):
    guardrail.text.parser.PatternError: a repeat inside a repeat
      = help: /a+\d/ matches the same text
    """
    for index, flag in enumerate(flags):
        if flag not in FLAGS or flag in flags[:index]:
            where = len(source) + 1 + index
            what = "unknown" if flag not in FLAGS else "repeated"
            raise PatternError(
                "invalid", f"{what} flag `{flag}`", where, where + 1, f"the flags are `{FLAGS}`"
            )
    tree = parser.parse(source, flags)
    _refuse_many_copies(tree, 1)
    if syntax.size(tree) > _LARGEST:
        raise PatternError("nonlinear", "this pattern is too large to run", 0, len(source))
    _refuse_unknown_names(tree)
    compiled = _compile(source, flags)
    if not syntax.shortest(tree):
        raise PatternError("empty", "this pattern matches the empty text", 0, len(source))
    longest = syntax.longest(tree)
    pattern = Pattern(source, flags, tree, None if longest == math.inf else int(longest))
    if syntax.size(tree) > _SMALL:
        _refuse_what_re2_cannot(pattern)
    refuse_blowup(source, flags, tree, compiled)
    return pattern


def _refuse_unknown_names(tree: syntax.Node) -> None:
    """Refuse a class that `regex` does not know, a property for instance, where it stands."""
    for node in syntax.walk(tree):
        if isinstance(node, syntax.CharSet):
            try:
                widen.members(node.source, fold=node.fold)
            except regex.error as problem:
                raise PatternError("invalid", problem.msg, node.start, node.end) from None


def _compile(source: str, flags: str) -> regex.Pattern[str]:
    bits = regex.V0
    for flag in flags:
        bits |= _REGEX_FLAGS[flag]
    try:
        return regex.compile(source, bits)
    except regex.error as problem:
        at = min(problem.pos or 0, max(len(source) - 1, 0))
        raise PatternError("invalid", problem.msg, at, at + 1) from None


def _refuse_what_re2_cannot(pattern: Pattern) -> None:
    try:
        re2.compile(pattern.widened(), options(_EXPRESSION_MEMORY))
    except re2.error:
        raise PatternError(
            "nonlinear", "this pattern is too large to run", 0, len(pattern.source)
        ) from None


def _refuse_many_copies(node: syntax.Node, copies: int) -> None:
    """Refuse counted repeats in counted repeats that come to more copies than RE2 writes out."""
    match node:
        case syntax.Repeat(body=body, low=low, high=high):
            copies *= max(1, low if high is None else high)
            if copies > parser.MOST_REPEATS:
                message = f"repeats in repeats of more than {parser.MOST_REPEATS:,} copies"
                raise PatternError("nonlinear", message, node.start, node.end)
            _refuse_many_copies(body, copies)
        case syntax.Group(body=body):
            _refuse_many_copies(body, copies)
        case syntax.Sequence(items=items) | syntax.Choice(items=items):
            for item in items:
                _refuse_many_copies(item, copies)
        case _:
            return
