"""Begins with the weights of a model folder that this code exported, with 32 or 8 bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.models import read_model

_EIGHT: Final = "_quantized"
"""What the quantizer appends to the name of a weight of 8 bits."""
_DEPTH: Final = 6
"""So many nodes stand at most between an 8-bit weight and the bias that is added behind it."""


def begin_with(network: Any, folder: Path) -> None:
    """Give a network the weights of a model folder; its frozen parts keep those of the encoder.

    Weights of 8 bits come back rounded: a start to train on from, not a copy.

    Raises:
        RecipeError: the folder's graph has other layers, labels or entities.
        ModelError: the folder is no model.
    """
    import torch

    found = _weights(read_model(folder, is_pinned=False).onnx)
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        if name not in found or found[name].shape != tuple(parameter.shape):
            raise RecipeError(
                f"`{folder}` has no weight `{name}` of the shape {tuple(parameter.shape)}",
                help="`initial` names a model of the same encoder, labels and entities",
            )
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(found[name]))


def _weights(onnx: bytes) -> dict[str, Any]:
    """Return the weights of a graph by the names they have in torch."""
    import numpy as np
    import onnx as library
    from onnx import numpy_helper

    graph = library.load_from_string(onnx).graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    maker = {output: node for node in graph.node for output in node.output}
    found = {name: array for name, array in constants.items() if "." in name}
    found |= {
        name.removesuffix(_EIGHT): _whole(name, constants)
        for name in found
        if name.endswith(_EIGHT)
    }
    for node in graph.node:
        bias = [name for name in node.input if name.endswith(".bias") and name in constants]
        if node.op_type == "Add" and bias:
            other = next(name for name in node.input if name != bias[0])
            for matrix in _matrices(other, maker, constants):
                # The exporter turns `x @ weight.T` into a product with the turned weight.
                found[bias[0].removesuffix("bias") + "weight"] = np.ascontiguousarray(matrix.T)
    return {name: array.astype(np.float32) for name, array in found.items()}


def _matrices(name: str, maker: Mapping[str, Any], constants: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the weight that the value `name` is a product with, if there is one."""
    for _ in range(_DEPTH):
        node = maker.get(name)
        if node is None:
            return
        if node.op_type == "MatMul" and node.input[1] in constants:
            yield constants[node.input[1]]
            return
        if node.op_type == "MatMulInteger":
            yield _whole(node.input[1], constants)
            return
        name = next((each for each in node.input if each in maker), "")


def _whole(name: str, constants: Mapping[str, Any]) -> Any:
    """Return a weight of 8 bits as numbers."""
    import numpy as np

    plain = name.removesuffix(_EIGHT)
    zero = constants.get(f"{plain}_zero_point", np.zeros(1))
    return (constants[name].astype("float32") - zero.astype("float32")) * constants[
        f"{plain}_scale"
    ]
