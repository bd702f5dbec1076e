"""The view in which characters that pass for ASCII ones are those: homoglyphs, accents, styles.

It goes word by word. A word is left as it is if that is what it is, unless it is a part of an
address or code, or the word beside it mixes writings:

- a word of another writing, which has a letter that passes for none (most
  Russian words have one), or which is too short to be sure;
- a syllable with its accents in one piece, as Vietnamese, Pinyin and many short words of Europe
  are (`hàng`, `más`): it is no English word with accents put on.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import re2

from guardrail.text.blanks import ODD_BLANKS, ODD_DASHES
from guardrail.text.limits import most
from guardrail.text.lookalike_words import (
    FEWEST,
    LAST_ASCII,
    is_mixed,
    is_natural,
    joints,
    lookalikes,
    mark_ranges,
    may_join,
    may_mix,
    runs,
    with_stand_ins,
    words,
)
from guardrail.text.prefilter import encoded
from guardrail.text.view import View, placed_later, places_of_edits, too_much
from guardrail.text.widen import BEYOND, character_class

_TYPOGRAPHIC: Final = "\u2013\u2014"
NUMBERS: Final = {"O": "0", "o": "0", "b": "6", "l": "1", "I": "1"}
"""What foreign letters stand for beside a digit."""

_ESCAPE: Final = re.compile(r"[&;]#|[%\\]")
"""What stands before the code of a character."""

_SHORT: Final = 512
"""Of a text of so many characters each word is looked at as well as the text could be."""

_SIX: Final = "\u0431"
"""A small letter that is a digit among capital ones."""

FEWEST_WORDS: Final = 1 << 13
OF_WORDS: Final = 32
"""How many words pass for ASCII in a view, or one for so many characters; more are an error."""

LONGEST_WORD: Final = 1 << 14
"""A word of more characters is an error where it may pass for ASCII."""

_MOST_NEAR_DIGITS: Final = 1 << 10
"""After so many letters near digits that are no numbers, any further word may be one."""


def undisguised(text: str) -> View | None:
    r"""Return the text in ASCII where it passes for ASCII; None if nothing of it does.

    >>> undisguised("\u0440assw\u043erd, p\u00e1ssw\u00f6rd").text
    'password, password'
    >>> undisguised("\u0445\u043e\u0440\u043e\u0448\u043e, h\u00e0ng") is None
    True
    """
    return None if text.isascii() else _undisguised(text, in_numbers=False)


def undisguised_numbers(text: str) -> View | None:
    r"""Return the same, with digits for letters of other writings that stand beside digits.

    None if there are none.

    >>> undisguised_numbers("4\u04317, \u0440assw\u043erd").text
    '467, password'
    """
    if text.isascii() or not _has_numbers(text):
        return None
    return _undisguised(text, in_numbers=True)


def _undisguised(text: str, *, in_numbers: bool) -> View | None:
    near = with_stand_ins(text)
    is_short = len(text) <= _SHORT
    beside = _Beside(near) if is_short or may_mix(text) else None
    is_joined = is_short or may_join(text)
    has_codes = any(sign in text for sign in "#%\\") and _ESCAPE.search(text) is not None
    others = _Others(beside, is_joined, has_codes, in_numbers)
    room = most(FEWEST_WORDS, text, OF_WORDS)
    is_alone = not any(others)
    if is_alone and near is text:
        return _undisguised_alone(text, room)
    readings: dict[str, _Reading | None] = {}
    pieces: list[str] = []
    odd: list[tuple[int, _Reading]] = []
    done = 0
    for found in words().finditer(near):
        first, end = found.span(1)
        if first < 0:  # the end of the text
            break
        if room == 0 or end - first > LONGEST_WORD:
            return too_much("lookalikes")
        word = text[first:end]
        is_code = has_codes and _is_code(text, first)
        key = f"#{word}" if is_code else word
        if key not in readings:
            is_left = is_alone and is_natural(word)
            readings[key] = None if is_left else _read(word, in_numbers=in_numbers, is_code=is_code)
        if (reading := readings[key]) is None:
            continue
        if reading.is_natural and not (is_code or others.change(text, first, end)):
            continue
        if not reading.is_even:
            odd.append((first, reading))
        pieces += (text[done:first], reading.form)
        done = end
        room -= 1
    if not done:
        return None
    pieces.append(text[done:])

    return placed_later("lookalikes", "".join(pieces), lambda: _places(odd))


def _places(odd: Iterable[tuple[int, _Reading]]) -> tuple[Sequence[int], ...]:
    """Return the map of a view, from where its words stand that are not even."""
    sizes = [
        (first + at, len(form))
        for first, reading in odd
        for at, form in enumerate(reading.forms)
        if len(form) != 1
    ]
    starts = [at for at, _ in sizes]
    return places_of_edits(starts, [at + 1 for at in starts], [size for _, size in sizes])


class _TooManyError(Exception):
    """More words pass for ASCII than are looked at."""


def _undisguised_alone(text: str, room: int) -> View | None:
    """Return the view of a text in which no word is read in another way because of others.

    It is made in one pass, since such a text may be of disguised words alone.
    """
    readings: dict[str, _Reading | None] = {"": None}  # the end of the text
    left = room

    def shown(found: re.Match[str]) -> str:
        nonlocal left
        word: str = found[1] or ""
        if word not in readings:
            if len(word) > LONGEST_WORD:
                raise _TooManyError
            readings[word] = None if is_natural(word) else _read(word, in_numbers=False)
        if (reading := readings[word]) is None:
            return found[0]
        left -= 1
        if left < 0:
            raise _TooManyError
        return found[0][: -len(word)] + reading.form

    try:
        view = words().sub(shown, text)
    except _TooManyError:
        return too_much("lookalikes")
    if left == room:
        return None

    def places() -> tuple[Sequence[int], ...]:
        return _places(
            (found.start(1), reading)
            for found in words().finditer(text)
            if (reading := readings[found[1] or ""]) is not None and not reading.is_even
        )

    return placed_later("lookalikes", view, places)


def _is_code(text: str, at: int) -> bool:
    """Whether an escape begins right before a place; that of an entity may be one itself."""
    return text[at - 1 : at] in {"%", "\\"} or text[at - 2 : at] in {"&#", ";#"}


class _Reading(NamedTuple):
    """Whether a word is likely what it is; else what it shows, and each of its characters.

    It is even if each of them shows one.
    """

    is_natural: bool
    form: str
    forms: Sequence[str]
    is_even: bool


class _Others(NamedTuple):
    """What else a word that is likely what it is may be read by, as far as a text has such."""

    beside: _Beside | None
    is_joined: bool
    has_codes: bool
    in_numbers: bool

    def change(self, text: str, first: int, end: int) -> bool:
        """Whether a word is read in another way because of what stands beside it."""
        return (
            (self.is_joined and _is_part(text, first, end))
            or (
                self.beside is not None
                and end - first < FEWEST
                and self.beside.is_mixed(text, first, end)
            )
            or (self.in_numbers and _is_number(text, first, end, lookalikes()))
        )


class _Beside:
    """The words right beside a place in a text, of which stand-ins are given."""

    def __init__(self, near: str) -> None:
        self._near = near
        self._back = near[::-1]
        self._run = runs().match
        self._known: dict[str, bool] = {}

    def is_mixed(self, text: str, start: int, end: int) -> bool:
        """Whether the word before or after this one mixes ASCII with letters that pass for it."""
        size = len(text)
        before = self._run(self._back, size - start + 1) if start > 1 else None
        if before is not None and self._mixes(text[size - before.end() : start - 1]):
            return True
        after = self._run(self._near, end + 1)
        return after is not None and self._mixes(text[end + 1 : after.end()])

    def _mixes(self, word: str) -> bool:
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = is_mixed(word)
        return known


def _has_numbers(text: str) -> bool:
    """Whether a letter beside a digit, or a word of such letters, may be read as a number."""
    data, listed = encoded(text), _passing_for_digits()
    stands = with_stand_ins(text)
    back, size = stands[::-1], len(text)
    at = known = done = 0
    for _ in range(_MOST_NEAR_DIGITS):
        start, end = _near_digits()(data, at)
        if start < 0:
            return False
        near = known + len(data[at:start].decode())
        shown = data[start:end].decode()
        at, known = end - len(shown[-1].encode()), near + len(shown) - 1
        near = near if shown[0] in listed else known
        if near >= done:
            first, done = size - _end_of_run(back, size - near - 1), _end_of_run(stands, near)
            if _may_be_number(text, first, done):
                return True
    return True


def _may_be_number(text: str, start: int, end: int) -> bool:
    """Whether a word is read in another way where numbers are."""
    word = text[start:end]
    return _read(word, in_numbers=True) != _read(word, in_numbers=False) or _is_number(
        text, start, end, lookalikes()
    )


def _read(word: str, *, in_numbers: bool, is_code: bool = False) -> _Reading:
    shown = [*map(_forms().__getitem__, word)]
    if _SIX in word and "".join(shown).replace("b", "").isupper():
        shown = ["6" if char == _SIX else form for char, form in zip(word, shown, strict=True)]
    if in_numbers:
        shown = _in_numbers(word, shown, is_code=is_code)
    return _Reading(is_natural(word), "".join(shown), shown, {*map(len, shown)} == {1})


def _in_numbers(word: str, shown: list[str], *, is_code: bool) -> list[str]:
    """Return the forms of a word, with a digit for each foreign letter that stands beside one.

    In the code of an escape any may be one.
    """
    if is_code:
        pairs = zip(word, shown, strict=True)
        return [form if char.isascii() else NUMBERS.get(form, form) for char, form in pairs]
    if not any(form in NUMBERS for form in shown) or not any(map(str.isdigit, shown)):
        return shown
    seen = [at for at, form in enumerate(shown) if form]  # marks show nothing
    for order in (seen, seen[::-1]):
        for before, at in pairwise(order):
            if not word[at].isascii() and shown[at] in NUMBERS and shown[before].isdigit():
                shown[at] = NUMBERS[shown[at]]
    return shown


class _Forms(dict[str, str]):
    """What each character passes for: itself, or nothing, where no table says so."""

    def __missing__(self, char: str) -> str:
        other = {"Zs": " ", "Pd": "-"}.get(unicodedata.category(char), "")
        return self.setdefault(char, char if char <= LAST_ASCII else other)


@functools.cache
def _forms() -> _Forms:
    return _Forms(lookalikes())


def asks_for_lookalikes() -> str:
    """Return an RE2 expression that occurs wherever `undisguised` shows something."""
    others = (char for char in lookalikes() if char not in ODD_DASHES)
    marks = _marks()
    behind = character_class((*ODD_BLANKS, *ODD_DASHES))
    odd = character_class(char for char in ODD_DASHES if char not in _TYPOGRAPHIC)
    usual, blanks = character_class(_TYPOGRAPHIC), character_class(ODD_BLANKS)
    return (
        f"{character_class(others)}|(?:[ -~]|{behind})[{marks}]|[0-9A-Za-z]{odd}[0-9A-Za-z]"
        f"|[0-9][A-Za-z]*{usual}[0-9A-Za-z]|[0-9A-Za-z]{usual}[A-Za-z]*[0-9]"
        f"|[0-9)]{blanks}{{1,2}}[(+0-9]|[0-9A-Z]{{4}}{blanks}[0-9A-Z]{{4}}"
    )


def asks_for_lookalike_numbers() -> str:
    """Return an RE2 expression that occurs wherever `undisguised_numbers` shows something."""
    digits = character_class(char for char, form in lookalikes().items() if form.isdigit())
    listed = character_class(_passing_for_digits())
    digit = f"(?:[0-9]|{digits})"
    gap = rf"[{_marks()}]*[ .()-]{{0,3}}"
    return rf"{digit}{gap}{listed}|{listed}{gap}{digit}"


def _marks() -> str:
    """Return what a class of RE2 lists for the marks that are put on letters."""
    return "".join(rf"\x{{{ord(a):X}}}-\x{{{ord(b):X}}}" for a, b in mark_ranges())


def begins_lookalikes() -> str:
    """Return an RE2 expression of a word that may pass for ASCII, with the next one."""
    return _with_next_word(asks_for_lookalikes())


def begins_lookalike_numbers() -> str:
    """Return an RE2 expression of a number that may pass for ASCII, with the next word."""
    return _with_next_word(asks_for_lookalike_numbers())


def _with_next_word(asks: str) -> str:
    return rf"[{BEYOND}]*(?:{asks})[^\s]*(?s:.){{0,3}}[^\s]*"


@functools.cache
def _passing_for_digits() -> frozenset[str]:
    return frozenset(char for char, form in lookalikes().items() if form in NUMBERS)


@functools.cache
def _near_digits() -> Callable[[bytes, int], tuple[int, int]]:
    """Return a search of UTF-8 for `asks_for_lookalike_numbers`; it gives -1 where there is none.

    RE2 reads a text in which most letters pass for some digit ten times as fast as `re`.
    """
    pattern: Any = re2.compile(asks_for_lookalike_numbers())

    def search(data: bytes, start: int) -> tuple[int, int]:
        found = pattern.search(data, start)
        return found.span() if found else (-1, -1)

    return search


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether a word is a part of something that a sign joins, such as an address."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if not (before[-1:] in joints() or after[:1] in joints()):
        return False
    return (len(before) > 1 and before[1] in joints() and _shows_alnum(before[0])) or (
        len(after) > 1 and after[0] in joints() and _shows_alnum(after[1])
    )


def _shows_alnum(char: str) -> bool:
    return char.isalnum() or lookalikes().get(char, "").isalnum()


def _end_of_run(text: str, at: int) -> int:
    """Return where the letters that stand at a place end; text is one with stand-ins."""
    return at if (found := runs().match(text, at)) is None else found.end()


def _is_number(text: str, start: int, end: int, forms: Mapping[str, str]) -> bool:
    """Whether all of a word passes for digits, and a digit stands near."""
    shown = [forms.get(char, char) for char in text[start:end]]
    near = text[max(0, start - 3) : start] + text[end : end + 3]
    return any(map(str.isdigit, near)) and all(form.isdigit() or form in NUMBERS for form in shown)
