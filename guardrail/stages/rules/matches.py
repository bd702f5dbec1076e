"""Where a pattern matches, asked of whoever can tell in time."""

from __future__ import annotations

import time
from typing import Final

from guardrail.text.exact import exact_matches
from guardrail.text.pattern import Pattern

_SECONDS: Final = 0.25
_SECONDS_PER_CHARACTER: Final = 1e-6
_PATIENCE: Final = 10
"""How many times longer a pattern gets that RE2 cannot decide."""


def matches(pattern: Pattern, text: str) -> list[tuple[int, int]] | None:
    """Return where a pattern matches, None if neither `regex` nor RE2 can tell.

    RE2 is asked about texts of ASCII. On others that are ordinary `regex` is the faster one; its
    clock goes faster the more threads there are, so all it may decide is who answers.
    """
    seconds = _SECONDS + len(text) * _SECONDS_PER_CHARACTER
    spans = None
    if text.isascii() and (in_ascii := pattern.in_ascii) is not None:
        spans = in_ascii(text, seconds)
    if spans is None:
        spans = _spans(pattern, text, seconds)
    if spans is None:
        spans = exact_matches(pattern.tree, text)
    if spans is None:
        spans = _spans(pattern, text, seconds * _PATIENCE)
    return spans


def _spans(pattern: Pattern, text: str, seconds: float) -> list[tuple[int, int]] | None:
    """Return the spans of all matches, None if they take longer than that.

    `regex` has a clock for each match, so there is another for all of them.
    """
    deadline = time.perf_counter() + seconds
    spans = []
    try:
        for match in pattern.compiled().finditer(text, timeout=seconds):
            spans.append(match.span())
            if time.perf_counter() > deadline:
                return None
    except TimeoutError:
        return None
    return spans
