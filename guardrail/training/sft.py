"""`guardrail train sft`: a model learns to reply like the rows of a file.

Only the assistant's words count in the loss, unless `learn: everything` is asked for: that is for
a model from scratch, which has to learn what people write, too.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Discriminator, Tag

from guardrail.training import plots, trainer
from guardrail.training.data.rows import Row, read_rows
from guardrail.training.lm import chat, load
from guardrail.training.lm.tiny import Tiny, build
from guardrail.training.run import Run, make_ready
from guardrail.training.schedule import Recipe, Schedule
from guardrail.training.trainer import Say

_POOL: Final = 50
"""Batches among which records of like lengths are sought."""


class FromScratch(Recipe):
    """A model without weights yet."""

    tiny: Tiny = Tiny()


def _kind(model: object) -> str:
    """Return which of the two kinds of models is meant, for the message if it is wrong."""
    return "name" if isinstance(model, str) else "tiny"


Model: TypeAlias = Annotated[
    Annotated[str, Tag("name")] | Annotated[FromScratch, Tag("tiny")], Discriminator(_kind)
]
"""A folder, a name in the local cache of the hub, or a size to begin from nothing."""


class SftRecipe(Schedule):
    """The keys of a recipe for `guardrail train sft`.

    >>> SftRecipe(model="runs/base", data="data/sft.jsonl", out="runs/sft").learn
    'replies'
    """

    model: Model
    data: Path
    learn: Literal["replies", "everything"] = "replies"


def train_sft(recipe: SftRecipe, *, resume: bool = False, say: Say = print) -> Path:
    """Train a model on replies; return the folder it was written to.

    Raises:
        RecipeError: data, model or folder cannot be used.
        TrainingError: the loss is not a number.
        MissingExtraError: the extra `train` is not installed.
    """
    make_ready("training", recipe.seed)
    rows = read_rows(recipe.data, "sft")
    lm, tokenizer = _model(recipe, rows)
    chat.check_lengths(rows, tokenizer, load.context_of(lm), recipe.data)
    run = Run.begin(recipe, "train sft", resume=resume)
    teacher = _trainer(recipe, run, rows, lm, tokenizer, say)
    trainer.fit(teacher, run, resume=resume)
    load.save(run.path, trainer.merged(teacher.model), tokenizer)
    log = run.rows()
    plots.lines(run.path / "loss.png", log, ("loss",), title="Loss")
    run.finish({"rows": len(rows), "loss": log[-1]["loss"] if log else None})
    return run.path


def _model(recipe: SftRecipe, rows: list[Row]) -> tuple[Any, Any]:
    if isinstance(recipe.model, str):
        return load.load_lm(recipe.model)
    texts = (text for row in rows for text in (row.prompt, *row.replies))
    return build(recipe.model.tiny, texts, recipe.seed)


def _trainer(
    recipe: SftRecipe, run: Run, rows: list[Row], lm: Any, tokenizer: Any, say: Say
) -> Any:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    return SFTTrainer(
        model=lm,
        args=SFTConfig(
            **trainer.arguments(recipe, run),
            completion_only_loss=recipe.learn == "replies",
            max_length=load.context_of(lm),
            train_sampling_strategy="sequential",
        ),
        train_dataset=Dataset.from_list(in_order(chat.sft_records(rows), recipe)),
        processing_class=tokenizer,
        peft_config=recipe.lora.config("CAUSAL_LM") if recipe.lora else None,
        callbacks=[trainer.observer(run, recipe.steps, say)],
    )


def in_order(records: Sequence[dict[str, Any]], recipe: SftRecipe) -> list[dict[str, Any]]:
    """Return the records of every step, one after the other.

    Each batch holds records of like lengths, which saves a third of the work on padding. The order
    comes from the seed alone, so a resumed run sees what it would have seen.
    """
    draw = random.Random(recipe.seed)  # noqa: S311 - an order, no secret
    wanted, pool = recipe.steps * recipe.batch, _POOL * recipe.batch
    enough = list(records) * -(-recipe.batch // len(records))
    found: list[dict[str, Any]] = []
    while len(found) < wanted:
        draw.shuffle(enough)
        even = enough[: len(enough) // recipe.batch * recipe.batch]
        pools = [sorted(even[at : at + pool], key=_length) for at in range(0, len(even), pool)]
        batches = [
            each[at : at + recipe.batch]
            for each in pools
            for at in range(0, len(each), recipe.batch)
        ]
        draw.shuffle(batches)
        found += [record for batch in batches for record in batch]
    return found[:wanted]


def _length(record: dict[str, Any]) -> int:
    return sum(len(each["content"]) for part in record.values() for each in part)
