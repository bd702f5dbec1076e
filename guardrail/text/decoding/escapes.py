r"""Escapes: notations that stand for a character each, such as `&#98;`, `%62` and `\u0062`.

In one look each escape is taken off once; what it shows may be part of another escape, which the
next look takes off.
"""

from __future__ import annotations

import binascii
import functools
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from guardrail.text.decoding.stretch import (
    TEXT,
    Family,
    Stretch,
    TooMuchError,
    characters,
    units_to_stretch,
)

_H: Final = "[0-9A-Fa-f]"
_MANY: Final = "{1,4096}+"
"""How many escapes in a row are one stretch: what is over a limit is not even looked at."""
_MORE: Final = "{0,4095}+"
"""How many behind the first. Expressions begin with the sign itself: `re` finds that quickly."""

_ACCENTS: Final = "acute|grave|circ|tilde|uml|ring|cedil|slash|lig"
_BARE: Final = rf"(?:amp|AMP|lt|LT|gt|GT|quot|QUOT|nbsp|shy|[A-Za-z]{{1,2}}(?:{_ACCENTS}))"
"""Names that browsers take without a semicolon and that may stand in a disguised value."""

_MOST_LABELS: Final = 1_024
_NOTHING: Final = "\u200b"
"""What an entity shows that browsers drop."""

_ENTITY: Final = (
    rf"&(?:#0{{0,16}}[0-9]{{1,7}}(?:;|(?![0-9%\\]))"
    rf"|#[xX]0{{0,16}}{_H}{{1,6}}(?:;|(?![0-9A-Fa-f%\\]))"
    rf"|[A-Za-z][0-9A-Za-z]{{1,31}};|{_BARE}(?![=0-9A-Za-z]))"
)


def entities(text: str) -> Iterator[Stretch]:
    """Yield HTML entities: decimal, hexadecimal and named, as browsers read them."""
    run, one = _compiled(f"{_ENTITY}(?:{_ENTITY}){_MORE}"), _compiled(_ENTITY)
    for found in run.finditer(text):
        if found[0].count("&") == 1:
            form = _entity(found[0])
            if form != found[0]:
                start, end = found.span()
                if len(form) == 1:  # ranges, since lists keep the garbage collector busy
                    yield Stretch(form, range(start, start + 1), range(end, end + 1))
                else:
                    yield Stretch(form, [start] * len(form), [end] * len(form))
            continue
        units = one.findall(found[0])
        forms = {unit: form for unit in set(units) if (form := _entity(unit)) != unit}
        if (stretch := units_to_stretch(found.start(), units, forms)) is not None:
            yield stretch


@functools.lru_cache(1_024)
def _entity(unit: str) -> str:
    return html.unescape(unit) or _NOTHING


def percents(text: str) -> Iterator[Stretch]:
    """Yield percent-encoded characters: UTF-8, Latin-1, and `%u` with four digits."""
    pattern = _compiled(rf"%(?:{_H}{{2}}(?:%{_H}{{2}}){_MORE}|u{_H}{{4}}(?:%u{_H}{{4}}){_MORE})")
    for found in pattern.finditer(text):
        if text.startswith("%u", found.start()):
            yield from _utf16(found[0].replace("%u", ""), found.start(), 6)
        else:
            yield _octets(found[0].replace("%", ""), found.start(), 3)


def _octets(digits: str, at: int, width: int) -> Stretch:
    """Return what bytes of two hexadecimal digits show, each written with `width` characters."""
    data = bytes.fromhex(digits)
    after = at + width * len(data)
    return characters(data, range(at, after, width), range(at + width, after + width, width))


def _utf16(digits: str, at: int, width: int) -> Iterator[Stretch]:
    """Yield what UTF-16 units of four digits show; half of a pair shows nothing."""
    shown = bytes.fromhex(digits).decode("utf-16-be", "replace")
    starts, ends = [], []
    for char in shown:
        starts.append(at)
        at += width * (1 + (char > "\uffff"))
        ends.append(at)
    if "\ufffd" not in shown:
        yield Stretch(shown, starts, ends)


def backslashes(text: str) -> Iterator[Stretch]:
    r"""Yield escapes of source code: `\u`, `\x`, `\U`, `\N{…}`, octal, and those of CSS."""
    pattern = _compiled(
        rf"\\(?:(?P<utf16>u{_H}{{4}}(?:\\u{_H}{{4}}){{0,4095}}+)"
        rf"|(?P<octets>x{_H}{{2}}(?:\\x{_H}{{2}}){{0,4095}}+)"
        rf"|(?P<point>[ux]\{{0{{0,4}}{_H}{{1,6}}\}}|U00[01]{_H}{{5}})"
        rf"|(?P<css>0{_H}{{5}}|0{_H}{{3}}(?= ))"
        r"|(?P<octal>[0-3][0-7]{2}(?:\\[0-3][0-7]{2}){0,4095}+)"
        rf"|(?P<css2>0{{0,4}}[2-7]{_H}(?!{_H}) ?)"
        r"|N\{(?P<name>[A-Z][0-9A-Z -]{1,79})\})"
    )
    for found in pattern.finditer(text):
        yield from _BACKSLASHES[found.lastgroup or ""](found[0], found.start())


