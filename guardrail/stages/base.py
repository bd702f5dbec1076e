"""What a stage of detectors is: something that looks at texts and says what it saw.

A stage decides nothing. It takes a batch of subjects and returns one outcome for each; a failure
is an outcome too, made by the pipeline from the exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from guardrail.text.syntax import Node
from guardrail.values import Outcome, Subject


class Detector(Protocol):
    """A detector that has been built for one policy.

    `gate` holds RE2 expressions; when none of them occurs in the text (compared by a widened scan
    that never misses) the detector is known to find nothing and is not run. An empty gate means
    that it always runs when it is asked.
    """

    @property
    def gate(self) -> tuple[str, ...]:
        """RE2 expressions that every finding must contain one of."""
        ...

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Look at each subject; one outcome each, in order. May raise: the pipeline catches."""
        ...


def coverage_of(detector: object, subjects: Sequence[Subject]) -> list[float] | None:
    """Return which share of each text a detector saw, from 0 to 1; None if it does not say.

    It is asked right after `run`, by the same thread and about the same subjects.
    """
    coverage = getattr(detector, "coverage", None)
    return coverage(subjects) if callable(coverage) else None


def claims_of(detector: object) -> tuple[str | Node, ...] | None:
    """Return the RE2 expressions, or trees, in a match of which every finding of a detector lies.

    All that decides about a finding and stands behind its beginning lies in the match too. None,
    which is what a detector says that says nothing: a finding may depend on all of the text.
    """
    claims = getattr(detector, "claims", None)
    return claims if isinstance(claims, tuple) else None


@runtime_checkable
class Growing(Protocol):
    """A detector that tells itself where its findings begin, beside its claims, if it has any.

    Those of one may depend on the system prompt; those of another begin with characters beyond
    ASCII, which claims do not tell apart.
    """

    def earliest(self, text: str, system: str | None) -> int:
        """Return the earliest place at which a finding may have begun that can still grow.

        It is the length of the text if there is none. What stands before that place is settled.
        """
        ...
