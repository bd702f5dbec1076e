"""Values in other signs: Braille, upside down, Chinese digits; addresses that read otherwise."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from guardrail.text.decoding.stretch import Family, Stretch, likeness

_MOST: Final = 4_096
"""How many signs are one stretch: what is over a limit is not even looked at."""

# ---------------------------------------------------------------- Braille

_FAR: Final = 32
"""How far back a number is looked for that has ended."""

_LETTERS: Final = dict(
    zip(
        "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠂⠲⠤⠖⠦⠄⠒⠆⠀",
        "abcdefghijklmnopqrstuvwxyz,.-!?':; ",
        strict=True,
    )
)
_PAIRS: Final = {"⠈⠁": "@", "⠨⠤": "_", "⠸⠌": "/", "⠐⠖": "+", "⠐⠣": "(", "⠐⠜": ")"}
_DIGITS: Final = dict(zip("abcdefghij", "1234567890", strict=True))
_NO_DIGITS: Final = str.maketrans("".join(_DIGITS.values()), "".join(_DIGITS))
_NUMBER, _CAPITAL = "⠼", "⠠"


def braille(text: str) -> Iterator[Stretch]:
    """Yield Braille of two signs or more: letters, numbers and signs, without contractions."""
    for found in _compiled(rf"[\u2800-\u283f]{{2,{_MOST}}}+").finditer(text):
        form, mode, at = "", "", found.start()
        starts: list[int] = []
        ends: list[int] = []
        for sign in _compiled("|".join((*_PAIRS, "(?s:.)"))).findall(found[0]):
            end = at + len(sign)
            if sign in (_NUMBER, _CAPITAL):
                # What it tells of belongs to it: two capital signs are for a whole word.
                mode = "word" if sign == _CAPITAL == mode else sign
            else:
                char = _PAIRS.get(sign) or _LETTERS.get(sign, sign)
                if mode == _NUMBER and (char in _DIGITS or char in ",.-"):
                    char = _DIGITS.get(char, char)
                elif mode == _NUMBER:
                    form, mode = _ended(form) if char.isalpha() else form, ""
                elif mode:
                    char, mode = char.upper(), "word" if mode == "word" and char != " " else ""
                form += char
                starts.append(ends[-1] if ends else found.start())
                ends.append(end)
            at = end
        if form.strip():
            ends[-1] = found.end()
            yield Stretch(form, starts, ends)


def _ended(form: str) -> str:
    """Return letters behind the last sign of a number that a letter follows: it ended there."""
    digits = _compiled(r"(?<=[0-9][,.-])[0-9]+\Z").search(form, max(0, len(form) - _FAR))
    return form if digits is None else form[: digits.start()] + digits[0].translate(_NO_DIGITS)


# ---------------------------------------------------------------- upside down, Chinese digits

_TURNED: Final = dict(
    zip(
        "\u0250q\u0254p\u01dd\u025f\u0183\u0265\u0131\u027e\u029el\u026fuodb\u0279s\u0287n"
        "\u028c\u028dx\u028ez\u1d09\ua781",
        "abcdefghijklmnopqrstuvwxyzil",
        strict=True,
    )
)
_ODD: Final = "\u0250\u0254\u01dd\u025f\u0183\u027e\u029e\u026f\u0279\u0287\u028c\u028d\u028e"
"""Letters that are seldom but upside down."""

_TURNED_WORD: Final = f"[{''.join(_TURNED)}]"


def turned(text: str) -> Iterator[Stretch]:
    """Yield words upside down, which are read from the right, with a blank between two.

    The first has an odd letter: `on` and `pool` may stand before them.
    """
    word = f"{_TURNED_WORD}{{2,64}}+"
    first = rf"(?<!\w)(?={_TURNED_WORD}{{0,63}}[{_ODD}]){word}"
    for found in re.compile(rf"{first}(?: {word}){{0,15}}+(?!\w)").finditer(text):
        form = "".join(map(_TURNED.get, found[0], found[0]))[::-1]
        if sum(map(found[0].count, _ODD)) * 4 >= len(form):
            start, end = found.span()
            yield Stretch(form, [start] * len(form), [end] * len(form))


_HAN_DIGITS: Final = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_FEWEST_HAN: Final = 7
"""Fewer digits are a year, or a number in a sentence."""


def han_digits(text: str) -> Iterator[Stretch]:
    """Yield numbers of many digits in Chinese: `四一五-五五五`, one sign a digit."""
    digit, between = f"[{''.join(_HAN_DIGITS)}]", r"[-. ()+]{0,3}"
    more = f"(?:{between}{digit}){{{_FEWEST_HAN - 1},64}}+"
    yield from _one_by_one(f"{digit}{more}", _HAN_DIGITS, text)


def _one_by_one(expression: str, table: Mapping[str, str], text: str) -> Iterator[Stretch]:
    """Yield what an expression matches, with what a table has for each sign."""
    for found in re.compile(expression).finditer(text):
        form, start = "".join(map(table.get, found[0], found[0])), found.start()
        after = start + len(form)
        yield Stretch(form, range(start, after), range(start + 1, after + 1))


_SIGN_DIGITS: Final = {
    chr(code): str(digit)
    for code in (*range(0x1369, 0x1372), *range(0x2460, 0x2800), 0x1F10B, 0x1F10C)
    if (digit := unicodedata.digit(chr(code), None)) is not None
    and not unicodedata.normalize("NFKC", chr(code)).isdecimal()
}
"""Signs that have the value of a digit and are none of a script: those of Dingbats and the like."""

_A_SIGN: Final = f"[{''.join(_SIGN_DIGITS)}]"
_SIGN_RUN: Final = rf"{_A_SIGN}(?:[-. ()+]{{0,3}}{_A_SIGN})+"


def sign_digits(text: str) -> Iterator[Stretch]:
    r"""Yield numbers of two digits or more in signs with a value of their own: `\u2776\u2777`."""
    yield from _one_by_one(_SIGN_RUN, _SIGN_DIGITS, text)


# ---------------------------------------------------------------- backwards

_OFTEN: Final = (
    "com org net edu gov mil int info biz name app dev cloud online site store shop tech xyz"
    " example test ac ae ai ar at au be bg br ca cc ch cl cn co cz de dk ee es eu fi fr gg gr hk"
    " hr hu id ie il in io ir is it jp ke kr kz li lt lu lv ma me mx my ng nl no nz pe ph pk pl"
    " pt ro rs ru sa se sg si sk th tr tv tw ua uk us vn ws za"
)
_ENDINGS: Final = frozenset(_OFTEN.split())
"""What host names often end with; only what reads like one backwards is turned round."""

_LONGEST: Final = 254
_NAME: Final = r"[\w.+-]"


def backwards(text: str) -> Iterator[Stretch]:
    """Yield e-mail addresses that are written backwards: `moc.elpmaxe@nna`."""
    pattern = _compiled(
        rf"(?<![\w.@+-])[A-Za-z]{{2,8}}\.[\w.-]{{1,{_LONGEST}}}@{_NAME}{{1,{_LONGEST}}}+(?!@)"
    )
    for found in pattern.finditer(text):
        address = found[0].rstrip(".-+")
        host = address.rpartition("@")[2].lower()
        ending = address.partition(".")[0][::-1].lower()
        is_forwards = "." in host and host.rpartition(".")[2] in _ENDINGS
        if ending in _ENDINGS and not is_forwards:
            size = len(address)
            start = found.start()
            yield Stretch(address[::-1], [start] * size, [start + size] * size)


# ---------------------------------------------------------------- other letters

_SMALL: Final = "abcdefghijklmnopqrstuvwxyz"
_SIGNS: Final = "".join(map(chr, range(0x21, 0x7F)))
ROT47: Final = str.maketrans(_SIGNS, _SIGNS[47:] + _SIGNS[:47])
_READ_ENDINGS: Final = ("com", "org", "net", "edu", "gov", "co.uk", "com.au", "co.jp", "co.in")


def _other_letters() -> dict[str, dict[int, int]]:
    """Return what frequent endings look like in other letters, and how to read those."""
    shifts = (_SMALL[shift:] + _SMALL[:shift] for shift in range(1, 26))
    read: dict[str, dict[int, int]] = {}
    for letters in (_SMALL[::-1], *shifts):
        table = str.maketrans(letters + letters.upper(), _SMALL + _SMALL.upper())
        for ending in _READ_ENDINGS:
            read[ending.translate(str.maketrans(_SMALL, letters))] = table
    return {ending: table for ending, table in read.items() if ending not in _ENDINGS}


_READ: Final = _other_letters()
"""By ending: Atbash and the shifts by 1 to 25 letters, rot13 among them."""


def shifted(text: str) -> Iterator[Stretch]:
    """Yield e-mail addresses in other letters, such as `naa@rknzcyr.pbz` in rot13."""
    address = rf"(?<![\w.@+-]){_NAME}{{1,{_LONGEST}}}+@[\w.-]{{1,{_LONGEST}}}+"
    for found in _compiled(address).finditer(text):
        shown = found[0].rstrip(".-")
        *_, second, last = ("", *shown.rpartition("@")[2].lower().split("."))
        table = _READ.get(f"{second}.{last}") or _READ.get(last)
        if table is not None and _gains(shown, shown.translate(table)):
            yield from _read(shown, table, found.start())


def _gains(shown: str, form: str) -> bool:
    """Whether an address is about as likely as the one that is shown, or more so."""
    return likeness(form) > likeness(shown) - 0.1


def rot47(text: str) -> Iterator[Stretch]:
    """Yield e-mail addresses in ROT47, such as `2??o6I2>A=6]4@>`."""
    signs = rf"(?<![!-~])[!-np-~]{{1,64}}+o[!-~]{{2,{_LONGEST}}}?(?:{_ROT47_END})(?![0-9A-Za-z])"
    for found in _compiled(signs).finditer(text):
        yield from _read(found[0], ROT47, found.start())


def _read(shown: str, table: dict[int, int], at: int) -> Iterator[Stretch]:
    """Yield what is read with a table, if that is an address."""
    form = shown.translate(table)
    if _compiled(_ADDRESS).fullmatch(form):
        yield Stretch(form, range(at, at + len(form)), range(at + 1, at + len(form) + 1))


_ADDRESS: Final = rf"{_NAME}+@[\w-]+(?:\.[\w-]+)+"
_ROT47_END: Final = "|".join(re.escape(f".{ending}".translate(ROT47)) for ending in _READ_ENDINGS)
_READ_END: Final = "|".join(map(re.escape, sorted(_READ)))


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


_BACKWARDS: Final = "|".join(sorted({ending[::-1] for ending in _ENDINGS}))
SIGNS: Final = (
    Family(
        r"[\x{2801}-\x{283f}][\x{2800}-\x{283f}]",
        braille,
        r"[\x{2800}-\x{283f}]+",
    ),
    Family(
        rf"\b(?i:{_BACKWARDS})\.[0-9A-Za-z_.-]+@",
        backwards,
        rf"\b(?i:{_BACKWARDS})\.[0-9A-Za-z_.-]+@[0-9A-Za-z_.+-]*@?",
    ),
    Family(
        rf"@[0-9A-Za-z_.-]+\.(?i:{_READ_END})\b",
        shifted,
        "[0-9A-Za-z_.+-]+@[0-9A-Za-z_.-]+",
    ),
    Family(_ROT47_END, rot47, "[!-~]+"),
    Family(
        f"[{_ODD}]{_TURNED_WORD}|{_TURNED_WORD}[{_ODD}]",
        turned,
        rf"{_TURNED_WORD}*[{_ODD}]{_TURNED_WORD}*(?: {_TURNED_WORD}+)*\w?",
    ),
    Family(
        f"[{''.join(_HAN_DIGITS)}][-. ()+]{{0,3}}" * 2 + f"[{''.join(_HAN_DIGITS)}]",
        han_digits,
        f"[{''.join(_HAN_DIGITS)}](?:[-. ()+]{{0,3}}[{''.join(_HAN_DIGITS)}])*",
    ),
    Family(_SIGN_RUN, sign_digits, rf"{_A_SIGN}(?:[-. ()+]{{0,3}}{_A_SIGN})*[-. ()+]{{0,3}}"),
)
"""Other signs; nothing else claims the same place."""
