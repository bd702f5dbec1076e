"""`language()`: the language a text is written in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from guardrail.errors import MissingExtraError
from guardrail.values import Outcome, Subject

UNDETERMINED: Final = "und"
"""The label of a text without a letter."""


class LanguageDetector:
    """Names the language of a text by its ISO 639-1 code (`en`, `de`, `zh`), with py3langid.

    It always names the likeliest of 139 languages, and of a few words it is often wrong: use it on
    whole replies. A text without a letter is `und`.

    >>> from guardrail.values import Subject
    >>> LanguageDetector().run([Subject("Wo ist bitte der nächste Bahnhof?"), Subject("42")])
    ['de', 'und']

    Raises:
        MissingExtraError: py3langid is not installed.
    """

    def __init__(self) -> None:
        self._identifier = _identifier()

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: every text has a label."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Name the language of each text."""
        return [self._label(subject.text) for subject in subjects]

    def _label(self, text: str) -> str:
        if not any(map(str.isalpha, text)):
            return UNDETERMINED
        label, _ = self._identifier.classify(text)
        return str(label)


@cache
def _identifier() -> Any:
    """Return the identifier; it is only read from, so that threads may share it."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise MissingExtraError("language()", "lang") from error
    return LanguageIdentifier.from_model_file(MODEL_FILE)
