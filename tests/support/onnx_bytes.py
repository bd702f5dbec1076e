"""ONNX files by hand: protobuf bytes without the `onnx` package, so that broken ones can be made."""

import struct
from collections.abc import Sequence

FLOAT, INT64, STRING = 1, 7, 8


def varint(number: int) -> bytes:
    number %= 2**64
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def num(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)


def part(field: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(
    name: str, dims: Sequence[int], raw: bytes = b"", type_: int = FLOAT, extra: bytes = b""
) -> bytes:
    shape = b"".join(num(1, each) for each in dims)
    data = part(9, raw) if raw else b""
    return shape + num(2, type_) + part(8, name) + data + extra


def floats(values: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def longs(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}q", *values)


def ints_attribute(name: str, values: Sequence[int]) -> bytes:
    return part(1, name) + b"".join(num(8, each) for each in values) + num(20, 7)


def int_attribute(name: str, value: int) -> bytes:
    return part(1, name) + num(3, value) + num(20, 2)


def graph_attribute(name: str, graph_: bytes) -> bytes:
    return part(1, name) + part(6, graph_) + num(20, 5)


def node(
    op: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    attributes: Sequence[bytes] = (),
    domain: str = "",
) -> bytes:
    return (
        b"".join(part(1, each) for each in inputs)
        + b"".join(part(2, each) for each in outputs)
        + part(4, op)
        + b"".join(part(5, each) for each in attributes)
        + (part(7, domain) if domain else b"")
    )


def value(name: str, type_: int, dims: Sequence[int | str]) -> bytes:
    shape = b"".join(
        part(1, part(2, each) if isinstance(each, str) else num(1, each)) for each in dims
    )
    return part(1, name) + part(2, part(1, num(1, type_) + part(2, shape)))


def graph(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes] = (),
    inputs: Sequence[bytes] = (),
    outputs: Sequence[bytes] = (),
    extra: bytes = b"",
) -> bytes:
    return (
        b"".join(part(1, each) for each in nodes)
        + part(2, "g")
        + b"".join(part(5, each) for each in tensors)
        + b"".join(part(11, each) for each in inputs)
        + b"".join(part(12, each) for each in outputs)
        + extra
    )


def model(graph_: bytes, opset: int = 13, extra: bytes = b"") -> bytes:
    return num(1, 8) + part(7, graph_) + part(8, part(1, "") + num(2, opset)) + extra
