"""`length(unit:)`: how long a text is, in words, sentences or characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from guardrail.text.sentences import sentences
from guardrail.values import Outcome, Subject

_SPACELESS: Final = re.compile(
    "[\u3005\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""Han and Kana, which are written without spaces; Hangul is written with them."""


class LengthDetector:
    """Measures a text.

    A word is a run of characters without white space that has a letter or a digit, and each
    Chinese character or Japanese kana is one by itself; a sentence counts if it has a letter or a
    digit; a character is one of Python's.

    >>> from guardrail.values import Subject
    >>> [LengthDetector(unit).run([Subject("It's 5 pm - OK? 你好。")])[0]
    ...  for unit in ("words", "sentences", "characters")]
    [6.0, 2.0, 19.0]
    """

    def __init__(self, unit: str) -> None:
        self._measure = _MEASURES[unit]

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: every text has a length."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Measure each text."""
        return [float(self._measure(subject.text)) for subject in subjects]


def _words(text: str) -> int:
    if not text.isascii():
        text = _SPACELESS.sub(r" \g<0> ", text)
    return sum(map(_says_something, text.split()))


def _sentences(text: str) -> int:
    return sum(_says_something(text[start:end]) for start, end in sentences(text))


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))


_MEASURES: Final[Mapping[str, Callable[[str], int]]] = {
    "words": _words,
    "sentences": _sentences,
    "characters": len,
}
