"""What a detector or pattern can answer, as far as the tests on it can tell answers apart."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from guardrail.language.checked import CheckedDetector
from guardrail.plan.plan import Compare, Found, Is, Test
from guardrail.values import Failure, Outcome, Span

Cut: TypeAlias = tuple[float, bool]
"""Where a test changes its mind: at a limit, and whether just above it (True) or just below."""

Range: TypeAlias = Literal["score", "number", "count"]
"""What numbers there are: 0 to 1, any, or whole ones from 0."""

FAILED: Final = Failure("assumed")
OTHER_LABEL: Final = "something else"


@dataclass(frozen=True, slots=True)
class Domain:
    """Answers that stand for all others: numbers, counts of findings, labels, and last a failure.

    Each part is sorted, its quietest answer first.
    """

    numbers: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many answers there are."""
        return len(self.numbers) + len(self.counts) + len(self.labels) + 1

    def outcome(self, number: int, type_: str) -> Outcome:
        """Return an answer by its number; findings are disjoint and of this type."""
        for part in (self.numbers, self.counts, self.labels):
            if number < len(part):
                answer = part[number]
                return findings(answer, type_) if isinstance(answer, int) else answer
            number -= len(part)
        return FAILED

    def masks(self, test: Test) -> tuple[int, int]:
        """Return for which answers a test is true, and for which false; else it is an error.

        >>> true, false = Domain(numbers=(0.0, 0.5, 0.8)).masks(Compare(0, ">=", 0.5))
        >>> f"{true:04b} {false:04b}"
        '0110 0001'
        """
        start = 0
        if isinstance(test, Compare):
            part: Sequence[object] = self.numbers
            true = _compared(self.numbers, test)
        elif isinstance(test, Found):
            start, part = len(self.numbers), self.counts
            true = _bits(bisect_left(self.counts, test.at_least), len(self.counts))
        else:
            start, part = len(self.numbers) + len(self.counts), self.labels
            true = sum(1 << at for at, label in enumerate(self.labels) if label == test.label)
        false = _bits(0, len(part)) & ~true
        return true << start, false << start


def findings(count: int, type_: str) -> tuple[Span, ...]:
    """Return so many findings that do not touch."""
    return tuple(Span(2 * at, 2 * at + 1, type_) for at in range(count))


def _bits(start: int, end: int) -> int:
    return (1 << end) - (1 << start) if end > start else 0


def _compared(numbers: Sequence[float], test: Compare) -> int:
    match test.operator:
        case ">=":
            return _bits(bisect_left(numbers, test.number), len(numbers))
        case ">":
            return _bits(bisect_right(numbers, test.number), len(numbers))
        case "<=":
            return _bits(0, bisect_right(numbers, test.number))
        case "<":
            return _bits(0, bisect_left(numbers, test.number))


def domain(detector: CheckedDetector, tests: Iterable[Test]) -> Domain:
    """Return what a detector can answer, seen through these tests."""
    compares, counts, labels = set(), {0, 1}, set()
    gives = detector.gives
    numbers: tuple[float, ...] = ()
    has_findings = gives == "spans"
    for test in tests:
        match test:
            case Compare():
                compares.add(cut(test))
            case Found(at_least=at_least):
                counts.add(at_least)
                has_findings = True
            case Is(label=label):
                labels.add(label)
    if compares or gives in ("score", "number"):
        within: Range = "score" if gives == "score" else "number"
        numbers = representatives(compares, "count" if detector.kind == "length" else within)
    return Domain(
        numbers,
        tuple(sorted(counts)) if has_findings else (),
        _labels(labels, detector) if labels or gives == "label" else (),
    )


def _labels(tested: set[str], detector: CheckedDetector) -> tuple[str, ...]:
    """Return one label that is not tested, if there is one, and those that are."""
    other = OTHER_LABEL
    while other in tested:
        other += " again"
    if detector.labels is None:
        return (other, *sorted(tested))
    untested = min((label for label in detector.labels if label not in tested), default=None)
    return (*([] if untested is None else [untested]), *sorted(tested))


# ---------------------------------------------------------------- numbers


def cut(test: Compare) -> Cut:
    """Return where a comparison changes its mind."""
    return test.number, test.operator in (">", "<=")


def representatives(cuts: Iterable[Cut], within: Range) -> tuple[float, ...]:
    """Return the fewest numbers that tell apart what the cuts tell apart, lowest first.

    A limit stands for the numbers from it on; between limits, the number with the fewest digits.

    >>> representatives([(0.8, False), (0.85, False)], "score")
    (0.0, 0.8, 0.85)
    >>> representatives([(0.8, True)], "score"), representatives([(5.0, True)], "count")
    ((0.0, 1.0), (0.0, 6.0))
    """
    if within == "count":
        whole = {math.floor(at) + 1 if is_above else math.ceil(at) for at, is_above in cuts}
        return (0.0, *(float(at) for at in sorted(whole) if at > 0))
    high = 1.0 if within == "score" else None
    edges: list[Cut | None] = [None, *sorted(set(cuts)), None]
    found = []
    for left, right in pairwise(edges):
        number = _first(right, high) if left is None else _between(left, right, high)
        is_outside = number is not None and high is not None and not 0 <= number <= high
        if number is not None and not is_outside:
            found.append(number)
    return tuple(found)


def _first(right: Cut | None, high: float | None) -> float | None:
    """Return a number below the first cut: 0 if it is."""
    if right is None or right > (0.0, True):
        return 0.0
    at, is_above = right
    if is_above:
        return at
    return None if high is not None else at - 1


def _between(left: Cut, right: Cut | None, high: float | None) -> float | None:
    """Return the number with the fewest digits between two cuts, None if there is none."""
    low, is_above = left
    if not is_above:
        return low
    if right is not None and (high is None or right[0] <= high):
        return right[0] if right[1] else _middle(low, right[0])
    if high is None:
        return low + 1
    return high if low < high else None


def _middle(low: float, high: float) -> float | None:
    middle = low + (high - low) / 2
    for digits in range(17):
        number = round(middle, digits)
        if low < number < high:
            return number
    return middle if low < middle < high else None
