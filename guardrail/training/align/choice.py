"""Which model a run hands over: of the checkpoints that keep the gates, the best by the policy.

What is rewarded can be had at the cost of something else, and often is towards the end of a run. So
every checkpoint is looked at, on the prompts of the gates; a report needs others, because
the best of several is always somewhat lucky on the prompts it was chosen by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from guardrail.training.align.gates import failures
from guardrail.training.align.recipe import Gates
from guardrail.training.conduct import Conduct


@dataclass(frozen=True)
class Seen:
    """How a model behaves on the prompts of the gates, after some steps."""

    step: int
    conduct: Conduct
    compliant: float | None
    """Mean log-probability of compliant replies, in nats; None without a panel."""
    mix: float = 1.0
    """How much of the way from the model it began as to the checkpoint was gone."""

    def record(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        figures = {**self.conduct.record(), "compliant_logprob": self.compliant}
        return {"step": self.step, "mix": self.mix, **figures}

    def failed(self, gates: Gates, before: Seen) -> list[str]:
        """Return in words which gates it does not pass, against the model it began as."""
        compliant = None
        if before.compliant is not None and self.compliant is not None:
            compliant = before.compliant, self.compliant
        return failures(gates, before.conduct, self.conduct, compliant)


def best(gates: Gates, before: Seen, after: Sequence[Seen]) -> Seen | None:
    """Return the checkpoint with the fewest violations of those that pass; None if none does.

    Of equals it is the one with the lower mean cost, then the more useful one, then the earlier,
    then the one nearer to the model it began as.
    """
    passed = [each for each in after if not each.failed(gates, before)]
    return min(passed, key=_order, default=None)


def _order(seen: Seen) -> tuple[float, float, float, int, float]:
    conduct = seen.conduct
    return conduct.violations, conduct.cost, -(conduct.utility or 0.0), seen.step, seen.mix
