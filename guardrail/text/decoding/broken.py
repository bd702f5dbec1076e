r"""Escapes with something between their characters: `=.6.2.=.6.f`, `%6*2%6*f` and `&#9 | 8;`.

What is between goes in one look; the next look takes off the escapes. Signs have to be the same
ones between all characters; marks of markup, line breaks and the borders of cells may stand
anywhere inside of an escape.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator
from typing import Final

from guardrail.text.decoding.stretch import Family, Stretch, TooMuchError

_H: Final = "[0-9A-Fa-f]"
_MOST: Final = 1_024
"""How many escapes or characters are one stretch: what is over a limit is not even looked at."""

_MOST_LOOKED: Final = 64 << 10
"""How many characters of rows are looked at."""

_LEAST: Final = 3
"""Fewer escapes may be anything, but for entities with a name that there is."""

_CHAR: Final = r"[0-9A-Za-z=%\\&#;{}]"
_APART: Final = r"[^\w\s=%\\&#;{}+]|[ \u00a0\u2000-\u200a\u202f\u205f\u3000]"
_APART_ASKS: Final = r"[^0-9A-Za-z_\n\r=%\\&#;{}+]"

_MARK: Final = "[*_~`]{1,4}"
_SEAM: Final = (
    r"[ \t]{0,2}(?:\||<br ?/?>|\r?\n|\\n)[ \t]{0,4}(?:(?:[*+-]|[0-9]{1,2}[.)])[ \t]{1,2})?"
)


def _units(between: str) -> tuple[str, ...]:
    """Return what escapes look like, with something between their characters."""
    digit = _H + between
    return (
        rf"%{between}{digit}{_H}",
        rf"={between}[2-7C-F]{between}[0-9A-F]",
        rf"\\{between}(?:x{between}{digit}{_H}|u{between}{digit}{digit}{digit}{_H})",
        rf"&{between}#{between}(?:[xX]{between})?(?:{digit}){{1,8}}+;",
        rf"&{between}(?:[0-9A-Za-z]{between}){{2,31}}+;",
    )


def _row(between: str) -> str:
    """Return escapes, and what stays as it is between two of them."""
    unit = f"(?:{'|'.join(_units(between))})"
    return rf"{unit}(?:{between}(?:[0-9A-Za-z@.#;-]{between}){{0,12}}+{unit}){{0,{_MOST}}}+"


def apart(text: str) -> Iterator[Stretch]:
    """Yield escapes with the same sign behind each of their characters, without the signs."""
    pattern = _compiled(
        rf"[=%\\&](?P<s>{_APART}){_CHAR}(?!\w)(?:(?P=s){_CHAR}(?!\w)){{6,{10 * _MOST}}}+"
    )
    for found in pattern.finditer(text):
        form = found[0][::2]
        whole = [*_compiled("|".join(_units(""))).finditer(form)]
        if len(whole) >= _LEAST:
            count = whole[-1].end() if found["s"].isspace() else len(form)
            starts = range(found.start(), found.end(), 2)[:count]
            yield Stretch(form[:count], starts, [*starts[1:], starts[-1] + 1])


def broken(text: str) -> Iterator[Stretch]:
    """Yield rows of escapes, some of them broken by marks, lines or cells, made whole."""
    unit, rows = _compiled("|".join(_units(""))), []
    for junk in (_MARK, _SEAM):
        between, looked = _compiled(junk), 0
        for found in _compiled(_row(f"(?:{junk})?+")).finditer(text):
            whole = between.sub("", found[0])
            looked += len(found[0])
            if looked > _MOST_LOOKED:
                raise TooMuchError
            count = len(unit.findall(whole))
            if len(unit.findall(found[0])) < count and (count >= _LEAST or _is_entity(whole)):
                rows.append(_without(between, found))
    yield from sorted(rows, key=lambda row: row.starts[0])


def _is_entity(text: str) -> bool:
    return text.startswith("&") and "&" not in html.unescape(text)


def _without(between: re.Pattern[str], found: re.Match[str]) -> Stretch:
    """Return a row without what stands between, which is left to the character before it."""
    text, at = found[0], found.start()
    gaps = [gap.span() for gap in between.finditer(text)]
    kept = [0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(text)]
    places = [place for piece in map(range, *kept) for place in piece]
    starts = [at + place for place in places]
    return Stretch("".join(map(text.__getitem__, places)), starts, [*starts[1:], found.end()])


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _asks_for_broken() -> str:
    """Return what occurs in rows with a broken escape; line breaks alone are in many texts."""
    asked = []
    for junk in (_MARK, _SEAM):
        maybe = f"(?:{junk})?"
        asked += [
            f"%{junk}{_H}|%{_H}{junk}{_H}",
            f"={junk}[2-7C-F]{maybe}[0-9A-F]{maybe}=|=[2-7C-F]{junk}[0-9A-F]{maybe}={maybe}[2-7C-F]",
            rf"\\{junk}[xu]{maybe}{_H}|\\[xu]{maybe}(?:{_H}{maybe}){{0,3}}{junk}{_H}",
            f"&{junk}#|&#{junk}[0-9xX]|&#[xX]?{_H}{{0,8}}{junk}[0-9A-Fa-f;]|&(?:{maybe}[0-9A-Za-z]){{2,16}}{junk}[0-9A-Za-z]*;",
            f"&{junk}[0-9A-Za-z]+{maybe}[0-9A-Za-z]*;|&[0-9A-Za-z]+{junk};",
        ]
    return "|".join(asked)


BROKEN: Final = (
    Family(
        rf"[=%\\&](?:{_APART_ASKS}[0-9A-Za-z#]){{2}}{_APART_ASKS}{_CHAR}",
        apart,
        rf"[=%\\&](?:{_APART_ASKS}{_CHAR})+\w?",
    ),
    Family(_asks_for_broken(), broken, rf"[=%\\&](?:[0-9A-Za-z=%\\&#;{{}}@.-]|{_MARK}|{_SEAM})*"),
)
"""Escapes in pieces; they come first, since whole escapes are what is left of them."""
