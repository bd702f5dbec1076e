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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import regex

from guardrail.text.fold import fold
from guardrail.text.lookalikes import undisguised
from guardrail.text.prefilter import FirstMatch, first_match
from guardrail.text.respelled import (
    LONGEST_IN_ASCII,
    Respelling,
    ciphered,
    leet_asks,
    leet_occurrences,
    respellings,
)
from guardrail.text.view import Spelling
from guardrail.text.widen import ASCII, any_blanks, character_class, literal, members, other_cases

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

_LOOSE_MARK: Final = regex.compile(r"(?!\p{VS})\p{M}", regex.V0)
_TOKEN: Final = regex.compile(rf"(?s){_WORD}+|\s+|.", regex.V0)
_CASED: Final = regex.compile(r"[\p{CWCM}\p{CWCF}]", regex.V0)
_DOTTED: Final = regex.compile("[\u0130\u0131]", regex.V0)
_ANY_I: Final = regex.compile("[iI\u0130\u0131]", regex.V0)
_TOO_BLANK: Final = "  "
"""A token that is in no key: more white space than an entry matches."""

_MOST_COMPILED: Final = 512


@dataclass(frozen=True)
class Entry:
    r"""One entry of a list, or a phrase.

    >>> list(Entry("log in").occurrences("Log\n in, prolog in, LOG IN!"))
    [(0, 7), (20, 26)]
    """

    source: str

    def occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a plain text, overlapping occurrences included."""
        if text.isascii() and self.source.isascii() and len(self.source) <= LONGEST_IN_ASCII:
            return _in_ascii(self.source, text)
        return (found.span() for found in _plain(self.source).finditer(text, overlapped=True))

    def folded_occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a folded text."""
        return (found.span() for found in _folded(self.source).finditer(text, overlapped=True))

    def undisguised_occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a text in which nothing is disguised any more."""
        return (found.span() for found in _bare(self.source).finditer(text, overlapped=True))

    def occurrences_in(self, text: str, spelling: Spelling) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a text whose entries are spelled like this."""
        if spelling == "own":
            return self.occurrences(text)
        return (self.folded_occurrences if spelling == "folded" else self.undisguised_occurrences)(
            text
        )

    def respelled_occurrences(self, text: str, by: Respelling) -> Iterator[tuple[int, int]]:
        """Yield where the entry stands in a text in another spelling."""
        if by == "leet":
            return leet_occurrences(self.source, text)
        return Entry(ciphered(self.source, by)).occurrences(text)

    def respelled(self) -> Iterator[tuple[Respelling, str]]:
        """Yield other spellings, each with RE2 expressions one of which occurs where it does."""
        for by in respellings(self.source):
            if by == "leet":
                yield by, leet_asks(self.source)
            else:
                yield from ((by, each) for each in Entry(ciphered(self.source, by)).widened())

    def widened(self) -> tuple[str, ...]:
        r"""Return RE2 expressions, one of which occurs wherever the entry does.

        >>> print(*Entry("OK!").widened())
        \b[Oo][Kk\x{212A}]\x{21}
        >>> print(*Entry("ask").widened())
        \b[Aa][Ss\x{17F}][Kk]\b \b[Aa][Ss\x{17F}][\x{212A}]
        """
        return tuple(chain.from_iterable(map(_widened, bare_forms(self.source))))


def occurrences_of_many(
    entries: Iterable[Entry], text: str, *, is_folded: bool = False, is_bare: bool = False
) -> Iterator[tuple[int, int, int]]:
    r"""Yield where entries stand in a text, as start, end and the number of the entry.

    The same as asking each entry, in one walk over the text: an entry starts and ends at the edge
    of a token, so that nothing but the tokens of the text from there on can be it.

    >>> list(occurrences_of_many([Entry("log in"), Entry("in"), Entry("login")], "Log\n in!"))
    [(0, 7, 0), (5, 7, 1)]
    """
    table, irregular = _Table(), []
    for number, entry in enumerate(entries):
        spellings = (fold(entry.source),) if is_folded else forms(entry.source)
        if is_bare:
            spellings = bare_forms(entry.source)
        if any(form[0].isspace() or form[-1].isspace() for form in spellings):
            irregular.append((number, entry))
        else:
            for form in spellings:
                table.add(form, number)
    yield from table.occurrences(text, is_folded=is_folded)
    for number, entry in irregular:
        look = entry.folded_occurrences if is_folded else entry.occurrences
        found = (entry.undisguised_occurrences if is_bare else look)(text)
        yield from ((start, end, number) for start, end in found)


