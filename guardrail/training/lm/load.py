"""Reads and writes language models; a folder appears whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from guardrail.errors import RecipeError
from guardrail.training.run import check_finished


def load_lm(model: str) -> tuple[Any, Any]:
    """Return a causal model and its tokenizer, from a folder or the local cache of the hub.

    Raises:
        RecipeError: there is no such model here, its run was interrupted, or it cannot chat.
    """
    from transformers import AutoModelForCausalLM

    lm = _load(AutoModelForCausalLM, model, {})
    tokenizer = load_tokenizer(model)
    if not tokenizer.chat_template:
        raise RecipeError(
            f"the model `{model}` has no chat template, so its prompts cannot be written",
            help="put `chat_template.jinja` into its folder, or take the chat variant of it",
        )
    return lm, tokenizer


def load_checkpoint(model: str, checkpoint: Path | None) -> Any:
    """Return a causal model as a checkpoint of its training has it; None is before the first step.

    Adapters are merged into the model they were trained on.
    """
    from transformers import AutoModelForCausalLM

    if checkpoint is None or not (checkpoint / "adapter_config.json").is_file():
        return _load(AutoModelForCausalLM, str(checkpoint or model), {})
    from peft import PeftModel

    lm = _load(AutoModelForCausalLM, model, {})
    return PeftModel.from_pretrained(lm, str(checkpoint)).merge_and_unload()


def mixed(before: Any, after: Any, share: float) -> Any:
    """Return `after`, its weights moved to `share` of the way from `before` to where they were.

    Shares between 0 and 1 are WiSE-FT (arXiv 2109.01903): a part of what training gave for a
    smaller part of what it took. More than 1 goes on in the same direction (ExPO, 2404.16792).
    """
    import torch

    old = dict(before.named_parameters())
    with torch.no_grad():
        for name, weight in after.named_parameters():  # weights that are tied come once
            weight.copy_(torch.lerp(old[name].to(weight), weight, share))
    return after


def load_scorer(model: str, tokenizer: Any) -> Any:
    """Return a model with one number per text, from a reward run or a model to start from."""
    from transformers import AutoModelForSequenceClassification

    scorer = _load(AutoModelForSequenceClassification, model, {"num_labels": 1})
    scorer.config.pad_token_id = tokenizer.pad_token_id
    return scorer


def load_tokenizer(model: str) -> Any:
    """Return the tokenizer of a model, padding on the left, with a padding token."""
    from transformers import AutoTokenizer

    tokenizer = _load(AutoTokenizer, model, {})
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def save(folder: Path, *parts: Any) -> None:
    """Write model and tokenizer into a folder: beside it first, then put in place."""
    part = folder / ".part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for each in parts:
        each.save_pretrained(part)
    for file in part.iterdir():
        file.replace(folder / file.name)
    part.rmdir()


def context_of(lm: Any) -> int:
    """Return how many tokens prompt and reply may have together."""
    length = getattr(lm.config, "max_position_embeddings", None)
    return int(length or 1024)


def _load(kind: Any, model: str, options: dict[str, Any]) -> Any:
    if Path(model).exists():
        check_finished(Path(model))
    try:
        return kind.from_pretrained(model, **options)
    except (OSError, ValueError, KeyError) as error:
        raise RecipeError(
            f"`{model}` is no model folder, and no model in the local cache of the hub "
            f"({type(error).__name__})",
            help="nothing is downloaded here: `hf download` does, or name a folder",
        ) from None
