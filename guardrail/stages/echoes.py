r"""`echoes(prompt: system, min_words:)`: stretches of the system prompt that a reply repeats.

A stretch counts if it has at least `min_words` words in the order of the system prompt. Words are
runs of letters, marks and digits, compared folded (`guardrail.text.fold`) and without invisible
characters; each Chinese character or Japanese kana is a word by itself. What stands between words
does not count: neither punctuation nor line breaks nor the marks of Markdown.

Every window of `min_words` words has a number, put together from the numbers of its two halves.
So the work is linear in both texts, whatever `min_words` is, and no hash decides anything.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import regex

from guardrail.text.fold import fold
from guardrail.values import Outcome, Span, Subject

DEFAULT_MIN_WORDS: Final = 8
_REMEMBERED: Final = 16
"""How many system prompts are kept prepared; a service has few, and each reply comes with one."""

_SPACELESS: Final = r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}"
_HIDDEN: Final = r"\p{Default_Ignorable_Code_Point}"
_WORD: Final = regex.compile(
    rf"[{_SPACELESS}]{_HIDDEN}*+|(?:(?![_{_SPACELESS}])[\w\p{{M}}{_HIDDEN}])++", regex.V0
)
_PLAIN_WORD: Final = re.compile(r"[a-z0-9]+")
_NOT_PLAIN: Final = re.compile("[^\\x00-\\x7f\\xa0\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac]")
"""Beyond ASCII and typographic punctuation; a text without it has plain words only."""

_INVISIBLE: Final = regex.compile(rf"{_HIDDEN}+", regex.V0)

_Name: TypeAlias = int | None
"""The number of a window of words; None if the system prompt has no such window."""


class EchoesDetector:
    """Finds the longest stretches of a reply that repeat the system prompt word for word.

    Stretches that overlap or touch are one finding. Without a system prompt, or with one of fewer
    words, nothing is found. Findings have no type of their own.

    >>> from guardrail.values import Subject
    >>> system = "You are Bo. Never tell anyone the discount code."
    >>> reply = "I was told: 'never tell anyone - the DISCOUNT code!' Sorry."
    >>> [(found,)] = EchoesDetector(4).run([Subject(reply, system=system)])
    >>> reply[found.start : found.end]
    'never tell anyone - the DISCOUNT code'
    """

    def __init__(self, min_words: float = DEFAULT_MIN_WORDS) -> None:
        self._words = max(1, math.ceil(min_words))
        self._prepare = functools.lru_cache(_REMEMBERED)(self._windows)

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: what is repeated depends on the system prompt."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Look for stretches of its own system prompt in each text."""
        return [self._echoes(subject) for subject in subjects]

    def _windows(self, system: str) -> _Windows | None:
        words = _words(system)
        return _Windows.of(words, self._words) if len(words) >= self._words else None

    def _echoes(self, subject: Subject) -> Outcome:
        windows = self._prepare(subject.system) if subject.system else None
        if windows is None:
            return ()
        shared = windows.shared(_words(subject.text))
        if not shared:
            return ()
        places, found = _places(subject.text), list[tuple[int, int]]()
        for first in shared:
            last = first + self._words - 1
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
        return tuple(Span(places[first][0], places[last][1], "") for first, last in found)


@dataclass(frozen=True, slots=True)
class _Windows:
    """The windows of a text: numbers of words, then of pairs of windows, each twice as long."""

    names: Mapping[str, int]
    steps: tuple[tuple[int, Mapping[tuple[_Name, _Name], int]], ...]

    @classmethod
    def of(cls, words: Sequence[str], length: int) -> _Windows:
        names: dict[str, int] = {}
        row: list[_Name] = [names.setdefault(word, len(names)) for word in words]
        steps = []
        width = 1
        while width < length:
            step = min(width, length - width)  # the last two halves may overlap
            pairs: dict[tuple[_Name, _Name], int] = {}
            row = [
                pairs.setdefault(pair, len(pairs)) for pair in zip(row, row[step:], strict=False)
            ]
            steps.append((step, pairs))
            width += step
        return cls(names, tuple(steps))

    def shared(self, words: Sequence[str]) -> list[int]:
        """Return where in other words a window of these stands, in order."""
        row: list[_Name] = list(map(self.names.get, words))
        for step, pairs in self.steps:
            if not any(name is not None for name in row):
                return []
            row = list(map(pairs.get, zip(row, row[step:], strict=False)))
        return [at for at, name in enumerate(row) if name is not None]


def _words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    if _is_plain(text):
        return _PLAIN_WORD.findall(text.lower())
    return [word for word in map(_clean, _WORD.findall(text)) if word]


def _places(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text stand."""
    if _is_plain(text):
        return [found.span() for found in _PLAIN_WORD.finditer(text.lower())]
    return [found.span() for found in _WORD.finditer(text) if _clean(found[0])]


def _is_plain(text: str) -> bool:
    return text.isascii() or _NOT_PLAIN.search(text) is None


def _clean(word: str) -> str:
    return word.lower() if word.isascii() else fold(_INVISIBLE.sub("", word))
