"""A text as a person reads it, for detectors that read whole texts instead of places in them."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import re2

from guardrail.text.bidi import asks_for_display, displayed
from guardrail.text.invisible import seen
from guardrail.text.lenses import NORMALIZED, VISIBLE
from guardrail.text.lookalike_words import lookalikes, passing_letters
from guardrail.text.lookalikes import asks_for_lookalikes, undisguised
from guardrail.text.mark_splits import asks_for_marks, unmarked
from guardrail.text.prefilter import encoded, options
from guardrail.text.spaced import asks_for_spaced, spaced
from guardrail.text.view import View, normalized

_Step: TypeAlias = tuple[Callable[[], str], Callable[[str], View | None]]

_SIGNS: Final[tuple[_Step, ...]] = (
    (VISIBLE.asks, seen),
    (asks_for_display, displayed),
    (asks_for_lookalikes, undisguised),
    (NORMALIZED.asks, normalized),
    (asks_for_marks, unmarked),
)
_STEPS: Final[tuple[_Step, ...]] = (*_SIGNS, (asks_for_spaced, spaced))
"""What hides single characters, in the order in which it is taken off."""

_LETTERS: Final = str.maketrans("0134578$!", "oieastbsi")
_WORD: Final = re.compile(r"[0-9A-Za-z$!]*[0-9A-Za-z$]")
_WITHIN: Final = "[A-Za-z][0134578$]{1,3}[A-Za-z]|[a-z]![a-z]"
"""Digits and signs between letters: `10am`, `A4`, `COVID19` and addresses have none."""
_IS_WITHIN: Final = re.compile(_WITHIN)
_MANY: Final = 2
"""In a text with so many of those words, the first and the last letter of a word may be one too."""
_DENSE: Final = 3
"""Where one word in so many is one of them, words may be of digits but for a letter."""
_BETWEEN: Final = re.compile(r"(?<=[^\W_])([^\w\s])(?=[^\W_])")
_FEWEST_BETWEEN: Final = 6
"""Where one sign stands so often between two letters, and behind half of all, it says nothing."""
_BEYOND: Final = re.compile(r"[^\W\d_\x00-\x7f]")
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
    plain = _less_passing(text, _seen_through(text, _SIGNS))
    return _spelled(_seen_through(_less_sign(plain), _STEPS[len(_SIGNS) :]))


def _seen_through(text: str, steps: tuple[_Step, ...]) -> str:
    """Return what some steps leave of a text."""
    for _, look in steps:
        view = look(text)
        if view is not None and not view.is_over:
            text = view.text
    return text


def _less_passing(text: str, plain: str) -> str:
    """Return a text with ASCII for all its letters that pass for it, if some did and all do.

    A word of such letters alone may be what it is; among words that hide some it is not.
    """
    left = set(_BEYOND.findall(plain))
    if not left or len(left) == len(set(_BEYOND.findall(text))) or not left <= passing_letters():
        return plain
    return plain.translate({ord(char): lookalikes()[char] for char in left})


def _less_sign(text: str) -> str:
    """Return a text without the sign that stands between most of its letters, if one does."""
    signs = Counter(_BETWEEN.findall(text))
    for sign, count in signs.most_common(1):
        letters = sum(map(str.isalnum, text))
        if count >= _FEWEST_BETWEEN and 2 * count >= letters:
            return re.sub(rf"(?<=\S){re.escape(sign)}(?=\S)", "", text)
    return text


def _spelled(text: str) -> str:
    """Return a text with letters for the digits and signs that stand for some in its words."""
    words = [match[0] for match in _WORD.finditer(text) if _IS_WITHIN.search(match[0])]
    if not words:
        return text
    has_many = len(words) >= _MANY
    is_dense = has_many and len(words) * _DENSE >= len(text.split())

    def spelled(match: re.Match[str]) -> str:
        word = match[0]
        letters = sum(map(str.isalpha, word))
        is_enough = 2 * letters >= len(word) or (is_dense and (letters > 0 or len(word) == 1))
        is_meant = is_enough and (has_many or _IS_WITHIN.search(word))
        return word.translate(_LETTERS) if is_meant else word

    return _WORD.sub(spelled, text)


@functools.cache
def _asks() -> Any:
    expressions = [asks() for asks, _ in _STEPS]
    every = "|".join(f"(?:{each})" for each in (*expressions, _WITHIN))
    return re2.compile(every, options(_MEMORY))
