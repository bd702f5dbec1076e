r"""`echoes(prompt: system, min_words:)`: stretches of the system prompt that a reply repeats.

A stretch counts if it has at least `min_words` words in the order of the system prompt. Words are
runs of letters, marks and digits, compared folded (`guardrail.text.fold`) and without invisible
characters; each Chinese character or Japanese kana is a word by itself. What stands between words
does not count: neither punctuation nor line breaks nor the marks of Markdown.

Most replies repeat nothing. A window of `min_words` words holds a shorter run that begins at every
so many words of the reply, so these few runs are looked up first. Only if the system prompt has one
of them, all windows are compared: each has a number, put together from the numbers of its two
halves. So the work is linear in both texts, whatever `min_words` is, and no hash decides anything.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import regex

from guardrail.stages.found import Found
from guardrail.text.fold import fold
from guardrail.text.invisible import invisible
from guardrail.text.widen import ranges
from guardrail.values import Outcome, Span, Subject

DEFAULT_MIN_WORDS: Final = 8
_REMEMBERED: Final = 16
"""How many system prompts are kept prepared; a service has few, and each reply comes with one."""

_LONGEST_RUN: Final = 4
"""Of how many words the runs are that are looked up first, if `min_words` allows."""

_SPACELESS: Final = r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}"
_PLAIN_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_NOT_PLAIN: Final = re.compile("[^\\x00-\\x7f\\xa0\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac]")
"""Beyond ASCII and typographic punctuation; a text without it has plain words only."""

_PLAIN: Final = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}

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
        """A word: what is repeated depends on the system prompt."""
        return (r"[0-9A-Za-z\x{80}-\x{10FFFF}]",)

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Look for stretches of its own system prompt in each text and in the views of it."""
        return [self._echoes(subject) for subject in subjects]

    def _windows(self, system: str) -> _Windows | None:
        words = _words(system)
        return _Windows.of(words, self._words) if len(words) >= self._words else None

    def _echoes(self, subject: Subject) -> Outcome:
        windows = self._prepare(subject.system) if subject.system else None
        if windows is None:
            return ()
        plain = self._spans(windows, subject.text)
        if not subject.views:
            return plain
        found = Found(plain)
        for view in subject.views:
            found.add(view, self._spans(windows, view.text))
        return found.spans()

    def _spans(self, windows: _Windows, text: str) -> tuple[Span, ...]:
        stretches = self._stretches(windows, _words(text))
        if not stretches:
            return ()
        places = _places(text)
        return tuple(Span(places[first][0], places[last][1], "") for first, last in stretches)

    def _stretches(self, windows: _Windows, words: Sequence[str]) -> list[tuple[int, int]]:
        """Return the first and the last word of each stretch that is repeated."""
        found: list[tuple[int, int]] = []
        for first in windows.shared(words):
            last = first + self._words - 1
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
        return found

    def earliest(self, text: str, system: str | None) -> int:
        """Return the earliest place at which a finding may have begun that can still grow.

        It is the length of the text if there is none. What the last word begins with is enough,
        as it may go on.

        >>> EchoesDetector(4).earliest("He said: never tell an", "Never tell anyone that code.")
        9
        """
        windows = self._prepare(system) if system else None
        words = _words(text) if windows is not None else []
        if windows is None or not words:
            return len(text)
        first = windows.begun(words)
        for start, last in reversed(self._stretches(windows, words)):
            if last >= first - 1:
                first = min(first, start)
        return _places(text)[first][0] if first < len(words) else len(text)


@dataclass(frozen=True, slots=True)
class _Windows:
    """The windows of a text: numbers of words, then of pairs of windows, each twice as long.

    Each window of another text has one of the `runs` if it is shared, in the first `apart` places.
    """

    words: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]
    run: int
    apart: int
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
        run = min(_LONGEST_RUN, (length + 1) // 2)
        runs = frozenset(zip(*(words[at:] for at in range(run)), strict=False))
        return cls(tuple(words), runs, run, length - run + 1, names, tuple(steps))

    def shared(self, words: Sequence[str]) -> list[int]:
        """Return where in other words a window of these stands, in order."""
        some = zip(*(words[at :: self.apart] for at in range(self.run)), strict=False)
        if self.runs.isdisjoint(some):
            return []
        row: list[_Name] = list(map(self.names.get, words))
        for step, pairs in self.steps:
            if not any(name is not None for name in row):
                return []
            row = list(map(pairs.get, zip(row, row[step:], strict=False)))
        return [at for at, name in enumerate(row) if name is not None]

    def begun(self, words: Sequence[str]) -> int:
        """Return the first of the last words that stand here in that order.

        Of the last of all only the beginning is compared, without a letter that may still change.
        """
        last = words[-1][:-1]
        places = [at for at, word in enumerate(self.words) if word.startswith(last)]
        first = len(words)
        while places and first:
            first -= 1
            before = words[first - 1] if first else ""
            places = [at - 1 for at in places if at and self.words[at - 1] == before]
        return first


def _words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    if text.isascii():
        return text.translate(_PLAIN).split()
    if _NOT_PLAIN.search(text) is None:
        return text.encode("ascii", "replace").decode("ascii").translate(_PLAIN).split()
    return [word for word in map(_clean, _word().findall(text)) if word]


def _places(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text stand."""
    if text.isascii() or _NOT_PLAIN.search(text) is None:
        return [found.span() for found in _PLAIN_WORD.finditer(text)]
    return [found.span() for found in _word().finditer(text) if _clean(found[0])]


@functools.cache
def _hidden() -> str:
    return "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges(invisible()))


@functools.cache
def _word() -> regex.Pattern[str]:
    return regex.compile(
        rf"[{_SPACELESS}][{_hidden()}]*+|(?:(?![_{_SPACELESS}])[\w\p{{M}}{_hidden()}])++",
        regex.V0,
    )


@functools.cache
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{_hidden()}]+")


def _clean(word: str) -> str:
    is_bare = word.isascii() and word.isalnum()
    return word.lower() if is_bare else fold(_invisible().sub("", word))
