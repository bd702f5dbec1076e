"""Personal data of both sorts: what has a shape, and names that a model knows."""

from __future__ import annotations

from collections.abc import Sequence

from guardrail.stages.base import Detector, coverage_of
from guardrail.stages.pii.recognizers import ALWAYS
from guardrail.values import Outcome, Subject


class PiiWithNames:
    """Asks recognizers and a model about the same texts; if one of them fails, both have.

    Recognizers look at the views of a text too, the model at the text alone.
    """

    def __init__(self, shaped: Detector, names: Detector) -> None:
        self._shaped = shaped
        self._names = names

    @property
    def gate(self) -> tuple[str, ...]:
        """Those of the recognizers, so that they get their views, and one that always opens."""
        return (*self._shaped.gate, ALWAYS)

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find personal data in each text."""
        shaped, names = self._shaped.run(subjects), self._names.run(subjects)
        return [_both(*outcomes) for outcomes in zip(shaped, names, strict=True)]

    def coverage(self, subjects: Sequence[Subject]) -> list[float] | None:
        """Return which share of each text the model saw."""
        return coverage_of(self._names, subjects)


def _both(shaped: Outcome, names: Outcome) -> Outcome:
    if isinstance(shaped, tuple) and isinstance(names, tuple):
        return tuple(sorted((*shaped, *names)))
    return names if isinstance(shaped, tuple) else shaped
