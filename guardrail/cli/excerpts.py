"""Excerpts that may be shown: the shape of a text, never its words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from guardrail.values import Action, Fired, Span, Verdict

_WIDTH: Final = 60
_AROUND: Final = 20
_KEPT: Final = frozenset(" .,;:!?-'\"()")

Piece: TypeAlias = tuple[str, bool]
"""A masked stretch of a text, or the type of a finding: the second says that it is a type."""


def masked_excerpt(text: str, fired: Fired, verdict: Verdict) -> str:
    """Return what a report shows of a rule that fired, at most 60 characters.

    Findings are shown by their type and everything around them as stars. Where the text was
    dropped, an arrow points to the reply that was sent instead; a rule whose action gave way to a
    stronger one says so.

    >>> from guardrail.values import PolicyId, Span
    >>> fired = Fired("hide", (), "high", "redact", (Span(5, 17, "PHONE_NUMBER"),))
    >>> verdict = Verdict("redact", "", PolicyId("demo", None, ""))
    >>> masked_excerpt("Call 415-555-2671, not me.", fired, verdict)
    '**** [PHONE_NUMBER], *** **.'
    """
    sent = _became(fired, verdict)
    shown = _around_findings(text, fired) if fired.spans else f"({len(text):,} characters)"
    room = max(_WIDTH - len(sent), 1)
    return (shown if len(shown) <= room else shown[: room - 1] + "…") + sent


def masked_pieces(text: str, spans: Iterable[Span], width: int) -> tuple[Piece, ...]:
    """Return the masked text around findings in pieces, about `width` characters in all.

    >>> from guardrail.values import Span
    >>> masked_pieces("Call 415-555-2671, not me.", [Span(5, 17, "PHONE")], 40)
    (('**** ', False), ('PHONE', True), (', *** **.', False))
    """
    found = _disjoint([(span.start, span.end, span.type) for span in spans])
    pieces: list[Piece] = []
    for piece, is_type in _pieces(text, found, width) if found else ():
        if width <= 0:
            return (*pieces, ("…", False))
        cut = piece if is_type else piece[:width]
        if cut:
            pieces.append((cut, is_type))
        width -= len(piece)
    return tuple(pieces)


def masked_text(text: str, width: int) -> str:
    """Return the shape of a text, at most `width` characters of it in one line.

    >>> masked_text("Call 415-555-2671, not me.", 12)
    '**** ***-**…'
    """
    shown = " ".join(_masked(text[: 4 * width]).split())
    is_cut = len(shown) > width or len(text) > 4 * width
    return shown[: width - 1] + "…" if is_cut else shown


def _became(fired: Fired, verdict: Verdict) -> str:
    """Say which reply was sent instead, or that this rule had to give way."""
    if fired.action == verdict.action:
        return f" → {verdict.replied}" if verdict.replied is not None else ""
    own, whole = Action[fired.action.upper()], Action[verdict.action.upper()]
    is_overridden = own > Action.FLAG and whole >= Action.REWRITE
    return f" (overridden: {verdict.action})" if is_overridden else ""


def _around_findings(text: str, fired: Fired) -> str:
    spans = _disjoint([(span.start, span.end, span.type) for span in fired.spans])
    pieces = _pieces(text, spans, _WIDTH)
    return " ".join("".join(f"[{each}]" if found else each for each, found in pieces).split())


def _pieces(text: str, spans: list[tuple[int, int, str]], width: int) -> Iterator[Piece]:
    start = max(spans[0][0] - _AROUND, 0)
    yield _masked(text[start : spans[0][0]]), False
    for (_, end, name), (following, _, _) in pairwise([*spans, (len(text), 0, "")]):
        yield name, True
        yield _masked(text[end : min(following, end + width)]), False


def _disjoint(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join findings that overlap; the first of them gives the name."""
    joined: list[tuple[int, int, str]] = []
    for start, end, name in sorted(spans):
        if joined and start < joined[-1][1]:
            first, last, known = joined[-1]
            joined[-1] = (first, max(last, end), known)
        else:
            joined.append((start, end, name))
    return joined


def _masked(text: str) -> str:
    return "".join(
        character if character in _KEPT else " " if character.isspace() else "*"
        for character in text
    )
