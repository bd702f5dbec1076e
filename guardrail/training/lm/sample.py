"""What a model says: replies sampled or greedy, in batches, on whatever device it is on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from guardrail.training.data.rows import Message
from guardrail.training.lm.chat import tokens_of


def sample(
    lm: Any,
    tokenizer: Any,
    prompts: Sequence[Sequence[Message]],
    *,
    seed: int,
    max_tokens: int,
    temperature: float = 1.0,
    batch: int = 64,
) -> list[str]:
    """Return one reply for each conversation; `temperature=0` takes the likeliest token."""
    import torch

    torch.manual_seed(seed)
    was_training = lm.training
    lm.eval()
    said: list[str] = []
    try:
        for start in range(0, len(prompts), batch):
            said += _batch(lm, tokenizer, prompts[start : start + batch], max_tokens, temperature)
    finally:
        lm.train(was_training)
    return said


def _batch(
    lm: Any,
    tokenizer: Any,
    prompts: Sequence[Sequence[Message]],
    max_tokens: int,
    temperature: float,
) -> Iterator[str]:
    import torch

    ids = [tokens_of(tokenizer, messages) for messages in prompts]
    given = tokenizer.pad({"input_ids": ids}, return_tensors="pt").to(lm.device)
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {}
    with torch.no_grad():
        made = lm.generate(
            input_ids=given["input_ids"],
            attention_mask=given["attention_mask"],
            max_new_tokens=max_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **(sampling or {"do_sample": False}),
        )
    width = given["input_ids"].shape[1]
    for row in made[:, width:]:
        yield tokenizer.decode(row, skip_special_tokens=True)
