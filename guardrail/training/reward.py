"""`guardrail train reward`: a model that says which of two replies is the better one.

It learns from pairs people ordered, and from pairs the policy orders: of the replies to one prompt,
one that breaks fewer or lighter rules is better. A part of the pairs is held out; on it the model
stands beside two that know no language: the longer reply, and words without order.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from pydantic import Field, model_validator

from guardrail.errors import RecipeError
from guardrail.training import baselines, plots, trainer
from guardrail.training.data.rows import Row, read_rows
from guardrail.training.grade import Grader
from guardrail.training.lm import chat, load
from guardrail.training.lm.score import scores
from guardrail.training.run import Run, make_ready
from guardrail.training.schedule import Recipe, Schedule
from guardrail.training.trainer import Say


class PolicyPairs(Recipe):
    """Pairs that a policy orders: replies to one prompt whose costs differ by a margin."""

    policy: Path
    replies: Path
    margin: float = Field(default=0.2, gt=0, lt=1)


class RewardRecipe(Schedule):
    """The keys of a recipe for `guardrail train reward`.

    >>> RewardRecipe(model="runs/sft", data="pairs.jsonl", out="runs/reward").held_out
    0.1
    """

    model: str
    data: Path | None = None
    derive: PolicyPairs | None = None
    held_out: float = Field(default=0.1, gt=0, lt=1, description="Share of prompts kept apart.")

    @model_validator(mode="after")
    def _has_pairs(self) -> RewardRecipe:
        if self.data is None and self.derive is None:
            raise ValueError("name pairs as `data`, or let a policy `derive` them")
        return self


def train_reward(recipe: RewardRecipe, *, resume: bool = False, say: Say = print) -> Path:
    """Train a reward model on pairs; return the folder it was written to.

    Raises:
        RecipeError: data, model or folder cannot be used.
        TrainingError: the loss is not a number.
    """
    make_ready("training", recipe.seed)
    rows = pairs_of(recipe)
    learned, kept = split(rows, recipe.held_out, recipe.seed)
    tokenizer = load.load_tokenizer(recipe.model)
    model = load.load_scorer(recipe.model, tokenizer)
    chat.check_lengths(rows, tokenizer, load.context_of(model), recipe.data or "derived pairs")
    run = Run.begin(recipe, "train reward", resume=resume)
    teacher = _trainer(recipe, run, learned, model, tokenizer, say)
    trainer.fit(teacher, run, resume=resume)
    scorer = trainer.merged(teacher.model)
    load.save(run.path, scorer, tokenizer)
    figures = _figures(scorer, tokenizer, learned, kept)
    plots.lines(run.path / "loss.png", run.rows(), ("loss", "accuracy"), title="Reward model")
    run.finish({"pairs": len(learned), "held_out": len(kept), **figures})
    say(_summary(figures))
    return run.path


def pairs_of(recipe: RewardRecipe) -> list[Row]:
    """Return the pairs of a recipe: those of its data, and those that its policy orders."""
    rows = read_rows(recipe.data, "preferences") if recipe.data else []
    derive = recipe.derive
    if derive is not None:
        found = list(policy_pairs(read_rows(derive.replies, "sft"), derive))
        if not found:
            raise RecipeError(
                f"`{derive.policy}` orders no two replies in `{derive.replies}`",
                help="it takes replies to the same prompt, of which one breaks a rule",
            )
        rows += found
    return rows


def policy_pairs(rows: Sequence[Row], derive: PolicyPairs) -> Iterator[Row]:
    """Yield the best against the worst reply to each prompt, by the policy's cost."""
    grader = Grader.load(derive.policy)
    costs = grader.costs([row.response or "" for row in rows], [row.prompt for row in rows])
    answers: dict[str, list[tuple[float, Row]]] = defaultdict(list)
    for row, price in zip(rows, costs, strict=True):
        answers[row.prompt].append((price, row))
    for graded in answers.values():
        low, best = min(graded, key=lambda each: each[0])
        high, worst = max(graded, key=lambda each: each[0])
        if high - low >= derive.margin:
            yield replace(best, response=None, chosen=best.response, rejected=worst.response)


def split(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Part rows by prompt, so that no prompt is on both sides.

    Raises:
        RecipeError: one side would be empty.
    """
    prompts = sorted({row.prompt for row in rows})
    random.Random(seed).shuffle(prompts)  # noqa: S311 - a split, no secret
    kept = set(prompts[: max(1, round(len(prompts) * share))])
    sides = (
        [row for row in rows if row.prompt not in kept],
        [row for row in rows if row.prompt in kept],
    )
    if not sides[0]:
        raise RecipeError(
            "all pairs have one prompt, so none can be held out",
            help="give pairs of at least two prompts",
        )
    return sides


def _trainer(
    recipe: RewardRecipe, run: Run, rows: Sequence[Row], model: Any, tokenizer: Any, say: Say
) -> Any:
    from datasets import Dataset
    from trl import RewardConfig, RewardTrainer

    return RewardTrainer(
        model=model,
        args=RewardConfig(
            **trainer.arguments(recipe, run),
            center_rewards_coefficient=0.01,
            max_length=load.context_of(model),
        ),
        train_dataset=Dataset.from_list(chat.pair_records(rows)),
        processing_class=tokenizer,
        peft_config=recipe.lora.config("SEQ_CLS") if recipe.lora else None,
        callbacks=[trainer.observer(run, recipe.steps, say)],
    )


def _figures(
    model: Any, tokenizer: Any, learned: Sequence[Row], kept: Sequence[Row]
) -> dict[str, float]:
    """Return accuracies on held-out pairs, calibration, and the scale of the scores."""
    sides = [
        scores(model, tokenizer, [(row.messages, getattr(row, name) or "") for row in kept])
        for name in ("chosen", "rejected")
    ]
    margins = [good - bad for good, bad in zip(*sides, strict=True)]
    every = [*sides[0], *sides[1]]
    return {
        "accuracy": fmean(margin > 0 for margin in margins),
        "length_accuracy": baselines.length_accuracy(learned, kept),
        "words_accuracy": baselines.words_accuracy(learned, kept),
        "calibration_error": baselines.calibration_error(margins),
        "mean": fmean(every),
        "deviation": pstdev(every) or 1.0,
    }


def _summary(figures: dict[str, float]) -> str:
    names = ("accuracy", "length_accuracy", "words_accuracy", "calibration_error")
    return "held-out pairs: " + "  ".join(f"{name} {figures[name]:.3f}" for name in names)
