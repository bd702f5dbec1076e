"""The server itself: it speaks the protocol over standard input and output, and ends with them."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from guardrail.lint.rule import Options
from guardrail.lsp import changing, reading
from guardrail.lsp.documents import path_of
from guardrail.lsp.session import Session
from guardrail.runtime.host import Host

_LOOKS: Final = 2.0
"""Every so many seconds it is looked whether the editor is still there."""
_SWITCH: Final = 0.001
"""The seconds a thread may keep the others waiting: a keystroke comes before the linter."""

_GARBAGE: Final = (100_000, 20, 1_000)
"""Garbage is collected when the author pauses: in the middle of a keystroke it takes as long as
everything else."""


def serve(host: Host, options: Options | None = None) -> None:
    """Serve one editor until it says goodbye or goes away."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    sys.setswitchinterval(_SWITCH)
    gc.set_threshold(*_GARBAGE)
    # Only the protocol may write to the editor, and it closes what it writes to.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with output, contextlib.redirect_stdout(sys.stderr):
        make(host, options or Options()).start_io(stdout=output)


def make(host: Host, options: Options) -> LanguageServer:
    """Return a server that is ready to start."""
    server = LanguageServer("guardrail", _version())
    session = Session(server, host, options)
    _add_lifetime(server, session)
    _add_texts(server, session)
    reading.add(server, session)
    changing.add(server, session)
    return server


def _version() -> str:
    try:
        return version("guardrail-sdk")
    except PackageNotFoundError:
        return "0"


def _add_lifetime(server: LanguageServer, session: Session) -> None:
    @server.feature(types.INITIALIZE)
    def on_initialize(params: types.InitializeParams) -> None:
        chosen = server.workspace.position_encoding or types.PositionEncodingKind.Utf16
        session.documents.encoding = types.PositionEncodingKind(chosen).value
        folders = [each.uri for each in params.workspace_folders or ()]
        folders = folders or ([params.root_uri] if params.root_uri else [])
        session.folders = [path_of(uri) for uri in folders]
        session.start()
        if params.process_id is not None and os.name == "posix":
            threading.Thread(target=_watch, args=(params.process_id,), daemon=True).start()


def _watch(process: int) -> None:
    """End when the editor is gone, even if something else holds the other end of the pipe."""
    while True:
        time.sleep(_LOOKS)
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            os._exit(1)
        except OSError:
            return


def _add_texts(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def on_open(params: types.DidOpenTextDocumentParams) -> None:
        text = params.text_document
        session.changed(session.documents.put(text.uri, text.version, text.text))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def on_change(params: types.DidChangeTextDocumentParams) -> None:
        text = params.text_document
        document = session.documents.change(text.uri, text.version, params.content_changes)
        if document is not None:
            session.changed(document)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def on_save(_params: types.DidSaveTextDocumentParams) -> None:
        session.reread()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def on_close(params: types.DidCloseTextDocumentParams) -> None:
        session.closed(params.text_document.uri)
        session.reread()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def on_files(_params: types.DidChangeWatchedFilesParams) -> None:
        session.reread()
