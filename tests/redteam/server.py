"""A chat endpoint on the loopback, for tests."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        document = json.loads(body)
        self.server.seen.append((self.headers["Authorization"], document))
        said = self.server.answer(document["messages"])
        data = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
        self.send_response(200 if said is not None else 500)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given):
        pass


@contextlib.contextmanager
def chat_server(answer):
    """Serve `answer(messages)`; None is an error of the server. Yields URL and requests seen."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.answer, server.seen = answer, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1#small", server.seen
        finally:
            server.shutdown()
            thread.join()
