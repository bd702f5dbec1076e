r"""The view in which characters that nobody sees show the message they spell.

Three ways to spell one are known: tags (U+E0020 to U+E007E are ASCII), variation selectors (256 of
them, one for each byte of UTF-8), and bits (two invisible characters, eight in a row for a byte). A
message stands in one piece, or a few characters at a time between those of a harmless text. Shown
are messages that decode to text; what does not is left.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from guardrail.text.invisible import ignorable, invisible
from guardrail.text.view import Edits, View
from guardrail.text.widen import ranges

MOST_HIDDEN: Final = 4096
"""How many hidden characters a view shows; more of them are an error."""

_TAGS: Final = "\U000e0020-\U000e007e"
_BYTES: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CONTROL_BYTES: Final = "\ufe00-\ufe0f\U000e0100-\U000e010f"
_VISIBLE_BYTES: Final = "\U000e0110-\U000e01ef"
_FIRST_BYTE, _LATER_BYTES, _FIRST_LATER = 0xFE00, 0xE0100, 16
_FLAG: Final = (
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067"
    "|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_FEWEST_BITS: Final = 8
_CONTROLS: Final = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Controls of direction, which may stand around a message."""

_WIDEST_GAP: Final = 3
"""So many visible characters may stand between two parts of a message."""

_LONGEST_PART: Final = 4
"""Parts of a message have at most so many characters; longer ones are messages of their own."""


class _Run(NamedTuple):
    """A run of characters of one kind, without anything between them."""

    kind: str
    start: int
    end: int


Shown = tuple[int, int, str]
"""Where the hidden characters stand that spell one character, and that character."""


def unhidden(text: str) -> View | None:
    r"""Return the text with hidden messages in plain letters; None if there is none.

    Blanks set a message off from the text around it, which belongs to another one.

    >>> unhidden("Hi\U000e0062\U000e006f\U000e006d\U000e0062!").text
    'Hi bomb !'
    >>> unhidden("caf\ufe0f\u200c\u200d") is None
    True
    """
    edits = Edits("hidden", text)
    for message in _messages(text, edits):
        for number, (start, end, char) in enumerate(message):
            before = "" if number else " "
            after = " " if number == len(message) - 1 else ""
            if number and message[number - 1][1] < start:
                edits.replace(message[number - 1][1], start, "")
            edits.replace(start, end, f"{before}{char}{after}")
    return edits.view()


def asks_for_hidden() -> str:
    """Return an RE2 expression that occurs wherever `unhidden` shows something."""
    few = _re2(_pairable())
    return (
        r"[\x{E0020}-\x{E007E}\x{E0110}-\x{E01EF}]"
        rf"|{few}{{{_FEWEST_BITS}}}"
    )


def _messages(text: str, edits: Edits) -> Iterator[list[Shown]]:
    """Yield the hidden messages; over the limit, none but those before it."""
    count = 0
    parts: list[list[Shown]] = []
    for found in _hidden().finditer(text):
        if found.lastgroup is None:
            continue
        size = found.end() - found.start()
        count += size if found.lastgroup != "bits" else 1 + size // _FEWEST_BITS
        if count > MOST_HIDDEN:
            edits.is_over = True
            break
        part = _DECODERS[found.lastgroup](found[0], found.start())
        if not part:
            continue
        if parts and part[0][0] - parts[-1][-1][1] > _WIDEST_GAP:
            yield from _joined(parts)
            parts = []
        parts.append(part)
    yield from _joined(parts)


def _joined(parts: Sequence[list[Shown]]) -> list[list[Shown]]:
    """Return parts that are near each other as one message, if they are short."""
    if len(parts) > 1 and max(map(len, parts)) <= _LONGEST_PART:
        return [[shown for part in parts for shown in part]]
    return list(parts)


def _tags(run: str, at: int) -> list[Shown]:
    return [(i, i + 1, chr(ord(char) & 0x7F)) for i, char in enumerate(run, at)]


def _bytes(run: str, at: int) -> list[Shown]:
    data = bytes(map(_byte, run))
    return _characters(data, range(at, at + len(data) + 1))


