"""What a reply is worth: minus its cost under the policy, plus what else the recipe names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.training.align.multiplier import Multiplier
from guardrail.training.align.recipe import AlignRecipe, ModelTerm, UtilityTerm
from guardrail.training.conduct import is_benign, is_refusal, utility
from guardrail.training.data.rows import Row
from guardrail.training.grade import Grader, cost, is_violation

Metric = Callable[[str, float], None]
_MOST_DEVIATIONS: Final = 3.0


@dataclass
class Scored:
    """What replies are worth, and the parts of it; all lists are in the order of the replies."""

    total: list[float]
    costs: list[float]
    violations: float
    """Share of replies that break the policy."""
    parts: dict[str, float]
    """Means by name, for the log."""


@dataclass
class Reward:
    """The reward of a recipe; make one with `Reward.load`."""

    recipe: AlignRecipe
    grader: Grader
    multiplier: Multiplier
    models: list[tuple[ModelTerm, _Scorer]] = field(default_factory=list)

    @classmethod
    def load(cls, recipe: AlignRecipe) -> Reward:
        """Compile the policy and load the reward models of a recipe.

        Raises:
            PolicyError: with every mistake in the policy.
            RecipeError: a reward model is not there.
        """
        models = [
            (term, _Scorer.load(term.model))
            for term in recipe.reward
            if isinstance(term, ModelTerm)
        ]
        grader = Grader.load(recipe.policy.policy)
        return cls(recipe, grader, Multiplier(recipe.policy), models)

    def score(self, rows: Sequence[Row], replies: Sequence[str]) -> Scored:
        """Return what replies to the prompts of rows are worth."""
        verdicts = self.grader.verdicts(replies, [row.prompt for row in rows])
        costs = [cost(verdict) for verdict in verdicts]
        total = [-self.multiplier.value * each for each in costs]
        parts = {"cost": fmean(costs)}
        for term in self.recipe.reward:
            if isinstance(term, UtilityTerm):
                useful = [utility(row, reply) for row, reply in zip(rows, replies, strict=True)]
                worth = [
                    (each or 0.0) - term.refusal * (is_benign(row) and is_refusal(reply))
                    for each, row, reply in zip(useful, rows, replies, strict=True)
                ]
                _add(total, term.weight, worth)
                known = [each for each in useful if each is not None]
                parts["utility"] = fmean(known) if known else 0.0
        for model_term, scorer in self.models:
            scaled = scorer.scaled(rows, replies)
            _add(total, model_term.weight, scaled)
            parts["reward_model"] = fmean(scaled)
        violations = fmean(is_violation(verdict) for verdict in verdicts)
        benign = [
            is_refusal(reply) for row, reply in zip(rows, replies, strict=True) if is_benign(row)
        ]
        parts |= {
            "violations": violations,
            "benign_refusals": fmean(benign) if benign else 0.0,
            "words": fmean(len(reply.split()) for reply in replies),
        }
        return Scored(total, costs, violations, parts)

    def for_trainer(self, rows: Sequence[Row]) -> Callable[..., list[float]]:
        """Return the reward as trainers of TRL call it; the column `row` numbers the prompts.

        Each call moves the multiplier.
        """

        def policy_reward(
            completions: Sequence[Sequence[Mapping[str, str]]],
            row: Sequence[int],
            log_metric: Metric,
            **_others: Any,
        ) -> list[float]:
            replies = [completion[0]["content"] for completion in completions]
            scored = self.score([rows[at] for at in row], replies)
            for name, value in scored.parts.items():
                log_metric(name, value)
            log_metric("policy_weight", self.multiplier.value)
            self.multiplier.update(scored.violations)
            return scored.total

        return policy_reward


@dataclass
class _Scorer:
    """A reward model with the scale of its scores on held-out replies."""

    model: Any
    tokenizer: Any
    mean: float
    deviation: float

    @classmethod
    def load(cls, folder: str) -> _Scorer:
        from guardrail.training.lm import load

        try:
            figures = json.loads((Path(folder) / "run.json").read_text("utf-8"))["figures"]
            mean, deviation = float(figures["mean"]), float(figures["deviation"])
        except (OSError, ValueError, LookupError):
            raise RecipeError(
                f"`{folder}` holds no finished reward model",
                help="`guardrail train reward` makes one",
            ) from None
        tokenizer = load.load_tokenizer(folder)
        return cls(load.load_scorer(folder, tokenizer), tokenizer, mean, deviation)

    def scaled(self, rows: Sequence[Row], replies: Sequence[str]) -> list[float]:
        from guardrail.training.lm.score import scores

        said = [(row.messages, reply) for row, reply in zip(rows, replies, strict=True)]
        raw = scores(self.model, self.tokenizer, said)
        return [_clipped((each - self.mean) / self.deviation) for each in raw]


def _clipped(value: float) -> float:
    return max(-_MOST_DEVIATIONS, min(_MOST_DEVIATIONS, value))


def _add(total: list[float], weight: float, values: Sequence[float]) -> None:
    for at, value in enumerate(values):
        total[at] += weight * value
