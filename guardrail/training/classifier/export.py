"""From torch to ONNX, and from 32 bits to 8: each step has to show that it computes the same."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from guardrail.errors import TrainingError
from guardrail.training.classifier.eight_bits import with_rows_of_8_bits
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.scoring import Forward, onnx_forward
from guardrail.training.common.padding import padded
from guardrail.training.common.traces import without_traces

OPSET: Final = 20
LABEL_BIAS: Final = "labels.bias"
"""The offsets of the label head; they keep 32 bits."""
_TOLERANCE: Final = 1e-3
"""The largest difference of an output between torch and ONNX, both with 32 bits, and between a text
alone and among others with 8."""
_HALF_TOLERANCE: Final = 0.05
"""The same between 32 and 16 bits."""
_BY_TOKEN: Final = 3
"""So many axes has an output with numbers for each token: rows, tokens, tags."""


def to_onnx(network: Any, recipe: Recipe, path: Path) -> bytes:
    """Write the network as one file with 32-bit weights; return its bytes.

    Inputs `input_ids` and `attention_mask`; outputs `logits`, `token_logits` if there are
    entities, `embedding`.
    """
    import onnx
    import torch

    batch, length = torch.export.Dim("batch", min=1, max=512), torch.export.Dim("length", min=2)
    # With one row, or without padding, the exporter freezes an axis or drops the mask.
    sample = {
        "input_ids": torch.ones((2, 8), dtype=torch.int64),
        "attention_mask": torch.tensor([[1] * 8, [1] * 5 + [0] * 3]),
    }
    outputs = ["logits", *(["token_logits"] if recipe.tags else []), "embedding"]
    with _quiet():
        program = torch.onnx.export(
            network.eval(),
            (),
            kwargs=sample,
            dynamo=True,
            input_names=list(sample),
            output_names=outputs,
            dynamic_shapes={name: {0: batch, 1: length} for name in sample},
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
        _rename_inner(program.model.graph)
        program.save(str(path))
    onnx.save(without_traces(onnx.load(str(path))), str(path))
    return path.read_bytes()


def _rename_inner(graph: Any) -> None:
    """Rename values inside a graph that have the name of an output; exporters let them clash."""
    outputs = {value.name for value in graph.outputs}
    for node in graph:
        for value in node.outputs:
            if value.name in outputs and not value.is_graph_output():
                value.name = f"{value.name}_inside"


def to_int8(source: Path, target: Path) -> bytes:
    """Write a graph with weights of 8 bits; return its bytes.

    Matrices have a scale for each column, what they are multiplied with has one for each row.
    """
    import onnx
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.quantization.onnx_model import ONNXModel

    with _quiet():
        quantize_dynamic(source, target, op_types_to_quantize=["Gather"])
        model = ONNXModel(onnx.load(str(target)))
        model.replace_gemm_with_matmul()
        onnx.save(with_rows_of_8_bits(model.model), str(target))
    return target.read_bytes()


def check_alone(onnx: bytes, rows: Sequence[list[int]]) -> float:
    """Return the largest difference of any output between a row alone and the same among others.

    Raises:
        TrainingError: it is larger than 0.001.
    """
    import numpy as np

    forward = onnx_forward(onnx)
    together = forward(*padded(rows))
    worst = 0.0
    for number, row in enumerate(rows):
        for one, many in zip(forward(*padded([row])), together, strict=True):
            among = many[number, : len(row)] if many.ndim == _BY_TOKEN else many[number]
            worst = max(worst, float(np.abs(one[0] - among).max()))
    if not worst <= _TOLERANCE:
        raise TrainingError(
            f"8 bits differ by {worst:.4f} between a text alone and among others",
            help="nothing was handed over; another version of onnxruntime may help",
        )
    return worst


def to_half(onnx: bytes) -> bytes:
    """Return a graph with weights of 16 bits, for graphics cards; its ports stay as they were."""
    import onnx as library
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with _quiet():
        model = convert_float_to_float16(library.load_from_string(onnx), keep_io_types=True)
    data: bytes = model.SerializeToString()
    return data


def check_half(fp32: bytes, half: bytes, rows: Sequence[list[int]]) -> float:
    """Return the largest difference of any output between 32 and 16 bits on rows of token ids.

    Both run on the processor, which computes with 32 bits where it has no kernel for 16: a card
    rounds sums, too, and may differ by more.

    Raises:
        TrainingError: it is larger than 0.05.
    """
    error = largest_difference(onnx_forward(fp32), onnx_forward(half), rows)
    if not error <= _HALF_TOLERANCE:
        raise TrainingError(
            f"16 bits differ from 32 by {error:.4f}, more than {_HALF_TOLERANCE}",
            help="nothing was handed over; leave out `half`",
        )
    return error


def with_offsets(onnx: bytes, offsets: Sequence[float]) -> bytes:
    """Return a graph of ours whose label head adds an offset to each logit."""
    import numpy as np
    import onnx as library
    from onnx import numpy_helper

    model = library.load_from_string(onnx)
    bias = next(each for each in model.graph.initializer if each.name == LABEL_BIAS)
    now = numpy_helper.to_array(bias)
    shifted = (now + np.asarray(offsets, dtype=np.float32)).astype(now.dtype)
    bias.CopyFrom(numpy_helper.from_array(shifted, LABEL_BIAS))
    data: bytes = model.SerializeToString()
    return data


def check_parity(network: Any, onnx: bytes, rows: Sequence[list[int]]) -> float:
    """Return the largest difference of any output between torch and ONNX on rows of token ids.

    Rows are run alone, and all together with padding.

    Raises:
        TrainingError: it is larger than 0.001.
    """
    from guardrail.training.classifier.scoring import torch_forward

    error = largest_difference(torch_forward(network), onnx_forward(onnx), rows)
    if error > _TOLERANCE:
        raise TrainingError(
            f"the exported graph differs from the network by {error:.4f}, more than {_TOLERANCE}",
            help="nothing was handed over; another version of torch or onnxscript may help",
        )
    return error


def largest_difference(one: Forward, other: Forward, rows: Sequence[list[int]]) -> float:
    """Return the largest difference between two forwards where there is no padding."""
    import numpy as np

    worst = 0.0
    for batch in [*([row] for row in rows), list(rows)]:
        ids, mask = padded(batch)
        for a, b in zip(one(ids, mask), other(ids, mask), strict=True):
            gap = np.abs(a - b)
            kept = gap * mask[:, :, None] if gap.ndim == _BY_TOKEN else gap
            worst = max(worst, float(kept.max()))
    return worst


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Exporters print their progress and warn about versions; errors still come through."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
