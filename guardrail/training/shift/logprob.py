"""How likely a model finds a reply, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from guardrail.training.data.rows import Message
from guardrail.training.lm.chat import tokens_of


def token_logprobs(
    lm: Any, tokenizer: Any, messages: Sequence[Message], reply: str
) -> tuple[list[int], Any]:
    """Return the tokens of a reply and the model's log-probabilities at each of them.

    Returns:
        The token ids, end token included (n), and a tensor of log-probabilities over the
        vocabulary, in nats (n × vocabulary).
    """
    import torch

    start = len(tokens_of(tokenizer, messages))
    ids = tokens_of(tokenizer, messages, reply)
    with torch.no_grad():
        given = torch.tensor([ids], device=lm.device)
        logits = lm(input_ids=given, attention_mask=torch.ones_like(given)).logits[0]
    return ids[start:], torch.log_softmax(logits[start - 1 : -1].float(), dim=-1)


def mean_logprob(lm: Any, tokenizer: Any, said: Sequence[tuple[Sequence[Message], str]]) -> float:
    """Return the mean log-probability of whole replies, in nats."""
    was_training = lm.training
    lm.eval()
    try:
        return fmean(_sequence(*token_logprobs(lm, tokenizer, *each)) for each in said)
    finally:
        lm.train(was_training)


def _sequence(ids: Sequence[int], logprobs: Any) -> float:
    return float(sum(float(logprobs[at, token]) for at, token in enumerate(ids)))


def next_probabilities(lm: Any, tokenizer: Any, messages: Sequence[Message]) -> Any:
    """Return the probabilities of the first token of a reply (vocabulary)."""
    import torch

    with torch.no_grad():
        given = torch.tensor([tokens_of(tokenizer, messages)], device=lm.device)
        logits = lm(input_ids=given, attention_mask=torch.ones_like(given)).logits[0, -1]
    return torch.softmax(logits.float(), dim=-1)
