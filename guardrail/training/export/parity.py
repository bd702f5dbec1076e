"""Whether a graph answers like the model it came from: logits, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from guardrail.generation.generator import Generator
from guardrail.training.data.rows import Message
from guardrail.training.lm.chat import tokens_of


@dataclass(frozen=True)
class Parity:
    """How an exported language model compares with torch on prompts."""

    prompts: int
    logits: float
    """Largest difference of a logit, over prompts and greedy replies."""
    same_tokens: float
    """Share of positions at which both find the same token likeliest, given the same text."""
    same_replies: float
    """Share of prompts with the same greedy reply."""

    def record(self) -> dict[str, float]:
        """Return the figures as plain data."""
        return {name: float(value) for name, value in asdict(self).items()}


def lm_parity(
    lm: Any,
    tokenizer: Any,
    generator: Generator,
    prompts: Sequence[Sequence[Message]],
    max_tokens: int,
) -> Parity:
    """Return how a generator compares with the model, prompt by prompt."""
    greedy = generator.with_sampling(max_tokens=max_tokens, temperature=0.0)
    largest, same, tokens, replies = 0.0, 0, 0, 0
    for messages in prompts:
        prompt = tokens_of(tokenizer, messages)
        whole, said = _greedy(lm, tokenizer, prompt, max_tokens)
        expected, found = _logits(lm, whole), _run(generator, whole)
        largest = max(largest, float(abs(expected - found).max()))
        likeliest = expected.argmax(-1) == found.argmax(-1)
        same, tokens = same + int(likeliest.sum()), tokens + len(likeliest)
        replies += greedy([{**each} for each in messages]) == said
    return Parity(len(prompts), largest, same / tokens, replies / len(prompts))


def scorer_parity(model: Any, session: Any, rows: Sequence[Sequence[int]]) -> float:
    """Return the largest difference of a score between torch and a graph."""
    import numpy as np
    import torch

    largest = 0.0
    name = session.get_outputs()[0].name
    for ids in rows:
        given = np.array([ids], dtype=np.int64)
        mask = np.ones_like(given)
        (found,) = session.run([name], {"input_ids": given, "attention_mask": mask})
        with torch.no_grad():
            expected = model(
                input_ids=torch.from_numpy(given), attention_mask=torch.from_numpy(mask)
            ).logits.numpy()
        largest = max(largest, float(abs(expected - found).max()))
    return largest


def _greedy(lm: Any, tokenizer: Any, prompt: list[int], max_tokens: int) -> tuple[list[int], str]:
    """Return torch's greedy reply: all tokens with those of the prompt, and the text."""
    import torch

    given = torch.tensor([prompt])
    with torch.no_grad():
        made = lm.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            max_new_tokens=max_tokens,
            do_sample=False,
            pad_token_id=tokenizer.pad_token_id,
        )[0].tolist()
    return made, tokenizer.decode(made[len(prompt) :], skip_special_tokens=True)


def _logits(lm: Any, ids: list[int]) -> Any:
    import torch

    given = torch.tensor([ids])
    with torch.no_grad():
        made = lm(input_ids=given, attention_mask=torch.ones_like(given))
    return made.logits[0].float().numpy()


def _run(generator: Generator, ids: list[int]) -> Any:
    """Return the graph's logits, the first half of the tokens read at once, the rest one by one."""
    import numpy as np

    given = np.array([ids], dtype=np.int64)
    mask = np.ones_like(given)
    cache, half = generator.session.begin(1), max(1, len(ids) // 2)
    parts = [cache.feed(given[:, :half], mask[:, :half])[0]]
    parts += [
        cache.feed(given[:, at : at + 1], mask[:, : at + 1])[0] for at in range(half, len(ids))
    ]
    return np.concatenate(parts)
