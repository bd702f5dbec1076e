"""RE2 over a text in which one byte is one character, and how much of a text is judged.

RE2 reads a text in time that grows with its length alone, as long as it needs no groups. What
costs more is each candidate that Python then judges, so their number has a limit.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import re2

from guardrail.text.blanks import ODD_BLANKS, ODD_DASHES
from guardrail.text.prefilter import first_place, options
from guardrail.text.view import distinct, replaced

MOST_LOOKS: Final = 5_000
"""How many candidates of one text are judged."""

_MEMORY: Final = 1 << 26
_DASHES: Final = ODD_DASHES + (
    "\u058a\u05be\u1400\u1806\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufe31\ufe32"
    "\U00010ead"
)
_ASCII: Final = dict.fromkeys(ODD_BLANKS, " ") | dict.fromkeys(_DASHES, "-")
"""General categories Zs and Pd of Unicode 15, and the minus sign."""

_IS_ODD: Final = re.compile(f"[{ODD_BLANKS}{_DASHES}]")


class TooManyError(Exception):
    """A text holds more candidates than are judged."""


class Looks:
    """Counts the candidates of one text that were judged."""

    __slots__ = ("_left",)

    def __init__(self, most: int = MOST_LOOKS) -> None:
        self._left = most

    def take(self) -> None:
        """Count one more.

        Raises:
            TooManyError: there were too many.
        """
        self._left -= 1
        if self._left < 0:
            raise TooManyError


def in_bytes(text: str) -> bytes:
    r"""Return a text in ASCII, with a question mark for every character that is not.

    What is looked for is ASCII, so RE2 can search these bytes: their places are those of the
    characters.

    >>> in_bytes("caf\u00e9: 1")
    b'caf?: 1'
    """
    return text.encode("ascii", "replace")


def as_typed(text: str) -> str:
    r"""Return a text with every blank and every dash as the one that ASCII has, at its place.

    >>> as_typed("a\u2011b\u3000c"), as_typed("a-b c")
    ('a-b c', 'a-b c')
    """
    if text.isascii():
        return text
    return replaced(text, {odd: _ASCII[odd] for odd in distinct(_IS_ODD, text)})


@functools.cache
def compiled(expression: str) -> Any:
    """Return an expression for RE2, compiled when it is first used."""
    return re2.compile(expression, options(_MEMORY))


def search(
    pattern: Any, data: bytes, start: int = 0, end: int | None = None
) -> tuple[int, int] | None:
    """Return where a pattern of RE2 first matches from `start` on."""
    found = pattern.search(data, start, len(data) if end is None else end)
    return None if found is None else found.span()


def places(pattern: Any, data: bytes, looks: Looks) -> Iterator[tuple[int, int]]:
    """Yield where a pattern of RE2 matches, each place counted as a look.

    Raises:
        TooManyError: there are more than `looks` allows.
    """
    for found in pattern.finditer(data):
        looks.take()
        yield found.span()


def on_from(heads: Iterable[str]) -> tuple[str, ...]:
    """Return claims for findings that begin at one of these expressions, and end anywhere.

    A detector whose limit is passed finds all from the first of them on, so all is open there.
    """
    return tuple(f"{head}(?s:.*)" for head in heads)


def first_head(heads: Iterable[str], text: str) -> int:
    """Return where the first of these expressions of RE2 matches, or the end of the text.

    >>> first_head(["<[a-z]", "[(]"], "1 < 2 (or <b>)")
    6
    """
    return first_place("|".join(f"(?:{head})" for head in heads))(text)
