"""From torch to ONNX, through the exporter of transformers; one file for each graph.

The exporter is young and its helpers may move: this module alone knows them.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guardrail.errors import TrainingError
from guardrail.generation.manifest import cache_names
from guardrail.training.common.traces import without_traces


def export_lm(lm: Any, path: Path) -> None:
    """Write the graph of a causal model with its cache; one graph reads prompts and goes on.

    Raises:
        TrainingError: the exporter left out an input.
    """
    from transformers.exporters.utils import decompose_for_generation

    given = _sample(lm.config.vocab_size)
    with _quiet():
        parts = decompose_for_generation(lm, given, multi_token_decode=True)
        part, inputs = parts["decode"]
        names = _export(part, inputs, path)
    layers = lm.config.num_hidden_layers
    wanted = {"input_ids", "attention_mask", "position_ids", *cache_names(layers, "input")}
    if names != wanted:
        raise TrainingError(
            f"the exported graph has not the inputs of a language model with {layers} layers",
            help="this architecture is not supported: `recipes/` has one that is",
        )


def export_scorer(model: Any, path: Path) -> None:
    """Write the graph of a reward model: tokens and mask in, one number for each row out."""
    with _quiet():
        names = _export(model, _sample(model.config.vocab_size), path)
    if not {"input_ids", "attention_mask"} <= names:
        raise TrainingError(
            "the exported graph has no attention mask", help="this architecture is not supported"
        )


def quantize(source: Path, path: Path) -> None:
    """Write a graph whose matrices are int8, one scale for each column."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)
    quantize_dynamic(str(source), str(path), weight_type=QuantType.QInt8, per_channel=True)


def opset_of(path: Path) -> int:
    """Return the version of the operators of a graph."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    return int(next(each.version for each in model.opset_import if not each.domain))


def _sample(vocabulary: int) -> dict[str, Any]:
    """Return two rows of unequal length: a mask without a 0 would be left out of the graph."""
    import torch

    ids = torch.arange(12).reshape(2, 6) % vocabulary
    mask = torch.ones_like(ids)
    mask[0, :2] = 0
    return {"input_ids": ids, "attention_mask": mask}


def _export(model: Any, inputs: Any, path: Path) -> set[str]:
    import onnx
    from transformers.exporters import OnnxConfig, OnnxExporter

    with tempfile.TemporaryDirectory() as folder:
        exported = OnnxExporter().export(model, inputs, OnnxConfig(dynamic=True))
        exported.save_pretrained(folder)
        graph = onnx.load(str(Path(folder) / "model.onnx"))
    onnx.save(without_traces(graph), str(path))
    return {each.name for each in graph.graph.input}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from telling everything it does."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
