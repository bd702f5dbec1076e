"""A small chat model from scratch: its own byte-level tokenizer and a Llama without weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pydantic import Field, model_validator

from guardrail.training.schedule import Recipe

PAD, END = "<|pad|>", "<|end|>"
_ROLES: Final = ("system", "user", "assistant", "tool")
TEMPLATE: Final = (
    "{% for m in messages %}"
    "{% if m['role'] == 'assistant' %}"
    "{{ '<|assistant|>' }}{% generation %}{{ m['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
"""A role token, the text, an end token; only what the assistant says is marked for learning."""


class Tiny(Recipe):
    """The size of a model from scratch; the default has about one million parameters.

    >>> Tiny().hidden
    128
    """

    hidden: int = Field(default=128, ge=8, description="Width; a multiple of `heads`.")
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)
    vocabulary: int = Field(default=1024, ge=300, description="Tokens, 256 of which are bytes.")
    context: int = Field(default=256, ge=16, description="Tokens of prompt and reply together.")

    @model_validator(mode="after")
    def _fits(self) -> Tiny:
        if self.hidden % (2 * self.heads):
            raise ValueError("hidden must be an even multiple of heads")
        return self


def build(size: Tiny, texts: Iterable[str], seed: int) -> tuple[Any, Any]:
    """Return an untrained model and a tokenizer that was trained on `texts`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer(size, texts)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        intermediate_size=4 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=max(1, size.heads // 2),
        initializer_range=(2 * size.hidden) ** -0.5,  # 0.02 is meant for widths of some thousand
        max_position_embeddings=size.context,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(seed)
    return LlamaForCausalLM(config), tokenizer


def _tokenizer(size: Tiny, texts: Iterable[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    special = [PAD, END, *(f"<|{role}|>" for role in _ROLES)]
    trainer = trainers.BpeTrainer(
        vocab_size=size.vocabulary,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokens.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        pad_token=PAD,
        eos_token=END,
        padding_side="left",
        model_max_length=size.context,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer
