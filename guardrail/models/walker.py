"""Looks through the bytes of an ONNX file before any runtime does.

Refused are: data outside the file, functions and operators that an encoder does not need, other
domains, graphs nested too deep, tensors whose bytes are not as many as they say, and inputs or
outputs that are not those of the manifest. What is not looked at: whether the graph computes
anything sensible, and how much memory a shape that is only known at run time will take.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from guardrail.models import wire
from guardrail.models.wire import Budget, Field, Fields, WireError

MOST_BYTES: Final = 2**30
MOST_DEPTH: Final = 16
_MOST_FIELDS: Final = 1_000_000
_MOST_DIMENSIONS: Final = 8

DOMAINS: Final = frozenset({"", "ai.onnx", "com.microsoft"})
_ALLOWED: Final = """
Abs Add And ArgMax Attention BiasGelu BiasSoftmax Cast Ceil Clip Concat Constant
ConstantOfShape Cos CumSum DequantizeLinear Div DynamicQuantizeLinear
DynamicQuantizeMatMul EmbedLayerNormalization Equal Erf Exp Expand FastGelu Flatten Floor
FusedMatMul Gather GatherElements GatherND Gelu Gemm Greater GreaterOrEqual Identity If
LayerNormalization Less LessOrEqual Log LogSoftmax MatMul MatMulInteger
MatMulIntegerToFloat Max Min Mod Mul Neg Not Or Pow QAttention QEmbedLayerNormalization
QGemm QLinearMatMul QuantizeLinear Range Reciprocal ReduceL2 ReduceMax ReduceMean
ReduceMin ReduceSum Relu Reshape Round Shape Sigmoid Sign Sin SimplifiedLayerNormalization
SkipLayerNormalization Slice Softmax Split Sqrt Squeeze Sub Tanh Tile Transpose Trilu
Unsqueeze Where
"""
OPERATORS: Final = frozenset(_ALLOWED.split())


def _fields(**named: str) -> dict[int, Field]:
    """Return a schema from `name="number kind"`; `*` after the kind marks a repeated field."""
    found = {}
    for name, spec in named.items():
        number, kind = spec.split()
        found[int(number)] = Field(name, kind.rstrip("*"), kind.endswith("*"))  # type: ignore[arg-type]
    return found


_MODEL: Final = _fields(
    ir_version="1 varint", producer_name="2 bytes", producer_version="3 bytes", domain="4 bytes",
    model_version="5 varint", doc_string="6 bytes", graph="7 bytes", opset_import="8 bytes*",
    metadata_props="14 bytes*", training_info="20 bytes*", functions="25 bytes*",
)  # fmt: skip
_OPSET: Final = _fields(domain="1 bytes", version="2 varint")
_GRAPH: Final = _fields(
    node="1 bytes*", name="2 bytes", initializer="5 bytes*", doc_string="10 bytes",
    input="11 bytes*", output="12 bytes*", value_info="13 bytes*", quantization="14 bytes*",
    sparse_initializer="15 bytes*", metadata_props="16 bytes*",
)  # fmt: skip
_NODE: Final = _fields(
    input="1 bytes*", output="2 bytes*", name="3 bytes", op_type="4 bytes", attribute="5 bytes*",
    doc_string="6 bytes", domain="7 bytes", overload="8 bytes", metadata_props="9 bytes*",
)  # fmt: skip
_ATTRIBUTE: Final = _fields(
    name="1 bytes", f="2 float", i="3 varint", s="4 bytes", t="5 bytes", g="6 bytes",
    floats="7 float*", ints="8 varint*", strings="9 bytes*", tensors="10 bytes*",
    graphs="11 bytes*", doc_string="13 bytes", type="20 varint", ref_attr_name="21 bytes",
    sparse_tensor="22 bytes", sparse_tensors="23 bytes*",
)  # fmt: skip
_TENSOR: Final = _fields(
    dims="1 varint*", data_type="2 varint", float_data="4 float*", int32_data="5 varint*",
    int64_data="7 varint*", name="8 bytes", raw_data="9 bytes", double_data="10 double*",
    uint64_data="11 varint*", doc_string="12 bytes", external_data="13 bytes*",
    data_location="14 varint", metadata_props="16 bytes*",
)  # fmt: skip
_VALUE: Final = _fields(name="1 bytes", type="2 bytes", doc_string="3 bytes", props="4 bytes*")
_TYPE: Final = _fields(tensor_type="1 bytes", denotation="6 bytes")
_TENSOR_TYPE: Final = _fields(elem_type="1 varint", shape="2 bytes")
_SHAPE: Final = _fields(dim="1 bytes*")

FLOAT: Final = 1
INT64: Final = 7
_DATA: Final = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data")
_TYPES: Final[Mapping[int, tuple[int, str]]] = {
    1: (4, "float_data"), 2: (1, "int32_data"), 3: (1, "int32_data"), 4: (2, "int32_data"),
    5: (2, "int32_data"), 6: (4, "int32_data"), 7: (8, "int64_data"), 9: (1, "int32_data"),
    10: (2, "int32_data"), 11: (8, "double_data"), 12: (4, "uint64_data"),
    13: (8, "uint64_data"), 16: (2, "int32_data"),
}  # fmt: skip
"""Types of elements: how many bytes one takes, and the list that may hold it."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a graph: its type of element and how many dimensions it has."""

    type: int
    rank: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What a walk found: ports by name, the version of the standard operators, which there are."""

    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]
    opset: int
    operators: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Walk:
    budget: Budget = field(default_factory=lambda: Budget(_MOST_FIELDS))
    operators: Collection[str] = OPERATORS
    seen: set[str] = field(default_factory=set)

    def read(self, value: object, schema: Mapping[int, Field], what: str) -> Fields:
        return wire.read(cast("memoryview", value), schema, what, self.budget)

    def graph(self, fields: Fields, depth: int) -> None:
        if depth > MOST_DEPTH:
            raise WireError(f"its graphs are nested deeper than {MOST_DEPTH}")
        if fields.get("sparse_initializer"):
            raise WireError("it has sparse tensors")
        for tensor in fields.get("initializer", ()):
            self.tensor(self.read(tensor, _TENSOR, "tensor"))
        for node in fields.get("node", ()):
            self.node(self.read(node, _NODE, "node"), depth)

    def node(self, fields: Fields, depth: int) -> None:
        name, domain = _text(fields, "op_type"), _text(fields, "domain")
        if domain not in DOMAINS:
            raise WireError(f"it uses operators of the domain {domain[:40]!r}")
        if name not in self.operators or fields.get("overload"):
            raise WireError(f"it uses the operator {name[:40]!r}")
        self.seen.add(name)
        for each in fields.get("attribute", ()):
            attribute = self.read(each, _ATTRIBUTE, "attribute")
            if attribute.get("sparse_tensor") or attribute.get("sparse_tensors"):
                raise WireError("it has sparse tensors")
            for tensor in (*attribute.get("t", ()), *attribute.get("tensors", ())):
                self.tensor(self.read(tensor, _TENSOR, "tensor"))
            for graph in (*attribute.get("g", ()), *attribute.get("graphs", ())):
                self.graph(self.read(graph, _GRAPH, "graph"), depth + 1)

    def tensor(self, fields: Fields) -> None:
        if fields.get("external_data") or any(fields.get("data_location", ())):
            raise WireError("it keeps data outside the file")
        dims = wire.numbers(fields.get("dims", []))
        if len(dims) > _MOST_DIMENSIONS or any(each > MOST_BYTES for each in dims):
            raise WireError("a tensor has an impossible shape")
        kind = _TYPES.get(_number(fields, "data_type"))
        if kind is None:
            raise WireError("a tensor has a type of element that no encoder needs")
        size, home = kind
        kinds = {each.name: each.kind for each in _TENSOR.values()}
        counts = {name: wire.count(fields[name], kinds[name]) for name in _DATA if name in fields}
        present = counts.pop(home, 0) * size
        raw = fields.get("raw_data", [])
        if any(counts.values()) or (raw and present):
            raise WireError("a tensor has its data in two places or in the wrong one")
        present += sum(len(each) for each in raw if isinstance(each, memoryview))
        if math.prod(dims) * size != present:
            raise WireError("a tensor has not as many bytes as its shape says")

    def port(self, value: object) -> tuple[str, Port]:
        fields = self.read(value, _VALUE, "value")
        type_ = self.read(_one(fields, "type"), _TYPE, "type")
        tensor = self.read(_one(type_, "tensor_type"), _TENSOR_TYPE, "type")
        shape = self.read(_one(tensor, "shape"), _SHAPE, "shape")
        return _text(fields, "name"), Port(_number(tensor, "elem_type"), len(shape.get("dim", ())))


def walk(data: bytes, also: Collection[str] = ()) -> Graph:
    """Return what the file says of itself; nothing of it has run.

    Args:
        data: the bytes of the file.
        also: operators that may occur beside those of an encoder.

    Raises:
        WireError: it must not be loaded; the text says why.
    """
    if len(data) > MOST_BYTES:
        raise WireError(f"it is larger than {MOST_BYTES // 2**20} MiB")
    walk_ = _Walk(operators={*OPERATORS, *also} if also else OPERATORS)
    model = walk_.read(memoryview(data), _MODEL, "model")
    if model.get("functions") or model.get("training_info"):
        raise WireError("it has functions or training steps of its own")
    opsets: dict[str, int] = {}
    for each in model.get("opset_import", ()):
        entry = walk_.read(each, _OPSET, "operator set")
        opsets[_text(entry, "domain") or "ai.onnx"] = _number(entry, "version")
    # Exporters list domains that no node uses: the nodes decide.
    if "ai.onnx" not in opsets:
        raise WireError("it names no version of the standard operators")
    graph = walk_.read(_one(model, "graph"), _GRAPH, "graph")
    walk_.graph(graph, 1)
    inputs, outputs = (
        dict(walk_.port(each) for each in graph.get(name, ())) for name in ("input", "output")
    )
    return Graph(inputs, outputs, opsets["ai.onnx"], frozenset(walk_.seen))


def _one(fields: Fields, name: str) -> object:
    values = fields.get(name)
    if not values:
        raise WireError(f"it has no `{name}` where one must be")
    return values[0]


def _number(fields: Fields, name: str) -> int:
    values = fields.get(name)
    return values[0] if values and isinstance(values[0], int) else 0


def _text(fields: Fields, name: str) -> str:
    values = fields.get(name)
    if not values or isinstance(values[0], int):
        return ""
    return bytes(values[0]).decode("utf-8", "replace")
