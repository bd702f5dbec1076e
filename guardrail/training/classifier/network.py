"""The network: one encoder, a head for labels of texts, a head for tags of words, an embedding."""

from __future__ import annotations

import functools
from typing import Any, Final

from guardrail.training.classifier.features import no_encoder
from guardrail.training.classifier.recipe import Recipe, Scratch

_LOW: Final = -1e4
"""Below every hidden state: what a maximum over tokens sees in place of padding."""


@functools.cache
def _network() -> Any:
    import torch
    from torch import nn

    class Network(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        """Hidden states to `logits` B×L, `token_logits` B×T×tags, `embedding` B×H of length 1.

        The label head sees the first token, the mean and the maximum of the hidden states, so
        that the mean itself can stay near the embedding of the first encoder.
        """

        def __init__(self, encoder: Any, labels: int, tags: int, dropout: float) -> None:
            super().__init__()
            size = encoder.config.hidden_size
            self.encoder = encoder
            self.hidden = nn.Linear(3 * size, size)
            self.dropout = nn.Dropout(dropout)
            self.labels = nn.Linear(size, labels)
            self.tags = nn.Linear(size, tags) if tags else None

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, ...]:
            states = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask
            ).last_hidden_state.float()
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            most = (states + (1 - mask) * _LOW).amax(1)
            together = torch.cat([states[:, 0], mean, most], dim=1)
            hidden = nn.functional.gelu(self.hidden(self.dropout(together)))
            logits = self.labels(self.dropout(hidden))
            embedding = nn.functional.normalize(mean, dim=1)
            if self.tags is None:
                return logits, embedding
            return logits, self.tags(self.dropout(states)), embedding

    return Network


def new_encoder(recipe: Recipe, vocabulary: int) -> Any:
    """Return the recipe's encoder in torch, with attention that exports well.

    Raises:
        RecipeError: it cannot be loaded.
    """
    from transformers import AutoModel, BertConfig, BertModel

    if isinstance(recipe.encoder, Scratch):
        config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=recipe.encoder.hidden,
            num_hidden_layers=recipe.encoder.layers,
            num_attention_heads=recipe.encoder.heads,
            intermediate_size=4 * recipe.encoder.hidden,
            max_position_embeddings=max(512, recipe.max_tokens),
            attn_implementation="eager",
        )
        return BertModel(config, add_pooling_layer=False)
    with no_encoder(recipe.encoder):
        encoder = AutoModel.from_pretrained(recipe.encoder, attn_implementation="eager")
    encoder.pooler = None
    return encoder


def new_network(recipe: Recipe, encoder: Any) -> Any:
    """Return the encoder with fresh heads; its frozen layers do not learn."""
    if recipe.frozen_layers >= 0:
        encoder.embeddings.requires_grad_(False)
        for layer in encoder.encoder.layer[: recipe.frozen_layers]:
            layer.requires_grad_(False)
    return _network()(encoder, len(recipe.labels), len(recipe.tags), recipe.dropout)
