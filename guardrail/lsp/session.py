"""The state of one editor: what is open, what is known of it, and the threads that find out.

Messages are answered on the main thread; reading and judging run on two others. Of several
versions of a text only the last is read, and what is found about an older one is dropped.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from guardrail.lint.rule import Options
from guardrail.lsp.analysis import Analysis, Compiler, Opinions, judge, program_files
from guardrail.lsp.documents import Document, Documents
from guardrail.lsp.index import Index
from guardrail.lsp.names import Names
from guardrail.lsp.report import Json, carried, reported
from guardrail.runtime.host import Host

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

_QUIET: Final = 0.3
"""After so many seconds without a keystroke the linter and the tests run."""
_IDLE: Final = 3.0
"""After so many more seconds garbage is collected, which stops everything for a moment."""
_PATIENCE: Final = 10.0


class Worker(threading.Thread):
    """Runs jobs one after the other; a job that waits gives way to a newer one of its key."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._waiting: dict[str, Callable[[], object]] = {}
        self._has_job = threading.Condition()

    def submit(self, key: str, job: Callable[[], object]) -> None:
        """Run a job when those before it are done."""
        with self._has_job:
            self._waiting[key] = job
            self._has_job.notify()

    def run(self) -> None:
        """Run jobs for ever."""
        while True:
            with self._has_job:
                while not self._waiting:
                    self._has_job.wait()
                job = self._waiting.pop(next(iter(self._waiting)))
            job()


