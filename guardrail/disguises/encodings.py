"""Encodings that a reader, or a tool of his, undoes; and rot13.

Sources: RFC 3986 section 2.1 (percent), RFC 8259 section 7 (JSON), RFC 2045 section 6.7
(quoted-printable) and 6.8 (base64 in lines), RFC 4648 (base16, base32, base64, base64url).
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import WORDS, Disguise

FAMILY: Final = "encoding"
_LINE: Final = 76
"""The longest line of quoted-printable and MIME base64, in characters."""


def percent(text: str) -> str:
    """Write the UTF-8 bytes as percent escapes.

    >>> percent("bo")
    '%62%6F'
    """
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _percent(text: str, dice: Random) -> str:
    made = percent(text)
    return made.lower() if dice.random() < 0.5 else made  # noqa: PLR2004


def _percent_double(text: str, _: Random) -> str:
    return percent(text).replace("%", "%25")


def json_escape(text: str) -> str:
    r"""Write UTF-16 units as JSON escapes.

    >>> json_escape("bo")
    '\\u0062\\u006f'
    """
    units = text.encode("utf-16-be")
    return "".join(rf"\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _json_escape(text: str, _: Random) -> str:
    return json_escape(text)


def _quoted_printable(text: str, dice: Random) -> str:
    """Write bytes as `=XX`: all of them or all but letters and digits; long lines end softly."""
    is_all = dice.random() < 0.7 or text.isalnum()  # noqa: PLR2004
    line, lines = "", []
    for byte in text.encode():
        char = chr(byte)
        token = char if char.isalnum() and byte < 128 and not is_all else f"={byte:02X}"  # noqa: PLR2004
        if len(line) + len(token) >= _LINE:
            lines.append(line + "=")
            line = ""
        line += token
    return "\n".join([*lines, line])


def _hex(text: str, dice: Random) -> str:
    made = dice.choice(("", "", " ", ":")).join(f"{byte:02x}" for byte in text.encode())
    made = made.upper() if dice.random() < 0.3 else made  # noqa: PLR2004
    return f"0x{made}" if dice.random() < 0.2 and made.isalnum() else made  # noqa: PLR2004


def _hex_escape(text: str, _: Random) -> str:
    return "".join(rf"\x{byte:02x}" for byte in text.encode())


def _base32(text: str, _: Random) -> str:
    return base64.b32encode(text.encode()).decode()


def _base64(text: str, _: Random) -> str:
    return base64.b64encode(text.encode()).decode()


def _base64_url(text: str, _: Random) -> str:
    """Write base64url without padding (RFC 4648 section 5, as JWTs have it)."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _base64_nested(text: str, dice: Random) -> str:
    made = _base64(text, dice)
    return _base64(made, dice)


def _base64_wrapped(text: str, dice: Random) -> str:
    made = _base64(text, dice)
    width = 4 * dice.randint(2, 4) if len(made) <= _LINE else _LINE
    width = min(width, max(4, (len(made) - 1) // 4 * 4))
    return "\n".join(made[at : at + width] for at in range(0, len(made), width))


def _rot13(text: str, _: Random) -> str:
    return codecs.encode(text, "rot13")


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    for name, apply in (
        ("percent", _percent),
        ("percent_double", _percent_double),
        ("json_escape", _json_escape),
        ("quoted_printable", _quoted_printable),
        ("hex", _hex),
        ("hex_escape", _hex_escape),
        ("base32", _base32),
        ("base64", _base64),
        ("base64_url", _base64_url),
        ("base64_nested", _base64_nested),
        ("base64_wrapped", _base64_wrapped),
    ):
        yield Disguise(name, FAMILY, apply, is_hiding=True)
    yield Disguise("rot13", FAMILY, _rot13, WORDS, is_hiding=True)
