r"""The view in which words of a simple cipher are read: shifted letters, ROT47, numbers of letters.

A word is read in another alphabet where its letters follow each other in no way English words have
(`pdozduh`), and those of what is read do (`malware`). What stands for which entry, nobody has to
know: a word that reads in several ways is shown in all of them. ROT13, Atbash and what is written
from right to left are no matter of letters in a row; `guardrail.text.respelled` knows those.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Sequence
from itertools import accumulate, pairwise, product
from operator import add, and_, or_
from typing import Final

from guardrail.text.decoding.signs import ROT47
from guardrail.text.decoding.stretch import likeness
from guardrail.text.limits import most
from guardrail.text.places import Places
from guardrail.text.view import View, edited

FEWEST_WORDS: Final = 1 << 13
OF_WORDS: Final = 48
"""How many words are read, or one for so many characters; more of them are an error."""

SHORTEST: Final = 5
LONGEST: Final = 24
"""How many letters a word has that is read in another alphabet."""

MOST_BEHIND: Final = 3
"""How many words behind such a word are read with it."""

_KNOWN: Final = (
    "aabcdefghijklmnopqrstuvwxyz babdeijlmorstuvy cabcdehiklopqrstuy dabcdegijlmnoprstuvwxy "
    "eabcdefghijklmnopqrstuvwxyz fabefilorstuy gabcdefghilmnoprstuy habdehilmnoprstuwyz "
    "iabcdefghijklmnopqrstuvxz jaeosu kaefgiklmnoprstuy labcdefgiklmnoprstuvwy "
    "mabcefilmoprsuwy nabcdefghijklmnoprstuvwy oabcdefghijklmnoprstuvwxyz pacdefhilmnoprstuy "
    "qu rabcdefghiklmnoprstuvwy sabcdefghiklmnopqrstuwy tabcdefghilmnoprstuvwxy "
    "uabcdefghiklmnoprstxyz vaeioprsuy wabdehilnoprstwy xacdehiprtuy yabcdefghilmnoprstuvwz "
    "zaeioyz"
)
"""The 450 most frequent pairs of letters in 370,000 words of replies in English: behind the first
letter of each group, those that follow it."""

_STRANGE: Final = "[jqvz][bcdfghklmnqtvwx]|[cfgjkmpqsvwx][jvxz]|[bfhmpwx][gkqx]"
"""Pairs that are none of these, in three classes: an automaton has few states for them. Of words of
those replies one in 5,000 has such a pair, of words in another alphabet two in three."""


def deciphered(text: str) -> View | None:
    """Return the text with each such word in the alphabets in which it reads; None without any.

    >>> deciphered("the pdozduh vfdq, >2=H2C6 and 13-1-12-23-1-18-5").text
    'the malware scan, malware and malware'
    >>> deciphered("some quite ordinary words of 1-2-3-4-5") is None
    True
    """
    read: list[tuple[int, int, str]] = []
    places, at, count = Places(text, _words()), 0, 0
    most_words = most(FEWEST_WORDS, text, OF_WORDS)
    while count <= most_words and (found := places.next(at)) is not None:
        start, end = found
        count += 1
        if words := _read(text, *_without_tags(text, start, end)):
            read += words
            at = end
        else:
            at = start + len(text[start:end].partition(" ")[0])
    starts, ends, forms = zip(*read, strict=True) if read else ((), (), ())
    is_over = count > most_words
    return edited("deciphered", text, starts, ends, forms, is_over=is_over)


def asks_to_decipher() -> str:
    """Return an RE2 expression that occurs wherever `deciphered` shows something."""
    numbers = (rf"\b{_NUMBER}(?:{by}{_NUMBER}){{{SHORTEST - 1}}}\b" for by in _BETWEEN)
    return "|".join((_STRANGE, _IN_ROT47, *numbers))


def begins_to_decipher() -> str:
    """Return an RE2 expression in a match of which each word lies that may be read."""
    return f"(?:{_words()})[^0-9A-Za-z_]?[A-Za-z/]?"


def _words() -> str:
    """Return an RE2 expression that matches what may be words of a cipher.

    To a strange word belong those behind it, which are read in the same alphabet.
    """
    words = rf"\b[A-Za-z]*(?:{_STRANGE})[A-Za-z]*\b(?: [A-Za-z]+\b){{0,{MOST_BEHIND}}}"
    rot47 = rf"[!#-&*+p-~]?[2-K]*(?:{_IN_ROT47})[2-K]*(?: [2-K]+){{0,{MOST_BEHIND}}}"
    numbers = "|".join(rf"[0-9]+(?:{by}[0-9]+){{{SHORTEST - 1},}}" for by in _BETWEEN)
    return rf"{words}|{rot47}|{numbers}"


def _without_tags(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of words without the signs of tags around them: ROT47 has those too."""
    if text[start] == ">" and _ends_tag().match(text[start - 1 : start]):
        start += 1
    if text[end - 1] == "<" and _begins_tag().match(text, end):
        end -= 1
    return start, end