class _Table:
    """Spellings of entries by what they have in common with all texts they are found in."""

    def __init__(self) -> None:
        self._spellings: dict[str, list[tuple[int, str]]] = {}
        self._lengths: dict[str, set[int]] = {}

    def add(self, form: str, number: int) -> None:
        tokens = [token for token, _, _ in _tokens(form)]
        self._lengths.setdefault(tokens[0], set()).add(len(tokens))
        self._spellings.setdefault("".join(tokens), []).append((number, form))

    def occurrences(self, text: str, *, is_folded: bool) -> Iterator[tuple[int, int, int]]:
        tokens = _tokens(text)
        names = [token for token, _, _ in tokens]
        for at, (name, start, _) in enumerate(tokens):
            found: set[int] = set()
            for length in self._lengths.get(name, ()):
                spellings = self._spellings.get("".join(names[at : at + length]))
                if spellings is None or at + length > len(tokens):
                    continue
                end = tokens[at + length - 1][2]
                if is_folded and _LOOSE_MARK.match(text, end):
                    continue
                for number, form in spellings:
                    if number not in found and _is_spelled(form, text[start:end]):
                        found.add(number)
                        yield start, end, number


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Return words, stretches of white space and other characters, equal if entries equate them.

    White space may be of any kind and length, up to what an entry matches.
    """
    cased = _CASED.findall("".join(set(text)))
    same_case = text.translate({ord(char): min(other_cases(char)) for char in cased})
    tokens = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        token = same_case[start:end]
        if token.isspace() and _BLANKS.match(text, start):
            token = " " if end - start <= MOST_BLANKS else _TOO_BLANK
        tokens.append((token, start, end))
    return tokens


def _is_spelled(form: str, found: str) -> bool:
    """Whether each `i`, with a dot or without, is one that `regex` equates.

    Equal tokens do not say so: it may equate one with a second and that with a third, but not
    the first with the third.
    """
    if not (_DOTTED.search(form) or _DOTTED.search(found)):
        return True
    pairs = zip(_ANY_I.findall(form), _ANY_I.findall(found), strict=True)
    return all(one == other or _compile(one).match(other) for one, other in pairs)


def _in_ascii(source: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the same for an entry of ASCII in a text of ASCII, several times as fast."""
    match, data = _ascii_match(source), text.encode()
    size = len(data)
    (span,) = match(data, 0, size)
    while span[0] >= 0:
        yield span
        (span,) = match(data, span[0] + 1, size)


@functools.lru_cache(_MOST_COMPILED)
def _ascii_match(source: str) -> FirstMatch:
    return first_match(_ascii_expression(source))


def _ascii_expression(form: str) -> str:
    r"""Return what RE2 finds one form with in ASCII, where `\b` means what it means here."""
    words = ("".join(map(_in_any_case, word)) for word in _BLANKS.split(form))
    blanks = character_class(filter(str.isascii, members(r"\s", fold=False)[0]))
    middle = f"{blanks}{{1,{MOST_BLANKS}}}".join(words)
    left = r"\b" if _IS_WORD.match(form[0]) else ""
    right = r"\b" if _IS_WORD.match(form[-1]) else ""
    return left + middle + right


@functools.cache
def _in_any_case(char: str) -> str:
    """Return a class of what `regex` takes in ASCII for a character."""
    same = regex.compile(regex.escape(char), regex.V0 | regex.I)
    return character_class(same.findall(ASCII))


@functools.lru_cache(_MOST_COMPILED)
def _plain(source: str) -> regex.Pattern[str]:
    return _compile("|".join(_expression(form) for form in forms(source)))


@functools.lru_cache(_MOST_COMPILED)
def _folded(source: str) -> regex.Pattern[str]:
    return _compile(_expression(fold(source)) + _NO_MARK)


@functools.lru_cache(_MOST_COMPILED)
def _bare(source: str) -> regex.Pattern[str]:
    return _compile("|".join(map(_expression, bare_forms(source))))


def bare_forms(entry: str) -> tuple[str, ...]:
    """Return the spellings an entry is looked for in where disguises were taken off the text.

    >>> bare_forms("na\u00efve"), bare_forms("kiss")
    (('naïve', 'naïve', 'naive'), ('kiss',))
    """
    view = undisguised(entry)
    return forms(entry) if view is None else (*forms(entry), view.text)


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
    return "".join(literal(char, fold=True) if char != " " else any_blanks() for char in text)


@functools.cache
def _edges(char: str, before: str, after: str) -> tuple[str, ...]:
    """Return the first or last character, with boundaries where RE2 knows them."""
    if not _IS_WORD.match(char):
        return (_spelled(char),)
    near = [case for case in other_cases(char) if case.isascii()]
    far = [case for case in other_cases(char) if not case.isascii()]
    sides = (f"{before}{character_class(near)}{after}",) if near else ()
    return (*sides, character_class(far)) if far else sides
