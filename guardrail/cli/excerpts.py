"""Excerpts that may be shown: the shape of a text, never its words."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from guardrail.values import Action, Fired, Verdict

_WIDTH: Final = 60
_AROUND: Final = 20
_KEPT: Final = frozenset(" .,;:!?-'\"()")


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


def _became(fired: Fired, verdict: Verdict) -> str:
    """Say which reply was sent instead, or that this rule had to give way."""
    if fired.action == verdict.action:
        return f" → {verdict.replied}" if verdict.replied is not None else ""
    own, whole = Action[fired.action.upper()], Action[verdict.action.upper()]
    is_overridden = own > Action.FLAG and whole >= Action.REWRITE
    return f" (overridden: {verdict.action})" if is_overridden else ""


def _around_findings(text: str, fired: Fired) -> str:
    spans = _disjoint([(span.start, span.end, span.type) for span in fired.spans])
    start = max(spans[0][0] - _AROUND, 0)
    pieces = [_masked(text[start : spans[0][0]])]
    for (_, end, name), (following, _, _) in pairwise([*spans, (len(text), 0, "")]):
        pieces += [f"[{name}]", _masked(text[end : min(following, end + _WIDTH)])]
    return " ".join("".join(pieces).split())


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
