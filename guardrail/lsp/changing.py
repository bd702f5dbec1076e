"""The requests that change a text or run something: format, rename, fix, show how a test ends."""

from __future__ import annotations

import asyncio
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from guardrail import assets
from guardrail.errors import PolicyError
from guardrail.language import nodes
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.format import FormatError, format_policy
from guardrail.language.source import Range
from guardrail.lint.pages import page
from guardrail.lsp.actions import SHOW_CODE, actions
from guardrail.lsp.analysis import tested
from guardrail.lsp.documents import Document
from guardrail.lsp.index import Index
from guardrail.lsp.lenses import SHOW_TEST, lenses, of_test, told
from guardrail.lsp.names import Meaning, span_of, why_not
from guardrail.lsp.reading import meaning_at, references
from guardrail.lsp.session import Session

_REFUSED = -32803
"""The protocol's code for a request that was understood and cannot be done."""


def add(server: LanguageServer, session: Session) -> None:
    """Let a server answer these requests."""
    _add_formatting(server, session)
    _add_rename(server, session)
    _add_actions(server, session)
    _add_tests(server, session)


def _add_formatting(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def on_formatting(
        params: types.DocumentFormattingParams,
    ) -> list[types.TextEdit] | None:
        document = session.documents.get(params.text_document.uri)
        if document is None:
            return None
        try:
            text = await asyncio.to_thread(format_policy, document.source)
        except PolicyError:
            return None  # the mistakes are shown already
        except FormatError as error:
            server.window_show_message(
                types.ShowMessageParams(types.MessageType.Error, error.message)
            )
            return None
        return _edits(document, text)


def _edits(document: Document, text: str) -> list[types.TextEdit]:
    """Return the lines that change, as one edit; the cursor stays where nothing does."""
    old, new = document.source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    kept = 0
    while kept < min(len(old), len(new)) - start and old[-1 - kept] == new[-1 - kept]:
        kept += 1
    if start == len(old) == len(new):
        return []
    first = sum(map(len, old[:start]))
    last = len(document.source.text) - sum(map(len, old[len(old) - kept :]))
    written = "".join(new[start : len(new) - kept])
    return [types.TextEdit(document.places.range(Range(first, last)), written)]


# ---------------------------------------------------------------- rename


def _add_rename(server: LanguageServer, session: Session) -> None:
    async def meaning(uri: str, position: types.Position) -> tuple[Index, int, Meaning] | None:
        index, document = await session.index(uri), session.documents.get(uri)
        if index is None or document is None:
            return None
        at = document.places.offset(position)
        found = await asyncio.to_thread(meaning_at, session, index, at)
        return None if found is None else (index, at, found)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def on_prepare(params: types.PrepareRenameParams) -> types.Range | None:
        found = await meaning(params.text_document.uri, params.position)
        document = session.documents.get(params.text_document.uri)
        if found is None or document is None or _is_shipped(session, found[2]):
            return None
        use = found[0].at(found[1])
        return document.places.range(span_of(use, document.source.text)) if use else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def on_rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        found = await meaning(params.text_document.uri, params.position)
        if found is None or _is_shipped(session, found[2]):
            return None
        if wrong := why_not(params.new_name, found[2].index):
            raise JsonRpcException(wrong, _REFUSED)
        changes: dict[str, list[types.TextEdit]] = {}
        for place in await asyncio.to_thread(references, session, found[2]):
            edit = types.TextEdit(place.range, params.new_name)
            changes.setdefault(place.uri, []).append(edit)
        return types.WorkspaceEdit(changes=changes)


def _is_shipped(session: Session, meaning: Meaning) -> bool:
    """Whether a declaration stands in the shipped library, where nothing can be renamed."""
    is_open = session.documents.at(meaning.path) is not None
    return not is_open and assets.folder("policies") in meaning.path.parents


# ---------------------------------------------------------------- fixes


def _add_actions(server: LanguageServer, session: Session) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    async def on_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        analysis = await session.fresh(uri)
        if analysis is None:
            return []
        found = actions(
            analysis, session.opinions(uri), analysis.document.places.span(params.range)
        )
        for action in found:
            action.diagnostics = [
                each for each in params.context.diagnostics if each.code == action.data
            ]
        return found

    @server.command(SHOW_CODE)
    def on_explain(*arguments: Any) -> str | None:
        if len(arguments) != 1 or arguments[0] not in CATALOGUE:
            return None
        said = page(str(arguments[0]))
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, said))
        return said


# ---------------------------------------------------------------- tests


def _add_tests(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def on_lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        analysis = await session.fresh(params.text_document.uri)
        if analysis is None:
            return []
        opinions = session.opinions(params.text_document.uri)
        return lenses(analysis, opinions.tests if opinions is not None else None)

    @server.command(SHOW_TEST)
    async def on_show(*arguments: Any) -> str | None:
        if len(arguments) != 2 or not isinstance(arguments[1], int):  # noqa: PLR2004 - URI and line
            return None
        analysis = await session.fresh(str(arguments[0]))
        if analysis is None or analysis.tree is None:
            return None
        at = analysis.document.places.offset(types.Position(arguments[1], 0))
        item = Index(analysis.source, analysis.tree).item_at(at)
        if not isinstance(item, nodes.Test):
            return None
        results = of_test(analysis, item, await asyncio.to_thread(tested, analysis))
        has_failed = results is not None and not all(each.passed for each in results)
        said = told(results) if results else "This test cannot run: the policy has errors."
        kind = types.MessageType.Error if has_failed else types.MessageType.Info
        server.window_show_message(types.ShowMessageParams(kind, said))
        return said
