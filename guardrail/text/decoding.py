r"""The view in which what is encoded is decoded: HTML, percent, `\u` and `\x`, base64, hex.

One look takes off one encoding of each stretch; a nested one takes several. A stretch that does
not decode to text (an image, a hash, an ordinary word) stays as it is. Nothing grows: each decoded
character stands for at least as many encoded ones, so that only depth and size need a limit.
"""

from __future__ import annotations

import base64
import binascii
import functools
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final

from guardrail.text.invisible import invisible
from guardrail.text.view import Edits, View

DEEPEST: Final = 3
"""How often a text is decoded; one that could be decoded once more is an error."""

MOST_DECODED: Final = 64 << 10
"""How many bytes of base64 and hex a look enters; more of them are an error."""

_ENCODED: Final = re.compile(
    r"(?P<entity>&(?:#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6})(?:;|(?![0-9A-Fa-f%\\]))"
    r"|[A-Za-z][0-9A-Za-z]{1,31};))"
    r"|(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<quoted>(?:=[0-9A-Fa-f]{2}){2,})"
    r"|(?P<utf16>(?:\\u[0-9A-Fa-f]{4})+)"
    r"|(?P<bytes>(?:\\x[0-9A-Fa-f]{2})+)"
    r"|(?P<point>\\(?:u\{0{0,4}[0-9A-Fa-f]{1,6}\}|U00[01][0-9A-Fa-f]{5}))"
    r"|(?P<hex>(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{2}(?P<between>, |[ ,:-]|)(?:0x)?[0-9A-Fa-f]{2}"
    r"(?:(?P=between)(?:0x)?[0-9A-Fa-f]{2}){2,}+)"
    r"|(?P<base64>(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{6,}+={0,2})"
)
_HEX_BYTE: Final = re.compile("[0-9A-Fa-f]{2}")
_PART: Final = re.compile("[0-9A-Za-z+]{6,}+={0,2}")


def decoded(text: str) -> View | None:
    r"""Return the text with one encoding of each stretch taken off; None if there is none.

    >>> decoded("&#98;%6f\\u006d Ym9tYiBib21i").text
    'bom bomb bomb'
    >>> decoded("beautiful 0123456789abcdef") is None
    True
    """
    edits = Edits("decoded", text)
    entered = 0
    for found in _ENCODED.finditer(text):
        kind = found.lastgroup or ""
        for start, end, form, size in _DECODERS[kind](found[0], found.start()):
            entered += size
            if entered > MOST_DECODED:
                edits.is_over = True
                return edits.view()
            edits.replace(start, end, form)
    return edits.view()


def asks_to_decode() -> str:
    """Return an RE2 expression that occurs wherever `decoded` shows something worth a look.

    Base64 of a text nearly always changes twice between small letters and others; hex of a text
    has pairs that begin with 2 to 7.
    """
    return (
        r"&(?:#[xX]?[0-9A-Fa-f]|[A-Za-z][0-9A-Za-z]+;)|%[0-9A-Fa-f]{2}|\\[uUx][0-9A-Fa-f{]"
        r"|=[0-9A-Fa-f]{2}=[0-9A-Fa-f]{2}"
        r"|[2-7][0-9A-Fa-f](?:(?:, |[ ,:-])?(?:0x)?[2-7][0-9A-Fa-f]){3}"
        r"|[0-9A-Za-z+/_-]{6}=|[a-z][A-Z][a-z]{1,2}[A-Z]|[A-Z][a-z]+[0-9A-Z]+[a-z]+[0-9]"
        r"|[a-z][0-9]+[A-Za-z]+[0-9]|[A-Z][0-9]+[A-Z]+[a-z0-9]+[A-Z]|[a-z][A-Z]+[0-9]+[A-Za-z]|"
        r"[A-Z]{2}[A-Z0-9]*[0-9][A-Z]+[a-z]|[A-Z]{2}[a-z]+[A-Z]{2}|[A-Z]{2}[a-z]+[0-9A-Z]+[a-z]|[a-z][A-Z]{2}[a-z]"
    )


