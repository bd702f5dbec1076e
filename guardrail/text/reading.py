"""A text as a person reads it, for detectors that read whole texts instead of places in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import re2

from guardrail.text.bidi import asks_for_display, displayed
from guardrail.text.invisible import seen
from guardrail.text.lenses import NORMALIZED, VISIBLE
from guardrail.text.lookalikes import asks_for_lookalikes, undisguised
from guardrail.text.mark_splits import asks_for_marks, unmarked
from guardrail.text.prefilter import encoded, options
from guardrail.text.spaced import asks_for_spaced, spaced
from guardrail.text.view import View, normalized

_Step: TypeAlias = tuple[Callable[[], str], Callable[[str], View | None]]

_STEPS: Final[tuple[_Step, ...]] = (
    (VISIBLE.asks, seen),
    (asks_for_display, displayed),
    (asks_for_lookalikes, undisguised),
    (NORMALIZED.asks, normalized),
    (asks_for_marks, unmarked),
    (asks_for_spaced, spaced),
)
"""What hides single characters, in the order in which it is taken off."""

_LETTERS: Final = str.maketrans("0134578$!", "oieastbsi")
_WORD: Final = re.compile(r"[0-9A-Za-z$!]*[0-9A-Za-z$]")
_WITHIN: Final = "[A-Za-z][0134578$]{1,3}[A-Za-z]|[a-z]![a-z]"
"""Digits and signs between letters: `10am`, `A4`, `COVID19` and addresses have none."""
_IS_WITHIN: Final = re.compile(_WITHIN)
_MANY: Final = 2
"""In a text with so many of those words, the first and the last letter of a word may be one too."""
_MEMORY: Final = 64 << 20


def as_read(text: str) -> str:
    r"""Return a text without what hides its characters one by one; an ordinary text is unchanged.

    Invisible characters, odd directions, look-alikes, styled letters, marks inside words, letters
    that are set apart, and digits and signs for letters are taken off. A step that goes beyond its
    limits is left out. It is a guess, for detectors that look at the text as it is, too.

    >>> as_read("Pay p\u0430\u200bl n0w, 10 am"), as_read("plain text")
    ('Pay pal now, 10 am', 'plain text')
    """
    if _asks().search(encoded(text)) is None:
        return text
    for _, look in _STEPS:
        view = look(text)
        if view is not None and not view.is_over:
            text = view.text
    return _spelled(text)


def _spelled(text: str) -> str:
    """Return a text with letters for the digits and signs that stand for some in its words."""
    words = [match[0] for match in _WORD.finditer(text) if _IS_WITHIN.search(match[0])]
    if not words:
        return text
    has_many = len(words) >= _MANY

    def spelled(match: re.Match[str]) -> str:
        word = match[0]
        is_half = 2 * sum(map(str.isalpha, word)) >= len(word)
        is_meant = is_half and (has_many or _IS_WITHIN.search(word))
        return word.translate(_LETTERS) if is_meant else word

    return _WORD.sub(spelled, text)


@functools.cache
def _asks() -> Any:
    expressions = [asks() for asks, _ in _STEPS]
    every = "|".join(f"(?:{each})" for each in (*expressions, _WITHIN))
    return re2.compile(every, options(_MEMORY))
