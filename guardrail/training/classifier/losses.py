"""What training makes small; parts that nobody judged count nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from guardrail.training.classifier.batches import Batch
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.features import NOT_JUDGED
from guardrail.training.classifier.recipe import Recipe

_HEAVIEST: Final = 5.0


def label_weights(examples: Sequence[Example], recipe: Recipe) -> list[float]:
    """Return how much more a 1 counts than a 0, for each label: more where it is rare.

    The square root of zeros per one, from 1 to 5: all of it would teach alarm.
    """
    found = []
    for name in recipe.labels:
        judged = [example.labels[name] for example in examples if name in example.labels]
        ones = max(1, sum(judged))
        found.append(min(_HEAVIEST, max(1.0, ((len(judged) - ones) / ones) ** 0.5)))
    return found


def label_loss(logits: Any, batch: Batch, ones: Any) -> Any:
    """Return the mean binary cross entropy over what was judged; `ones` weighs the ones.

    Args:
        logits: B×L.
        batch: its `labels` B×L have gaps (not a number), its `weights` are those of the sources.
        ones: L.
    """
    import torch

    is_judged = ~torch.isnan(batch.labels)
    target = torch.where(is_judged, batch.labels, 0.0)
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, target, pos_weight=ones, reduction="none"
    )
    weights = is_judged * batch.weights[:, None]
    return (each * weights).sum() / weights.sum().clamp(min=1.0)


def tag_loss(token_logits: Any, batch: Batch) -> Any:
    """Return the mean cross entropy over first tokens of words whose tags are known; 0 without."""
    import torch

    tags = batch.tags.reshape(-1)
    total = torch.nn.functional.cross_entropy(
        token_logits.reshape(tags.shape[0], -1), tags, ignore_index=NOT_JUDGED, reduction="sum"
    )
    return total / (tags != NOT_JUDGED).sum().clamp(min=1)


def embedding_loss(embedding: Any, first: Any) -> Any:
    """Return how far embeddings are from those of the first encoder: 0 the same, 2 opposite."""
    return (1 - (embedding * first).sum(dim=1)).mean()
