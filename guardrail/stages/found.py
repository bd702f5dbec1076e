"""Findings of a text and of its views, put together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from guardrail.values import Derived, Span


class Found:
    """Collects findings, the plain ones first; what lies in one of its type adds nothing.

    >>> from guardrail.text.view import Edits
    >>> edits = Edits("made", "a--b c")
    >>> edits.replace(1, 3, "")
    >>> found = Found((Span(5, 6, "WORD"),))
    >>> found.add(edits.view(), (Span(0, 2, "WORD"), Span(3, 4, "WORD")))
    >>> [(span.start, span.end, span.view) for span in found.spans()]
    [(0, 4, 'made'), (5, 6, 'plain')]
    """

    def __init__(self, plain: Iterable[Span] = ()) -> None:
        self._spans = list(plain)

    def add(self, view: Derived, spans: Iterable[Span]) -> None:
        """Add the findings of a view, which come with the offsets of the view."""
        mapped = [
            Span(*view.original_span(span.start, span.end), span.type, span.score, view.name)
            for span in spans
        ]
        cover = _Cover(self._spans)
        added: dict[str, int] = {}
        for span in sorted(mapped, key=lambda span: (span.start, -span.end, -span.score)):
            farthest = added.get(span.type, -1)
            if farthest >= span.end or cover.holds(span):
                continue
            added[span.type] = max(farthest, span.end)
            self._spans.append(span)

    def spans(self) -> tuple[Span, ...]:
        """Return all findings in order."""
        return tuple(sorted(self._spans))


class _Cover:
    """Which stretches lie in a finding of the same type."""

    def __init__(self, spans: Iterable[Span]) -> None:
        by_type: dict[str, list[tuple[int, int]]] = {}
        for span in spans:
            by_type.setdefault(span.type, []).append((span.start, span.end))
        self._reach = {
            type_: ([start for start, _ in found], [*accumulate((end for _, end in found), max)])
            for type_, found in ((type_, sorted(places)) for type_, places in by_type.items())
        }

    def holds(self, span: Span) -> bool:
        starts, ends = self._reach.get(span.type, ([], []))
        before = bisect_right(starts, span.start)
        return before > 0 and ends[before - 1] >= span.end
