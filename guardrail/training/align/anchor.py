"""Keeps a model close to compliant replies while it is rewarded.

What is rewarded becomes likely, and of all compliant ways to say a thing soon one is left. The loss
on a file of compliant replies, beside that of the reward, keeps the others: what InstructGPT calls
PPO-ptx.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from guardrail.training.align.recipe import AlignRecipe
from guardrail.training.data.rows import Row, read_rows
from guardrail.training.lm.chat import tokens_of

_IGNORED = -100


def anchored(kind: Any, recipe: AlignRecipe, tokenizer: Any) -> Any:
    """Return a kind of trainer whose loss has a term for the anchor of a recipe."""
    if recipe.anchor is None:
        return kind
    rows = read_rows(recipe.anchor, "sft")
    batches = _batches(rows, tokenizer, recipe.anchor_batch, recipe.seed)

    class Anchored(kind):  # type: ignore[misc]
        """A trainer with one more term in its loss."""

        def compute_loss(self, model: Any, inputs: Any, **given: Any) -> Any:
            loss = super().compute_loss(model, inputs, **given)
            batch = {name: tensor.to(loss.device) for name, tensor in next(batches).items()}
            extra = model(**batch).loss
            self._metrics["train"]["anchor_loss"].append(float(extra.detach()))
            return loss + recipe.sft_weight * extra

    return Anchored


def _batches(rows: Sequence[Row], tokenizer: Any, size: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield batches of tokens, mask and labels without end; only replies have labels."""
    order = random.Random(seed)  # noqa: S311 - an order, no secret
    while True:
        yield _batch(order.choices(rows, k=size), tokenizer)


def _batch(rows: Sequence[Row], tokenizer: Any) -> dict[str, Any]:
    import torch

    ids = [tokens_of(tokenizer, row.messages, row.response) for row in rows]
    given = tokenizer.pad({"input_ids": ids}, return_tensors="pt", padding_side="right")
    places = torch.arange(given["input_ids"].shape[1])
    starts = torch.tensor([len(tokens_of(tokenizer, row.messages)) for row in rows])
    is_reply = (places >= starts[:, None]) & given["attention_mask"].bool()
    labels = given["input_ids"].masked_fill(~is_reply, _IGNORED)
    return {**given, "labels": labels}
