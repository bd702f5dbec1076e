"""What a reward model says of replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardrail.training.data.rows import Message
from guardrail.training.lm.chat import tokens_of


def scores(
    model: Any, tokenizer: Any, said: Sequence[tuple[Sequence[Message], str]], batch: int = 64
) -> list[float]:
    """Return one number for each conversation and its reply; higher is better."""
    import torch

    was_training = model.training
    model.eval()
    found: list[float] = []
    try:
        for start in range(0, len(said), batch):
            ids = [tokens_of(tokenizer, *each) for each in said[start : start + batch]]
            given = tokenizer.pad({"input_ids": ids}, return_tensors="pt", padding_side="right")
            with torch.no_grad():
                made = model(
                    input_ids=given["input_ids"].to(model.device),
                    attention_mask=given["attention_mask"].to(model.device),
                )
            found += made.logits[:, 0].tolist()
    finally:
        model.train(was_training)
    return found