def _point(text: str, at: int) -> Iterator[Stretch]:
    code = int(text.lstrip("\\uUx").strip("{} "), 16)
    if code <= 0x10FFFF and not 0xD800 <= code < 0xE000:  # noqa: PLR2004 - the surrogates
        yield Stretch(chr(code), [at], [at + len(text)])


def _octal(text: str, at: int) -> Iterator[Stretch]:
    data = bytes(int(digits, 8) for digits in text[1:].split("\\"))
    after = at + len(text)
    yield characters(data, range(at, after, 4), range(at + 4, after + 4, 4))


def _named(text: str, at: int) -> Iterator[Stretch]:
    try:
        char = unicodedata.lookup(text[3:-1])
    except KeyError:
        return
    yield Stretch(char, [at] * len(char), [at + len(text)] * len(char))


_BACKSLASHES: Final[dict[str, Callable[[str, int], Iterator[Stretch]]]] = {
    "utf16": lambda text, at: _utf16(text.replace("\\u", ""), at, 6),
    "octets": lambda text, at: iter([_octets(text.replace("\\x", ""), at, 4)]),
    "point": _point,
    "css": _point,
    "css2": _point,
    "octal": _octal,
    "name": _named,
}

_LATEX: Final = (
    "nu|ne|neq|neg|nabla|not|nolimits|newline|nonumber|notin|rho|right|rangle|rm|rceil|rfloor|Re|"
    "text|textbf|textit|texttt|textrm|times|theta|tau|to|tan|tanh|tfrac|top|triangle|tilde|therefore"
    "|newcommand|noindent|rightarrow|rightleftharpoons|ref|raggedright|tag|tiny|title|toprule"
)


def breaks(text: str) -> Iterator[Stretch]:
    r"""Yield the escapes of line breaks and tabs that hide where a word begins: `\nbomb`."""
    pattern = _compiled(rf"(?<!\\)\\(?!(?:{_LATEX})(?![a-z]))[nrt](?=[A-Za-z])")
    for at, found in ((found.start(), found[0]) for found in pattern.finditer(text)):
        yield Stretch("\t" if found[1] == "t" else "\n", [at], [at + 2])


_SOFT: Final = r"=(?:\r?\n|\\r?\\?n|<br ?/?>)"
"""A line break behind which a quoted-printable line goes on: plain, or in JSON or a table."""

_LONE: Final = "=(?:20|2[A-F]|3[A-F]|40|5[B-F]|7[B-E])"
"""Escapes of signs, as encoders write them: one of them between letters is no sum."""

_LONE_HEX: Final = "=(?:2[A-F]|3[A-F]|5[B-F]|7[B-E])"
"""Those that are no decimal number: a digit may follow, if it is not a number of more digits."""

_MEASURE: Final = (
    r"(?:px|pt|r?em|v[hw]|m?s|[kcm]?m|k?g|[kKMGT]i?[Bb]|[kMG]?Hz|fps|min|sec|[xkhdCFK])\b"
)
"""Behind a number and not behind a blank: `width=20px`."""

_PLAIN: Final = "[0-9A-Za-z@.+-]{0,12}"
"""What encoders may leave as it is between two escapes."""


def quoted(text: str) -> Iterator[Stretch]:
    """Yield quoted-printable: escapes near each other, one of a sign, and soft line breaks."""
    cluster = _compiled(
        rf"(?<!=)={_H}{{2}}(?:{_PLAIN}(?:{_SOFT}{_PLAIN})?={_H}{{2}}){_MANY}(?:{_PLAIN}{_SOFT})?"
        rf"|(?<=[A-Za-z]){_LONE}(?!{_MEASURE})(?=[A-Za-z])|(?<![=\s])=3D(?!\w)"
        rf"|(?<=[A-Za-z]){_LONE_HEX}(?=[0-9])(?!{_H}{{0,16}}(?![0-9A-Za-z]))"
        rf"|(?<=[0-9A-Za-z])=\r?\n(?=[0-9A-Za-z])"
    )
    for found in cluster.finditer(text):
        if not any(map(str.isalpha, found[0])) and _compiled(r"[^=0-9\r\n]").search(found[0]):
            continue  # a sum
        stretch = _unquoted(found[0], found.start())
        if _compiled(f"(?:{TEXT})*").fullmatch(stretch.form):
            yield stretch


