r"""The view in which letters that were pulled apart stand together: `b o m b`, `b.o.m.b`.

A *run* is a row of single characters with the same separator between any two of them: blanks,
punctuation, quotes and commas, an emoji. Two separators in a row stand for a blank between words,
so that `l o g   i n` is `log in`. In another kind of run any one sign stands between two letters.
Words, numbers and initials make no run: it has three letters, or four letters and digits, in a row.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from guardrail.text.blanks import ODD_BLANKS, ODD_DASHES
from guardrail.text.grids import ROWS, Grids
from guardrail.text.limits import LARGE
from guardrail.text.places import stretches
from guardrail.text.view import View, distinct, edited, replaced

MOST_SEPARATORS: Final = 1 << 12
"""How many separators one look takes out; more of them are an error."""

MOST_CANDIDATES: Final = 12 << 10
"""So many places that look like a run are looked at; more of them are an error."""

LONGEST_STRETCH: Final = 1 << 14
"""Letters apart from each other go on for so many characters at most; longer is an error."""

LONGEST: Final = 1 << 10
"""How many characters a run has; a longer one is taken in parts."""

FEWEST_DIGITS: Final = 7
"""Fewer digits alone are a version, a date, or an address."""

_SIGNS: Final = (
    "\xa0-\xbf\xd7\xf7\u02c2-\u02df\u0300-\u036f\u1680\u2000-\u20cf\u2190-\u2bff\u3000-\u303f"
    "\u30fb\ufe00-\ufe6f\ufeff-\uff0f\U0001f000-\U0001faff"
)
"""What stands between letters and is none itself, beyond ASCII."""

_LETTER: Final = "A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0370-\u052f\u05d0-\u064a"
_FURTHER_LETTERS: Final = (
    "\u0531-\u0556\u0561-\u0586\u0671-\u06d3\u0904-\u0939\u0985-\u09b9\u0b85-\u0bb9\u0c05-\u0c39"
    "\u0e01-\u0e2e\u10a0-\u10ff\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
)
"""Letters of other writings: a run may have them, and ends where two stand side by side."""

_SEPARATORS: Final = (
    *(r"[ \t]{1,3}", r"\n", r"\.", r"\. ", "-", "_", r"\*", "~", "/", r"\|", r"\\", ":", "="),
    *(" - ", r" \* ", r" \. ", " / ", r" \| ", r"\n[*-] ", "[!;#$%^&?<>`]", "[-._*~/|:=]{2}"),
    *("['\"]", "['\"], ?['\"]", r"\) ?\(", r"\] ?\[", r"\} ?\{", f"[{_SIGNS}]{{1,3}}"),
)
_LISTING: Final = (", ?", r" ?\+ ?")
"""Separators that also stand between numbers."""

_ALNUM: Final = r"[^\W_]"
_SIGN_FIRST: Final = r"(?<![^\s\"'`>(:=,])"
_SIGNED: Final = re.compile(
    rf"(?:(?<!{_ALNUM}){_ALNUM}|{_SIGN_FIRST}[^\w\s](?=[\W_]{{1,7}}{_ALNUM}))"
    rf"(?P<by>\s{{0,2}}(?:[^\w\s]|_)[\W_]{{0,5}}?)(?:[^\n](?P=by)){{1,{LONGEST}}}"
    rf"(?:{_ALNUM}(?!{_ALNUM})|[)\]](?![^\s]))"
)
_BLANK: Final = re.compile(
    rf"(?:(?<!{_ALNUM}){_ALNUM}|{_SIGN_FIRST}\S)(?P<by> {{1,3}}|\n)"
    rf"(?:\S(?P=by){{1,4}}){{1,{LONGEST}}}(?:{_ALNUM}(?!{_ALNUM})|\S(?!\S))"
)
_MIXED: Final = re.compile(
    rf"(?<!{_ALNUM})(?<!<)(?<!</)[^\W\d_]"
    rf"(?:(?:[!-/:-@\[-`{{-~]|[{_SIGNS}]{{1,3}})[^\W\d_]){{3,{LONGEST}}}(?!{_ALNUM})"
)
_OF_ANY: Final = (
    re.compile(r"[^\W\d_]"),
    re.compile(r"[^\w\s]|_"),
    re.compile(rf"{_ALNUM}{{2}}"),
)
"""A letter, a sign, and two letters that are not apart: no run goes on over them."""

_OF_ASCII: Final = (
    re.compile("[A-Za-z]"),
    re.compile(r"[\x00-\x08\x0e-\x1b!-/:-@\[-`{-\x7f]"),
    re.compile("[0-9A-Za-z]{2}"),
)
"""The same in a text of ASCII, where they are found sooner."""

_TWICE: Final = re.compile(r"(?P<one>(?!\s)[\W_]+)(?!(?P=one))[\W_](?P=one)")
_BETWEEN: Final = re.compile(r"[\W_]+")
_GAP: Final = re.compile(r"\s+")
_WORDS: Final = frozenset("aAIiOo0123456789")
"""Characters that are words of their own, beside a run as well as in one."""

_WORD_AT_EDGE: Final = re.compile(
    r"[aAIiOo0-9](?: {1,3}|\n)\S[ \n]|[ \n]\S(?: {1,3}|\n)[aAIiOo0-9]"
)
"""What a run of blanks has that begins or ends with such a word."""


_MANY: Final = 7
_FEWEST_TWICE: Final = 5
_BESIDE: Final = 3
"""Runs of digits so near to another are the groups of one number."""

_NEAR: Final = 12
"""So far behind a run, with the longest of separators, another may begin that decides about it."""


class _Run(NamedTuple):
    """A run, and what stands between two of its characters; nothing where that is not constant."""

    start: int
    end: int
    by: str


def spaced(text: str) -> View | None:
    """Return the text in which letters that were pulled apart stand together.

    >>> spaced("the b.o.m.b and  l o g   i n").text
    'the bomb and  log in'
    >>> spaced("k-i-l-l -s-w-i-t-c-h").text
    'kill switch'
    >>> spaced("U.S. plans A and B, i.e. 1 2 3") is None
    True
    """
    return _joined(text, *_runs(text))


def spaced_apart(text: str) -> View | None:
    """Return the same, where words of one letter at the edges of a run do not belong to it.

    None if no run has one there.

    >>> spaced_apart("a b o m b").text, spaced_apart("b o m b")
    ('a bomb', None)
    """
    if _WORD_AT_EDGE.search(_plain(text)) is None:
        return None
    runs, is_over = _runs(text)
    shorter = [_less_words(text, run) for run in runs]
    return None if runs == shorter else _joined(text, shorter, is_over)


@functools.cache
def asks_for_spaced() -> str:
    """Return an RE2 expression that occurs in every run.

    >>> asked = re.compile(asks_for_spaced())
    >>> bool(asked.search("so b o m b")), bool(asked.search("so be it: B2B, U.S., 1 2 3"))
    (True, False)
    """
    letter, either = f"[{_LETTER}]", f"[0-9{_LETTER}]"
    threes = (f"(?:{by}{letter}){{2}}" for by in (*_SEPARATORS, *_LISTING))
    signs = rf"(?:[!-/:-@\[-`{{-~]{letter}){{3}}|(?:[{_SIGNS}]{{1,3}}{letter}){{3}}"
    fours = (f"(?:{by}{either}){{3}}" for by in _SEPARATORS)
    edge = f"[^0-9{_LETTER}]"
    any_by = f"{edge}{{1,6}}"
    three = f"{letter}(?:{any_by}{letter}){{2}}"
    fives = f"{three}(?:{any_by}{either}){{2}}|(?:{either}{any_by}){{2}}{three}"
    return (
        f"(?:^|{edge})(?:{letter}(?:{'|'.join(threes)}|{signs})|{either}(?:{'|'.join(fours)})"
        f"|{fives}|(?:[0-9]{edge}{{1,8}}){{6}}[0-9])(?:{edge}|$)|(?:[!-~] ){{7}}[!-~]"
    )


def begins_spaced() -> str:
    """Return an RE2 expression of single characters apart from each other, few as they may be.

    In a match lies too what decides about them: runs right behind, and all rows of a grid.
    """
    letters = f"{_LETTER}{_FURTHER_LETTERS}"
    edge, either = f"[^0-9{letters}]", f"[0-9{letters}]"
    others = letters.removeprefix("A-Za-z")
    signs, one = r"[!-/:-@\[-`{-~]", f"{edge}+{either}"
    row = rf"{signs}(?:[ \n][!-~])"
    firsts = (
        r"\b[0-9A-Za-z]",
        "_[0-9A-Za-z]",
        f"[{others}]",
        rf"\B{signs}{edge}{{0,7}}{either}",
    )
    enough = (
        *(f"{first}{one}(?:{one})+{edge}" for first in firsts),
        *(f"{first}{edge}{{{_MANY},}}{either}{edge}" for first in firsts),
        rf"\B{row}{row}{row}(?:{row})+",
    )
    near = f"(?s:.{{0,{_NEAR}}}){edge}{either}(?:{one})+"
    return "|".join(
        (
            *(f"{first}(?:{one})+" for first in firsts),
            *(f"{each}{ROWS}|{each}{near}{ROWS}" for each in enough),
            rf"\B(?:{row})+",
        )
    )


_ODD: Final = {odd: "-" if odd in ODD_DASHES else " " for odd in ("\t", *ODD_BLANKS, *ODD_DASHES)}
"""Blanks and dashes of all kinds, with the one kind that everybody has."""

_IS_ODD: Final = re.compile(f"[{''.join(map(re.escape, _ODD))}]")


def _plain(text: str) -> str:
    """Return a text with blanks and dashes of one kind only."""
    if text.isascii() and "\t" not in text:
        return text
    return replaced(text, {odd: _ODD[odd] for odd in distinct(_IS_ODD, text)})


def _runs(text: str) -> tuple[list[_Run], bool]:
    """Return the runs of a text, in order, and whether there is too much that looks like one."""
    plain = _plain(text)
    sure: list[_Run] = []
    unsure: list[_Run] = []
    grids = Grids(plain)
    separators = 0
    is_over = False
    for count, run in enumerate(_candidates(text, plain), 1):
        if run is None or count > MOST_CANDIDATES or separators > 2 * MOST_SEPARATORS:
            is_over = True
            break
        if not _is_run(plain, run):
            unsure.append(run)
        elif not grids.has(run.end - 1):
            sure.append(run)
            separators += (run.end - run.start) // (1 + len(run.by))
            if run.by.strip() and (rest := _rest(run.by).match(plain, run.end)):
                unsure.append(_Run(*rest.span(1), run.by))
    if is_over and len(text) > LARGE:
        return [], True
    runs = _longest(sure)
    return _less_numbers(plain, _with_neighbours(runs, unsure) if runs else []), is_over


def _candidates(text: str, plain: str) -> Iterator[_Run | None]:
    """Yield what looks like a run, where there is one near; None where too much does."""
    letter, sign, word = _OF_ASCII if plain.isascii() else _OF_ANY
    for start, after in stretches(text, asks_for_spaced(), word):
        is_long = after - start > LONGEST_STRETCH and letter.search(plain, start, after) is not None
        if is_long and len(text) > LARGE:
            yield None
            return
        end = start + LONGEST_STRETCH if is_long else after
        has_signs = sign.search(plain, start, end) is not None
        for kind in (_SIGNED, _BLANK, _MIXED) if has_signs else (_BLANK,):
            for found in kind.finditer(plain, start, end):
                run = _Run(*found.span(), "" if kind is _MIXED else found["by"])
                yield _twice_apart(plain, run) or run
        if is_long:
            yield None


def _twice_apart(text: str, run: _Run) -> _Run | None:
    """Return a run whose letters are apart twice: `b-.-o-.-m-.-b`; None if they are not."""
    by = run.by
    if not by.strip():
        return None
    shown = text[run.start : run.end : 1 + len(by)]
    signs = shown[1::2]
    if len(shown) < _FEWEST_TWICE or signs[0].isalnum() or signs.count(signs[0]) < len(signs):
        return None
    if _enough(by).search(shown[::2]) is None:
        return None
    end = run.end if len(shown) % 2 else run.end - 1 - len(by)
    return _Run(run.start, end, f"{by}{signs[0]}{by}")


def _with_neighbours(runs: list[_Run], unsure: list[_Run]) -> list[_Run]:
    """Return runs with the short ones right beside one with the same separator."""
    starts = {(run.by, run.start) for run in runs}
    ends = {(run.by, run.end) for run in runs}
    beside = [
        run
        for run in unsure
        if any(
            (run.by, run.end + gap) in starts or (run.by, run.start - gap) in ends
            for gap in range(1, 2 + _BESIDE + len(run.by))
        )
    ]
    kept = [*runs]
    for run in sorted(beside):
        at = bisect_left(kept, run)
        before_it = at == 0 or kept[at - 1].end <= run.start
        if before_it and (at == len(kept) or run.end <= kept[at].start):
            kept.insert(at, run)
    return kept


def _longest(runs: list[_Run]) -> list[_Run]:
    """Return runs that do not overlap."""
    kept: list[_Run] = []
    for run in sorted(runs, key=lambda run: (run.start, not run.by.strip())):
        if not kept or run.start >= kept[-1].end:
            kept.append(run)
        elif run.end - run.start > kept[-1].end - kept[-1].start:
            kept[-1] = run
    return kept


def _less_numbers(text: str, runs: list[_Run]) -> list[_Run]:
    """Return runs without the few digits with signs between them that stand alone."""
    kept = []
    for before, run, after in zip((None, *runs), runs, (*runs[1:], None), strict=False):
        shown = text[run.start : run.end]
        each = shown[:: 1 + len(run.by)]
        is_short = run.by.strip() and sum(map(str.isalnum, each)) < FEWEST_DIGITS
        is_beside = any(
            other and other.by == run.by and 0 <= gap <= _BESIDE
            for other, gap in (
                (before, run.start - (before.end if before else 0)),
                (after, (after.start if after else 0) - run.end),
            )
        )
        if is_beside or not is_short or any(map(str.isalpha, shown)):
            kept.append(run)
    return kept


def _is_run(text: str, run: _Run) -> bool:
    """Whether enough letters stand in a row."""
    start, end, by = run
    if not by:
        return True
    if twice := _TWICE.fullmatch(by):
        return _enough(twice["one"]).search(text[start : end : 1 + len(by)]) is not None
    if by.strip():
        shown = text[start : end : 1 + len(by)]
        return _enough(by).search(shown) is not None
    shown = text[start:end].replace(by, "")
    return _enough(by).search(shown) is not None or len(shown) > _MANY


@functools.lru_cache(256)
def _enough(by: str) -> re.Pattern[str]:
    """Return a pattern for so many characters in a row as make a run with this separator."""
    letter, either = f"[{_LETTER}]", f"[0-9{_LETTER}]"
    fives = f"{letter}{{3}}{either}{{2}}|{either}{{2}}{letter}{{3}}"
    if re.fullmatch("|".join(_SEPARATORS), by):
        return re.compile(f"{letter}{{3}}|{either}{{4}}")
    if re.fullmatch("|".join(_LISTING), by):
        return re.compile(f"{letter}{{3}}|{fives}")
    return re.compile(fives)


@functools.lru_cache(64)
def _rest(by: str) -> re.Pattern[str]:
    """Return a pattern for a last group of two or three, which is too short to be a run."""
    return re.compile(
        rf" {{1,3}}({_ALNUM}(?:{re.escape(by)}{_ALNUM}){{1,2}})(?!{_ALNUM}|{re.escape(by)})"
    )


def _less_words(text: str, run: _Run) -> _Run:
    """Return a run of blanks without the words at its edges."""
    if run.by.strip() or not run.by:
        return run
    width = 1 + len(run.by)
    start = run.start + width * (text[run.start] in _WORDS)
    end = run.end - width * (text[run.end - 1] in _WORDS)
    return run._replace(start=start, end=end)


def _joined(text: str, runs: list[_Run], is_over: bool) -> View | None:  # noqa: FBT001
    nexts = (*runs[1:], None)
    parts = (
        chain(_gaps(text, run), _seam(text, run, after))
        for run, after in zip(runs, nexts, strict=False)
    )
    gaps = [*islice(chain.from_iterable(parts), MOST_SEPARATORS + 1)]
    is_over = is_over or len(gaps) > MOST_SEPARATORS
    starts, ends, forms = zip(*gaps, strict=True) if gaps else ((), (), ())
    return edited("spaced", text, starts, ends, forms, is_over=is_over)


def _seam(text: str, run: _Run, after: _Run | None) -> Iterator[tuple[int, int, str]]:
    """Yield what stands between two words with the same separator, if it is one with a blank."""
    if after is None or after.by != run.by or not run.by.strip():
        return
    if 0 < after.start - run.end <= _BESIDE + 2 * len(run.by):
        gap = _plain(text[run.end : after.start])
        rest = gap.replace(run.by, "")
        if (run.by in gap and rest.isspace()) or (gap != run.by and "".join(gap.split()) == run.by):
            yield run.end, after.start, " "


def _gaps(text: str, run: _Run) -> Iterator[tuple[int, int, str]]:
    """Yield what stands between the characters of a run, and what is shown for it."""
    start, end, by = run
    if by.strip():
        width = len(by)
        for at in range(start + 1, end, 1 + width):
            yield at, at + width, ""
        return
    for gap in (_GAP if by else _BETWEEN).finditer(text, start, end):
        yield gap.start(), gap.end(), " " if by and gap.end() - gap.start() > len(by) else ""
