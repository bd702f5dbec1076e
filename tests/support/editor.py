"""An editor, as far as the language server can tell: it speaks the protocol with a real process."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, cast

Json = dict[str, Any]


class Editor:
    """A client with one server; messages are answered in order, with a time limit."""

    def __init__(
        self,
        folder: Path,
        *,
        encodings: list[str] | None = None,
        pid: int | None = None,
        can_replace: bool = False,
    ) -> None:
        self.root = self.folder = folder
        self.policy = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "guardrail", "lsp", "--stdio"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._stdin = cast("IO[bytes]", self.process.stdin)
        self._incoming: queue.Queue[Json] = queue.Queue()
        self._number = 0
        self.versions: dict[str, int] = {}
        self.notes: list[Json] = []
        threading.Thread(target=self._listen, daemon=True).start()
        general = {"positionEncodings": encodings} if encodings else {}
        self.capabilities = self.ask(
            "initialize",
            {
                "processId": pid or os.getpid(),
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "capabilities": {
                    "general": general,
                    "textDocument": {
                        "publishDiagnostics": {
                            "relatedInformation": True,
                            "versionSupport": True,
                            "codeDescriptionSupport": True,
                            "tagSupport": {"valueSet": [1, 2]},
                        },
                        "completion": {"completionItem": {"insertReplaceSupport": can_replace}},
                        "codeAction": {
                            "codeActionLiteralSupport": {
                                "codeActionKind": {"valueSet": ["quickfix"]}
                            }
                        },
                    },
                },
            },
        )["capabilities"]
        self.tell("initialized", {})

    # ------------------------------------------------------------ messages

    def _listen(self) -> None:
        stdout = cast("IO[bytes]", self.process.stdout)
        while True:
            length = 0
            while (line := stdout.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                return
            self._incoming.put(json.loads(stdout.read(length)))

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        self._stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._stdin.flush()

    def tell(self, method: str, params: Json) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Json, limit: float = 60.0) -> Any:
        """Send a request and return the result; an error of the server is raised."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        answer = self.wait(
            lambda message: message.get("id") == number and "method" not in message, limit
        )
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]

    def wait(self, is_it: Any, limit: float = 60.0) -> Json:
        """Return the first message that is meant; the others are kept in `notes`."""
        for number, message in enumerate(self.notes):
            if is_it(message):
                return self.notes.pop(number)
        end = time.monotonic() + limit
        while True:
            message = self._incoming.get(timeout=max(end - time.monotonic(), 0.01))
            if is_it(message):
                return message
            self.notes.append(message)

    # ------------------------------------------------------------ texts

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> str:
        """Open a text; return its URI."""
        uri = self.uri(name)
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": "guard", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, *changes: Json) -> int:
        """Send changes; return the new version."""
        self.versions[uri] += 1
        version = {"uri": uri, "version": self.versions[uri]}
        self.tell(
            "textDocument/didChange", {"textDocument": version, "contentChanges": list(changes)}
        )
        return self.versions[uri]

    def diagnostics(self, uri: str, *codes: str, limit: float = 60.0) -> list[Json]:
        """Return the diagnostics of the last version of a text; wait for all of some codes."""

        def is_it(message: Json) -> bool:
            if message.get("method") != "textDocument/publishDiagnostics":
                return False
            params = message["params"]
            if params["uri"] != uri or params.get("version") != self.versions[uri]:
                return False
            return set(codes) <= {each["code"] for each in params["diagnostics"]}

        return cast("list[Json]", self.wait(is_it, limit)["params"]["diagnostics"])

    def close_all(self) -> None:
        """Close every text and forget what was said of it."""
        for uri in self.versions:
            self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.versions.clear()
        if self.process.poll() is None:
            self.ask("textDocument/documentSymbol", {"textDocument": {"uri": self.uri("none")}})
        self.notes.clear()

    def at(self, uri: str, line: int, character: int) -> Json:
        return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}

    # ------------------------------------------------------------ the end

    def quit(self) -> int:
        """Say goodbye; return the exit code."""
        if self.process.poll() is None:
            self.ask("shutdown", {})
            self.tell("exit", {})
        return self.process.wait(30)

    def vanish(self) -> int:
        """Close the line without a word; return the exit code."""
        self._stdin.close()
        return self.process.wait(30)

    def close(self) -> None:
        """End the process, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                stream.close()


def place(text: str, mark: str, shift: int = 0) -> tuple[int, int]:
    """Return line and character (UTF-16 units) of the first place where a mark begins."""
    at = text.index(mark) + shift
    line = text.count("\n", 0, at)
    head = text[text.rfind("\n", 0, at) + 1 : at]
    return line, len(head.encode("utf-16-le")) // 2
