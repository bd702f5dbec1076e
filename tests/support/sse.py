"""A server on the loopback that streams server-sent events, as the services of models do."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

BREAK: Final = "break"
"""In a script: the connection is cut here, in the middle of the answer."""

LONG_S: Final = 10.0
"""No test waits longer for what the other side does."""


class EventServer:
    """Answers every request with the events of a script; it ends with its `with` block.

    An event is a dictionary, sent as JSON under its `type` if it has one, or text sent as it is.
    `closed` is set when the client closed the connection before the script was at its end, and
    `sent` counts the events that were written.
    """

    def __init__(self, script: Iterable[Any] | Callable[[], Iterator[Any]]) -> None:
        self._script = script
        self.closed = threading.Event()
        self.sent = 0
        self.requests: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        serve = {"poll_interval": 0.01}
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs=serve, daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LONG_S)

    def _events(self) -> Iterator[Any]:
        return self._script() if callable(self._script) else iter(self._script)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                server.requests.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                self.close_connection = True
                try:
                    self._stream()
                except OSError:
                    server.closed.set()

            def _stream(self) -> None:
                for event in server._events():
                    if event == BREAK:
                        return
                    self._write(_frame(event))
                    server.sent += 1
                self.wfile.write(b"0\r\n\r\n")

            def _write(self, frame: bytes) -> None:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
                self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _frame(event: Any) -> bytes:
    if isinstance(event, str):
        return f"data: {event}\n\n".encode()
    kind = f"event: {event['type']}\n" if "type" in event else ""
    return f"{kind}data: {json.dumps(event)}\n\n".encode()