def _unquoted(text: str, at: int) -> Stretch:
    """Return what quoted-printable shows; a soft break belongs to the byte before it."""
    data = bytearray()
    starts: list[int] = []
    ends: list[int] = []
    for part in _compiled(f"((?:={_H}{{2}})+)|{_SOFT}|[^=]+").finditer(text):
        start, end = at + part.start(), at + part.end()
        if not part[1] and part[0][0] == "=":
            ends[-1:] = [end] if ends else []
            continue
        width = 3 if part[1] else 1
        data += bytes.fromhex(part[1].replace("=", "")) if part[1] else part[0].encode()
        starts += range(start, end, width)
        ends += range(start + width, end + width, width)
    return characters(data, starts, ends) if data else Stretch("", [at], [at + len(text)])


_SURELY_UTF7: Final = 6
"""So many characters may also be the first part of more, which breaks off."""


def utf7(text: str) -> Iterator[Stretch]:
    """Yield what UTF-7 writes between `+` and `-`: base64 of UTF-16."""
    pattern = _compiled(r"\+([AB][A-H][0-9A-Za-z+/]{1,4096}+)-?")
    for found in pattern.finditer(text):
        letters, at = found[1], found.start()
        count = len(letters) * 6 // 16
        data = binascii.a2b_base64(letters + "A" * (-len(letters) % 4))
        shown = data[: count * 2].decode("utf-16-be", "replace")
        if (
            (any(data[count * 2 :]) and count < _SURELY_UTF7)
            or "\ufffd" in shown
            or not _compiled(f"{TEXT}+").fullmatch(shown)
        ):
            continue
        if len(shown) == count:
            starts = [at + 1 + i * 16 // 6 for i in range(count)]
            ends = [at + 1 - (-(i + 1) * 16 // 6) for i in range(count)]
            starts[0], ends[-1] = at, found.end()
            yield Stretch(shown, starts, ends)


def punycode(text: str) -> Iterator[Stretch]:
    """Yield the labels of host names that begin with `xn--`, as browsers show them."""
    pattern = _compiled(r"(?<![0-9A-Za-z])[xX][nN]--([0-9A-Za-z-]{1,59})")
    for number, found in enumerate(pattern.finditer(text)):
        if number >= _MOST_LABELS:
            raise TooMuchError
        try:
            label = found[1].encode().decode("punycode")
        except UnicodeError:
            continue
        if label.isprintable():
            yield Stretch(label, [found.start()] * len(label), [found.end()] * len(label))


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


ESCAPES: Final = (
    Family(
        rf"&#[0-9xX]|&[A-Za-z][0-9A-Za-z]+;|&{_BARE}",
        entities,
        r"(?:&#?[0-9A-Za-z]*;?)+[0-9A-Za-z%\\=]?",
    ),
    Family(rf"%u?{_H}{{2}}", percents, rf"(?:%u?{_H}{{0,4}})+"),
    Family(
        rf"\\(?:u{_H}{{2}}|[ux]\{{{_H}|U00[01]|x{_H}{{2}}|N\{{[A-Z]"
        rf"|[0-3][0-7]{{2}}|0{_H}{{3}}|0*[2-7]{_H})",
        backslashes,
        rf"(?:\\(?:N\{{[0-9A-Z -]*\}}|[uUx]?\{{?{_H}*\}}? ?))+{_H}?",
    ),
    Family(
        rf"={_H}{{2}}{_PLAIN}(?:{_SOFT}{_PLAIN})?={_H}{{2}}|[A-Za-z]{_LONE}[A-Za-z]|[A-Za-z]{_LONE_HEX}[0-9]|=3D(?:\b|_)"
        r"|[0-9A-Za-z]=\r?\n[0-9A-Za-z]",
        quoted,
        rf"(?:={_H}{{0,2}}[0-9A-Za-z@.+-]*|{_SOFT}[0-9A-Za-z@.+-]*)+",
    ),
    Family(r"\+[AB][A-H][0-9A-Za-z+/]", utf7, r"\+[AB][A-H][0-9A-Za-z+/]+-?"),
    Family(r"[xX][nN]--[0-9A-Za-z]", punycode, r"[xX][nN]--[0-9A-Za-z-]+"),
)
"""Escapes; where two of them claim the same place, the first one has it."""

BREAKS: Final = Family(r"\\[nrt][A-Za-z]", breaks, r"\\[nrt][A-Za-z]+")
"""Escapes that also stand between the lines of a block."""
