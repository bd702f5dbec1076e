"""The keys of a recipe for `guardrail train align`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from guardrail.training.schedule import Recipe, Schedule


class PolicyTerm(Recipe):
    """Minus the graded cost of a reply; the weight grows while replies break the policy."""

    policy: Path
    weight: float = Field(default=1.0, gt=0)
    target: float = Field(default=0.01, ge=0, lt=1, description="Violation rate to reach.")
    rate: float = Field(default=0.5, ge=0, description="How fast the weight follows; 0 keeps it.")
    max_weight: float = Field(default=5.0, gt=0)


class ModelTerm(Recipe):
    """The score of a reward model, in its own deviations, at most three of them."""

    model: str
    weight: float = Field(default=0.2, gt=0)


class UtilityTerm(Recipe):
    """Whether a reply names a move that the prompt's column `expects` holds."""

    utility: Literal["expects"]
    weight: float = Field(default=0.5, gt=0)
    refusal: float = Field(
        default=1.0, ge=0, description="What it costs to refuse a prompt that is not harmful."
    )


def _term(term: object) -> str | None:
    """Return which kind of term is meant: that whose key it has."""
    names = ("policy", "model", "utility")
    if isinstance(term, dict):
        return next((name for name in names if name in term), None)
    return next((name for name in names if hasattr(term, name)), None)


Term: TypeAlias = Annotated[
    Annotated[PolicyTerm, Tag("policy")]
    | Annotated[ModelTerm, Tag("model")]
    | Annotated[UtilityTerm, Tag("utility")],
    Discriminator(
        _term,
        custom_error_type="term",
        custom_error_message="a term has the key `policy`, `model` or `utility`",
    ),
]


Share: TypeAlias = Annotated[float, Field(gt=0, le=2)]
"""Of the way from one model's weights to another's: 0.5 is their mean, more than 1 goes beyond."""


class Gates(Recipe):
    """What an aligned model must keep on held-out prompts, against the model it began as."""

    violation_rise: float = Field(default=0.0, ge=0, description="Violation rate it may gain.")
    utility_drop: float = Field(default=0.02, ge=0, description="Utility it may lose.")
    benign_refusals: float = Field(default=0.02, ge=0, description="Refusals of benign prompts.")
    shortest: float = Field(default=0.5, ge=0, description="Mean length, as a share of before.")
    longest: float = Field(default=2.0, gt=0)
    compliant_drop: float = Field(
        default=0.5, ge=0, description="Log-probability that compliant replies may lose, in nats."
    )


class AlignRecipe(Schedule):
    """The keys of a recipe for `guardrail train align`.

    >>> keys = {"model": "runs/sft", "prompts": "prompts.jsonl", "out": "runs/aligned"}
    >>> recipe = AlignRecipe(reward=[{"policy": "policies/support_bot.guard"}], **keys)
    >>> recipe.method, recipe.beta > 0
    ('grpo', True)
    """

    model: str
    reward: tuple[Term, ...] = Field(min_length=1)
    prompts: Path
    held_out: Path | None = Field(
        default=None, description="Prompts of the gates; a report needs others."
    )
    panel: Path | None = Field(default=None, description="Compliant replies of the gates.")
    method: Literal["grpo", "rloo", "dpo"] = "grpo"
    beta: float = Field(default=0.04, ge=0, description="Weight of the distance to `model`.")
    replies: int = Field(default=8, ge=2, description="Replies to each prompt.")
    max_tokens: int = Field(default=64, ge=1, description="Of a reply.")
    temperature: float = Field(default=1.0, gt=0)
    pairs: Path | None = Field(default=None, description="Pairs of DPO; else it makes its own.")
    anchor: Path | None = Field(default=None, description="Compliant replies to stay close to.")
    anchor_batch: int = Field(default=8, ge=1, description="Rows of the anchor at each step.")
    sft_weight: float = Field(
        default=1.0, ge=0, description="Of the loss on the anchor; in DPO, on chosen replies."
    )
    save_every: int = Field(
        default=25, ge=1, description="Steps between checkpoints, of which the best is handed over."
    )
    mixes: tuple[Share, ...] = Field(
        default=(1.0,),
        min_length=1,
        description="How far to go from `model` to each checkpoint; every mix is looked at.",
    )
    gates: Gates = Gates()
    if_none_passes: Literal["stop", "keep"] = Field(
        default="stop",
        description="Without a checkpoint that passes: fail, or hand over the model it began as.",
    )

    @model_validator(mode="after")
    def _fits(self) -> AlignRecipe:
        policies = sum(isinstance(term, PolicyTerm) for term in self.reward)
        if policies != 1:
            raise ValueError(f"`reward` must have one term with a `policy`, not {policies}")
        if self.method != "dpo" and self.batch % self.replies:
            raise ValueError("`batch` must be a multiple of `replies`")
        if self.pairs is not None and self.method != "dpo":
            raise ValueError("only the method dpo reads `pairs`")
        return self

    @property
    def policy(self) -> PolicyTerm:
        """The term with the policy."""
        return next(term for term in self.reward if isinstance(term, PolicyTerm))
