"""How many places of one kind a lens looks at: more in a longer text."""

from __future__ import annotations

from typing import Final

LARGE: Final = 1 << 16
"""Of a text of more characters, a view over a limit shows nothing, and is the last one: what is not
found by then is an error anyhow, and to show what there is would take as long as to look at it."""


def most(least: int, text: str, share: int) -> int:
    """Return `least`, or one for so many characters of the text if that is more.

    What is ordinary in a short text is so in a long one, and takes as long there for each
    character.

    >>> most(100, "a" * 1_000, 50), most(100, "a" * 10_000, 50)
    (100, 200)
    """
    return max(least, len(text) // share)
