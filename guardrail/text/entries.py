"""What a list entry or phrase means.

An entry is found whatever its case, in its own form, folded, or composed (see
`guardrail.text.fold`). Its edges need a word boundary where they are word characters: letters,
marks, decimal digits and `_`, but only of scripts that put spaces between words. So `reset` is
not found in `presets`, but it is in `请reset密码`, and `C++` and `密码` are found anywhere. White
space in an entry matches 1 to 64 characters of white space.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import regex

from guardrail.text.fold import fold
from guardrail.text.widen import character_class, literal, members, other_cases

MOST_BLANKS: Final = 64
"""How many white-space characters one stretch of white space in an entry matches."""

_SPACELESS: Final = (
    r"\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Bopo}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}"
    r"\p{sc=Tibt}\p{sc=Tale}\p{sc=Talu}\p{sc=Lana}\p{sc=Tavt}\p{sc=Ahom}\p{sc=Java}\p{sc=Bali}"
    r"\p{sc=Yiii}\p{sc=Tang}\p{sc=Nshu}"
)
"""Scripts without spaces between words; long marks such as `ー` belong to several of them."""

_CONNECTORS: Final = r"\u203F\u2040\u2054\uFE33\uFE34\uFE4D-\uFE4F"
_WORD: Final = (
    r"[^\p{C}\p{Z}\p{S}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{Nl}\p{No}\p{Me}\p{VS}"
    rf"{_CONNECTORS}{_SPACELESS}]"
)
"""A word character, said the other way round: everything that is none."""

_IS_WORD: Final = regex.compile(_WORD, regex.V0)
_BLANKS: Final = regex.compile(r"\s+", regex.V0)
_INVISIBLE: Final = regex.compile(r"[\s\p{Default_Ignorable_Code_Point}\p{C}]+", regex.V0)
_NO_MARK: Final = r"(?!(?!\p{VS})\p{M})"
"""In a folded text an accent may stand apart from its letter: か is not found in a folded が."""


@dataclass(frozen=True)
class Entry:
    r"""One entry of a list, or a phrase.

    >>> list(Entry("log in").occurrences("Log\n in, prolog in, LOG IN!"))
    [(0, 7), (20, 26)]
    """

    source: str

    def occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a plain text, overlapping occurrences included."""
        return (found.span() for found in self._plain.finditer(text, overlapped=True))

    def folded_occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a folded text."""
        return (found.span() for found in self._folded.finditer(text, overlapped=True))

    def widened(self) -> tuple[str, ...]:
        r"""Return RE2 expressions, one of which occurs wherever the entry does.

        >>> print(*Entry("OK!").widened())
        \b[Oo][Kk\x{212A}]\x{21}
        >>> print(*Entry("ask").widened())
        \b[Aa][Ss\x{17F}][Kk]\b \b[Aa][Ss\x{17F}][\x{212A}]
        """
        return tuple(chain.from_iterable(map(_widened, forms(self.source))))

    @functools.cached_property
    def _plain(self) -> regex.Pattern[str]:
        return _compile("|".join(_expression(form) for form in forms(self.source)))

    @functools.cached_property
    def _folded(self) -> regex.Pattern[str]:
        return _compile(_expression(fold(self.source)) + _NO_MARK)


def forms(entry: str) -> tuple[str, ...]:
    """Return the spellings an entry is looked for in: its own, folded, and composed again.

    >>> forms("Hello"), forms("Stra\u00dfe")
    (('Hello',), ('Straße', 'strasse'))
    """
    if entry.isascii():
        return (entry,)
    folded = fold(entry)
    spellings = (entry, folded, unicodedata.normalize("NFC", folded))
    different: dict[tuple[int, str], str] = {}
    for form in spellings:
        different.setdefault((len(form), form.lower()), form)
    return tuple(different.values())


def folds_to_nothing(entry: str) -> bool:
    """Whether nothing of an entry could be seen: it is blank, or all of it is invisible.

    >>> folds_to_nothing(" \u200b"), folds_to_nothing("a")
    (True, False)
    """
    return not _INVISIBLE.sub("", entry)


def fold_key(entry: str) -> str:
    """Return what two entries have in common exactly if they are found in the same places.

    >>> fold_key("Log  In") == fold_key("log in")
    True
    """
    return " ".join(_BLANKS.split(fold(entry)))


def covers(shorter: str, longer: str) -> bool:
    """Whether every occurrence of the longer entry contains one of the shorter.

    >>> covers("log in", "please log in now"), covers("log", "blog")
    (True, False)
    """
    return any(True for _ in Entry(shorter).folded_occurrences(fold_key(longer)))


def _compile(expression: str) -> regex.Pattern[str]:
    return regex.compile(expression, regex.V0 | regex.I)


def _expression(form: str) -> str:
    """Return what `regex` finds one form with."""
    words = (regex.escape(word) for word in _BLANKS.split(form))
    middle = rf"\s{{1,{MOST_BLANKS}}}".join(words)
    left = f"(?<!{_WORD})" if _IS_WORD.match(form[0]) else ""
    right = f"(?!{_WORD})" if _IS_WORD.match(form[-1]) else ""
    return left + middle + right


def _widened(form: str) -> Iterator[str]:
    r"""Yield what RE2 finds one form with.

    A word character in ASCII is one for everybody, and `\b` beside one says that there is no
    other. Beside a case of it beyond ASCII, `\b` would say something else, so each has its own
    expression: a choice within one makes the automaton many times larger.
    """
    form = " ".join(_BLANKS.split(form))
    between = _spelled(form[1:-1])
    if len(form) == 1:
        yield from _edges(form, r"\b", r"\b")
        return
    for first in _edges(form[0], r"\b", ""):
        for last in _edges(form[-1], "", r"\b"):
            yield first + between + last


def _spelled(text: str) -> str:
    return "".join(literal(char, fold=True) if char != " " else _any_blanks() for char in text)


@functools.cache
def _edges(char: str, before: str, after: str) -> tuple[str, ...]:
    """Return the first or last character, with boundaries where RE2 knows them."""
    if not _IS_WORD.match(char):
        return (_spelled(char),)
    near = [case for case in other_cases(char) if case.isascii()]
    far = [case for case in other_cases(char) if not case.isascii()]
    sides = (f"{before}{character_class(near)}{after}",) if near else ()
    return (*sides, character_class(far)) if far else sides


@functools.cache
def _any_blanks() -> str:
    chars, beyond = members(r"\s", fold=False)
    return character_class(chars, beyond=beyond) + "+"
