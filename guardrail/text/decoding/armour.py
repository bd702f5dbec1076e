"""Armour for files: uuencode, Ascii85 and base58, which are told by what they show."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from guardrail.text.decoding.blocks import BASE64_ASKS, EDGE
from guardrail.text.decoding.stretch import (
    SURELY_TEXT,
    TEXT,
    Family,
    Stretch,
    TooMuchError,
    is_likely,
    with_edges,
)
from guardrail.text.places import matches_in

_LONGEST: Final = 4_095
"""How many letters of one piece are looked at."""

_MOST_BLOCKS: Final = 256
"""How many blocks of lines are looked at."""

_MOST_TRIED: Final = 4 << 10
"""How many pieces of one kind are tried."""


def uuencoded(text: str) -> Iterator[Stretch]:
    """Yield the lines between `begin 644 name` and `end`."""
    blocks = _compiled(r"begin [0-7]{3,4} [^\n]{0,80}\n((?:[ -`]{1,62}\n)+)").finditer(text)
    for number, block in enumerate(blocks):
        if number > _MOST_BLOCKS:
            raise TooMuchError
        for line in _compiled(r"[!-M][ -`]+").finditer(text, block.start(1), block.end(1)):
            try:
                data = binascii.a2b_uu(line[0])
            except binascii.Error:
                continue
            yield from _of_groups(line.span(), data, 4, 3, edge=1)


def _of_groups(
    span: tuple[int, int], data: bytes, letters: int, octets: int, edge: int
) -> Iterator[Stretch]:
    """Yield text of which so many letters stand for so many bytes, behind an edge."""
    form, (start, end) = _text(data), span
    if form is None:
        return
    if len(form) != len(data):  # characters of several bytes
        yield Stretch(form, [start] * len(form), [end] * len(form))
        return
    starts = [start + edge + at // octets * letters for at in range(len(data))]
    ends = [min(at + letters, end) for at in starts]
    starts[0], ends[-1] = start, end
    yield with_edges(Stretch(form, starts, ends), is_block=True)


def _text(data: bytes) -> str | None:
    """Return the text that bytes are, or None where they are none, or only by chance."""
    try:
        form = data.decode()
    except UnicodeDecodeError:
        return None
    if not _compiled(f"{TEXT}+").fullmatch(form):
        return None
    return form if len(data) >= SURELY_TEXT or is_likely(form) else None


# ---------------------------------------------------------------- 85 letters


def ascii85(text: str) -> Iterator[Stretch]:
    """Yield Ascii85 behind `<~`; without that it cannot be told from other signs."""
    for found in _compiled(rf"<~([!-u]{{5,{_LONGEST}}}+)(~>)?").finditer(text):
        letters = found[1] if found[2] else found[1][: len(found[1]) // 5 * 5]
        try:
            data = base64.a85decode(letters)
        except ValueError:
            continue
        end = found.end() if found[2] else found.start(1) + len(letters)
        yield from _of_groups((found.start(), end), data, 5, 4, edge=2)


_OF_85: Final = "[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]"
_FIRST_85: Final = "[A-Za-e]"
"""The first of five letters that stand for four characters of ASCII."""

_ODD_85: Final = "[!#$%&*;<>?@^{|}~]"
"""Letters that words, numbers and names do not have."""


def base85(text: str) -> Iterator[Stretch]:
    """Yield base85 as Git and Python write it, of ten letters or more, signs among them."""
    first = rf"(?<![^\s\"'>|=(`]){_FIRST_85}(?={_OF_85}{{4}}{_FIRST_85})"
    pattern = _compiled(rf"{first}{_OF_85}{{9,{_LONGEST}}}+")
    for number, found in enumerate(pattern.finditer(text)):
        if number > _MOST_TRIED:
            raise TooMuchError
        letters = found[0].rstrip("<") if text.startswith("/", found.end()) else found[0]
        if not _compiled(_ODD_85).search(letters):
            continue
        try:
            data = base64.b85decode(letters)
        except ValueError:
            continue
        start = found.start()
        yield from _of_groups((start, start + len(letters)), data, 5, 4, edge=0)


# ---------------------------------------------------------------- 58 letters

_58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_58)}
_MOST_58: Final = 96


def base58(text: str, parts: Iterable[tuple[int, int]]) -> Iterator[Stretch]:
    """Yield base58 of eight letters or more in parts of a text: small and capital ones, digits."""
    edge = "[0-9A-Za-z+/=_-]"
    mixed = rf"(?=[A-Za-z]{{0,{_MOST_58}}}[1-9])(?=[0-9A-Z]{{0,{_MOST_58}}}[a-z])(?=[0-9a-z]*[A-Z])"
    letters = f"[1-9A-HJ-NP-Za-km-z]{{8,{_MOST_58}}}+"
    pattern = _compiled(rf"(?<!{edge}){mixed}{letters}(?!{edge})")
    for number, found in enumerate(matches_in(text, parts, pattern)):
        if number > _MOST_TRIED:
            raise TooMuchError
        value = 0
        for letter in found[0]:
            value = value * 58 + _VALUES[letter]
        data = value.to_bytes((value.bit_length() + 7) // 8)
        form = _text(data)
        if form is not None:
            yield Stretch(form, [found.start()] * len(form), [found.end()] * len(form))


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


ARMOUR: Final = (
    Family(r"begin [0-7]{3,4} ", uuencoded),
    Family("<~[!-u]", ascii85),
)
"""Armour between marks; it comes first, since escapes may occur in it by chance."""


def _asks_for_base85() -> str:
    """Return what occurs in base85: a sign among ten letters, `crossed!` has too few."""
    begin = rf"(?:^|[\s\"'>|=(`]){_FIRST_85}"
    late = "|".join(f"{_OF_85}{{{before}}}{_ODD_85}{_OF_85}{{{3 - before}}}" for before in range(3))
    late = rf"{_OF_85}{{4}}{_FIRST_85}(?:{late}|{_OF_85}{{3,}}{_ODD_85})"
    early = "|".join(
        f"{_OF_85}{{{before}}}{_ODD_85}{_OF_85}{{{3 - before}}}" for before in range(4)
    )
    return f"{begin}(?:{late}|(?:{early}){_FIRST_85}{_OF_85}{{4}})"


BARE: Final = (
    Family(BASE64_ASKS, base58, "[0-9A-Za-z+/=_-]+", _compiled(EDGE)),
    Family(
        _asks_for_base85(),
        base85,
        f"{_OF_85}+/?",
    ),
)
"""Armour without marks, which comes behind the blocks: what those can read is theirs.

Base64 asks for mixed letters and digits in the same way as base58.
"""
