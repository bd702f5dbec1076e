"""Whether lists and patterns can match in short texts, or across their edges into other text.

All texts and all sources are judged together, so that the cost grows with their number and not
with its square.
"""

from __future__ import annotations

import functools
import string
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

import regex

from guardrail.plan.plan import EntriesSource, PatternSource
from guardrail.text import syntax
from guardrail.text.entries import Entry, fold_key, occurrences_of_many
from guardrail.text.pattern import Pattern

_USUAL: Final = string.ascii_lowercase + string.digits
"""What findings begin and end with as a rule."""

_BETWEEN: Final = "\x00"


def reached(
    texts: Sequence[str],
    sources: Sequence[EntriesSource | PatternSource],
    crossing: Sequence[bool] | None = None,
) -> dict[str, EntriesSource | PatternSource]:
    """Return the texts that some source can match in or across, each with the first that can.

    `crossing` says of each source whether matches across an edge count; all do unless it is given.
    """
    found: dict[str, int] = {}
    texts = [text for text in dict.fromkeys(texts) if text]
    crosses = crossing or [True] * len(sources)
    if texts:
        both = (*_by_entries(texts, sources, crosses), *_by_patterns(texts, sources, crosses))
        for text, number in both:
            found[text] = min(number, found.get(text, number))
    return {text: sources[number] for text, number in found.items()}


# ---------------------------------------------------------------- lists


def _by_entries(
    texts: Sequence[str],
    sources: Sequence[EntriesSource | PatternSource],
    crosses: Sequence[bool],
) -> Iterator[tuple[str, int]]:
    """Yield each text that entries reach, with the number of their source."""
    edges = _Edges(texts)
    shown = _BETWEEN.join(map(fold_key, texts))
    inside: list[tuple[Entry, int]] = []
    for number, source in enumerate(sources):
        for entry in source.entries if isinstance(source, EntriesSource) else ():
            key = fold_key(entry)
            if key in shown:
                inside.append((Entry(entry), number))
            for text in edges.crossed_by(key) if crosses[number] else ():
                yield text, number
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    found = occurrences_of_many([entry for entry, _ in inside], _BETWEEN.join(texts))
    for start, _, which in found:
        yield texts[bisect_right(starts, start) - 1], inside[which][1]


