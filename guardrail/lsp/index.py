"""What the names in one file mean: what it declares, and every place that refers to a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final

from guardrail.language import nodes
from guardrail.language.names import Sort
from guardrail.language.source import Range, Source

SORTS: Final[dict[type, Sort]] = {
    nodes.Import: "import",
    nodes.Principle: "principle",
    nodes.ListNode: "list",
    nodes.PatternNode: "pattern",
    nodes.Detector: "detector",
    nodes.Reply: "reply",
    nodes.Rewriter: "rewriter",
    nodes.Rule: "rule",
}
_DOTTED: Final = re.compile(r"(\w+)\s*\.\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Use:
    """A place that names something: the span, and the name as the file knows it."""

    span: Range
    name: str
    is_value: bool = False


class Index:
    """The names of one file; the first declaration of a name counts."""

    def __init__(self, source: Source, tree: nodes.File) -> None:
        self.source = source
        self.tree = tree
        self.declared: dict[str, nodes.Item] = {}
        for item in tree.items:
            if type(item) in SORTS:
                self.declared.setdefault(name_of(item).name, item)
        self._uses: list[Use] | None = None

    def sort(self, name: str) -> Sort | None:
        """Return what a name is, None if the file does not declare it."""
        item = self.declared.get(name)
        return SORTS[type(item)] if item is not None else None

    @property
    def uses(self) -> list[Use]:
        """Every place that names something; an alias and what stands behind its dot are two."""
        if self._uses is None:
            self._uses = [use for item in self.tree.items for use in self._uses_in(item)]
        return self._uses

    def at(self, offset: int) -> Use | None:
        """Return the name that stands at an offset, a declared one or one that is referred to."""
        for item in self.tree.items:
            if item.span.start <= offset <= item.span.end:
                declared = [Use(name_of(item).span, name_of(item).name)] if _names(item) else []
                for use in [*declared, *self._uses_in(item)]:
                    if use.span.start <= offset <= use.span.end:
                        return use
        return None

    def item_at(self, offset: int) -> nodes.Item | None:
        """Return the declaration that stands at an offset."""
        return next(
            (item for item in self.tree.items if item.span.start <= offset <= item.span.end), None
        )

    def _uses_in(self, item: nodes.Item) -> Iterator[Use]:
        for ref, is_value in _refs(item, is_value=False):
            if ref is not name_of(item):
                yield from self._parts(ref, is_value=is_value)

    def _parts(self, ref: nodes.Ref, *, is_value: bool) -> Iterator[Use]:
        written = self.source.text[ref.span.start : ref.span.end]
        match = _DOTTED.fullmatch(written)
        if match is None:
            yield Use(ref.span, ref.name, is_value)
            return
        start = ref.span.start
        yield Use(Range(start, start + match.end(1)), match[1], is_value)
        yield Use(Range(start + match.start(2), ref.span.end), ref.name, is_value)


def name_of(item: nodes.Item) -> nodes.Ref:
    """Return the name of a declaration; the title of a test, which has no name."""
    if isinstance(item, nodes.Test):
        return nodes.Ref(span=item.title.span, name=item.title.value)
    return item.name


def _names(item: nodes.Item) -> bool:
    return type(item) in SORTS


def _refs(value: Any, *, is_value: bool) -> Iterator[tuple[nodes.Ref, bool]]:
    """Yield what refers to a name; a bare word in an argument may be one (`is_value`)."""
    if isinstance(value, tuple):
        for each in value:
            yield from _refs(each, is_value=is_value)
    elif isinstance(value, nodes.Ref):
        yield value, is_value
    elif isinstance(value, nodes.Call):
        yield from _refs(value.arguments, is_value=True)
    elif isinstance(value, nodes.Node):
        kind: Any = type(value)
        for name in _fields(kind):
            yield from _refs(getattr(value, name), is_value=is_value)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name != "span")
