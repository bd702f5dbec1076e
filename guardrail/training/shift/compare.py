"""Brings two models together on a panel: log-probabilities, KL, openings and next tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp
from statistics import fmean
from typing import Any

from guardrail.training.data.rows import Message
from guardrail.training.shift.logprob import next_probabilities, token_logprobs
from guardrail.training.shift.panel import Case

Locate = Callable[[str, str], int]
"""From prompt and reply to the character at which the reply first breaks the policy."""


@dataclass(frozen=True)
class Pair:
    """One figure of the model before and of the model after."""

    before: float
    after: float


@dataclass(frozen=True)
class Side:
    """The compliant or the violating replies of a panel, on average; nats."""

    sequence: Pair
    """Log-probability of a whole reply."""
    token: Pair
    """Log-probability of one token of it."""
    kl: float
    """KL(after ‖ before) at one token."""


@dataclass(frozen=True)
class Shift:
    """How far the second model is from the first one."""

    cases: int
    compliant: Side
    violating: Side
    first_violation: Pair
    """Probability of the token with which a violating reply first breaks the policy."""
    openings: dict[str, dict[str, Pair]]
    """By group and phrase: the probability that a reply begins with it, mean over the panel."""
    next_tokens: dict[str, dict[str, Pair]]
    """By prompt: the tokens that are likely first in either model."""
    is_collapsed: bool
    """Whether compliant replies became less likely than the limit allows."""

    def record(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)

    def group(self, name: str) -> Pair:
        """Return the probability that a reply begins with any phrase of a group."""
        pairs = self.openings[name].values()
        return Pair(sum(each.before for each in pairs), sum(each.after for each in pairs))


@dataclass
class Models:
    """Two models with one tokenizer, the one before and the one after."""

    before: Any
    after: Any
    tokenizer: Any


def compare(
    models: Models,
    panel: Sequence[Case],
    locate: Locate,
    *,
    openings: Mapping[str, Sequence[str]],
    prompts: Sequence[str],
    limit: float,
    top: int = 6,
) -> Shift:
    """Return the shift of two models; `limit` is what compliant replies may lose, in nats."""
    compliant = [_look(models, case.messages, case.compliant) for case in panel]
    violating = [_look(models, case.messages, case.violating) for case in panel]
    first = [
        look.at(models.tokenizer, locate(case.prompt, case.violating), case.violating)
        for look, case in zip(violating, panel, strict=True)
    ]
    side = _side(compliant)
    return Shift(
        cases=len(panel),
        compliant=side,
        violating=_side(violating),
        first_violation=_mean(first),
        openings={
            group: {
                phrase: _mean(_opening(models, case.messages, phrase) for case in panel)
                for phrase in phrases
            }
            for group, phrases in openings.items()
        },
        next_tokens={prompt: _next(models, prompt, top) for prompt in prompts},
        is_collapsed=side.sequence.before - side.sequence.after > limit,
    )


@dataclass(frozen=True)
class _Look:
    ids: list[int]
    before: list[float]
    after: list[float]
    kl: float

    def at(self, tokenizer: Any, place: int, reply: str) -> Pair:
        """Return the probabilities of the token at a character of the reply."""
        ends = tokenizer(reply, add_special_tokens=False, return_offsets_mapping=True)
        found = [at for at, (low, high) in enumerate(ends["offset_mapping"]) if low <= place < high]
        token = min(found[0] if found else 0, len(self.ids) - 1)
        return Pair(exp(self.before[token]), exp(self.after[token]))


def _look(models: Models, messages: Sequence[Message], reply: str) -> _Look:
    ids, old = token_logprobs(models.before, models.tokenizer, messages, reply)
    _, new = token_logprobs(models.after, models.tokenizer, messages, reply)
    kl = float((new.exp() * (new - old)).sum(dim=-1).mean())
    at = range(len(ids))
    return _Look(ids, old[at, ids].tolist(), new[at, ids].tolist(), kl)


def _side(looks: Sequence[_Look]) -> Side:
    return Side(
        sequence=Pair(
            fmean(sum(look.before) for look in looks), fmean(sum(look.after) for look in looks)
        ),
        token=Pair(
            fmean(fmean(look.before) for look in looks), fmean(fmean(look.after) for look in looks)
        ),
        kl=fmean(look.kl for look in looks),
    )


def _opening(models: Models, messages: Sequence[Message], phrase: str) -> Pair:
    """Return how likely a reply begins with a phrase; its end-of-reply token does not count."""
    both = []
    for lm in (models.before, models.after):
        ids, logprobs = token_logprobs(lm, models.tokenizer, messages, phrase)
        both.append(exp(sum(float(logprobs[at, token]) for at, token in enumerate(ids[:-1]))))
    return Pair(*both)


def _next(models: Models, prompt: str, top: int) -> dict[str, Pair]:
    messages = [Message(role="user", content=prompt)]
    old, new = (
        next_probabilities(lm, models.tokenizer, messages) for lm in (models.before, models.after)
    )
    likely = dict.fromkeys([*new.topk(top).indices.tolist(), *old.topk(top).indices.tolist()])
    return {
        models.tokenizer.decode([token]): Pair(float(old[token]), float(new[token]))
        for token in likely
    }


def _mean(pairs: Iterable[Pair]) -> Pair:
    known = list(pairs)
    return Pair(fmean(each.before for each in known), fmean(each.after for each in known))
