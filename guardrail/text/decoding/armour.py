"""Armour for files and mail: uuencode, words of MIME, compressed base64, Ascii85, base45, base58.

What has no marks of its own is told by what it shows.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
import zlib
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

_AFTER: Final = r"(?<![^\s\"'>|=(`])"
_ASKS_AFTER: Final = r"(?:^|[\s\"'>|=(`])"
"""What stands before a piece that has no marks of its own, for `re` and for RE2."""


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
        yield from _whole(span, data)
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


def _whole(span: tuple[int, int], data: bytes) -> Iterator[Stretch]:
    """Yield text each character of which stands for all that is encoded."""
    if (form := _text(data)) is not None:
        yield Stretch(form, [span[0]] * len(form), [span[1]] * len(form))


def mime_words(text: str) -> Iterator[Stretch]:
    """Yield the encoded words of mail headers (RFC 2047): `=?utf-8?B?Ym9tYg==?=`."""
    words = _compiled(rf"=\?[0-9A-Za-z-]{{2,32}}\?([BbQq])\?([!->@-~]{{1,{_LONGEST}}})\?=")
    for found in words.finditer(text):
        try:
            if found[1] in "bB":
                data = _from_base64(found[2])
            else:
                data = binascii.a2b_qp(found[2], header=True)
        except binascii.Error:
            continue
        yield from _whole(found.span(), data)


_MOST_UNPACKED: Final = 1 << 14
"""How many bytes one compressed block may have; more are an error."""


def packed(text: str) -> Iterator[Stretch]:
    """Yield base64 and hex of gzip and zlib, told by their first bytes: `H4sI`, `eJ`, `1f8b08`."""
    blocks = _compiled(rf"(?<![0-9A-Za-z+/]){_PACKED}(?![0-9A-Za-z+/=])")
    for number, found in enumerate(blocks.finditer(text)):
        if number > _MOST_BLOCKS:
            raise TooMuchError
        unpack = zlib.decompressobj(wbits=47)
        try:
            data = unpack.decompress(_packed_bytes(found[0]), _MOST_UNPACKED)
        except (binascii.Error, ValueError, zlib.error):
            continue
        if unpack.unconsumed_tail:
            raise TooMuchError
        if unpack.eof:
            yield from _whole(found.span(), data)


def _packed_bytes(letters: str) -> bytes:
    if letters[:2].lower() in {"1f", "78"}:
        return bytes.fromhex(letters)
    return _from_base64(letters.rstrip("=").replace("-", "+").replace("_", "/"))


def _from_base64(letters: str) -> bytes:
    """Return what base64 stands for, with or without its padding."""
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


_PACKED: Final = (
    "(?:H4sI|eJ[wxyz]|eNo|eNp|eAE)[0-9A-Za-z+/_-]{8,}={0,2}"
    "|(?:1[fF]8[bB]08|78(?:9[cC]|01|[dD][aA]|5[eE]))[0-9A-Fa-f]{12,}"
)

# ---------------------------------------------------------------- from right to left


def mirrored(text: str) -> Iterator[Stretch]:
    """Yield hex and base64 that are written from right to left: `26d6f626`, `=I2bi1mY`."""
    for number, found in enumerate(_compiled(_MIRRORED).finditer(text)):
        if number > _MOST_TRIED:
            raise TooMuchError
        letters = found[0][::-1]
        try:
            data = bytes.fromhex(letters) if found["hex"] else binascii.a2b_base64(letters)
        except ValueError:
            continue
        yield from _whole(found.span(), data)


_MIRRORED: Final = (
    r"\b(?P<hex>(?:[0-9A-Fa-f][2-7]){5,2048})\b"
    r"|(?<![0-9A-Za-z+/=])={1,2}[0-9A-Za-z+/]{6,4096}(?![0-9A-Za-z+/=])"
)

# ---------------------------------------------------------------- 85 letters


def ascii85(text: str) -> Iterator[Stretch]:
    """Yield Ascii85 behind `<~`."""
    for found in _compiled(rf"<~([!-u]{{5,{_LONGEST}}}+)(~>)?").finditer(text):
        letters = found[1] if found[2] else found[1][: len(found[1]) // 5 * 5]
        try:
            data = base64.a85decode(letters)
        except ValueError:
            continue
        end = found.end() if found[2] else found.start(1) + len(letters)
        yield from _of_groups((found.start(), end), data, 5, 4, edge=2)


def bare_ascii85(text: str) -> Iterator[Stretch]:
    """Yield Ascii85 without marks, of seven letters or more, odd signs among them."""
    number = 0
    for found in _compiled(_BARE_85).finditer(text):
        if not _compiled(_ODD_ASCII85).search(found[0]):
            continue
        number += 1
        if number > _MOST_TRIED:
            raise TooMuchError
        for letters in dict.fromkeys((found[0], found[0].rstrip("\"'.,;:)"))):
            try:
                data = base64.a85decode(letters)
            except ValueError:
                continue
            start = found.start()
            if stretches := [*_of_groups((start, start + len(letters)), data, 5, 4, edge=0)]:
                yield from stretches
                break


_ODD_ASCII85: Final = r"[!-*;-@\\[-`]"
_BARE_85: Final = rf"{_AFTER}[+-I][!-u]{{4}}[+-I][!-u]{{1,{_LONGEST}}}+"

_OF_85: Final = "[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]"
_FIRST_85: Final = "[A-Za-e]"
"""The first of five letters that stand for four characters of ASCII."""

_ODD_85: Final = "[!#$%&*;<>?@^{|}~]"
"""Letters that words, numbers and names do not have."""


def base85(text: str) -> Iterator[Stretch]:
    """Yield base85 as Git and Python write it, of ten letters or more, signs among them."""
    first = rf"{_AFTER}{_FIRST_85}(?={_OF_85}{{4}}{_FIRST_85})"
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


# ---------------------------------------------------------------- 45 letters

_45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_OF_45: Final = "[0-9A-Z $%*+./:-]"
_THREE: Final = f"{_OF_45}{{2}}[4-9A-F]"
"""Three letters of base45 that stand for two characters of ASCII."""

_HOLDS_45: Final = rf"[0-9A-Z$%*+./:-]{_OF_45}[4-9A-F](?:{_THREE})*{_OF_45}{{0,2}}"


def base45(text: str) -> Iterator[Stretch]:
    """Yield base45 (RFC 9285) of ASCII, of six characters or more."""
    letters = rf"{_AFTER}(?! )(?:{_THREE}){{3,{_LONGEST}}}+(?:{_OF_45}[012])?"
    for number, found in enumerate(_compiled(letters).finditer(text)):
        if number > _MOST_TRIED:
            raise TooMuchError
        values = [*map(_45.index, found[0])]
        read = bytearray()
        for at in range(0, len(values), 3):
            value = sum(digit * 45**place for place, digit in enumerate(values[at : at + 3]))
            read += value.to_bytes(2 if at + 2 < len(values) else 1)
        data, (start, end) = bytes(read), found.span()
        whole = (end - start) // 3 * 3
        spans = ((start, end), (start, start + whole))
        for begin, after in spans:
            octets = data[: (after - begin) * 2 // 3]
            if stretches := [*_of_groups((begin, after), octets, 3, 2, edge=0)]:
                yield from stretches
                break


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
        yield from _whole(found.span(), data)


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


ARMOUR: Final = (
    Family(r"begin [0-7]{3,4} ", uuencoded),
    Family(r"=\?[0-9A-Za-z-]+\?[BbQq]\?", mime_words, r"=\?[0-9A-Za-z-]+\?[BbQq]\?[!->@-~]*\??=?"),
    Family(rf"\b(?:{_PACKED})", packed, r"[0-9A-Za-z+/_=-]+"),
    Family("<~[!-u]", ascii85),
    Family(rf"{_ASKS_AFTER}(?:{_THREE}){{3}}", base45, _HOLDS_45),
)
"""Armour between marks; it comes first, since escapes may occur in it by chance."""


def _asks_for_base85() -> str:
    """Return what occurs in base85: a sign among ten letters, `crossed!` has too few."""
    begin = rf"{_ASKS_AFTER}{_FIRST_85}"
    late = "|".join(f"{_OF_85}{{{before}}}{_ODD_85}{_OF_85}{{{3 - before}}}" for before in range(3))
    late = rf"{_OF_85}{{4}}{_FIRST_85}(?:{late}|{_OF_85}{{3,}}{_ODD_85})"
    early = "|".join(
        f"{_OF_85}{{{before}}}{_ODD_85}{_OF_85}{{{3 - before}}}" for before in range(4)
    )
    return f"{begin}(?:{late}|(?:{early}){_FIRST_85}{_OF_85}{{4}})"


def _asks_for_bare_ascii85() -> str:
    """Return what occurs in Ascii85 without marks: an odd sign among seven letters or more."""
    begin, odd, first, any_ = _ASKS_AFTER, _ODD_ASCII85, "[+-I]", "[!-u]"
    early = "|".join(f"{any_}{{{before}}}{odd}{any_}{{{3 - before}}}" for before in range(4))
    return f"{begin}{first}(?:{any_}{{4}}{first}{any_}*{odd}|(?:{early}){first}{any_})"


BARE: Final = (
    Family(BASE64_ASKS, base58, "[0-9A-Za-z+/=_-]+", _compiled(EDGE)),
    Family(_asks_for_base85(), base85, f"{_OF_85}+/?"),
    Family(_asks_for_bare_ascii85(), bare_ascii85, "[!-u]+"),
    Family(
        r"\b(?:[0-9A-Fa-f][2-7]){5,}\b|(?:^|[^0-9A-Za-z+/=])={1,2}[0-9A-Za-z+/]{6}",
        mirrored,
        r"[0-9A-Za-z+/=]+",
    ),
)
"""Armour without marks, which comes behind the blocks: what those can read is theirs.

Base64 asks for mixed letters and digits in the same way as base58.
"""
