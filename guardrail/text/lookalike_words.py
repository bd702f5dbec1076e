"""The words and signs that pass for ASCII ones, and which of them are what they are.

The table is made from Unicode's confusable characters; its first lines say from which version.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import re2

from guardrail.text.blanks import ODD_BLANKS, ODD_DASHES
from guardrail.text.prefilter import encoded
from guardrail.text.widen import ranges

_TABLE: Final = Path(__file__).with_name("lookalikes.txt")
FEWEST: Final = 4
"""A word of lookalikes alone needs so many to be taken for ASCII; two or three may be words."""

_MARKS: Final = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_IS_MARK: Final = re.compile(f"[{_MARKS}]")
_ACCENTED: Final = (
    "\u00e0-\u00e3\u00e8-\u00ea\u00ec\u00ed\u00f2-\u00f5\u00f9\u00fa\u00fc\u00fd\u0101\u0103\u0113\u011b"
    "\u0129\u012b\u014d\u0169\u016b\u01a1\u01b0\u01ce\u01d0\u01d2\u01d4\u01d6\u01d8\u01da\u01dc\u1ea0-\u1ef9"
)
SYLLABIC: Final = frozenset(re.findall(f"[a-z\u0111{_ACCENTED}]", "".join(map(chr, range(0x2000)))))
"""The small letters that syllables have."""

_SYLLABLE: Final = re.compile(
    r"(?:ngh?|gh|gi|kh|nh|ph|qu|tr|th|[csz]h|[b-df-hj-np-tv-z\u0111])?"
    rf"[aeiouy{_ACCENTED}]{{1,3}}(?:ng|nh|ch|[cmnpst])?"
)
_LONGEST_SYLLABLE: Final = 32
"""No syllable has so many characters, each of its letters with two marks of their own."""

NEAR_LETTERS: Final = r"0-9A-Za-z_\u00aa-\u10ff\u13a0-\u1fff\ua4d0-\uabbf"
FAR_LETTERS: Final = r"\U00010000-\U00011fff\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff"
"""Letters of scripts that put spaces between words; what is none of them is never disguised."""

_PASSING, _SIGN, _LETTER, _OTHER = "\ue000\ue001", "\ue002\ue003", "\ue004\ue005", "\ue006\ue007"
"""What stands for characters beyond U+FFFF while words are looked for: no letter or digit, one."""

_LAST_NEAR: Final = "\uffff"
LAST_ASCII: Final = "\x7f"
_ASCII_LETTER: Final = re.compile("[A-Za-z\u0130\u212a]")
_FLAGS: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
_JOINTS: Final = frozenset(".@_-")
"""What joins the parts of an address or a code: parts are disguised together."""


@functools.cache
def words() -> re.Pattern[str]:
    """Return a pattern for words, group 1, that are not, but pass for, ASCII, or for the end.

    It goes over all else in one step, since ordinary words are many.
    """
    near = {char for char in lookalikes() if char <= _LAST_NEAR}
    signs = [char for char in near - {*_near_passing()} if char not in ODD_DASHES]
    one, letter = _one(), _word_chars()
    any_word = rf"\w{_PASSING[1]}{_SIGN[1]}{_LETTER[1]}{_OTHER[1]}"
    word = rf"(?:[0-9A-Za-z_]++[{one}{_MARKS}]|[{one}])[0-9A-Za-z_{one}{_MARKS}]*+(?![{letter}])"
    marks = rf"(?<=[ -/:-@\[-^`{{-~{ODD_BLANKS}{ODD_DASHES}])[{_MARKS}]++"
    sign = (
        rf"[{_listed(signs)}{_SIGN}]|(?<=[{any_word}])[{ODD_DASHES}](?=[{any_word}])"
        rf"|(?<=[{any_word})])[{ODD_BLANKS}]{{1,2}}(?=[{any_word}(+])"
        rf"|{marks}"
    )
    ordinary = rf"(?!{word}|{marks})[{letter}]++|[\x00-/:-@\[-^`{{-\x7f]++|(?!{sign})[^{letter}]"
    return re.compile(rf"(?:{ordinary})*+(?:({word}|{sign})|\Z)")


@functools.cache
def _word_letter() -> re.Pattern[str]:
    return re.compile(f"[{NEAR_LETTERS}{FAR_LETTERS}]")


@functools.cache
def _far() -> re.Pattern[str]:
    return re.compile(f"[\U00010000-\U0010ffff{_PASSING}{_SIGN}{_LETTER}{_OTHER}]")


def _listed(chars: Iterable[str]) -> str:
    return "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges(chars))


@functools.cache
def lookalikes() -> Mapping[str, str]:
    r"""Return the characters that pass for ASCII, with what they pass for.

    >>> lookalikes()["\u0430"], lookalikes()["\u0664"]
    ('a', '4')
    """
    table = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, form = line.split(" ")
            table[chr(int(code, 16))] = form
    return table


def with_stand_ins(text: str) -> str:
    """Return a text of the same length for `words`, with characters of private use for far ones.

    A class with characters beyond U+FFFF is a list that is gone through for each character.
    """
    return _far().sub(lambda found: _stand_in(found[0]), text)


@functools.lru_cache(1 << 13)
def _stand_in(char: str) -> str:
    kind = _OTHER
    if char in lookalikes() and char > _LAST_NEAR:
        is_letter = lookalikes()[char].isalnum() or _word_letter().match(char)
        kind = _PASSING if is_letter else _SIGN
    elif char > _LAST_NEAR and _word_letter().match(char):
        kind = _LETTER
    return kind[char > _LAST_NEAR and char.isalnum()]


def mark_ranges() -> list[tuple[str, str]]:
    """Return the ranges of the marks that are put on letters."""
    return ranges(_IS_MARK.findall("".join(map(chr, range(0x300, 0x10000)))))


@functools.cache
def joints() -> frozenset[str]:
    """Return the signs of `_JOINTS` and what passes for them, which joins as well."""
    passing = (char for char, form in lookalikes().items() if form in _JOINTS)
    return frozenset((*_JOINTS, *passing, *ODD_DASHES))


@functools.cache
def runs() -> re.Pattern[str]:
    """Return a pattern for the letters, digits and marks that stand together."""
    return re.compile(f"[{_word_chars()}]++")


def _word_chars() -> str:
    return f"{NEAR_LETTERS}{_LETTER}{_one()}{_MARKS}"


def _one() -> str:
    """Return what a class lists for the letters and digits that pass for others."""
    return f"{_listed(_near_passing())}{_PASSING}"


def _near_passing() -> list[str]:
    return [char for char in passing_letters() if char <= _LAST_NEAR]


@functools.cache
def passing_letters() -> frozenset[str]:
    """Return the letters and digits that pass for others."""
    return frozenset(
        char for char, form in lookalikes().items() if form.isalnum() or _word_letter().match(char)
    )


def is_mixed(word: str) -> bool:
    """Whether a word has letters of ASCII and of another writing."""
    return bool(_ASCII_LETTER.search(word)) and any(map(_is_foreign, word))


def is_natural(word: str) -> bool:
    """Whether a word that could pass for ASCII is more likely what it is."""
    if 1 < len(word) < FEWEST and all(map(_is_foreign, word)):
        is_flag = len(word) == 2 or not _FLAGS.match(word)  # noqa: PLR2004 - letters of a flag
        return is_flag and len({unicodedata.name(char).split()[0] for char in word}) == 1
    if len(word) > _LONGEST_SYLLABLE or _is_foreign(word[0]):
        return False
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", word).lower()) is not None


@functools.lru_cache(1 << 13)
def _is_foreign(char: str) -> bool:
    """Whether this is a letter of a writing of its own, no styled or accented Latin one."""
    if _FLAGS.match(char):
        return True
    if not char.isalpha() or unicodedata.normalize("NFKD", char)[0].isascii():
        return False
    return "LATIN" not in unicodedata.name(char, "")


def may_mix(text: str) -> bool:
    """Whether a word of a text may mix ASCII letters with those of another writing; or not surely.

    >>> may_mix("\u0440assword"), may_mix("d\u00e9j\u00e0 \u0432\u0441\u0451")
    (True, False)
    """
    return _mixing().search(encoded(text)) is not None


@functools.cache
def _mixing() -> Any:
    """Return a pattern of RE2, which reads a text many times as fast as the patterns for words."""
    own = r"[A-Za-z\x{130}\x{212A}]"
    foreign, between = r"(?:[^\P{L}\p{Latin}]|[\x{1F1E6}-\x{1F1FF}])", r"[^\x00-/:-@\[-^`{-\x7f]*"
    return re2.compile(f"{own}{between}{foreign}|{foreign}{between}{own}")


def may_join(text: str) -> bool:
    """Whether a sign of a text may join the parts of an address or a code; or not surely.

    >>> may_join("ann@example"), may_join("One. Two.")
    (True, False)
    """
    return _joining().search(text) is not None


@functools.cache
def _joining() -> re.Pattern[str]:
    listed = "".join(map(re.escape, sorted(joints())))
    char = r"[^\x00-/:-@\[-^`{-\x7f]"
    return re.compile(f"[{listed}](?<={char}.){char}")
