"""The first look at a text: one scan, which alone decides nearly all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TypeAlias

from guardrail.stages.rules.scan import Scanner
from guardrail.values import Verdict

Glance: TypeAlias = Callable[[str, str | None, float], Verdict | Sequence[int]]
"""Looks at a text and a prompt, for a check that began at a time of `perf_counter`.

It gives the verdict if nothing is found and nothing else is to be asked; otherwise what the scan
has seen, for `Pipeline.observe`.
"""

GlanceAtAll: TypeAlias = Callable[[Sequence[str]], list[Verdict] | None]
"""Looks at several texts at once: gives their verdicts if that decides all of them, else None."""


def glance_of(
    quiet: Verdict | None, scanner: Scanner, rest: Callable[[str, str | None], bool] | None
) -> Glance:
    """Return the first look of a pipeline at one text.

    `quiet` is the verdict on a text in which nothing is found, None if that does not decide it.
    `rest` says whether nothing is found in what `scanner` does not look at, which is the prompt and
    the sentences; None if there is nothing else.
    """
    if quiet is None or scanner.is_never_quiet:
        return lambda _text, _prompt, _started: ()
    candidates, unless_quiet, verdict = scanner.candidates, scanner.unless_quiet, _like(quiet)

    def glance(text: str, prompt: str | None, started: float) -> Verdict | Sequence[int]:
        ids = candidates(text)
        if len(ids) > 1 and (seen := unless_quiet(text, ids)) is not None:
            return seen
        if rest is not None and not rest(text, prompt):
            return ()
        return verdict(text, (perf_counter() - started) * 1000)

    return glance


def glance_at_all_of(
    quiet: Verdict | None, scanner: Scanner, rest: Callable[[str, str | None], bool] | None
) -> GlanceAtAll:
    """Return the first look of a pipeline at several texts; the arguments are as in `glance_of`."""
    if quiet is None or rest is not None or scanner.is_never_quiet:
        return lambda _texts: None
    verdict = _like(quiet)

    def glance_at_all(texts: Sequence[str]) -> list[Verdict] | None:
        started = perf_counter()
        if not scanner.are_quiet(texts):
            return None
        each_ms = (perf_counter() - started) * 1000 / len(texts)
        return [verdict(text, each_ms) for text in texts]

    return glance_at_all


def _like(quiet: Verdict) -> Callable[[str, float], Verdict]:
    """Return a function that gives the same verdict on a text, with the time that it took."""
    # Nearly every check ends here, so what stays the same is looked up once.
    action, policy, fired, signals = quiet.action, quiet.policy, quiet.fired, quiet.signals
    escalations, skipped = quiet.escalations, quiet.skipped

    def verdict(text: str, ms: float) -> Verdict:
        # By position: an argument costs a third of one by name.
        return Verdict(
            action,
            text,
            policy,
            False,
            None,
            fired,
            (),
            escalations,
            skipped,
            (),
            None if signals is None else dict(signals),
            None,
            ms,
        )

    return verdict
