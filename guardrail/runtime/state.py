"""What is known of one text while it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from guardrail.runtime.early_stop import Frontier
from guardrail.text.graphemes import Graphemes
from guardrail.text.view import View
from guardrail.values import Derived, Outcome, Single, Span, Subject


@dataclass(slots=True)
class Known:
    """What was learned of the first sentences of a text before the rest had come.

    `by_sentence` has what detectors said of each, by source; the rest is what they took and saw.
    """

    by_sentence: dict[int, list[Single]] = field(default_factory=dict)
    spent_ms: float = 0.0
    coverage: float | None = None

    def add(self, said: Mapping[int, Single], state: State) -> None:
        """Take in what detectors said of the next sentence, and the state of that."""
        for index, single in said.items():
            self.by_sentence.setdefault(index, []).append(single)
        self.spent_ms += state.spent_ms
        self.coverage = least(self.coverage, state.coverage)


NOTHING_KNOWN: Final = Known()
"""What is known before anything has come; nobody adds to it."""


@dataclass(slots=True)
class Sentence:
    """A sentence of a text, and what the scan of it has left open."""

    start: int
    subject: Subject
    closed_gates: set[int] = field(default_factory=set)
    views: dict[int, tuple[Derived, ...]] = field(default_factory=dict)
    is_over: bool = False


class State:
    """What is known of one text while it is checked.

    `moved` are the sources that may have said something else than that nothing was found.
    """

    __slots__ = (
        "closed_gates",
        "coverage",
        "excepted",
        "frontier",
        "graphemes",
        "is_over",
        "known",
        "looked",
        "moved",
        "outcomes",
        "sentences",
        "spent_ms",
        "subject",
        "views",
    )

    def __init__(self, subject: Subject, outcomes: list[Outcome], moved: set[int]) -> None:
        self.subject, self.outcomes, self.moved = subject, outcomes, moved
        self.closed_gates: set[int] = set()
        self.views: dict[int, tuple[Derived, ...]] = {}
        self.looked: Sequence[tuple[View, bool]] = ()
        self.is_over = False
        self.sentences: list[Sentence] = []
        self.excepted: dict[int, list[tuple[Span, str]]] = {}
        self.spent_ms = 0.0
        self.coverage: float | None = None
        self.known: Known = NOTHING_KNOWN
        self.graphemes: Graphemes | None = None
        self.frontier: Frontier | None = None

    def keep(self, index: int, outcome: Outcome) -> None:
        """Take in what a source said."""
        self.outcomes[index] = outcome
        self.moved.add(index)

    def saw(self, share: float | None) -> None:
        """Take in which share of the text a detector saw, if it says."""
        self.coverage = least(self.coverage, share)

    def begin_with(self, known: Known) -> None:
        """Take over what is known of the first sentences."""
        self.known, self.spent_ms = known, known.spent_ms
        self.saw(known.coverage)

    def widen(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """Widen findings to grapheme clusters, left to right, each once."""
        text = self.subject.text
        if text.isascii() and "\r" not in text:  # each character is a cluster
            return spans if len(spans) <= 1 else tuple(sorted(set(spans)))
        if self.graphemes is None:
            self.graphemes = Graphemes(text)
        widened = set()
        for span in spans:
            start, end = self.graphemes.widen(span.start, span.end)
            if (start, end) != (span.start, span.end):
                span = Span(start, end, span.type, span.score, span.view, span.entry)  # noqa: PLW2901
            widened.add(span)
        return tuple(sorted(widened))


def seen_by(index: int, of: State | Sentence) -> Subject:
    """Return what a detector looks at: a text, and the views of it that pass its gate."""
    views = of.views.get(index)
    return msgspec.structs.replace(of.subject, views=views) if views else of.subject


def moved(spans: tuple[Span, ...], by: int) -> tuple[Span, ...]:
    """Return findings of a sentence as findings of the text."""
    return tuple(
        Span(span.start + by, span.end + by, span.type, span.score, span.view, span.entry)
        for span in spans
    )


def divided(among: Sequence[Sentence], outcome: Single) -> Sequence[Single]:
    """Return the outcome of a text by sentence: a finding where it wholly lies, all else in each.

    Findings have their places in the sentence.
    """
    if not isinstance(outcome, tuple):
        return [outcome] * len(among)
    return [
        moved(
            tuple(
                span
                for span in outcome
                if sentence.start <= span.start
                and span.end <= sentence.start + len(sentence.subject.text)
            ),
            -sentence.start,
        )
        for sentence in among
    ]


def least(one: float | None, other: float | None) -> float | None:
    """Return the less of two numbers, of which either may not be known.

    >>> least(None, 0.5), least(0.5, 0.25)
    (0.5, 0.25)
    """
    return min((each for each in (one, other) if each is not None), default=None)
