"""The view in which numbers that are spelled out have digits: `four one one`, `double five`.

Only runs that give four digits or more are written in digits, so that prose stays as it is. What
most often stands between the words of a run means nothing; something else there separates groups.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from guardrail.text.places import matches_near
from guardrail.text.view import Edits, View

FEWEST_DIGITS: Final = 4
"""Runs that give fewer digits stay words."""

LONGEST_RUN: Final = 128
"""How many spelled words a number has behind its first; a longer one is shown in parts."""

MOST_FIGURES: Final = 8
"""So many numbers written in digits belong to a spelled one before or behind them: a table of
numbers is no run of its own, for which a stream would have to wait."""

MOST_WORDS: Final = 1 << 14
"""How many words a view writes in digits; more of them are an error."""

_DIGITS: Final = (
    "zero oh o null nul nought naught nil zeroth z\u00e9ro cero zer\u00f3",
    "one eins un uno um een first won wun",
    "two zwei zwo deux dos due dois twee second too",
    "three drei trois tres tre tr\u00eas drie third tree",
    "four vier quatre cuatro quattro quatro fower fourth",
    "five f\u00fcnf cinq cinco cinque vijf fife fifth",
    "six sechs seis sei zes sixth",
    "seven sieben sept siete sette sete zeven seventh",
    "eight acht huit ocho otto oito eighth ait",
    "nine neun neuf nueve nove negen niner ninth",
)
_TEENS: Final = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_TIMES: Final = {"double": 2, "treble": 3, "triple": 3, "quadruple": 4}
_SIGNS: Final = {
    "dash": "-", "hyphen": "-", "minus": "-", "dot": ".", "point": ".", "plus": "+",
    "space": " ", "blank": " ", "leerzeichen": " ", "punkt": ".", "slash": "/", "hundred": "00",
}  # fmt: skip
_BETWEEN: Final = (
    r"[ \t]{0,3}+(?:[-\u2010-\u2014,./;:|_+()\u00b7\u2022][ \t]{0,3}|\r?\n[ \t]{0,3}|)[()]?"
)

_WINDOW: Final = 6
_LONG_ENOUGH: Final = 3
_SPELLED: Final = 3
"""So many numbers of a run are spelled out; or two, if those are half of it."""


def unspoken(text: str) -> View | None:
    """Return the text with spelled numbers in digits; None if there are none.

    >>> unspoken("call four one five, double five five, 0 one two three now").text
    'call 415 555 0123 now'
    >>> unspoken("it is fouroneone5").text
    'it is 4115'
    >>> unspoken("one or two of the three, and one two three") is None
    True
    """
    edits = Edits("digits", text)
    count = 0
    low = text.lower()
    if len(low) != len(text):  # a letter that lower case makes longer
        low = text.translate(_lower())
    for found in matches_near(low, _asks_for_run(), _runs()):
        words = list(_words().finditer(low, *found.span()))
        if len(words) == 1:
            continue
        count += 1
        if count > MOST_WORDS:
            edits.is_over = True
            break
        if found.start() and low[found.start() - 1].isalnum():
            del words[0]
        forms = _forms([word[0] for word in words])
        letters = _letters_before().search(text, max(0, found.start() - _WINDOW), found.start())
        is_account = letters and _letters_after().match(text, found.end())
        if not is_account and not _is_number(words, forms):
            continue
        count += len(words)
        if letters and words[0].start() == found.start():
            edits.replace(letters.end() - 1, letters.end(), "")
        _write(edits, text, words, forms)
    return edits.view()


def _write(edits: Edits, text: str, words: Sequence[re.Match[str]], forms: Sequence[str]) -> None:
    """Show the words of a number in digits, and what stands between them where it matters."""
    gaps = [text[a.end() : b.start()] for a, b in pairwise(words)]
    usual = Counter(gaps).most_common(1)[0][0] if gaps else ""
    for at, (word, form) in enumerate(zip(words, forms, strict=True)):
        if at:
            is_joined = words[at - 1][0] in _TENS or words[at - 1][0] in _TIMES
            gap = "" if is_joined else _gap(gaps[at - 1], usual, forms[at - 1], form)
            if gap != gaps[at - 1]:
                edits.replace(words[at - 1].end(), word.start(), gap)
        if form != word[0]:
            edits.replace(*word.span(), form)


def asks_for_digits() -> str:
    """Return an RE2 expression that occurs wherever `unspoken` shows something."""
    word = f"(?:{'|'.join(sorted(_meanings()))}|[0-9])"
    spelled = "|".join(sorted(word for word, form in _meanings().items() if form.strip()))
    gap = r"[^0-9A-Za-z]{0,4}"
    return rf"(?i)\b(?:(?:{spelled}){gap}{word}{gap}{word}|[0-9]{gap}(?:{spelled}){gap}{word})"


@functools.cache
def _asks_for_run() -> str:
    """Return an RE2 expression that begins where a run does, in lower case."""
    spelled = "|".join(sorted(_meanings()))
    word = f"(?:{spelled}|[0-9]+)"
    gap = r"[^0-9A-Za-z]{0,9}"
    end = r"(?:[^0-9A-Za-z]|\z)"
    run = rf"(?:[0-9]+{gap}){{0,{MOST_FIGURES}}}(?:{spelled})(?:{gap}{word})+{end}"
    return rf"{run}|[a-z]{{2,4}} {word}{gap}{word} [a-z]{{4}} [0-9a-z]"


def begins_digits() -> str:
    """Return an RE2 expression of a run of numbers, with the letters of an account number."""
    between = r"[^0-9A-Za-z]{0,9}"
    word = f"(?i:{'|'.join(sorted(_meanings()))}|[0-9]+)"
    spelled = f"(?i:{'|'.join(sorted(_meanings()))})"
    figures = ""
    for _ in range(MOST_FIGURES):  # each for itself, since the count of a long body is not kept
        figures = f"(?:[0-9]+{between}{figures})?"
    account = " [A-Z]{4} [0-9A-Za-z]"
    return rf"(?:[A-Z]{{2,4}} )?{figures}{spelled}(?:{between}{word})*(?:{account})?"


def _is_number(words: Sequence[re.Match[str]], forms: Sequence[str]) -> bool:
    """Whether this is more than some figures, or a few words of a sentence."""
    spelled = [form for word, form in zip(words, forms, strict=True) if not word[0].isdigit()]
    count = sum(form.isdigit() for form in spelled)
    digits = sum(map(str.isdigit, "".join(forms)))
    if digits < FEWEST_DIGITS or count < _SPELLED - 1 or _is_count(forms):
        return False
    is_long = len(forms) > _SPELLED or digits > FEWEST_DIGITS + 2
    return count >= _SPELLED or (is_long and 2 * count >= len(forms))


def _is_count(forms: Sequence[str]) -> bool:
    """Whether somebody counts, up or down, beyond what has one digit."""
    if not all(map(str.isdecimal, forms)) or max(map(len, forms)) == 1:
        return False
    steps = {int(b) - int(a) for a, b in pairwise(forms)}
    return len(steps) == 1 and abs(steps.pop()) in {1, 2, 5, 10}


def _forms(words: list[str]) -> list[str]:
    """Return what each word of a run is written as."""
    meanings = _meanings()
    forms = [meanings.get(word, word) for word in words]
    for at, word in enumerate(words[:-1]):
        following = forms[at + 1]
        if word in _TIMES:
            forms[at] = following[:1] * (_TIMES[word] - 1)
        elif word == "hundred" and len(following) > 1:
            forms[at] = ""
        elif word in _TENS:
            is_one = len(following) == 1 and following in "123456789"
            forms[at] = forms[at][0] if is_one and words[at + 1] in meanings else forms[at]
    return forms


def _gap(gap: str, usual: str, before: str, after: str) -> str:
    """Return what stands between two numbers instead of `gap`."""
    if gap in {"", usual} or not before[-1:].isdigit() or not after[:1].isdigit():
        return ""
    signs = "".join(filter("-./+:()".count, gap))
    return signs or " "


@functools.cache
def _lower() -> Mapping[int, str]:
    return {
        code: chr(code).lower() for code in (*range(65, 91), *map(ord, "\u00c9\u00d3\u00ca\u00dc"))
    }


@functools.cache
def _meanings() -> Mapping[str, str]:
    """Return the words of which numbers are made, with what they stand for."""
    words = {word: str(digit) for digit, names in enumerate(_DIGITS) for word in names.split()}
    words.update({word: str(10 + at) for at, word in enumerate(_TEENS)})
    words.update({word: f"{10 * (2 + at)}" for at, word in enumerate(_TENS)})
    return words | _SIGNS | dict.fromkeys(_TIMES, "")


@functools.cache
def _letters_before() -> re.Pattern[str]:
    """Return a pattern for the letters of an account number, which a blank parts from its words."""
    return re.compile(r"(?<![A-Za-z])[A-Z]{2,4} \Z")


@functools.cache
def _letters_after() -> re.Pattern[str]:
    return re.compile(r" [A-Z]{4} (?=[A-Za-z0-9])")


@functools.cache
def _words() -> re.Pattern[str]:
    return re.compile(rf"{_word()}|[0-9]+")


@functools.cache
def _runs() -> re.Pattern[str]:
    """Return a pattern of runs that have a spelled number, and one more perhaps."""
    before = rf"(?:[0-9]++{_BETWEEN}){{0,{MOST_FIGURES}}}"
    after = rf"(?:{_BETWEEN}[0-9]++){{0,{MOST_FIGURES}}}"
    more = rf"(?:{_BETWEEN}{before}{_word()}){{0,{LONGEST_RUN}}}"
    return re.compile(rf"(?<![0-9](?=[0-9])){before}{_word()}{more}{after}")


@functools.cache
def _word() -> str:
    """Return an expression for a word that ends there, or on which another number follows.

    Words of one or two letters follow on none: most words could be read as ending in one.
    """
    following = _any_of(word for word in _meanings() if len(word) >= _LONG_ENOUGH)
    return rf"{_any_of(_meanings())}(?:(?![^\W_])|(?=[0-9]|{following}))"


def _any_of(words: Iterable[str]) -> str:
    """Return an expression for any of these, in which each letter is tried once."""
    endings: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        endings.setdefault(word[:1], []).append(word[1:])
    parts = (
        re.escape(first) + (_any_of(rest) if first and any(rest) else "")
        for first, rest in endings.items()
    )
    return f"(?:{'|'.join(parts)})"
