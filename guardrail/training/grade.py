"""The graded verdict: how far a reply is from the policy, as a number a trainer can follow.

A verdict alone is yes or no, and a group of replies that are all wrong would teach nothing. The
cost of a reply is 1 - Π (1 - weight of each rule that fired): 0 for a clean reply, near 1 for one
that breaks grave rules, and always less with one broken rule less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guardrail.errors import RecipeError, TrainingError
from guardrail.values import Subject, Verdict

if TYPE_CHECKING:
    from guardrail.runtime.guard import Guard

WEIGHTS: Final = {"low": 0.3, "medium": 0.5, "high": 0.7, "critical": 0.9}
"""What one broken rule costs, by its severity."""

_HARMLESS: Final = ("allow", "flag")


def cost(verdict: Verdict) -> float:
    """Return the cost of a reply, from 0 (clean) towards 1; a flag costs nothing.

    >>> from guardrail.values import Fired, PolicyId
    >>> policy = PolicyId("p", None, "")
    >>> rule = Fired("r", (), "medium", "rewrite", ())
    >>> cost(Verdict("rewrite", "", policy, fired=(rule,)))
    0.5
    >>> round(cost(Verdict("rewrite", "", policy, fired=(rule, rule))), 2)
    0.75
    >>> cost(Verdict("allow", "", policy))
    0.0
    """
    broken = (fired for fired in verdict.fired if fired.action not in _HARMLESS)
    return 1.0 - prod(1.0 - WEIGHTS[fired.severity] for fired in broken)


def is_violation(verdict: Verdict) -> bool:
    """Tell whether the policy would change or stop the reply."""
    return verdict.action not in _HARMLESS


@dataclass(frozen=True)
class Grader:
    """Grades replies by a compiled policy.

    Make one with `Grader.load`; every detector runs, so that every broken rule counts.
    """

    guard: Guard

    @classmethod
    def load(cls, policy: str | Path) -> Grader:
        """Compile a policy to grade replies with.

        Raises:
            PolicyError: with every mistake in the policy.
            RecipeError: it has no rules for replies.
        """
        from guardrail.runtime.guard import Guard

        guard = Guard.load(policy, evaluate_all=True)
        if not guard.has_rules("output"):
            raise RecipeError(
                f"`{policy}` has no rule for replies",
                help="a policy grades replies by its rules `on output`: add one",
            )
        return cls(guard)

    def verdicts(self, replies: Sequence[str], prompts: Iterable[str]) -> list[Verdict]:
        """Return the verdicts on replies to prompts, in order.

        Raises:
            TrainingError: a detector failed: a model must not learn from what nobody looked at.
        """
        pairs = zip(replies, prompts, strict=True)
        verdicts = self.guard.check_batch([Subject(reply, prompt) for reply, prompt in pairs])
        for verdict in verdicts:
            if verdict.errors:
                failed = verdict.errors[0]
                raise TrainingError(
                    f"the detector `{failed.detector}` failed while replies were graded: "
                    f"{failed.error}",
                    help="`guardrail doctor` shows what is missing here",
                )
        return verdicts

    def costs(self, replies: Sequence[str], prompts: Iterable[str]) -> list[float]:
        """Return the costs of replies to prompts, in order; each is in [0, 1)."""
        return [cost(verdict) for verdict in self.verdicts(replies, prompts)]
