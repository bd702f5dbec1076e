"""Asks a detector, and takes nothing from it that is not what it declared.

This is the one place where any exception is caught: a detector that fails is an outcome as others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from guardrail.language.vocabulary import Gives
from guardrail.stages.base import Detector, coverage_of
from guardrail.values import NOT_RUN, Failure, Outcome, Single, Span, Subject


def answers_of(
    detector: Detector, subjects: Sequence[Subject]
) -> list[tuple[Outcome, float | None]]:
    """Return what a detector says of each text and which share of it it saw, if it tells.

    Its exception is a failure, of the text that raises it alone; so is what it did not read whole.
    """
    try:
        outcomes = detector.run(subjects)
        told = coverage_of(detector, subjects)
    except Exception as error:  # noqa: BLE001 - a detector that fails is an outcome
        if len(subjects) > 1:  # one bad text must not fail its neighbors
            return [answer for each in subjects for answer in answers_of(detector, [each])]
        return [(Failure(type(error).__name__), None)]
    shares: Sequence[float | None] = [None] * len(subjects) if told is None else told
    if len(outcomes) != len(subjects) or len(shares) != len(subjects):
        return [(Failure("wrong number of answers"), None)] * len(subjects)
    return [
        (_read_whole(outcome, share), share)
        for outcome, share in zip(outcomes, shares, strict=True)
    ]


def _read_whole(outcome: Outcome, share: float | None) -> Outcome:
    is_part = share is not None and share < 1 and not isinstance(outcome, Failure)
    return Failure("not read whole") if is_part else outcome


def accept(outcome: object, gives: Gives, label: str, length: int) -> Single:
    """Check that an answer has the type its detector declared; anything else is a failure."""
    match gives:
        case "spans" if isinstance(outcome, tuple):
            return _accept_spans(outcome, label, length)
        case "score" | "number" if isinstance(outcome, float | int):
            return float(outcome) if math.isfinite(outcome) else Failure("not a number")
        case "label" if isinstance(outcome, str):
            return outcome
        case _ if isinstance(outcome, Failure) or outcome is NOT_RUN:
            return outcome
        case _:
            return Failure(f"answered {type(outcome).__name__}, not {gives}")


def _accept_spans(spans: tuple[object, ...], label: str, length: int) -> Single:
    accepted = []
    for span in spans:
        if not isinstance(span, Span) or not 0 <= span.start < span.end <= length:
            return Failure("a finding outside the text")
        if not span.type:
            span = Span(span.start, span.end, label.upper(), span.score, span.view)  # noqa: PLW2901
        accepted.append(span)
    return tuple(accepted)
