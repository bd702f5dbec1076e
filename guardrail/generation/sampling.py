"""How the next token is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guardrail.errors import SettingsError


@dataclass(frozen=True)
class Sampling:
    """How replies are made; the default is greedy.

    Args:
        max_tokens: of a reply.
        temperature: 0 takes the likeliest token; 1 draws as the model says.
        top_k: draw from the so many likeliest tokens; 0 from all.
        top_p: draw from the fewest tokens that are that likely together.
        stop: texts at which a reply ends; they are not part of it.
        seed: the same seed gives the same reply.
    """

    max_tokens: int = 128
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        wrong = {
            "max_tokens": self.max_tokens < 1,
            "temperature": not self.temperature >= 0,
            "top_k": self.top_k < 0,
            "top_p": not 0 < self.top_p <= 1,
            "stop": not all(self.stop),
        }
        for name in (name for name, is_wrong in wrong.items() if is_wrong):
            raise SettingsError(
                f"`{name}` of a sampling cannot be {getattr(self, name)!r}",
                help="max_tokens ≥ 1, temperature ≥ 0, top_k ≥ 0, 0 < top_p ≤ 1, no empty stop",
            )


def choose(logits: Any, sampling: Sampling, random: Any) -> Any:
    """Return one token for each row of logits (batch × vocabulary), as an array of int64."""
    import numpy as np

    if sampling.temperature == 0:
        return np.argmax(logits, axis=-1).astype(np.int64)
    scaled = logits.astype(np.float64) / sampling.temperature
    return np.array([_draw(row, sampling, random) for row in scaled], dtype=np.int64)


def _draw(logits: Any, sampling: Sampling, random: Any) -> int:
    import numpy as np

    order = np.argsort(-logits, kind="stable")
    likely = np.exp(logits[order] - logits[order[0]])
    likely /= likely.sum()
    before = np.cumsum(likely) - likely
    kept = before < sampling.top_p
    if sampling.top_k:
        kept[sampling.top_k :] = False
    likely = np.where(kept, likely, 0.0)
    return int(order[random.choice(len(order), p=likely / likely.sum())])
