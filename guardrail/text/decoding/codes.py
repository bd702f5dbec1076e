"""Lists of codes: a character is a number, a group of bits, of dots and dashes, or a word.

Such lists look like lists of ordinary numbers; they are read only where the characters look like a
value, and where two readings are possible the one that looks more like one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

from guardrail.text.decoding.stretch import (
    NO_SUM,
    TEXT,
    Family,
    Stretch,
    TooMuchError,
    characters,
    is_likely,
    likeness,
)

_SIGN: Final = r"[!-/:-@\[-`{-~ \t\r\n]"
_CALL: Final = r"(?:[A-Za-z]{1,6}[(\[{]|&#|U\+|u\+)"
_BETWEEN: Final = rf"{_SIGN}{{1,4}}{_CALL}?"
_FREE: Final = r"(?<![0-9A-Za-z.,])"
_MOST: Final = 4_096
"""How many codes are one list; what is over a limit is not even looked at."""

_JUDGED: Final = 32
"""By so many of its characters a list is judged, however long it is."""

MOST_TRIED: Final = 16 << 10
"""How many lists of numbers are looked at."""

_ASCII: Final = "0?3[2-9]|0?[4-9][0-9]|1[01][0-9]|12[0-6]"
_OTHER: Final = (
    "1[6-9][0-9]|[2-5][0-9]{2}|768|8[0-9]{2}|9[0-9]{2}|1[0-2][0-9]{2}|82[0-3][0-9]|84[3-8][0-9]"
    "|65[23][0-9]{2}|65024|65039|1198[0-9]{2}|1199[0-9]{2}|120[0-8][0-9]{2}|9[34][0-9]{2}|12[78][0-9]{3}"
)
"""Letters, marks and invisible characters that stand for ASCII, or stand between it."""

_NUMBER: Final = f"(?:{_ASCII}|{_OTHER})"
_PAIR: Final = "[0-9A-Fa-f]{2}"
_TRIPLE: Final = "[01][0-7]{2}"


def numbers(text: str) -> Iterator[Stretch]:
    """Yield lists of four decimal codes or more, such as `98, 111, 109, 98`."""
    pattern = _list(_NUMBER, _BETWEEN, 4)
    for number, found in enumerate(pattern.finditer(text)):
        if number > MOST_TRIED:
            raise TooMuchError
        codes = found[0].split(found["s"])
        values = [*map(int, codes)]
        form = "".join(map(chr, values))
        if not is_likely(form[:_JUDGED]) or _counts(values[:_JUDGED]):
            continue
        if sum(value < 127 for value in values[:_JUDGED]) * 2 < len(values[:_JUDGED]):  # noqa: PLR2004
            continue  # there is more beyond ASCII than in it
        if _is_rather_other(found, form):
            continue
        gap = len(found["s"])
        ends = [*accumulate(len(code) + gap for code in codes)]
        yield _placed(found, form, [end - gap for end in ends])


def _is_rather_other(found: re.Match[str], form: str) -> bool:
    """Whether a list of decimal codes is one of hexadecimal or octal codes, or a part of one."""
    start, end = found.span()
    for pair, base in ((_PAIR, 16), (_TRIPLE, 8)):
        codes = found[0].split(found["s"], _JUDGED)[:_JUDGED]
        if not all(map(_compiled(pair).fullmatch, codes)):
            continue
        codes = _around(found.string, start, end, found["s"], pair)
        other = _text([int(code, base) for code in codes])
        is_part = len(form) < len(codes)
        if likeness(other) > (0 if is_part else likeness(form[:_JUDGED])):
            return True
    return False


def _around(text: str, start: int, end: int, between: str, pair: str) -> list[str]:
    """Return the codes of a list and those around it that are like them, up to so many.

    The decimal codes may be only some of a list, as in `6a 75 67 67 65 72`.
    """
    sign = re.escape(between)
    width = (2 if pair is _PAIR else 3) + len(between)
    first = start - width * _JUDGED
    before = _compiled(f"(?<![0-9A-Za-z]){pair}{sign}")
    while start >= width and start > first and before.fullmatch(text, start - width, start):
        start -= width
    after = _compiled(rf"(?:{sign}{pair}(?![0-9A-Za-z])){{0,{_JUDGED}}}+").match(text, end)
    end = after.end() if after else end
    return text[start : min(end, start + width * _JUDGED)].split(between)[:_JUDGED]


def _text(values: list[int]) -> str:
    """Return what bytes show, the last of which may be cut off; nothing if that is no text."""
    if max(values) > 255:  # noqa: PLR2004 - no byte
        return ""
    shown = bytes(values).decode(errors="replace").rstrip("\ufffd")
    return shown if _compiled(f"{TEXT}+").fullmatch(shown) and "\ufffd" not in shown else ""


def octals(text: str) -> Iterator[Stretch]:
    """Yield lists of four octal codes or more, such as `142 157 155 142`."""
    pattern = _list("(?:0o?)?(?:0[4-7]|1[0-7])[0-7]", _BETWEEN, 4)
    for found in pattern.finditer(text):
        codes = [*_compiled("(?:0o?)?([01][0-7]{2})").finditer(found[0])]
        form = "".join(chr(int(code[1], 8)) for code in codes)
        if is_likely(form[:_JUDGED]) and not _counts([int(code[1]) for code in codes[:_JUDGED]]):
            yield _placed(found, form, [code.end() for code in codes])


def bits(text: str) -> Iterator[Stretch]:
    """Yield characters of seven or eight bits, four or more, such as `01100010 01101111`."""
    octets = (
        rf"(?:0b)?[01]{{8}}(?:(?P<s>{_SIGN}{{0,3}}(?:0b)?)[01]{{8}})"
        rf"(?:(?P=s)[01]{{8}}){{2,{_MOST}}}+"
    )
    septets = _list("(?:0b)?1[01]{6}", _SIGN + "{1,3}(?:0b)?", 4).pattern
    for expression, width in ((rf"{_FREE}{octets}", 8), (septets, 7)):
        for found in _compiled(expression).finditer(text):
            codes = [*_compiled(f"(?!0b)[01]{{{width}}}").finditer(found[0])]
            data = bytes(int(code[0], 2) for code in codes)
            ends = [found.start() + code.end() for code in codes]
            stretch = characters(data, [found.start(), *ends[:-1]], ends)
            if is_likely(stretch.form[:_JUDGED]):
                yield stretch


def _counts(values: Sequence[int]) -> bool:
    """Whether numbers go up or down by the same step, as those of a table or a course do."""
    steps = {after - before for before, after in pairwise(values)}
    return len(steps) == 1


def _placed(found: re.Match[str], form: str, ends: Sequence[int]) -> Stretch:
    places = [found.start() + end for end in ends]
    places[-1] = found.end()
    return Stretch(form, [found.start(), *places[:-1]], places)


# ---------------------------------------------------------------- Morse code and spelling

_MORSE_CODES: Final = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- "
    "..--.. .----. -.-.-- -..-. -.--. -.--.- .-... ---... -.-.-. -...- .-.-. -....- ..--.- .-..-. "
    "...-..- .--.-."
)
_MORSE_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz0123456789.,?'!/()&:;=+-_\"$@"
_MORSE: Final = dict(zip(_MORSE_CODES.split(), _MORSE_SIGNS, strict=True))
_DOTS: Final = {ord(char): "." for char in "\u00b7\u2022\u2219\u22c5*"} | {
    ord(char): "-" for char in "\u2010\u2011\u2012\u2013\u2014\u2212_"
}
_TICKS: Final = frozenset({"." * count for count in range(1, 6)} | {"-" * n for n in range(1, 6)})
"""Codes of one sign only; a row of them is no text."""

_TICK: Final = r"[.\-\u00b7\u2022\u2219\u22c5*\u2010-\u2014\u2212_]"
_TICK_ASKS: Final = r"[.\-_*\x{b7}\x{2022}\x{2219}\x{22c5}\x{2010}-\x{2014}\x{2212}]"


def morse(text: str) -> Iterator[Stretch]:
    """Yield Morse code: four characters or more, with a blank or a sign between them."""
    tick = f"{_TICK}{{1,7}}"
    code = rf"{tick}(?![^\s/|,;\"'`<)\]\\])"
    pattern = _compiled(rf"(?<![^\s\"'`>(\[]){code}(?:[ /|,]{{1,3}}{code}){{3,{_MOST}}}+")
    for found in pattern.finditer(text):
        shown = found[0].translate(_DOTS)
        codes = {*_compiled("[ /|,]+").split(shown, _JUDGED)[:_JUDGED]}
        if len(codes) < 3 or codes <= _TICKS or not codes <= _MORSE.keys():  # noqa: PLR2004
            continue
        parts = _compiled("([-.]+)([ /|,]*)").finditer(shown)
        yield _spelled(found, [(_MORSE.get(part[1], "#"), part[2], part.end()) for part in parts])


_SPOKEN: Final = (
    "alfa alpha bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike "
    "november oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray x-ray "
    "yankee zulu "
    "anton berta caesar c\u00e4sar dora emil friedrich gustav heinrich ida julius kaufmann konrad "
    "ludwig martha nordpol otto paula quelle richard samuel siegfried theodor ulrich viktor "
    "wilhelm xanthippe xaver ypsilon zacharias zeppelin"
)
"""The spelling alphabets of ICAO and of Germany."""

_SPOKEN_SIGNS: Final = {
    **{
        word: str(digit)
        for digit, words in enumerate((
            "zero null", "one eins", "two zwei zwo", "three drei tree", "four vier fower",
            "five f\u00fcnf fife", "six sechs", "seven sieben", "eight acht", "nine neun niner",
        ))
        for word in words.split()
    },
    "at": "@", "dot": ".", "punkt": ".", "dash": "-", "minus": "-", "underscore": "_",
    "unterstrich": "_", "plus": "+", "space": " ", "leerzeichen": " ",
}  # fmt: skip
"""What is said among the letters."""


def spelled(text: str) -> Iterator[Stretch]:
    """Yield words of a spelling alphabet, four or more: `Bravo Oscar Mike Bravo`.

    Digits and signs may be said among them.
    """
    word = rf"(?:{_SPOKEN.replace(' ', '|')}|{'|'.join(_SPOKEN_SIGNS)}|[0-9])(?!\w)"
    words = rf"(?<!\w){word}(?:[ ,.\n/-]{{1,3}}{word}){{3,{_MOST}}}+"
    # Letters that lower case makes longer are none of these words: then the slower way is taken.
    low = text.lower() if len(text.lower()) == len(text) else text
    flags = re.NOFLAG if low is not text else re.IGNORECASE
    for found in re.compile(words, flags).finditer(low):
        codes = [*re.compile(f"({word})([ ,.\n/-]*)", flags).finditer(found[0])]
        said = [_SPOKEN_SIGNS.get(code[1].lower(), code[1][0].lower()) for code in codes]
        if any(map(str.isdigit, said)):  # a code, an account: those have capital letters
            said = [*map(str.upper, said)]
        if _pairs().search(found[0]):
            yield _spelled(found, [(s, "", c.end()) for s, c in zip(said, codes, strict=True)])


@functools.cache
def _pairs() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_WORD_ASKS}[ ,.\n/-]+{_WORD_ASKS}(?!\w)")


def _spelled(found: re.Match[str], codes: Sequence[tuple[str, str, int]]) -> Stretch:
    """Return letters with what stands behind each; a wider gap is a blank."""
    form, starts, ends = "", [], []
    at = found.start()
    for letter, gap, end in codes:
        starts.append(at)
        at = found.start() + end
        ends.append(at)
        form += letter
        if gap.strip(" ,") or gap.count(" ") > 1:
            ends[-1] -= len(gap)
            starts.append(ends[-1])
            ends.append(at)
            form += " "
    return Stretch(form.rstrip(), starts[: len(form.rstrip())], ends[: len(form.rstrip())])


def _list(code: str, between: str, least: int) -> re.Pattern[str]:
    """Return a pattern for codes with the same signs between them."""
    return _compiled(
        rf"{_FREE}{code}(?P<s>{NO_SUM}{between}){code}(?![0-9A-Za-z])"
        rf"(?:(?P=s){code}(?![0-9A-Za-z])){{{least - 2},{_MOST}}}+"
    )


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _many(code: str, between: str, least: int) -> str:
    return rf"{code}(?:{between}{code}){{{least - 1}}}"


def _run(code: str, between: str, more: str, behind: str = "[0-9A-Za-z]?") -> str:
    """Return what a list lies in, with the character behind it, which may say that it is none."""
    return rf"{code}(?:{between}{more})*{behind}"


_WORD_ASKS: Final = f"(?i:{_SPOKEN.replace(' ', '|')})"
_SAID: Final = f"(?i:{'|'.join((_SPOKEN.replace(' ', '|'), *_SPOKEN_SIGNS, '[0-9]'))})"
_OCTAL_ASKS: Final = "(?:0o?)?(?:0[4-7]|1[0-7])[0-7]"
_NEXT_OCTAL: Final = f"{_BETWEEN}(?:0o?)?"
_EDGE: Final = r"(?:\b|_)"
CODES: Final[tuple[Family, ...]] = (
    Family(
        _EDGE + _many(_NUMBER, _BETWEEN, 4),
        numbers,
        _run(rf"\b{_NUMBER}", _BETWEEN, "[0-9A-Fa-f]{1,6}")
        + "|"
        + _run(f"_{_NUMBER}", _BETWEEN, "[0-9A-Fa-f]{1,6}"),
    ),
    Family(
        rf"{_EDGE}(?:0o?)?" + _many("(?:0[4-7]|1[0-7])[0-7]", _NEXT_OCTAL, 4),
        octals,
        _run(rf"\b{_OCTAL_ASKS}", _NEXT_OCTAL, "[0-7]{1,3}")
        + "|"
        + _run(f"_{_OCTAL_ASKS}", _NEXT_OCTAL, "[0-7]{1,3}"),
    ),
    Family(
        rf"[01]{{7}}{_SIGN}{{0,3}}(?:0b)?[01]{{7}}",
        bits,
        _run("(?:0b)?[01]{7,8}", f"{_SIGN}{{0,3}}(?:0b)?", "[01]{1,8}"),
    ),
    Family(
        rf"{_TICK_ASKS}(?:[ /|,]+{_TICK_ASKS}+){{3}}",
        morse,
        _run(f"{_TICK_ASKS}{{1,7}}", "[ /|,]{1,3}", f"{_TICK_ASKS}{{1,7}}", r"\S?"),
    ),
    Family(
        rf"\b{_WORD_ASKS}[ ,.\n/-]+{_WORD_ASKS}\b",
        spelled,
        _run(rf"\b{_SAID}", r"[ ,.\n/-]{1,3}", _SAID, r"\w?"),
    ),
)
"""Lists of codes; where two of them claim the same place, the first one has it."""