class _Edges:
    """What entries can share with texts: their ends, their beginnings, or all of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._heads: dict[str, list[str]] = {}
        self._tails: dict[str, list[str]] = {}
        self._whole: dict[str, list[str]] = {}
        for text in texts:
            key = fold_key(text)
            self._whole.setdefault(key, []).append(text)
            for at in _cuts(key):
                if at < len(key):
                    self._heads.setdefault(key[at:], []).append(text)
                if at > 0:
                    self._tails.setdefault(key[:at], []).append(text)
        self._lengths = sorted({len(key) for key in self._whole})
        self._first = {head[0] for head in self._heads}
        self._last = {tail[-1] for tail in self._tails}
        self._within = {key[0] for key in self._whole}

    def crossed_by(self, key: str) -> Iterator[str]:
        """Yield the texts beyond whose edge an entry can go on, not from within a word."""
        if (
            key[:1] not in self._first
            and key[-1:] not in self._last
            and self._within.isdisjoint(key)
        ):
            return  # most entries of a long list
        cuts = _cuts(key)
        for at in cuts:
            if 0 < at < len(key):
                yield from self._heads.get(key[:at], ())
                yield from self._tails.get(key[at:], ())
        ends = set(cuts)
        for at in cuts:
            for length in self._lengths:
                if length < len(key) and at + length in ends:
                    yield from self._whole.get(key[at : at + length], ())


def _cuts(text: str) -> list[int]:
    """Return the places of a text that are not inside a word."""
    is_word = [char.isalnum() or char == "_" for char in text]
    return [
        at
        for at in range(len(text) + 1)
        if not (0 < at < len(text) and is_word[at - 1] and is_word[at])
    ]


# ---------------------------------------------------------------- patterns


def _by_patterns(
    texts: Sequence[str],
    sources: Sequence[EntriesSource | PatternSource],
    crosses: Sequence[bool],
) -> Iterator[tuple[str, int]]:
    """Yield each text that a pattern reaches, with the number of its source.

    A match that goes on beyond an edge has to take the character there. Where the part of the
    pattern that takes it takes letters and digits too, the finding that stood there before would
    have been matched as well, so nothing new is cut.
    """
    joined = _BETWEEN.join(texts)
    edged: dict[str, list[str]] = {}
    for text in texts:
        for edge in {text[0], text[-1]}:
            edged.setdefault(edge, []).append(text)
    for number, source in enumerate(sources):
        if isinstance(source, PatternSource):
            compiled = source.pattern.compiled()
            if _is_placed(source.pattern) or compiled.search(joined):
                yield from ((text, number) for text in texts if compiled.search(text))
            for edge in _crossed(source.pattern, edged) if crosses[number] else ():
                for text in edged[edge]:
                    if _can_cross(source.pattern, text):
                        yield text, number


def _crossed(pattern: Pattern, edges: Iterable[str]) -> list[str]:
    """Return the edges beyond which a match can go on and cut what was not cut before."""
    if syntax.longest(pattern.tree) <= 1:
        return []
    taken = _taken(pattern)
    return [edge for edge in edges if any(_takes(*each, edge) for each in taken)]


def _is_placed(pattern: Pattern) -> bool:
    r"""Say whether a pattern asks for the start or end of a text or line, and not only for `\b`."""
    return any(
        isinstance(node, syntax.Assertion) and node.source.lower() != r"\b"
        for node in syntax.walk(pattern.tree)
    )


def _taken(pattern: Pattern) -> frozenset[tuple[str, bool]]:
    """Return the characters and classes of a pattern, each with whether its case counts not."""
    return frozenset(
        (regex.escape(node.char) if isinstance(node, syntax.Literal) else node.source, node.fold)
        for node in syntax.walk(pattern.tree)
        if isinstance(node, syntax.Literal | syntax.CharSet)
    )


def _can_cross(pattern: Pattern, text: str) -> bool:
    """Say whether a match can begin or end inside a text, or go on at both sides of it.

    What stands beside the text is not known: there, an assertion that needs a letter may hold.
    """
    last = len(text)
    begins = (
        _variant(pattern, is_free=at == 0 and not _is_word(text[0])).match(text, at, partial=True)
        for at in range(last)
    )
    ends = (
        _variant(pattern, is_free=not _is_word(text[at - 1]), is_reverse=True).match(
            text, 0, at, partial=True
        )
        for at in range(1, last + 1)
    )
    if any(match is not None and match.partial for each in (begins, ends) for match in each):
        return True
    return all(any(_takes_at_all(*each, char) for each in _taken(pattern)) for char in text)


@functools.lru_cache(maxsize=4096)
def _variant(pattern: Pattern, *, is_free: bool, is_reverse: bool = False) -> regex.Pattern[str]:
    """Return a pattern that matches from its end, or whose assertions always hold."""
    asserting = [node for node in syntax.walk(pattern.tree) if isinstance(node, syntax.Assertion)]
    source = pattern.source
    if is_free or any(node.source == r"\B" for node in asserting):
        for node in sorted(asserting, key=lambda each: each.start, reverse=True):
            source = f"{source[: node.start]}(?:){source[node.end :]}"
    flags = regex.V0 | (regex.REVERSE if is_reverse else 0)
    return regex.compile(f"(?{pattern.flags}){source}" if pattern.flags else source, flags)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _takes_at_all(source: str, fold: bool, char: str) -> bool:  # noqa: FBT001 - as syntax has it
    return regex.fullmatch(source, char, regex.V0 | (regex.I if fold else 0)) is not None


@functools.lru_cache(maxsize=8192)
def _takes(source: str, fold: bool, edge: str) -> bool:  # noqa: FBT001 - as syntax has it
    """Say whether a class takes the edge of a text, and not all that findings begin with."""
    compiled = regex.compile(source, regex.V0 | (regex.I if fold else 0))
    if not compiled.fullmatch(edge):
        return False
    usual = [char for char in _USUAL if char.isdigit() or not edge.isdigit()]
    return not all(compiled.fullmatch(char) for char in usual)
