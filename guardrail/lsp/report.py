"""From what the compiler and the linter say to what the protocol carries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from cattrs import Converter
from lsprotocol import types
from pygls.protocol import default_converter

from guardrail.language import nodes
from guardrail.language.diagnostics import CATALOGUE, Diagnostic
from guardrail.language.render import visible
from guardrail.language.source import Range, Source
from guardrail.lsp.analysis import Analysis
from guardrail.lsp.documents import uri_of
from guardrail.lsp.hover import code_page
from guardrail.lsp.index import Index
from guardrail.lsp.names import file_named
from guardrail.lsp.places import Places

Json: TypeAlias = dict[str, Any]

_NOT_NEEDED: Final = frozenset({"G109", "G110", "G308", "G406", "G407", "G602", "G708"})
"""What these point at could as well be deleted: editors show it paler."""

_SEVERITIES: Final = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
}


def reported(analysis: Analysis, diagnostics: Iterable[Diagnostic]) -> list[Json]:
    """Return diagnostics as the protocol has them, JSON-ready.

    Those of other files are told at the import that leads there. An editor is told hundreds again
    at each keystroke, so they are made ready once.
    """
    mine: list[Diagnostic] = []
    elsewhere: list[Diagnostic] = []
    for each in diagnostics:
        (mine if each.source is analysis.source else elsewhere).append(each)
    found = [*(_one(analysis, each) for each in mine), *_imported(analysis, elsewhere)]
    return [_converter().unstructure(each) for each in found]


@cache
def _converter() -> Converter:
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]
    return converter


def _one(analysis: Analysis, diagnostic: Diagnostic) -> types.Diagnostic:
    places, label = analysis.document.places, diagnostic.primary
    text = visible(diagnostic.message) + (f": {visible(label.text)}" if label.text else "")
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(analysis.document.uri, places.range(other.span)), visible(other.text)
        )
        for other in diagnostic.others
        if other.text
    ]
    is_unneeded = diagnostic.code in _NOT_NEEDED
    return types.Diagnostic(
        range=places.range(_shown(label.span, len(places.text))),
        message="\n".join([text, *(f"help: {visible(each)}" for each in diagnostic.help)]),
        severity=_SEVERITIES[diagnostic.level],
        code=diagnostic.code,
        code_description=_link(diagnostic.code),
        source="guardrail",
        related_information=related or None,
        tags=[types.DiagnosticTag.Unnecessary] if is_unneeded else None,
        data=CATALOGUE[diagnostic.code].name,
    )


def _shown(span: Range, length: int) -> Range:
    """Return a stretch of at least one character, if there is one."""
    return span if span.end > span.start else Range(span.start, min(span.start + 1, length))


def _link(code: str) -> types.CodeDescription | None:
    page = code_page(code)
    return types.CodeDescription(page.as_uri()) if page is not None else None


def _imported(analysis: Analysis, elsewhere: list[Diagnostic]) -> Iterator[types.Diagnostic]:
    """Yield one diagnostic for each other file that has errors."""
    if analysis.tree is None:
        return
    by_file: dict[str, list[Diagnostic]] = {}
    for each in elsewhere:
        if each.level == "error":
            by_file.setdefault(each.source.name, []).append(each)
    for name, mistakes in by_file.items():
        first = mistakes[0]
        number = f"{len(mistakes)} errors" if len(mistakes) > 1 else "an error"
        span = _import_of(analysis, name)
        if span is not None:
            yield types.Diagnostic(
                range=analysis.document.places.range(span),
                message=f"`{visible(Path(name).name)}` has {number}: {visible(first.message)}",
                severity=types.DiagnosticSeverity.Error,
                code=first.code,
                code_description=_link(first.code),
                source="guardrail",
                related_information=[_elsewhere(each) for each in mistakes[:10]],
            )


def _elsewhere(diagnostic: Diagnostic) -> types.DiagnosticRelatedInformation:
    source: Source = diagnostic.source
    range_ = Places(source.text).range(diagnostic.primary.span)
    location = types.Location(uri_of(source.name), range_)
    return types.DiagnosticRelatedInformation(location, visible(diagnostic.message))


def _import_of(analysis: Analysis, name: str) -> Range | None:
    """Return the path in an import, or of a list, that leads to a file; else the first import."""
    tree = analysis.tree
    if tree is None:
        return None
    index = Index(analysis.source, tree)
    named = [(item.path, True) for item in tree.items if isinstance(item, nodes.Import)]
    named += [
        (item.file, False)
        for item in tree.items
        if isinstance(item, nodes.ListNode) and item.file is not None
    ]
    for path, is_import in named:
        file = file_named(index, path, is_import=is_import)
        if path.value == name or (file and os.path.realpath(file) == os.path.realpath(name)):
            return path.span
    return named[0][0].span if named and named[0][1] else None


# ---------------------------------------------------------------- through an edit


def carried(before: list[Json], old: Places, new: Places) -> Iterator[Json]:
    """Yield what was said of the text before an edit and still stands in the text after it."""
    start, kept = _common(old.text, new.text)
    by = len(new.text) - len(old.text)
    for each in before:
        first, last = (types.Position(**each["range"][edge]) for edge in ("start", "end"))
        span = old.span(types.Range(first, last))
        if span.end < start:
            yield each
        elif span.start > len(old.text) - kept:
            moved = {**each, "range": _json(new, Range(span.start + by, span.end + by))}
            moved.pop("relatedInformation", None)
            yield moved


def _json(places: Places, span: Range) -> Json:
    edges = {"start": places.position(span.start), "end": places.position(span.end)}
    return {name: {"line": edge.line, "character": edge.character} for name, edge in edges.items()}


def _common(old: str, new: str) -> tuple[int, int]:
    """Return how many characters two texts share at their beginning, and then at their end."""
    start = _shared(old, new)
    return start, _shared(old[start:][::-1], new[start:][::-1])


def _shared(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one.startswith(other[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low