class Session:
    """What is open and what is known of it. Every method runs on the main thread."""

    def __init__(self, server: LanguageServer, host: Host, options: Options) -> None:
        self.documents = Documents()
        self.folders: list[Path] = []
        self.compiler = Compiler(self.documents, host, Path(os.sep))
        self.names = Names(self.compiler)
        self._server = server
        self._options = options
        self._fast, self._slow = Worker("guardrail-compile"), Worker("guardrail-judge")
        self._analyses: dict[str, Analysis] = {}
        self._opinions: dict[str, Opinions] = {}
        self._told: dict[str, tuple[Document, list[Json]]] = {}
        self._waiting: dict[str, list[asyncio.Future[Analysis]]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Start the threads."""
        self._fast.start()
        self._slow.start()

    # ------------------------------------------------------------ what is known

    def analysis(self, uri: str) -> Analysis | None:
        """Return what is known of a text, perhaps of an older version of it."""
        return self._analyses.get(uri)

    def opinions(self, uri: str) -> Opinions | None:
        """Return what the linter and the tests say; None as long as they have not run."""
        analysis, document = self._analyses.get(uri), self.documents.get(uri)
        is_fresh = analysis is not None and analysis.document is document
        return self._opinions.get(uri) if is_fresh else None

    async def fresh(self, uri: str) -> Analysis | None:
        """Return what the compiler knows of the last version of a text."""
        document = self.documents.get(uri)
        known = self._analyses.get(uri)
        if document is None or (known is not None and known.document is document):
            return known
        waiter: asyncio.Future[Analysis] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(uri, []).append(waiter)
        try:
            return await asyncio.wait_for(waiter, _PATIENCE)
        except TimeoutError:
            return None

    async def index(self, uri: str) -> Index | None:
        """Return the names in the last version of a text."""
        analysis = await self.fresh(uri)
        if analysis is None or analysis.tree is None:
            return None
        return Index(analysis.source, analysis.tree)

    # ------------------------------------------------------------ what happens

    def changed(self, document: Document, *, is_echo: bool = False) -> None:
        """Read a text, and judge it when its author pauses.

        `is_echo` says that a file it is read with has changed, not the text itself.
        """
        uri, loop = document.uri, asyncio.get_running_loop()
        if timer := self._timers.pop(uri, None):
            timer.cancel()

        def compile_() -> None:
            if self.documents.get(uri) is not document:
                return
            analysis = self.compiler.compile(document)
            found = reported(analysis, analysis.inspection.diagnostics)
            loop.call_soon_threadsafe(self._compiled, analysis, found, is_echo)

        self._fast.submit(uri, self._safely(compile_, loop))

    def closed(self, uri: str) -> None:
        """Forget a text."""
        self.documents.close(uri)
        for table in (self._analyses, self._opinions, self._told, self._waiting):
            table.pop(uri, None)
        if timer := self._timers.pop(uri, None):
            timer.cancel()
        self._publish(uri, None, [])

    def reread(self) -> None:
        """Read everything that is open again: files have changed that are not."""
        for document in self.documents:
            self.changed(document, is_echo=True)

    def _compiled(
        self,
        analysis: Analysis,
        found: list[Json],
        is_echo: bool,  # noqa: FBT001
    ) -> None:
        document = analysis.document
        if self.documents.get(document.uri) is not document:
            return
        self._analyses[document.uri] = analysis
        self._opinions.pop(document.uri, None)
        for waiter in self._waiting.pop(document.uri, []):
            if not waiter.done():
                waiter.set_result(analysis)
        before = self._told.get(document.uri)
        kept: list[Json] = []
        if before is not None and analysis.inspection.policy is not None:
            kept = list(carried(before[1], before[0].places, document.places))
        self._told[document.uri] = document, kept
        self._publish(document.uri, document.version, [*found, *kept])
        self._later(document.uri, _QUIET, lambda: self._judge(analysis, found, is_echo))

    def _later(self, uri: str, seconds: float, action: Callable[[], object]) -> None:
        """Do something if a text does not change for so many seconds."""
        if timer := self._timers.pop(uri, None):
            timer.cancel()
        self._timers[uri] = asyncio.get_running_loop().call_later(seconds, action)

    def _judge(
        self,
        analysis: Analysis,
        found: list[Json],
        is_echo: bool,  # noqa: FBT001
    ) -> None:
        uri, loop = analysis.document.uri, asyncio.get_running_loop()
        if not is_echo:
            self._read_with(analysis)

        def judge_() -> None:
            opinions = judge(
                analysis, self._options, lambda: self.documents.get(uri) is analysis.document
            )
            if opinions is None:
                return
            said = reported(analysis, (each.diagnostic for each in opinions.findings))
            loop.call_soon_threadsafe(self._judged, analysis, opinions, found, said)

        self._slow.submit(uri, self._safely(judge_, loop))

    def _judged(
        self,
        analysis: Analysis,
        opinions: Opinions,
        found: list[Json],
        said: list[Json],
    ) -> None:
        document = analysis.document
        if self._analyses.get(document.uri) is not analysis:
            return
        self._opinions[document.uri] = opinions
        self._told[document.uri] = document, said
        self._later(document.uri, _IDLE, lambda: self._slow.submit("", gc.collect))
        self._publish(document.uri, document.version, [*found, *said])
        workspace = self._server.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self._server.workspace_code_lens_refresh(None)

    def _read_with(self, analysis: Analysis) -> None:
        """Read the open texts again whose policy holds the file that changed."""
        changed = os.path.realpath(analysis.document.path)
        for other in self.documents:
            known = self._analyses.get(other.uri)
            if other is analysis.document or known is None:
                continue
            program = known.inspection.program
            if program is None or changed in program_files(program):
                self.changed(other, is_echo=True)

    def _publish(self, uri: str, version: int | None, found: list[Json]) -> None:
        """Send diagnostics, which are JSON already, past the server's slow conversion."""
        writer = self._server.protocol.writer
        if writer is None:
            return
        params: Json = {"uri": uri, "diagnostics": found}
        if version is not None:
            params["version"] = version
        method = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        body = json.dumps(message).encode()
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _safely(
        self, job: Callable[[], None], loop: asyncio.AbstractEventLoop
    ) -> Callable[[], None]:
        """Return a job whose failure is told to the editor and stops nothing."""

        def run() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - a thread that dies would leave the editor mute
                message = f"guardrail failed on this text: {type(error).__name__}{_place(error)}"
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._complain, message)

        return run

    def _complain(self, message: str) -> None:
        self._server.window_log_message(types.LogMessageParams(types.MessageType.Error, message))


def _place(error: BaseException) -> str:
    """Return the file and line in which something failed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
