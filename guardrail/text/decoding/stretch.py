"""What decoders have in common: characters with their places, and what counts as text."""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, repeat
from typing import Final, NamedTuple

TEXT: Final = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\uf8ff\ufffe\uffff]"
"""A character of decoded text: no control character, surrogate or private one."""

NO_SUM: Final = r"(?!\s*[+*=$%]{1,2}\s*[0-9]|\s+[-/]\s+[0-9])"
"""Not what stands between numbers to be added up, rather than between codes."""

SURELY_TEXT: Final = 12
"""From so many bytes on, random ones are hardly ever text; fewer have to look like words."""

_BYTE: Final = {0xDC00 + byte: chr(byte) for byte in range(0x80, 0x100)}
_LIKE_WORDS: Final = re.compile(r"[\w @.+'/:()\n-]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_APART: Final = re.compile(r"\w([ .+'/:_-]{1,3})\w(?:\1\w){2,}\1?")
_MARKUP: Final = re.compile(r"</?[A-Za-z][^<>]{0,64}>|[*~`|]{1,2}(?=\w)|(?<=\w)[*~`|]{1,2}")
_HEX: Final = re.compile("(?:[2-7][0-9A-Fa-f]){4,}")
_BASE64: Final = re.compile(
    "(?=[a-z]*[^a-z])(?:[0-9A-Za-z+/_-]{4}){1,2}(?:[0-9A-Za-z+/_-]{2,3}={0,2})?"
)
_UNSEEN: Final = frozenset(("Mn", "Me", "Cf"))
_OFTEN: Final = {
    letter: 9 - number // 3 for number, letter in enumerate("etaoinshrdlcumwfgypbvkjxqz")
}
"""How often a letter is written: the most frequent ones have the most."""

_NUMBER: Final = 3
"""How likely a number is: codes of other characters are hardly ever all codes of digits."""


class Stretch(NamedTuple):
    """Decoded characters: number `i` of `form` stands for `starts[i]:ends[i]` of the text.

    An empty form has one start and one end: what stands there is not shown.
    """

    form: str
    starts: Sequence[int]
    ends: Sequence[int]


class Family(NamedTuple):
    """Encodings that are found together.

    `asks` is an expression of both RE2 and `re` that occurs in each stretch that `find` yields,
    or around it. Stretches of one family come in order and do not overlap. `holds`, of `re` too, is
    an expression in a match of which each stretch lies, with all that decides about it; a stream
    waits for the end of the block where a family has none. No encoding of a family goes on over a
    match of its `edge`; where there is one, `find` is also given the parts of the text to look in.
    """

    asks: str
    find: Callable[..., Iterable[Stretch]]
    holds: str | None = None
    edge: re.Pattern[str] | None = None


class TooMuchError(Exception):
    """A text holds more encodings of a kind than are looked at."""


def characters(data: bytes | bytearray, starts: Sequence[int], ends: Sequence[int]) -> Stretch:
    """Return the characters that bytes stand for, with the places of their bytes.

    Bytes that are not UTF-8 are read as Latin-1, as the old encoders wrote them.
    """
    if data.isascii():
        return Stretch(data.decode(), starts, ends)
    shown = data.decode(errors="surrogateescape")
    firsts = [*accumulate(map(size, shown), initial=0)]
    return Stretch(
        shown.translate(_BYTE),
        [starts[first] for first in firsts[:-1]],
        [ends[after - 1] for after in firsts[1:]],
    )


def with_edges(stretch: Stretch, *, is_block: bool = False) -> Stretch:
    """Return a stretch in which the first and last seen characters cover what is not seen there.

    What is cut out of a text is what stands for seen characters; nothing of their code is left.
    Of a block no signs are left either: without its letters they say nothing.

    >>> with_edges(Stretch("\u202ebomb", range(5), range(1, 6))).starts
    [0, 0, 2, 3, 4]
    """
    form, starts, ends = stretch
    if len(form) != len(starts) or (form.isascii() and not is_block):
        return stretch
    if not form or (form[0].isalnum() and form[-1].isalnum()):
        return stretch
    first, after = 0, len(form)
    while first < after and _is_edge(form[first], is_block=is_block):
        first += 1
    while after > first and _is_edge(form[after - 1], is_block=is_block):
        after -= 1
    if first == after or after - first == len(form):
        return stretch
    starts, ends = [*starts], [*ends]
    starts[: first + 1] = [starts[0]] * (first + 1)
    ends[after - 1 :] = [ends[-1]] * (len(form) - after + 1)
    return Stretch(form, starts, ends)


def _is_edge(char: str, *, is_block: bool) -> bool:
    return (is_block and not char.isalnum()) or unicodedata.category(char) in _UNSEEN


def size(char: str) -> int:
    """Return how many bytes a character has that `surrogateescape` decoded."""
    if char < "\x80" or "\udc80" <= char <= "\udcff":
        return 1
    return 2 if char < "\u0800" else 3 if char < "\U00010000" else 4


def units_to_stretch(at: int, units: Sequence[str], forms: Mapping[str, str]) -> Stretch | None:
    """Return what units that follow each other show; those without a form show themselves."""
    if not any(forms.get(unit) for unit in set(units)):
        return None
    shown = [*map(forms.get, units, repeat(""))]
    places = [*accumulate(map(len, units), initial=at)]
    if all(map((1).__eq__, map(len, shown))):
        return Stretch("".join(shown), places[:-1], places[1:])
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, unit, form in zip(places[:-1], units, shown, strict=True):
        if form:
            starts += [start] * len(form)
            ends += [start + len(unit)] * len(form)
        else:
            starts += range(start, start + len(unit))
            ends += range(start + 1, start + len(unit) + 1)
        pieces.append(form or unit)
    return Stretch("".join(pieces), starts, ends)


def is_likely(form: str) -> bool:
    """Whether decoded characters look like a value: words of one case, digits, an address.

    Marks and invisible characters do not count, nor does markup or one sign between all letters:
    a value may be disguised in more than one way.

    >>> [is_likely(form) for form in ("bomb", "ann@b.com", "4155550123", "hUz#", "12 7")]
    [True, True, True, False, False]
    >>> [is_likely(form) for form in ("b.o.m.b", "ri<b>ci</b>n", "a.B-c", "x*Y")]
    [True, True, False, False]
    """
    return _is_value(form) or (len(form) < SURELY_TEXT and _is_code(form))


def _is_value(form: str) -> bool:
    form = _MARKUP.sub("", form if form.isascii() else _bare(form))
    if not _LIKE_WORDS.fullmatch(form):
        return len(form) >= SURELY_TEXT and _share_of_words(form) > 0.8  # noqa: PLR2004 - a share
    words = _WORD.findall(form)
    if not words:
        return sum(map(str.isdigit, form)) >= 7  # noqa: PLR2004 - digits of the shortest number
    if len(form) >= SURELY_TEXT:
        return True
    return all(word[1:].islower() or word.isupper() or len(word) == 1 for word in words) and (
        max(map(len, words)) > 1 or _APART.fullmatch(form) is not None
    )


def _is_code(form: str) -> bool:
    """Whether a few characters are base64 or hex of a value themselves."""
    if _HEX.fullmatch(form):
        data = bytes.fromhex(form)
    elif _BASE64.fullmatch(form):
        letters = form.rstrip("=").replace("-", "+").replace("_", "/")
        data = binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    else:
        return False
    return data.isascii() and is_likely(data.decode())


def _bare(form: str) -> str:
    """Return characters in their plain form, without marks and what is not seen."""
    shown = unicodedata.normalize("NFKD", form)
    return "".join(char for char in shown if unicodedata.category(char) not in _UNSEEN)


def likeness(form: str) -> float:
    """Return how much this looks like a value; the more likely of two readings has more.

    >>> likeness("thirsty") > likeness("JDEHIJO") > likeness("hUz#")
    True
    >>> likeness("555-0123") > likeness("SSSEHIPQ")
    True
    """
    if not is_likely(form):
        return 0
    letters = [char for char in form.lower() if "a" <= char <= "z"]
    if not letters:
        return 1 if any(map(str.isalpha, form)) else _NUMBER
    vowels = sum(char in "aeiouy" for char in letters)
    common = sum(map(_OFTEN.__getitem__, letters)) / len(letters)
    return 1 + (len(letters) * 0.15 <= vowels <= len(letters) * 0.7) + common / 10


def _share_of_words(form: str) -> float:
    return sum(char.isalnum() or char in " @.-_:/" for char in form) / len(form)


def runs(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """Yield where a pattern matches, and what it matches."""
    for found in pattern.finditer(text):
        yield found.start(), found[0]
