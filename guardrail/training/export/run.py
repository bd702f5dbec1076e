"""The keys of a recipe for `guardrail export`, and the run."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from guardrail.errors import ParityError, RecipeError
from guardrail.generation.generator import Generator
from guardrail.generation.manifest import MANIFEST, Manifest
from guardrail.training.data.rows import read_rows
from guardrail.training.export import folder, genai, graph, parity
from guardrail.training.export.chat import chat_of
from guardrail.training.lm import load
from guardrail.training.lm.chat import tokens_of
from guardrail.training.run import make_ready
from guardrail.training.schedule import Recipe
from guardrail.training.trainer import Say


class ExportRecipe(Recipe):
    """The keys of a recipe for `guardrail export`.

    >>> ExportRecipe(model="runs/aligned", prompts="p.jsonl", out="models/bot").precisions
    ('fp32', 'int8')
    """

    model: str
    kind: Literal["causal-lm", "reward"] = "causal-lm"
    prompts: Path = Field(description="On which the graphs are compared with torch.")
    out: Path
    precisions: tuple[Literal["fp32", "fp16", "int8"], ...] = Field(
        default=("fp32", "int8"), min_length=1, description="The first is the default."
    )
    genai: Literal["fp32", "int8", "int4"] | None = Field(
        default=None, description="Also a form for onnxruntime-genai, of this precision."
    )
    compared: int = Field(default=100, ge=1, description="How many prompts.")
    max_tokens: int = Field(default=48, ge=1, description="Of each compared reply.")
    logits: float = Field(default=1e-4, gt=0, description="Largest difference allowed, fp32.")
    fp16_same: float = Field(default=0.99, gt=0, le=1, description="Same tokens wanted of fp16.")
    int8_same: float = Field(
        default=0.97, gt=0, le=1, description="Same tokens wanted of int8, and of fewer bits."
    )
    sources: tuple[str, ...] = Field(default=(), description="Data, for the card.")


def export_model(recipe: ExportRecipe, say: Say = print) -> Path:
    """Export a model to ONNX; return the folder.

    Raises:
        RecipeError: the model, the prompts or the folder cannot be used.
        ParityError: a graph does not answer like the model; nothing is written.
    """
    make_ready("an export", 0)
    rows = read_rows(recipe.prompts, "prompts")[: recipe.compared]
    prompts = [row.messages for row in rows]
    with folder.fresh_folder(recipe.out) as part:
        if recipe.kind == "reward":
            _export_scorer(recipe, part, prompts, say)
        else:
            _export_lm(recipe, part, prompts, say)
    return recipe.out


def _export_lm(recipe: ExportRecipe, part: Path, prompts: Sequence[Any], say: Say) -> None:
    if recipe.genai is not None:
        genai.check_genai()
    lm, tokenizer = load.load_lm(recipe.model)
    lm.eval()
    chat = chat_of(tokenizer, recipe.model)
    graphs: dict[str, str] = {
        each: "model.onnx" if each == "fp32" else f"model-{each}.onnx" for each in recipe.precisions
    }
    graph.export_lm(lm, part / "model.onnx")
    if "int8" in graphs:
        graph.quantize(part / "model.onnx", part / graphs["int8"])
    if "fp16" in graphs:
        graph.export_lm(copy.deepcopy(lm).half(), part / graphs["fp16"])
    if recipe.genai is not None:
        genai.build_genai(recipe.model, recipe.genai, part)
    _tokenizer_of(tokenizer).save(str(part / "tokenizer.json"))
    opset = graph.opset_of(part / "model.onnx")
    manifest = folder.manifest_of(recipe.out.name, part, lm, tokenizer, chat, graphs, opset)
    manifest = manifest.model_copy(update={"genai": recipe.genai})
    _write(part, manifest)
    found = {}
    for name, precision, generator in _generators(recipe, part):
        seen = parity.lm_parity(lm, tokenizer, generator, prompts, recipe.max_tokens)
        say(f"{name}: " + "  ".join(f"{k} {v:.4g}" for k, v in seen.record().items()))
        _gate(recipe, name, precision, seen)
        found[name] = seen.record()
    if "fp32" not in graphs:
        (part / "model.onnx").unlink()
    _finish(recipe, part, manifest.model_copy(update={"parity": found}))


def _generators(recipe: ExportRecipe, part: Path) -> Iterator[tuple[str, str, Generator]]:
    """Yield name, precision and generator of every form of the model."""
    for precision in recipe.precisions:
        yield precision, precision, Generator.load(part, precision=precision)
    if recipe.genai is not None:
        yield f"genai-{recipe.genai}", recipe.genai, Generator.load(part, engine="genai")


def _gate(recipe: ExportRecipe, name: str, precision: str, seen: parity.Parity) -> None:
    if precision == "fp32":
        if seen.logits > recipe.logits or seen.same_replies < 1:
            raise ParityError(
                f"{name}: logits differ by {seen.logits:.2g}, and {seen.same_replies:.1%} of "
                f"replies are the same (`logits` {recipe.logits}, all replies)",
                help="nothing was written; look at the versions of torch, onnxscript and "
                "onnxruntime",
            )
        return
    key = "fp16_same" if precision == "fp16" else "int8_same"
    wanted = getattr(recipe, key)
    if seen.same_tokens < wanted:
        raise ParityError(
            f"{name}: {seen.same_tokens:.1%} of tokens are the same (`{key}` {wanted})",
            help=f"nothing was written; leave out {name}, or lower `{key}` knowingly",
        )


def _finish(recipe: ExportRecipe, part: Path, manifest: Manifest) -> None:
    sizes = {name: (part / file).stat().st_size / 2**20 for name, file in manifest.graphs.items()}
    manifest = manifest.model_copy(update={"sources": recipe.sources})
    text = folder.card(manifest, recipe.model, {"sizes": sizes})
    (part / "card.md").write_text(text, "utf-8")
    _write(part, manifest.model_copy(update={"files": folder.hashes(part)}))


def _write(part: Path, manifest: Manifest) -> None:
    (part / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")


def _tokenizer_of(tokenizer: Any) -> Any:
    """Return the tokenizer that runs without transformers; padding and cutting are not its job."""
    plain = getattr(tokenizer, "backend_tokenizer", None)
    if plain is None:
        raise RecipeError(
            "the tokenizer has no form that runs without transformers",
            help="use a model with `tokenizer.json`",
        )
    plain.no_padding()
    plain.no_truncation()
    return plain


def _export_scorer(recipe: ExportRecipe, part: Path, prompts: Sequence[Any], say: Say) -> None:
    """Export a reward model; its folder holds graph, tokenizer and card, and no manifest."""
    import onnxruntime

    tokenizer = load.load_tokenizer(recipe.model)
    model = load.load_scorer(recipe.model, tokenizer).eval()
    graph.export_scorer(model, part / "model.onnx")
    session = onnxruntime.InferenceSession(
        str(part / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    largest = parity.scorer_parity(model, session, [tokens_of(tokenizer, p) for p in prompts])
    say(f"fp32: prompts {len(prompts)}  score {largest:.2g}")
    if largest > recipe.logits:
        raise ParityError(
            f"scores differ by {largest:.2g} (`logits` {recipe.logits})",
            help="nothing was written; look at the versions of torch, onnxscript and onnxruntime",
        )
    _tokenizer_of(tokenizer).save(str(part / "tokenizer.json"))
    (part / "card.md").write_text(
        f"# {recipe.out.name}\n\nReward model, exported from `{recipe.model}`; largest difference "
        f"of a score on {len(prompts)} prompts: {largest:.2g}.\n",
        "utf-8",
    )
