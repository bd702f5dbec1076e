"""Products with 8-bit weights, whose inputs get a scale for each row of their own.

A scale for a whole tensor would make a text's score depend on the texts beside it. Only standard
operators are used, and no sum of two products leaves 16 bits: processors that add pairs so
(`vpmaddubsw`, where there is no VNNI) compute the same as all others.
"""

from __future__ import annotations

from typing import Any, Final

_MOST: Final = 127
_AXES: Final = 2
"""A matrix with more is many, and stays as it is."""
_ZERO: Final = 128
"""The byte that stands for 0 in an input."""
_ZERO_OF_GELU: Final = 20
"""The same behind a GELU, whose values begin at -0.17: more bytes are left for the others.
A row that is small altogether is the coarser for it, by no more than 0.005."""
_SMALLEST: Final = 1e-9
"""The least scale: of a row of zeros, too, something can be divided by it."""
_WIDER: Final = 1.005
"""Scales grow by this factor until rounding leaves no pair of weights too large."""


def with_rows_of_8_bits(model: Any) -> Any:
    """Return an ONNX model whose products with a constant matrix are of 8 bits.

    `x @ w` becomes `(q(x) @ q(w)) · s(w) · s(x)`, with a scale for each row of x and for each
    column of w. Of the matrix `name`, `name_quantized` (int8) and `name_scale` are kept.
    """
    from onnx import numpy_helper

    graph = model.graph
    constants = {each.name: each for each in graph.initializer}
    makers = {output: node.op_type for node in graph.node for output in node.output}
    writer = _Writer()
    for node in graph.node:
        name = node.input[1] if node.op_type == "MatMul" else ""
        matrix = numpy_helper.to_array(constants[name]) if name in constants else None
        if matrix is None or matrix.ndim > _AXES:
            writer.nodes.append(node)
        else:
            zero = _ZERO_OF_GELU if makers.get(node.input[0]) == "Gelu" else _ZERO
            writer.product(node, matrix, zero)
    nodes = list(writer.nodes)
    used = {name for node in nodes for name in node.input}
    kept = [each for name, each in constants.items() if name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *writer.constants.values()])
    return model


def columns(matrix: Any) -> tuple[Any, Any]:
    """Return a K×N matrix as int8, and N scales; `quantized * scales` is about the matrix.

    Two weights that meet in one sum of pairs, those of the rows 2i and 2i + 1, are no more than
    128 together where they have one sign: 255 · 128 fits in 16 bits.
    """
    import numpy as np

    even = np.pad(matrix, ((0, len(matrix) % 2), (0, 0)))
    pairs = np.abs(even[0::2] + even[1::2]).max(axis=0)
    scales = np.maximum(np.maximum(np.abs(matrix).max(axis=0), pairs) / _MOST, _SMALLEST)
    while True:
        rounded = np.rint(even / scales)
        is_over = (np.abs(rounded[0::2] + rounded[1::2]) > _MOST + 1).any(axis=0)
        if not is_over.any():
            return rounded[: len(matrix)].astype(np.int8), scales.astype(np.float32)
        scales[is_over] *= _WIDER


class _Writer:
    """Writes the nodes of products; what several of them need is there once."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self._rows: dict[str, tuple[str, str, str]] = {}

    def product(self, node: Any, matrix: Any, zero: int) -> None:
        """Write `x @ w` with the output of `node`."""
        import numpy as np

        given, name = node.input
        bytes_, scale, shape = self._rows.get(given) or self._rows_of(given, len(matrix), zero)
        quantized, scales = columns(matrix)
        weight = self._constant(f"{name}_quantized", quantized)
        by_column = self._constant(f"{name}_scale", scales)
        width = self._constant(f"width_{matrix.shape[1]}", np.array([matrix.shape[1]], np.int64))
        out = node.output[0]
        sums = self._node("MatMulInteger", out, [bytes_, weight, self._zero(zero)])
        floats = self._node("Cast", out, [sums], to=1)
        by_columns = self._node("Mul", f"{out}_columns", [floats, by_column])
        by_rows = self._node("Mul", f"{out}_rows", [by_columns, scale])
        whole = self._node("Concat", out, [shape, width], axis=0)
        self._write("Reshape", [by_rows, whole], out)

    def _rows_of(self, given: str, width: int, zero: int) -> tuple[str, str, str]:
        """Write rows as bytes; return their name, that of their scales, and of their shape."""
        import numpy as np

        last = self._constant("last_axis", np.array([-1], np.int64))
        flat = self._constant(f"rows_of_{width}", np.array([-1, width], np.int64))
        high = self._constant(f"above_{zero}", np.array(1 / (255 - zero), np.float32))
        low = self._constant(f"below_{zero}", np.array(-1 / zero, np.float32))
        least = self._constant("smallest_scale", np.array(_SMALLEST, np.float32))
        rows = self._node("Reshape", f"{given}_flat", [given, flat])
        top = self._node("ReduceMax", given, [rows, last], keepdims=0)
        bottom = self._node("ReduceMin", given, [rows, last], keepdims=0)
        above = self._node("Mul", f"{given}_above", [top, high])
        below = self._node("Mul", f"{given}_below", [bottom, low])
        scales = self._node("Max", given, [above, below, least])
        count = self._node("Shape", f"{given}_count", [scales])
        one_zero = self._constant(f"zero_{zero}_row", np.array([zero], np.uint8))
        zeros = self._node("Expand", given, [one_zero, count])
        found = (
            self._node("QuantizeLinear", given, [rows, scales, zeros], axis=0),
            self._node("Unsqueeze", given, [scales, last]),
            self._node("Shape", f"{given}_outer", [given], end=-1),
        )
        self._rows[given] = found
        return found

    def _zero(self, zero: int) -> str:
        import numpy as np

        return self._constant(f"zero_{zero}", np.array(zero, np.uint8))

    def _constant(self, name: str, array: Any) -> str:
        from onnx import numpy_helper

        self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def _node(self, operator: str, what: str, inputs: list[str], **attributes: int) -> str:
        output = f"{what}_{operator}"
        self._write(operator, inputs, output, **attributes)
        return output

    def _write(self, operator: str, inputs: list[str], output: str, **attributes: int) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
