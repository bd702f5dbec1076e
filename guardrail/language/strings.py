"""The escapes of a string: what they stand for, and which ones stand for nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:u\{([^}]*)\}|(.))", re.DOTALL)
_SIMPLE: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_MOST_REPORTED: Final = 100
_HEX: Final = re.compile(r"[0-9A-Fa-f]{1,6}")


@dataclass(frozen=True, slots=True)
class BadEscape:
    """An escape that stands for nothing, by its place in the string's body."""

    start: int
    end: int
    message: str
    help: str


def unescape(body: str) -> tuple[str, list[BadEscape]]:
    r"""Return what the body of a string stands for, and the escapes that stand for nothing.

    Of those, the first hundred.

    >>> unescape(r"a \"b\" \u{2713}")
    ('a "b" ✓', [])
    """
    wrong: list[BadEscape] = []

    def value(match: re.Match[str]) -> str:
        digits, letter = match.groups()
        if letter in _SIMPLE:
            return _SIMPLE[letter]
        if len(wrong) == _MOST_REPORTED:
            return match[0]
        found = _bad_letter(body, match) if digits is None else _bad_code_point(digits, match)
        if found is None:
            return chr(int(digits, 16))
        wrong.append(found)
        return match[0]

    return _ESCAPE.sub(value, body), wrong


def _bad_letter(body: str, match: re.Match[str]) -> BadEscape:
    digits = re.compile(r"[0-9A-Fa-f]{2,4}").match(body, match.end())
    if match[2] in "uxU" and digits:
        return BadEscape(
            match.start(),
            digits.end(),
            f"`{match[0]}{digits[0]}` is not an escape",
            f"a character by its number is written `\\u{{{digits[0]}}}`",
        )
    return BadEscape(
        match.start(),
        match.end(),
        f"`{match[0]}` is not an escape",
        'the escapes are `\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}`; a backslash is written `\\\\`',
    )


def _bad_code_point(digits: str, match: re.Match[str]) -> BadEscape | None:
    if not _HEX.fullmatch(digits):
        message = f"`{match[0]}` does not hold a number in hexadecimal"
        hint = "write one to six of the digits 0–9 and a–f, as in `\\u{2713}`"
    elif int(digits, 16) in _SURROGATES or int(digits, 16) > _LAST_CODE_POINT:
        message = f"`{match[0]}` is not a character"
        hint = "characters go from 0 to 10FFFF, without D800 to DFFF"
    else:
        return None
    return BadEscape(match.start(), match.end(), message, hint)
