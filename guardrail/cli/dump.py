"""Dataclasses as an indented outline, for people who want to see a station of the compiler."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping

from guardrail.language.checked import Place
from guardrail.language.source import Range, Source


def dump(value: object, source: Source | None = None) -> str:
    """Return a value and all that is in it, one thing a line.

    >>> print(dump({"name": ("a", 1)}))
    name
      - "a"
      - 1
    """
    return "\n".join(_lines(value, "", source))


def _lines(value: object, indent: str, source: Source | None) -> Iterator[str]:
    for name, item in _items(value, source):
        label = f"{indent}{name}"
        if _is_flat(item):
            yield f"{label} {_flat(item, source)}"
        elif dataclasses.is_dataclass(item):
            yield f"{label} {type(item).__name__}"
            yield from _lines(item, indent + "  ", source)
        else:
            yield label
            yield from _lines(item, indent + "  ", source)


def _items(value: object, source: Source | None) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, (tuple, list)):
        yield from (("-", item) for item in value)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            is_place = field.name == "span" and source is None
            if item not in (None, (), {}, False) and not is_place and field.name != "source":
                yield field.name, item


def _is_flat(value: object) -> bool:
    return isinstance(value, (str, int, float, enum.Enum, Range, Place, Source)) or value in (
        None,
        (),
        {},
    )


def _flat(value: object, source: Source | None) -> str:
    match value:
        case str():
            return f'"{value}"'
        case Range():
            return _position(value, source) if source else f"{value.start}-{value.end}"
        case Place():
            return f"{value.source.name}:{_position(value.span, value.source)}"
        case Source():
            return value.name
        case enum.Enum():
            return value.name.lower()
        case _:
            return str(value)


def _position(span: Range, source: Source) -> str:
    line, column = source.position(span.start)
    return f"{line}:{column}"