Decoded = tuple[int, int, str, int]
"""Start and end of what stands for a decoded character, the character, and its size in bytes
where that counts."""


def _entity(text: str, at: int) -> Iterator[Decoded]:
    form = html.unescape(text)
    if form != text:
        yield at, at + len(text), form, 0


def _point(text: str, at: int) -> Iterator[Decoded]:
    code = int(text[2:].strip("{}"), 16)
    if code <= 0x10FFFF and not 0xD800 <= code < 0xE000:  # noqa: PLR2004 - the surrogates
        yield at, at + len(text), chr(code), 0


def _octets(width: int, digits: int) -> Callable[[str, int], Iterator[Decoded]]:
    """Return the decoder of bytes that take `width` characters, the last two of them digits."""

    def decode(text: str, at: int) -> Iterator[Decoded]:
        data = bytes(int(text[i + digits : i + width], 16) for i in range(0, len(text), width))
        ends = (at + width * (i + 1) for i in range(len(data)))
        starts = (at + width * i for i in range(len(data)))
        yield from _characters(data, list(starts), list(ends), size=0)

    return decode


def _utf16(text: str, at: int) -> Iterator[Decoded]:
    data = bytes.fromhex(text.replace("\\u", ""))
    try:
        chars = data.decode("utf-16-be")
    except UnicodeDecodeError:
        return
    for char in chars:
        width = 6 * (1 + (char > "\uffff"))
        yield at, at + width, char, 0
        at += width


def _hex(text: str, at: int) -> Iterator[Decoded]:
    places = [found.span() for found in _HEX_BYTE.finditer(text.replace("0x", "::"))]
    data = bytes(int(text[start:end], 16) for start, end in places)
    ends = [at + end for _, end in places]
    yield from _characters(data, [at, *ends[:-1]], ends, size=1)


def _base64(text: str, at: int) -> Iterator[Decoded]:
    data = _base64_bytes(text)
    if _as_text(data) is None:
        parts = [part for part in _PART.finditer(text) if part[0] != text]
        for part in parts:
            yield from _base64(part[0], at + part.start())
        return
    starts = [at + i * 4 // 3 for i in range(len(data))]
    ends = [at - (-(i + 1) * 4 // 3) for i in range(len(data))]
    ends[-1:] = [at + len(text)]
    yield from _characters(data, starts, ends, size=1)


def _base64_bytes(text: str) -> bytes:
    letters = text.rstrip("=")
    if len(letters) % 4 == 1:
        return b""
    padded = letters.replace("-", "+").replace("_", "/") + "=" * (-len(letters) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except binascii.Error:
        return b""


def _as_text(data: bytes) -> str | None:
    """Return what bytes say, None if that is no text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if text and text.translate(_blanks()).isprintable() else None


@functools.cache
def _blanks() -> Mapping[int, str]:
    """Return white space and what may hide in a text; control characters are in no text."""
    hidden = (char for char in invisible() if unicodedata.category(char) != "Cc")
    return {ord(char): " " for char in chain("\t\n\r", hidden)}


def _characters(data: bytes, starts: list[int], ends: list[int], *, size: int) -> Iterator[Decoded]:
    """Yield the characters that bytes stand for, with the places of their bytes."""
    text = _as_text(data)
    at = 0
    for char in text or ():
        after = at + len(char.encode())
        yield starts[at], ends[after - 1], char, (after - at) * size
        at = after


_DECODERS: Final[Mapping[str, Callable[[str, int], Iterator[Decoded]]]] = {
    "entity": _entity,
    "percent": _octets(3, 1),
    "quoted": _octets(3, 1),
    "utf16": _utf16,
    "bytes": _octets(4, 2),
    "point": _point,
    "hex": _hex,
    "base64": _base64,
}
