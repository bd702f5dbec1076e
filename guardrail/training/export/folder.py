"""Writes the folder of an exported model: hashes, manifest and card; whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guardrail.errors import RecipeError
from guardrail.generation.manifest import MANIFEST, Chat, Manifest


@contextmanager
def fresh_folder(out: Path) -> Iterator[Path]:
    """Give a folder that takes the place of `out` when all went well.

    Raises:
        RecipeError: `out` is there and not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise RecipeError(f"`{out}` is not empty", help="name another `out`, or remove it")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if out.exists():
            out.rmdir()
        part.replace(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file but the manifest, by name."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if file.name != MANIFEST
    }


def manifest_of(
    name: str, folder: Path, lm: Any, tokenizer: Any, chat: Chat, graphs: dict[str, str], opset: int
) -> Manifest:
    """Return what a folder says of itself, before its parity is known."""
    config = lm.config
    ends = lm.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    heads = config.num_attention_heads
    return Manifest(
        name=name,
        files=hashes(folder),
        graphs=graphs,
        chat=chat,
        context=config.max_position_embeddings,
        layers=config.num_hidden_layers,
        kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        head_size=getattr(config, "head_dim", None) or config.hidden_size // heads,
        vocabulary=config.vocab_size,
        end_tokens=tuple(each for each in ends if each is not None),
        pad_token=tokenizer.pad_token_id,
        opset=opset,
        parity={},
    )


def card(manifest: Manifest, model: str, figures: dict[str, Any]) -> str:
    """Return the card of a model, in Markdown."""
    lines = [
        f"# {manifest.name}",
        "",
        f"Exported from `{model}`.",
        "",
        "| precision | file | MiB |",
    ]
    lines.append("|---|---|---|")
    for precision, file in manifest.graphs.items():
        lines.append(f"| {precision} | `{file}` | {figures['sizes'][precision]:.1f} |")
    lines += ["", "| precision | prompts | largest Δ logit | same tokens | same replies |"]
    lines.append("|---|---|---|---|---|")
    for precision, parity in manifest.parity.items():
        lines.append(
            f"| {precision} | {parity['prompts']:.0f} | {parity['logits']:.2g} | "
            f"{parity['same_tokens']:.4f} | {parity['same_replies']:.4f} |"
        )
    lines += ["", "Data: " + (", ".join(manifest.sources) or "not stated") + "."]
    return "\n".join(lines) + "\n"
