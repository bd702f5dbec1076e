"""The weight of the policy term: a Lagrange multiplier that follows the violation rate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from guardrail.training.align.recipe import PolicyTerm

_FILE: Final = "multiplier.json"


@dataclass
class Multiplier:
    """Rises while replies break the policy more often than the target, else it falls slowly.

    It never falls under the weight it began with: an optimiser that reached the target is not
    paid for going back.

    >>> multiplier = Multiplier(PolicyTerm(policy="p.guard", weight=1, target=0.1, rate=0.5))
    >>> multiplier.update(0.5), multiplier.update(0.0)
    (1.2, 1.15)
    """

    term: PolicyTerm
    value: float = 0.0

    def __post_init__(self) -> None:
        self.value = self.value or self.term.weight

    def update(self, violations: float) -> float:
        """Take in the violation rate of one batch; return the new weight."""
        term = self.term
        value = self.value + term.rate * (violations - term.target)
        self.value = min(max(value, term.weight), max(term.max_weight, term.weight))
        return self.value

    def save(self, checkpoint: Path) -> None:
        """Keep the weight beside a checkpoint."""
        (checkpoint / _FILE).write_text(json.dumps(self.value), "utf-8")

    def load(self, checkpoint: Path) -> None:
        """Take the weight from a checkpoint."""
        file = checkpoint / _FILE
        if file.is_file():
            self.value = float(json.loads(file.read_text("utf-8")))
