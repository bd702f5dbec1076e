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
from collections.abc import Iterable, Mapping, Sequence
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
_DIGITS: Final = {"O": "0", "o": "0", "b": "6", "l": "1", "I": "1"}
"""What foreign letters stand for beside a digit."""

_SIX: Final = "\u0431"
"""A small letter that is a digit among capital ones."""

_JOINTS: Final = frozenset(".@_-")
"""What joins the parts of an address or a code: parts are disguised together."""


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
    if text.isascii() or not _near_digits().search(text):
        return None
    return _undisguised(text, in_numbers=True)


def _undisguised(text: str, *, in_numbers: bool) -> View | None:
    edits, forms = Edits("lookalikes", text), lookalikes()
    words = [*_words().finditer(text)]
    for number, found in enumerate(words):
        word = found[1]
        if word is None:
            continue
        if _is_natural(word) and not (
            _is_part(text, *found.span())
            or _is_beside_mixed(words, number)
            or (in_numbers and _is_number(text, found, forms))
        ):
            continue
        shown = [_form(char, forms) for char in word]
        if _SIX in word and "".join(shown).replace("b", "").isupper():
            shown = ["6" if char == _SIX else form for char, form in zip(word, shown, strict=True)]
        if in_numbers:
            shown = _in_numbers(word, shown)
        for at, char in enumerate(word, found.start()):
            if not char.isascii():
                edits.replace(at, at + 1, shown[at - found.start()])
    return edits.view()


def _in_numbers(word: str, shown: list[str]) -> list[str]:
    """Return the forms of a word, with a digit for each foreign letter that stands beside one."""
    if not any(form in _DIGITS for form in shown) or not any(map(str.isdigit, shown)):
        return shown
    for order in (range(1, len(shown)), range(len(shown) - 2, -1, -1)):
        beside = -order.step
        for at in order:
            if not word[at].isascii() and shown[at] in _DIGITS and shown[at + beside].isdigit():
                shown[at] = _DIGITS[shown[at]]
    return shown


def _form(char: str, forms: Mapping[str, str]) -> str:
    if char.isascii():
        return char
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


def asks_for_lookalike_numbers() -> str:
    """Return an RE2 expression that occurs wherever `undisguised_numbers` shows something."""
    digits = character_class(char for char, form in lookalikes().items() if form.isdigit())
    listed = character_class(_passing_for_digits())
    digit = f"(?:[0-9]|{digits})"
    return rf"{digit}[ .()-]{{0,3}}{listed}|{listed}[ .()-]{{0,3}}{digit}"


def _passing_for_digits() -> list[str]:
    return [char for char, form in lookalikes().items() if form in _DIGITS]


@functools.cache
def _near_digits() -> re.Pattern[str]:
    digits = "".join(char for char, form in lookalikes().items() if form.isdigit())
    listed = _listed(_passing_for_digits())
    digit = f"[0-9{_listed(digits)}]"
    return re.compile(rf"{digit}[ .()-]{{0,3}}[{listed}]|[{listed}][ .()-]{{0,3}}{digit}")


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


def _is_number(text: str, found: re.Match[str], forms: Mapping[str, str]) -> bool:
    """Whether all of a word passes for digits, and a digit stands near."""
    shown = [forms.get(char, char) for char in found[0]]
    near = text[max(0, found.start() - 3) : found.start()] + text[found.end() : found.end() + 3]
    return any(map(str.isdigit, near)) and all(form.isdigit() or form in _DIGITS for form in shown)


def _is_beside_mixed(words: Sequence[re.Match[str]], number: int) -> bool:
    """Whether the word before or after this one mixes ASCII with letters that pass for it."""
    found = words[number]
    if len(found[0]) >= _FEWEST:
        return False
    before = words[number - 1] if number else None
    after = words[number + 1] if number + 1 < len(words) else None
    return (before is not None and found.start() - before.end() <= 1 and _is_mixed(before[0])) or (
        after is not None and after.start() - found.end() <= 1 and _is_mixed(after[0])
    )


def _is_mixed(word: str) -> bool:
    has_ascii = any("a" <= char.lower() <= "z" for char in word)
    return has_ascii and any(map(_is_foreign, word))


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
