"""What is text in the bytes of tokens, which letters stand for them, and what is a mere number."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

from guardrail.text.decoding.stretch import TEXT, size

GAP: Final = 6
"""At least so many zero bytes stand between tokens: more than any padding makes."""

_LONG_RUN: Final = 16
"""Text inside of a token that is not all text: so many characters are no chance."""

_PIECE: Final = 4_096
"""How many characters are one stretch: what is over a limit is hardly looked at."""

_AT_ONCE: Final = 4_096
"""How many tokens are decoded at once, if they are short."""

_MANY_LETTERS: Final = 32 << 10
"""From so many letters on, no more tokens are decoded with them."""

_Text: TypeAlias = tuple[int, str, Sequence[int]]
"""Text in bytes: its first byte, itself, and how many bytes each character has."""


def texts(data: bytes) -> Iterator[_Text]:
    """Yield what is text in tokens with zeros between, in pieces."""
    shown = data.decode(errors="surrogateescape")
    gap = "\0" * GAP
    short = _compiled(f"{gap}({TEXT}{{4,{_LONG_RUN - 1}}})(?={gap})").finditer(shown)
    long = _compiled(f"{TEXT}{{{_LONG_RUN},}}+").finditer(shown)
    at = done = 0
    for start, end in sorted((*(found.span(1) for found in short), *(m.span() for m in long))):
        at += _bytes(shown[done:start])
        for first in range(start, end, _PIECE):
            form = shown[first : min(first + _PIECE, end)]
            yield at, form, [1] * len(form) if form.isascii() else [*map(size, form)]
            at += _bytes(form)
        done = end
    yield from _wide(data)


def _wide(data: bytes) -> Iterator[_Text]:
    """Yield what is text in UTF-16, in either order of bytes."""
    char = rb"[\t\n\r -~]"
    big = re.finditer(rb"\0" + char + rb"(?:\0" + char + rb"){3,4096}+", data)
    little = re.finditer(rb"\xff\xfe(" + char + rb"\0(?:" + char + rb"\0){3,4096}+)", data)
    for start, found in (*((m.start(1), m[1]) for m in little), *((m.start(), m[0]) for m in big)):
        form = found.replace(b"\0", b"").decode()
        yield start, form, [2] * len(form)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogateescape"))


def some(tokens: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield as many tokens as are to be decoded at once."""
    letters = 0
    for start, end in islice(tokens, _AT_ONCE):
        yield start, end
        letters += end - start
        if letters > _MANY_LETTERS:
            return


def is_number(text: str, start: int, end: int, form: str) -> bool:
    """Whether digits are a number themselves, or groups of a longer one, such as a card's."""
    if text[start:end].isdigit():
        return any(map(str.isalpha, form)) and not form.replace(" ", "").isalpha()
    return _compiled("[0-9]{3,}[ .:/-]+[0-9 .:/-]+").fullmatch(text, start, end) is not None and (
        _compiled("[0-9][ .:/-]").fullmatch(text, start - 2, start) is not None
        or _compiled("[ .:/-][0-9]").match(text, end) is not None
    )


class LetterPlaces:
    """Where the letters of a token stand, as far as anybody asked."""

    def __init__(
        self, known: Sequence[int], start: int = 0, end: int = 0, more: Iterable[int] = ()
    ) -> None:
        self._known, self._more = known, iter(more)
        self.start, self.end = start, end

    def first(self, count: int) -> Sequence[int]:
        """Return the places of so many letters, or more of them, or all there are."""
        if count > len(self._known) and not isinstance(self._known, range):
            self._known = [*self._known, *islice(self._more, 2 * count - len(self._known))]
        return self._known


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)
