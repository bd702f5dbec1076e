"""Protobuf's wire format, read strictly: only the fields of a schema, each as it must be written.

What protobuf would skip or merge (unknown fields, a single field written twice, groups, another
wire type) is refused, so that nobody reads such a file differently. Messages nest as deep as the
schema says; the one kind that holds itself (a graph) is counted by the walker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Value: TypeAlias = "int | memoryview"
Fields: TypeAlias = Mapping[str, list[Value]]

_VARINT: Final = 0
_FIXED64: Final = 1
_BYTES: Final = 2
_FIXED32: Final = 5
_LONGEST_VARINT: Final = 10
_CONTINUES: Final = 0x80
_MOST_FIELD: Final = 2**29


class WireError(ValueError):
    """The bytes are not the message they should be; the text says why, in words."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: a number, text or bytes, or numbers that may be packed."""

    name: str
    kind: Literal["varint", "bytes", "float", "double"]
    many: bool = False


class Budget:
    """Counts the fields of one file; a file with more than `most` is refused."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spend(self) -> None:
        """Count one field."""
        self.left -= 1
        if self.left < 0:
            raise WireError("it has too many parts")


def varint(view: memoryview, at: int) -> tuple[int, int]:
    """Return a number and where it ends.

    >>> varint(memoryview(bytes([0xAC, 2])), 0)
    (300, 2)

    Raises:
        WireError: it does not end, or is longer than 64 bits.
    """
    number = 0
    for place in range(_LONGEST_VARINT):
        if at + place >= len(view):
            raise WireError("it ends in the middle of a number")
        byte = view[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < _CONTINUES:
            if number >= 2**64:
                break
            return number, at + place + 1
    raise WireError("a number is longer than 64 bits")


def read(view: memoryview, schema: Mapping[int, Field], what: str, budget: Budget) -> Fields:
    r"""Return the fields of a message by name; numbers as they stand, the rest as views.

    >>> name = {1: Field("name", "bytes")}
    >>> found = read(memoryview(b"\x0a\x02hi"), name, "node", Budget(9))
    >>> bytes(found["name"][0])
    b'hi'

    Raises:
        WireError: it is not a message of this schema.
    """
    found: dict[str, list[Value]] = {}
    at = 0
    while at < len(view):
        budget.spend()
        key, at = varint(view, at)
        number, wire = key >> 3, key & 7
        field = schema.get(number) if number < _MOST_FIELD else None
        if field is None:
            raise WireError(f"a {what} has an unknown field ({number})")
        value, at = _value(view, at, wire)
        _check_wire(field, wire, what)
        values = found.setdefault(field.name, [])
        if values and not field.many:
            raise WireError(f"a {what} has its `{field.name}` twice")
        values.append(value)
    return found


_SIZES: Final = {_FIXED64: 8, _FIXED32: 4}
_WIRES: Final = {"varint": _VARINT, "bytes": _BYTES, "float": _FIXED32, "double": _FIXED64}


def _value(view: memoryview, at: int, wire: int) -> tuple[Value, int]:
    if wire == _VARINT:
        return varint(view, at)
    if wire == _BYTES:
        size, at = varint(view, at)
    elif wire in _SIZES:
        size = _SIZES[wire]
    else:
        raise WireError("it uses groups or an unknown wire type")
    if size > len(view) - at:
        raise WireError("it ends in the middle of a part")
    return view[at : at + size], at + size


def _check_wire(field: Field, wire: int, what: str) -> None:
    is_packed = field.many and field.kind != "bytes" and wire == _BYTES
    if wire != _WIRES[field.kind] and not is_packed:
        raise WireError(f"the `{field.name}` of a {what} has the wrong wire type")


_MORE: Final = bytes(range(_CONTINUES, 256))


def count(values: list[Value], kind: str) -> int:
    """Return how many numbers a repeated field holds, packed or not.

    >>> count([1, memoryview(bytes([0xAC, 2, 7]))], "varint")
    3

    Raises:
        WireError: a packed field ends in the middle of a number.
    """
    total = 0
    for value in values:
        if isinstance(value, int):
            total += 1
        elif kind == "varint":
            if len(value) and value[-1] >= _CONTINUES:
                raise WireError("a list of numbers ends in the middle of one")
            total += len(bytes(value).translate(None, _MORE))
        else:
            size = _SIZES[_WIRES[kind]]
            if len(value) % size:
                raise WireError("a list of numbers ends in the middle of one")
            total += len(value) // size
    return total


def numbers(values: list[Value]) -> list[int]:
    """Return the whole numbers of a repeated field, packed or not.

    >>> numbers([1, memoryview(bytes([0xAC, 2, 7]))])
    [1, 300, 7]
    """
    found: list[int] = []
    for value in values:
        if isinstance(value, int):
            found.append(value)
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            found.append(number)
    return found
