"""The requests that only look: hover, completion, where a name is declared and used, colors."""

from __future__ import annotations

import asyncio
from typing import Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from guardrail.language import nodes
from guardrail.lsp.colors import LEGEND, colors
from guardrail.lsp.completion import Choice, Choices, Role, complete, with_rest
from guardrail.lsp.documents import Document, uri_of
from guardrail.lsp.hover import hover
from guardrail.lsp.index import Index
from guardrail.lsp.names import Meaning, file_at, policies_below, span_of
from guardrail.lsp.outline import outline
from guardrail.lsp.places import Places
from guardrail.lsp.session import Session

_KINDS: Final[dict[Role, types.CompletionItemKind]] = {
    "keyword": types.CompletionItemKind.Keyword,
    "kind": types.CompletionItemKind.Class,
    "parameter": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
    "file": types.CompletionItemKind.File,
    "import": types.CompletionItemKind.Module,
    "principle": types.CompletionItemKind.Interface,
    "list": types.CompletionItemKind.Variable,
    "pattern": types.CompletionItemKind.Constant,
    "detector": types.CompletionItemKind.Class,
    "reply": types.CompletionItemKind.Text,
    "rewriter": types.CompletionItemKind.Class,
    "rule": types.CompletionItemKind.Function,
}
_TRIGGERS: Final = [".", '"', "/", "(", "[", ":"]


def add(server: LanguageServer, session: Session) -> None:
    """Let a server answer these requests."""
    _add_shown(server, session)
    _add_names(server, session)
    _add_lists(server, session)


def _add_shown(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def on_hover(params: types.HoverParams) -> types.Hover | None:
        index = await session.index(params.text_document.uri)
        document = session.documents.get(params.text_document.uri)
        if index is None or document is None:
            return None
        at = document.places.offset(params.position)
        vocabulary = session.compiler.vocabulary
        found = await asyncio.to_thread(hover, index, at, session.names, vocabulary)
        if found is None:
            return None
        markdown = types.MarkupContent(types.MarkupKind.Markdown, found[0])
        return types.Hover(markdown, document.places.range(found[1]))

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_TRIGGERS)
    )
    async def on_completion(params: types.CompletionParams) -> types.CompletionList | None:
        document = session.documents.get(params.text_document.uri)
        if document is None:
            return None
        known = session.analysis(document.uri) or await session.fresh(document.uri)
        tree = known.tree if known is not None else None
        index = Index(known.source, tree) if known is not None and tree is not None else None
        at = document.places.offset(params.position)
        vocabulary = session.compiler.vocabulary
        found = await asyncio.to_thread(
            complete, document.source, index, at, session.names, vocabulary
        )
        if found is None:
            return None
        return _completions(document, found, can_replace=_can_replace(server))


def _can_replace(server: LanguageServer) -> bool:
    """Whether the editor asks its user what becomes of the rest of a word."""
    text = server.client_capabilities.text_document
    item = text.completion.completion_item if text and text.completion else None
    return bool(item and item.insert_replace_support)


def _completions(document: Document, found: Choices, *, can_replace: bool) -> types.CompletionList:
    insert = document.places.range(found.span)
    replace = document.places.range(with_rest(document.source.text, found.span))

    def edit(text: str) -> types.TextEdit | types.InsertReplaceEdit:
        if can_replace:
            return types.InsertReplaceEdit(text, insert, replace)
        return types.TextEdit(insert, text)

    def item(choice: Choice) -> types.CompletionItem:
        return types.CompletionItem(
            label=choice.text,
            kind=_KINDS[choice.role],
            detail=None if choice.role == "keyword" else choice.role,
            documentation=types.MarkupContent(types.MarkupKind.Markdown, choice.help)
            if choice.help
            else None,
            sort_text=f"{choice.rank}{choice.text}",
            text_edit=edit(choice.text),
        )

    return types.CompletionList(is_incomplete=False, items=[item(each) for each in found.items])


def _add_names(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def on_definition(params: types.DefinitionParams) -> types.Location | None:
        index = await session.index(params.text_document.uri)
        document = session.documents.get(params.text_document.uri)
        if index is None or document is None:
            return None
        at = document.places.offset(params.position)
        return await asyncio.to_thread(_definition, session, index, at)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def on_references(params: types.ReferenceParams) -> list[types.Location]:
        index = await session.index(params.text_document.uri)
        document = session.documents.get(params.text_document.uri)
        if index is None or document is None:
            return []
        at = document.places.offset(params.position)
        meaning = await asyncio.to_thread(meaning_at, session, index, at)
        if meaning is None:
            return []
        found = await asyncio.to_thread(references, session, meaning)
        if not params.context.include_declaration:
            declared = location(session, meaning.index, meaning.name)
            found = [each for each in found if each != declared]
        return found


def meaning_at(session: Session, index: Index, offset: int) -> Meaning | None:
    """Return what the name at an offset means."""
    use = index.at(offset)
    return session.names.meaning(index, use) if use is not None else None


def _definition(session: Session, index: Index, offset: int) -> types.Location | None:
    file = file_at(index, offset)
    if file is not None:
        start = types.Position(0, 0)
        return types.Location(uri_of(file), types.Range(start, start))
    meaning = meaning_at(session, index, offset)
    return location(session, meaning.index, meaning.name) if meaning is not None else None


def references(session: Session, meaning: Meaning) -> list[types.Location]:
    """Return every place that names a declaration, in open texts and below the open folders."""
    open_ = [document.path for document in session.documents]
    below = (file for folder in session.folders for file in policies_below(folder))
    files = iter([meaning.path, *open_, *below])
    found = []
    for index, use in session.names.uses(meaning, files):
        span = span_of(use, index.source.text)
        found.append(location(session, index, nodes.Ref(span=span, name=use.name)))
    return found


def location(session: Session, index: Index, node: nodes.Node) -> types.Location:
    """Return where a node stands, as the protocol has it."""
    document = session.documents.at(index.source.name)
    uri = document.uri if document is not None else uri_of(index.source.name)
    places = Places(index.source.text, session.documents.encoding)
    return types.Location(uri, places.range(node.span))


def _add_lists(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def on_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        analysis = await session.fresh(params.text_document.uri)
        if analysis is None or analysis.tree is None:
            return []
        return outline(analysis.document, analysis.tree)

    @server.feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        types.SemanticTokensRegistrationOptions(legend=LEGEND, full=True),
    )
    async def on_colors(params: types.SemanticTokensParams) -> types.SemanticTokens:
        document = session.documents.get(params.text_document.uri)
        data = [] if document is None else await asyncio.to_thread(colors, document.places)
        return types.SemanticTokens(data)