def _read(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Return words with what they read; for the first one that is all it reads, the best one last.

    The words behind it are read in the alphabet of the best one.
    """
    words = text[start:end]
    if _beside().search(text[start - 1 : start]) or _beside().match(text, end):
        return []
    if _numbers().fullmatch(words):
        shown = _numbered(words)
        return [(start, end, shown)] if shown and _usual(shown) & 1 else []
    parts = words.split(" ")
    if not all(map(str.isalpha, parts)):
        parts = words.translate(ROT47).lower().split(" ")
        forms = parts if all(map(str.isalpha, parts)) and _alphabets(parts) & 1 else []
    else:
        parts = words.lower().split(" ")
        forms = _in_alphabets(parts, _alphabets(parts) & _SHIFTED)
    ends = accumulate(map(len, parts), lambda at, size: at + 1 + size, initial=start - 1)
    return [(at + 1, last, form) for (at, last), form in zip(pairwise(ends), forms, strict=False)]


def _in_alphabets(words: Sequence[str], alphabets: int) -> list[str]:
    """Return how the first word reads in all of some alphabets, and the others in the best."""
    first, *others = words
    read = {
        number: first.translate(table)
        for number, table in enumerate(_tables())
        if alphabets >> number & 1
    }
    shown = [form for form in read.values() if not _VOWELS.isdisjoint(form)]
    if not shown:
        return []
    fitting = [*map(_usual, others)]

    def fits(number: int) -> tuple[int, float]:
        return sum(each >> number & 1 for each in fitting), likeness(read[number])

    best = max(read, key=fits)
    forms = [form for form in shown if form != read[best]]
    return [
        " ".join((*forms, read[best])),
        *(word.translate(_tables()[best]) for word in others),
    ]


def _alphabets(words: Sequence[str]) -> int:
    """Return in which alphabets the first word, and one that is long, have usual letters."""
    long = (word for word in words if SHORTEST <= len(word) <= LONGEST)
    return _usual(words[0]) & functools.reduce(or_, map(_usual, long), 0)


def _usual(word: str) -> int:
    """Return, as bits, in which shifted alphabets the letters of a word follow as in English."""
    return functools.reduce(and_, map(_pairs().__getitem__, map(add, word, word[1:])), _ALL)


def _numbered(words: str) -> str:
    """Return the letters of numbers, nothing where somebody counts or no vowel is among them."""
    codes = [*map(int, _number().findall(words))]
    if len({after - before for before, after in pairwise(codes)}) == 1:
        return ""
    letters = "".join(_SMALL[code - 1] for code in codes)
    return "" if _VOWELS.isdisjoint(letters) else letters


_SMALL: Final = string.ascii_lowercase
_COUNT: Final = len(_SMALL)
_ALL: Final = (1 << _COUNT) - 1
_SHIFTED: Final = _ALL & ~(1 | 1 << 13)
"""All alphabets but the own one, and rot13."""

_VOWELS: Final = frozenset("aeiouy")
_IN_ROT47: Final = "[2-K]{2}[:-@][2-K]{2}"
"""Small letters in ROT47 are digits, signs and capital letters; here is a sign among them."""

_NUMBER: Final = "(?:[1-9]|1[0-9]|2[0-6])"
_BETWEEN: Final = ("-", " ")


@functools.cache
def _tables() -> tuple[dict[int, int], ...]:
    """Return the alphabets that are shifted, by the number of letters; the first is the own one."""
    shifted = (_SMALL[by:] + _SMALL[:by] for by in range(_COUNT))
    return tuple(str.maketrans(letters, _SMALL) for letters in shifted)


@functools.cache
def _pairs() -> dict[str, int]:
    """Return, for each pair of letters, in which shifted alphabets it is known, as bits.

    So a word is looked at in all of them at once.
    """
    known = {group[0] + behind for group in _KNOWN.split() for behind in group[1:]}
    return {
        pair: sum((pair.translate(table) in known) << n for n, table in enumerate(_tables()))
        for pair in map("".join, product(_SMALL, repeat=2))
    }


@functools.cache
def _beside() -> re.Pattern[str]:
    return re.compile(r"\w")


@functools.cache
def _numbers() -> re.Pattern[str]:
    rest = f"{{{SHORTEST - 1},{LONGEST - 1}}}"
    return re.compile("|".join(f"{_NUMBER}(?:{by}{_NUMBER}){rest}" for by in _BETWEEN))


@functools.cache
def _ends_tag() -> re.Pattern[str]:
    return re.compile(r"[\w\"'/]")


@functools.cache
def _begins_tag() -> re.Pattern[str]:
    return re.compile("[/A-Za-z!]")


@functools.cache
def _number() -> re.Pattern[str]:
    return re.compile("[0-9]+")
