"""`canary(LIST)`: tokens that were planted where nobody should repeat them from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.entries import MOST_BLANKS, forms
from guardrail.text.pattern import Pattern, parse_pattern
from guardrail.text.syntax import Node
from guardrail.values import Failure, Outcome, Span, Subject

_BLANKS: Final = regex.compile(r"\s+", regex.V0)


class CanaryDetector:
    """Finds planted tokens: every character of one, in order, in any view of the text.

    A token counts wherever it stands, also within a longer word, and in any case. It is looked
    for in all views that entries of lists and patterns have. White space in a token matches 1 to
    64 characters of white space. Findings have no type of their own.

    >>> from guardrail.values import Subject
    >>> canary = CanaryDetector(("kestrel-7431",))
    >>> [(found,)] = canary.run([Subject("id=xKESTREL-7431x")])
    >>> found.start, found.end
    (4, 16)
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        specs = (PatternSpec(_anywhere(token), "") for token in dict.fromkeys(tokens))
        self._scanner = Scanner([EntriesSpec(tuple(tokens), ""), *specs])

    @property
    def gate(self) -> tuple[str, ...]:
        """What a text with a token has one of: a token, or what makes somebody look for views."""
        return self._scanner.expressions

    @property
    def claims(self) -> tuple[str | Node, ...]:
        """The tokens, as the scan looks for them."""
        return (*self._scanner.claims(),)

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Look for the tokens in each text."""
        return [self._tokens(subject.text) for subject in subjects]

    def _tokens(self, text: str) -> Outcome:
        places: dict[tuple[int, int], Span] = {}
        for found in self._scanner.scan(text).spans:
            if isinstance(found, Failure):
                return found
            for span in found:
                known = places.get((span.start, span.end))
                if known is None or span.view == "plain":
                    places[span.start, span.end] = span
        return tuple(sorted(places.values()))


def _anywhere(token: str) -> Pattern:
    """Return the pattern of a token that may stand within a word."""
    spellings = (
        rf"\s{{1,{MOST_BLANKS}}}".join(map(_escaped, _BLANKS.split(form))) for form in forms(token)
    )
    return parse_pattern("|".join(spellings), "i")


def _escaped(word: str) -> str:
    return str(regex.escape(word, special_only=True)).replace("/", r"\/")
