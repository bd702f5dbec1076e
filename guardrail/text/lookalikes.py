"""The view in which characters that pass for ASCII ones are those: homoglyphs, accents, styles.

It goes word by word, and what it makes of a word depends on nothing else, so that a redaction
beside it changes nothing. A word is left as it is if that is what it is:

- a word of another writing, which has a letter that passes for none (most
  Russian words have one), or which is too short to be sure;
- a syllable with its accents in one piece, as Vietnamese, Pinyin and many short words of Europe
  are (`hàng`, `más`): it is no English word with accents put on.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from guardrail.text.view import Edits, View
from guardrail.text.widen import character_class, ranges

_TABLE: Final = Path(__file__).with_name("lookalikes.txt")
_FEWEST: Final = 4
"""A word of lookalikes alone needs so many to be taken for ASCII; two or three may be words."""

_MARKS: Final = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_IS_MARK: Final = re.compile(f"[{_MARKS}]")
_ACCENTED: Final = (
    "\u00e0-\u00e3\u00e8-\u00ea\u00ec\u00ed\u00f2-\u00f5\u00f9\u00fa\u00fc\u00fd\u0101\u0103\u0113\u011b"
    "\u0129\u012b\u014d\u0169\u016b\u01a1\u01b0\u01ce\u01d0\u01d2\u01d4\u01d6\u01d8\u01da\u01dc\u1ea0-\u1ef9"
)
_SYLLABLE: Final = re.compile(
    r"(?:ngh?|gh|gi|kh|nh|ph|qu|tr|th|[csz]h|[b-df-hj-np-tv-z\u0111])?"
    rf"[aeiouy{_ACCENTED}]{{1,3}}(?:ng|nh|ch|[cmnpst])?"
)
_WORD_LETTERS: Final = (
    r"0-9A-Za-z_\u00aa-\u10ff\u13a0-\u1fff\ua4d0-\uabbf"
    r"\U00010000-\U00011fff\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff"
)
"""Letters of scripts that put spaces between words; what is none of them is never disguised."""

_FLAGS: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
_DASHES: Final = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_ODD_DASHES: Final = "\u2010-\u2012\u2015\u2212\ufe58\ufe63\uff0d"
_TYPOGRAPHIC: Final = "\u2013\u2014"
_BLANKS: Final = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_JOINTS: Final = frozenset(".@_-")
"""What joins the parts of an address or a code: parts are disguised together."""


def undisguised(text: str) -> View | None:
    r"""Return the text in ASCII where it passes for ASCII; None if nothing of it does.

    >>> undisguised("\u0440assw\u043erd, p\u00e1ssw\u00f6rd").text
    'password, password'
    >>> undisguised("\u0445\u043e\u0440\u043e\u0448\u043e, h\u00e0ng") is None
    True
    """
    if text.isascii():
        return None
    edits, forms = Edits("lookalikes", text), lookalikes()
    for found in _words().finditer(text):
        word = found[1]
        if word is None or (_is_natural(word) and not _is_part(text, *found.span())):
            continue
        for at, char in enumerate(word, found.start()):
            if not char.isascii():
                edits.replace(at, at + 1, _form(char, forms))
    return edits.view()


def _form(char: str, forms: Mapping[str, str]) -> str:
    if char in forms:
        return forms[char]
    category = unicodedata.category(char)
    return {"Zs": " ", "Pd": "-"}.get(category, "")


def asks_for_lookalikes() -> str:
    """Return an RE2 expression that occurs wherever `undisguised` shows something."""
    dashes = re.compile(f"[{_DASHES}]")
    others = (char for char in lookalikes() if not dashes.match(char))
    marks = "".join(rf"\x{{{ord(a):X}}}-\x{{{ord(b):X}}}" for a, b in _mark_ranges())
    odd, usual, blanks = (_re2(listed) for listed in (_ODD_DASHES, _TYPOGRAPHIC, _BLANKS))
    return (
        f"{character_class(others)}|[ -~][{marks}]|[0-9A-Za-z]{odd}[0-9A-Za-z]"
        f"|[0-9][A-Za-z]*{usual}[0-9A-Za-z]|[0-9A-Za-z]{usual}[A-Za-z]*[0-9]"
        f"|[0-9)]{blanks}{{1,2}}[(+0-9]|[0-9A-Z]{{4}}{blanks}[0-9A-Z]{{4}}"
    )


def _re2(listed: str) -> str:
    return character_class(re.findall(f"[{listed}]", "".join(map(chr, range(0xA0, 0x10000)))))


def _mark_ranges() -> list[tuple[str, str]]:
    return ranges(_IS_MARK.findall("".join(map(chr, range(0x300, 0x10000)))))


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether a word is a part of something that a sign joins, such as an address."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return (before[-1:] in _JOINTS and before[:1].isalnum() and len(before) > 1) or (
        after[:1] in _JOINTS and after[1:].isalnum()
    )


def _is_natural(word: str) -> bool:
    """Whether a word that could pass for ASCII is more likely what it is."""
    if _SYLLABLE.fullmatch(unicodedata.normalize("NFC", word).lower()):
        return True
    return 1 < len(word) < _FEWEST and all(map(_is_foreign, word))


@functools.lru_cache(1 << 13)
def _is_foreign(char: str) -> bool:
    """Whether this is a letter of a writing of its own, no styled or accented Latin one."""
    if _FLAGS.match(char):
        return True
    if not char.isalpha() or unicodedata.normalize("NFKD", char)[0].isascii():
        return False
    return "LATIN" not in unicodedata.name(char, "")


@functools.cache
def _words() -> re.Pattern[str]:
    """Return a pattern for all words; group 1 are those that are not, but pass for, ASCII."""
    inside = re.compile(f"[{_WORD_LETTERS}]")
    passing = [char for char, form in lookalikes().items() if form.isalnum() or inside.match(char)]
    dash = re.compile(f"[{_DASHES}]")
    signs = [char for char in lookalikes().keys() - set(passing) if not dash.match(char)]
    one, letter = f"{_listed(passing)}", f"{_WORD_LETTERS}{_listed(passing)}{_MARKS}"
    word = rf"(?:[0-9A-Za-z_]++[{one}{_MARKS}]|[{one}])[0-9A-Za-z_{one}{_MARKS}]*+(?![{letter}])"
    sign = (
        rf"[{_listed(signs)}]|(?<=\w)[{_DASHES}](?=\w)|(?<=[\w)])[{_BLANKS}]{{1,2}}(?=[\w(+])"
        rf"|(?<=[ -/:-@\[-^`{{-~])[{_MARKS}]++"
    )
    return re.compile(f"({word}|{sign})|[{letter}]++")


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
