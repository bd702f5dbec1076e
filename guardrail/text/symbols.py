r"""Symbols for what characters may be shown as, in views that go character by character.

A character that may be shown as several has a symbol for each place. Places that another of its
forms does not have are *loose*. Characters with the same forms in ASCII, and of one kind, share a
symbol. Symbols are characters of private use, and one of them stands for all such of a text; what
is surely shown as one of ASCII has that for a symbol.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Final, NamedTuple, TypeAlias

from guardrail.text.blanks import ODD_BLANKS, ODD_DASHES
from guardrail.text.fold import compatibility_forms, folds
from guardrail.text.invisible import invisible
from guardrail.text.lookalike_words import (
    FAR_LETTERS,
    NEAR_LETTERS,
    SYLLABIC,
    lookalikes,
    mark_ranges,
    passing_letters,
)
from guardrail.text.lookalikes import NUMBERS
from guardrail.text.view import occurring_in, replaced
from guardrail.text.widen import ranges

FIRM, LOOSE, LAST = 0xE000, 0xF000, 0xF8FF
"""Where symbols begin, where the loose ones do, and the last one."""

ANY: Final = chr(LAST)
"""What stands for characters of private use: it is taken wherever any symbol could be."""

_MOST_KNOWN: Final = 1 << 16
"""How many characters that are only themselves are remembered."""

_KINDS: Final = "\xc0\xdf\u0250\u0370\u0530\u064b\u2000\u3000\U00010000"
"""Where characters of other kinds begin, as expressions tell them apart."""

_FIRST_FAR: Final = "\u1100"
"""All letters below it are such as may stand together."""

_BEYOND: Final = re.compile("([^\x00-\x7f]+)")
_WORD: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


def written(text: str) -> str:
    """Return the symbols of a text for all views."""
    return text.translate(symbols().every)


def written_unseen(text: str) -> str:
    """Return the symbols of a text for views in which what is not seen is left out, and no more."""
    own = symbols().own
    return replaced(text, {char: own[ord(char)] for char in occurring_in(_nothing, text)})


@functools.cache
def _nothing() -> Mapping[str, str]:
    private = (chr(code) for code in range(FIRM, LAST + 1))
    return dict.fromkeys((*private, *_fading()), "")


def written_passing(text: str, *, has_numbers: bool) -> str:
    r"""Return the symbols of a text for views that are not folded and in which letters pass.

    Letters that stand together do so only if all do. A single one surely does, and so do those
    behind letters of ASCII unless they are letters of a syllable; signs do wherever they stand.
    Nothing is sure beside what is not seen. `has_numbers` says that letters may be digits.

    >>> written_passing("x\u1d62 \u2264 \u03b1", has_numbers=False)
    'xi \u2264 a'
    """
    parts = _BEYOND.split(text)
    runs = parts[1::2]
    forms = _Runs(has_numbers=has_numbers)
    shown = [*map(forms.__getitem__, runs)]
    if forms.may_be_sure:
        is_clear = _controls().search(text) is None
        for number, run in enumerate(runs):
            if run in forms.may_be_sure:
                before, behind = parts[2 * number], parts[2 * number + 2]
                goes_on = not is_clear or behind[:1] in _WORD
                side = _side_before(before, is_first=number == 0) if is_clear else _UNCLEAR
                shown[number] = forms.beside[run, side, goes_on]
    parts[1::2] = shown
    return "".join(parts)


_CLEAR, _WORD_BEFORE, _UNCLEAR = range(3)
"""What stands before a run: nothing of a word, letters of ASCII alone, or who knows."""


def _side_before(part: str, *, is_first: bool) -> int:
    if part[-1:] not in _WORD:
        return _CLEAR
    return _UNCLEAR if not is_first and _WORD.issuperset(part) else _WORD_BEFORE


@functools.cache
def _controls() -> re.Pattern[str]:
    return re.compile(f"[{_listed(char for char in invisible() if char.isascii())}]")


class _Runs(dict[str, str]):
    """The symbols of runs of characters beyond ASCII, whatever stands beside them.

    What stands beside those in `may_be_sure` may say more.
    """

    def __init__(self, *, has_numbers: bool) -> None:
        super().__init__()
        known = symbols()
        self.own, self.signs = known.own, known.passing[has_numbers][2]
        self.any, self.sure = known.passing[has_numbers][:2]
        self.in_words, self.odd, self.split = _in_words(), _odd(), _letters().split
        self.mixed = _mixed()
        self.may_be_sure: set[str] = set()
        self.beside = _RunsBeside(self)

    def __missing__(self, run: str) -> str:
        if self.mixed.isdisjoint(run):
            shown = self[run] = run.translate(self.signs)
            return shown
        if run.isalpha() and max(run) < _FIRST_FAR and not self.in_words.issuperset(run):
            shown = self[run] = run.translate(self.own)  # letters that stand together
            return shown
        parts = self.split(run)
        for at, part in enumerate(parts):
            if at % 2 == 0:
                parts[at] = part.translate(self.signs) if part else ""
            elif not self.in_words.issuperset(part):
                parts[at] = part.translate(self.own)
            else:
                parts[at] = part.translate(self.any)
                if self.odd.issuperset(part):
                    self.may_be_sure.add(run)
        shown = self[run] = "".join(parts)
        return shown


class _RunsBeside(dict[tuple[str, int, bool], str]):
    """The symbols of runs with what stands before them, and whether a word may go on behind."""

    def __init__(self, runs: _Runs) -> None:
        super().__init__()
        self._runs = runs

    def __missing__(self, key: tuple[str, int, bool]) -> str:
        (run, before, goes_on), runs = key, self._runs
        shown = runs[run]
        if _fading().isdisjoint(run):
            parts = runs.split(run)
            last = len(parts) - 1
            for at, part in enumerate(parts):
                side = before if at == 1 and not parts[0] else _CLEAR
                is_one = side == _WORD_BEFORE or (side == _CLEAR and len(part) == 1)
                is_cut = goes_on and at == last - 1 and not parts[last]
                if at % 2 == 0:
                    table = runs.signs
                elif not runs.in_words.issuperset(part):
                    table = runs.own
                else:
                    is_sure = is_one and not is_cut and runs.odd.issuperset(part)
                    table = runs.sure if is_sure else runs.any
                parts[at] = part.translate(table)
            shown = "".join(parts)
        self[key] = shown
        return shown


@functools.cache
def _letters() -> re.Pattern[str]:
    """Return a pattern for letters that stand together, as `lookalike_words` knows them."""
    near = NEAR_LETTERS.removeprefix("0-9A-Za-z_")
    return re.compile(f"([{near}{FAR_LETTERS}{_listed(_in_words())}]+)")


@functools.cache
def _mixed() -> frozenset[str]:
    """Return the characters without which it is all the same which letters stand together."""
    own, (_, _, signs), (_, _, with_numbers) = symbols().own, *symbols().passing
    apart = (
        chr(code)
        for code in {*signs, *with_numbers}
        if not own[code] == signs[code] == with_numbers[code]
    )
    return _in_words().union(filter(_letters().fullmatch, apart))


@functools.cache
def _in_words() -> frozenset[str]:
    """Return the letters and marks that a word may have that passes for one of ASCII."""
    return frozenset((*_marks(), *passing_letters()))


@functools.cache
def _odd() -> frozenset[str]:
    """Return those that no syllable has."""
    return frozenset(
        char
        for char in passing_letters()
        if SYLLABIC.isdisjoint(unicodedata.normalize("NFC", char).lower())
    )


def _listed(chars: Iterable[str]) -> str:
    """Return characters as a class of `re` lists them."""
    return "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges(chars))


class _Known(dict[int, str]):
    """What stands for each character: itself, where nothing else is known."""

    def __missing__(self, code: int) -> str:
        if len(self) < _MOST_KNOWN:
            self[code] = chr(code)
        return chr(code)


class Symbols(NamedTuple):
    """Symbols by the code of a character: in all views, and in those that leave out the unseen.

    `passing` has, without letters for digits and with them, those of any character that may pass
    for another, of one that surely does, and of signs, which do wherever they stand. `of` has the
    symbols by what is shown.
    """

    every: _Known
    own: _Known
    passing: tuple[tuple[_Known, _Known, _Known], tuple[_Known, _Known, _Known]]
    of: dict[str, set[str]]
    shown: str


_Forms: TypeAlias = Mapping[str, Iterable[str]]
_Key: TypeAlias = tuple[bool, tuple[str, ...], int, str]
"""What has one symbol: whether it is loose, what it shows of ASCII, and the kind of all else."""


@functools.cache
def symbols() -> Symbols:
    """Return all symbols; to make them takes half a second or so."""
    faint: _Forms = dict.fromkeys(_fading(), ("",))
    fold: _Forms = {
        char: [table[char] for table in (folds(), compatibility_forms()) if char in table]
        for char in {*folds(), *compatibility_forms()}
    }
    letters, numbers = _passing(has_numbers=False), _passing(has_numbers=True)
    forms = {
        "own": _united(faint),
        "any": _united(faint, letters),
        "number": _united(faint, numbers),
        "every": _united(faint, numbers, fold),
        "sure": {char: frozenset(shown) for char, shown in letters.items()},
        "sure number": {char: frozenset(shown) for char, shown in numbers.items()},
    }
    by_key: dict[_Key, set[str]] = {}
    for one in {one for each in forms.values() for one in each.values()}:
        for key, shown in _places(one):
            by_key.setdefault(key, set()).update(shown)
    firm, loose = count(FIRM), count(LOOSE)
    names = {key: chr(next(loose if key[0] else firm)) for key in sorted(by_key)}
    names |= {key: key[1][0] for key in names if _is_certain(key)}
    of: dict[str, set[str]] = {}
    for key, chars in by_key.items():
        for char in chars:
            of.setdefault(char, set()).add(names[key])
    known = {
        name: _Known(dict.fromkeys(range(FIRM, LAST + 1), ANY))
        | {ord(char): "".join(names[key] for key, _ in _places(one)) for char, one in each.items()}
        for name, each in forms.items()
    }
    unsure = {*ODD_BLANKS, *ODD_DASHES, *_fading(), *passing_letters()}
    signs = [ord(char) for char in lookalikes() if char not in unsure]
    own, any_, number, every, sure, sure_number = map(_Known, known.values())
    return Symbols(
        every,
        own,
        (
            (any_, sure, _Known(any_ | {code: sure[code] for code in signs})),
            (number, sure_number, _Known(number | {code: sure_number[code] for code in signs})),
        ),
        of,
        "".join(of),
    )


def _is_certain(key: _Key) -> bool:
    """Whether something shows as one character of ASCII and no other."""
    return not key[0] and len(key[1]) == 1 and key[2] == 0


def _united(*several: _Forms) -> dict[str, frozenset[str]]:
    """Return for each character that has other forms all of them, itself included."""
    forms: dict[str, set[str]] = {}
    for each in several:
        for char, more in each.items():
            forms.setdefault(char, {char}).update(more)
    return {char: frozenset(found) for char, found in forms.items()}


@functools.cache
def _places(forms: frozenset[str]) -> tuple[tuple[_Key, frozenset[str]], ...]:
    """Return for each place of a character with these forms its key, and what it shows there."""
    shortest = min(map(len, forms))
    found: list[tuple[_Key, frozenset[str]]] = []
    for at in range(max(map(len, forms))):
        shown = frozenset(form[at] for form in forms if len(form) > at)
        kinds = {_kind(char) for char in shown if char > "\x7f"} or {(0, "")}
        kind = kinds.pop() if len(kinds) == 1 else (-len(kinds), "")
        near = tuple(sorted(char for char in shown if char <= "\x7f"))
        found.append(((shortest <= at, near, *kind), shown))
    return tuple(found)


def _kind(char: str) -> tuple[int, str]:
    category = unicodedata.category(char)[0]
    of_control = unicodedata.bidirectional(char) if category == "C" else category
    return 1 + bisect_right(_KINDS, char), of_control


def _passing(*, has_numbers: bool) -> dict[str, set[str]]:
    """Return the characters that pass for others, with what they pass for."""
    forms: dict[str, set[str]] = {}
    for blanks, form in ((ODD_BLANKS, " "), (ODD_DASHES, "-")):
        forms.update((char, {form}) for char in blanks)
    for char, form in lookalikes().items():
        more = {form, NUMBERS.get(form, form)} if has_numbers else {form}
        forms.setdefault(char, set()).update(more)
    return forms


@functools.cache
def _fading() -> frozenset[str]:
    """Return the characters that some view leaves out."""
    return invisible().union(_marks())


@functools.cache
def _marks() -> frozenset[str]:
    ends = ((ord(first), ord(last) + 1) for first, last in mark_ranges())
    return frozenset(chr(code) for first, after in ends for code in range(first, after))
