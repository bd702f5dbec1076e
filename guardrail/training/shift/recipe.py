"""The keys of a recipe for `guardrail shift`, and the run."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from guardrail.errors import RecipeError
from guardrail.training.grade import Grader
from guardrail.training.lm import load
from guardrail.training.run import make_ready
from guardrail.training.schedule import Recipe
from guardrail.training.shift import report
from guardrail.training.shift.compare import Locate, Models, Shift, compare
from guardrail.training.shift.panel import read_panel


class ShiftRecipe(Recipe):
    """The keys of a recipe for `guardrail shift`.

    >>> ShiftRecipe(before="runs/sft", after="runs/dpo", panel="p.jsonl", out="runs/shift").limit
    1.0
    """

    before: str
    after: str
    panel: Path
    out: Path
    policy: Path | None = Field(default=None, description="Says where a reply breaks it first.")
    openings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    next_tokens: tuple[str, ...] = Field(default=(), description="Prompts to look behind.")
    limit: float = Field(default=1.0, ge=0, description="Nats that compliant replies may lose.")


def measure_shift(recipe: ShiftRecipe) -> Shift:
    """Compare two models on a panel and write the report.

    Raises:
        RecipeError: a model or the panel cannot be used, or the models have other tokens.
    """
    make_ready("comparing models", 0)
    panel = read_panel(recipe.panel)
    before, tokenizer = load.load_lm(recipe.before)
    after, other = load.load_lm(recipe.after)
    if tokenizer.get_vocab() != other.get_vocab():
        raise RecipeError(
            f"`{recipe.before}` and `{recipe.after}` have different tokens",
            help="compare a model with one that was trained from it",
        )
    found = compare(
        Models(before.eval(), after.eval(), tokenizer),
        panel,
        _locator(recipe.policy),
        openings=recipe.openings,
        prompts=recipe.next_tokens,
        limit=recipe.limit,
    )
    report.write(found, recipe.out)
    return found


def _locator(policy: Path | None) -> Locate:
    """Return where a reply first breaks a policy; its first character where no place is known."""
    if policy is None:
        return lambda _prompt, _reply: 0
    grader = Grader.load(policy)

    def locate(prompt: str, reply: str) -> int:
        (verdict,) = grader.verdicts([reply], [prompt])
        return min((span.start for fired in verdict.fired for span in fired.spans), default=0)

    return locate
