"""What a policy declares, as an editor lists it."""

from __future__ import annotations

from typing import Final

from lsprotocol import types

from guardrail.language import nodes
from guardrail.lsp.documents import Document
from guardrail.lsp.index import name_of

_KINDS: Final[dict[type, types.SymbolKind]] = {
    nodes.Policy: types.SymbolKind.Module,
    nodes.Import: types.SymbolKind.Namespace,
    nodes.Principle: types.SymbolKind.Interface,
    nodes.ListNode: types.SymbolKind.Array,
    nodes.PatternNode: types.SymbolKind.Constant,
    nodes.Detector: types.SymbolKind.Class,
    nodes.Reply: types.SymbolKind.String,
    nodes.Rewriter: types.SymbolKind.Class,
    nodes.Rule: types.SymbolKind.Function,
    nodes.Test: types.SymbolKind.Event,
}
_WORDS: Final[dict[type, str]] = {
    nodes.ListNode: "list",
    nodes.PatternNode: "pattern",
}


def outline(document: Document, tree: nodes.File) -> list[types.DocumentSymbol]:
    """Return the declarations of a file, in the order they were written."""
    return [
        types.DocumentSymbol(
            name=name_of(item).name or "(no title)",
            detail=_WORDS.get(type(item), type(item).__name__.lower()),
            kind=_KINDS[type(item)],
            range=document.places.range(item.span),
            selection_range=document.places.range(name_of(item).span),
        )
        for item in tree.items
    ]