def _byte(selector: str) -> int:
    code = ord(selector)
    return code - _LATER_BYTES + _FIRST_LATER if code >= _LATER_BYTES else code - _FIRST_BYTE


def _bits(run: str, at: int) -> list[Shown]:
    """Return what the bits spell: eight or seven for a character, the first kind 0 or 1.

    A third kind may stand between characters.
    """
    bare = run.strip(_CONTROLS)
    if len(bare) >= _FEWEST_BITS:
        at, run = at + len(run) - len(run.lstrip(_CONTROLS)), bare
    kinds = list(dict.fromkeys(run))
    if len(kinds) == 3:  # noqa: PLR2004 - 0, 1, and what separates characters
        return _separated(run, at, kinds)
    if len(kinds) != 2:  # noqa: PLR2004
        return []
    for width in (8, 7, 16):
        if len(run) % width:
            continue
        for zero in kinds:
            digits = "".join("0" if char == zero else "1" for char in run)
            codes = [int(digits[i : i + width], 2) for i in range(0, len(run), width)]
            places = range(at, at + len(run) + 1, width)
            if shown := _of_codes(codes, places, width):
                return shown
    return []


def _separated(run: str, at: int, kinds: Sequence[str]) -> list[Shown]:
    for between in kinds:
        parts = run.strip(between).split(between)
        if not all(map(len, parts)) or max(map(len, parts)) > 8:  # noqa: PLR2004 - bits of a byte
            continue
        pair = [kind for kind in kinds if kind != between]
        for zero in pair:
            codes = [int("".join("0" if c == zero else "1" for c in part), 2) for part in parts]
            places = [at + len(run) - len(run.lstrip(between))]
            for part in parts:
                places.append(places[-1] + len(part) + 1)
            places[-1] = at + len(run)
            if len(codes) > 1 and (shown := _of_codes(codes, places, 8)):
                return shown
    return []


def _of_codes(codes: Sequence[int], places: Sequence[int], width: int) -> list[Shown]:
    if width == 8:  # noqa: PLR2004 - bytes, of UTF-8
        return _characters(bytes(codes), places)
    text = "".join(map(chr, codes))
    if not text.isprintable():  # surrogates are not
        return []
    return [(a, b, char) for (a, b), char in zip(pairwise(places), text, strict=True)]


def _characters(data: bytes, places: Sequence[int]) -> list[Shown]:
    """Return what bytes spell, where byte `i` stands at `places[i]`; nothing if it is no text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return []
    if not text.translate(_harmless()).isprintable():
        return []
    shown, at = [], 0
    for char in text:
        after = at + len(char.encode())
        shown.append((places[at], places[after], char))
        at = after
    return shown


@functools.cache
def _harmless() -> Mapping[int, str]:
    """Return what a text may hold though it does not print: breaks, and what nobody sees."""
    return {ord(char): " " for char in ("\t", "\n", "\r", *ignorable())}


_DECODERS: Final = {"tags": _tags, "bytes": _bytes, "bits": _bits}


def _pairable() -> list[str]:
    """Return the invisible characters that can stand for bits: no tags, no byte order marks."""
    return [char for char in invisible() if "\x9f" < char < "\U00010000"]


@functools.cache
def _hidden() -> re.Pattern[str]:
    listed = "".join(f"{re.escape(a)}-{re.escape(b)}" for a, b in ranges(_pairable()))
    return re.compile(
        rf"{_FLAG}|(?P<tags>[{_TAGS}]+)"
        rf"|(?P<bytes>[{_CONTROL_BYTES}]{{0,4}}[{_VISIBLE_BYTES}][{_BYTES}]*)"
        rf"|(?P<bits>[{listed}]{{{_FEWEST_BITS},}})"
    )


def _re2(chars: Sequence[str]) -> str:
    parts = (rf"\x{{{ord(a):X}}}-\x{{{ord(b):X}}}" for a, b in ranges(chars))
    return f"[{''.join(parts)}]"
