"""RE2 over a text in which one byte is one character, and how much may be looked at."""

from __future__ import annotations

from typing import Any, Final

MOST_LOOKS: Final = 5_000
"""How many candidates of one text are judged."""


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

    All secrets are ASCII, so RE2 can search these bytes: their places are those of the characters.

    >>> in_bytes("caf\u00e9: 1")
    b'caf?: 1'
    """
    return text.encode("ascii", "replace")


def search(pattern: Any, data: bytes, start: int) -> tuple[int, int] | None:
    """Return where a pattern of RE2 first matches from `start` on."""
    found = pattern.search(data, start)
    return None if found is None else found.span()
