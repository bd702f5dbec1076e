"""A judge over HTTP, against a server of the test on the loopback."""

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from guardrail import Guard
from guardrail.errors import SettingsError
from guardrail.language.source import Source
from guardrail.stages.endpoint import EndpointJudge


class Server(HTTPServer):
    status, answer, seen = 200, "0.9", None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen = self.path, self.headers["Authorization"], json.loads(body)
        answer = self.server.answer
        if not isinstance(answer, bytes):
            answer = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *given):
        pass


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "score"), [("0", 0), ("1", 1), ("0.25", 0.25), (" 1.0\n", 1), ("0.000001", 1e-6)]
)
def test_an_answer_is_a_score(server, answer, score):
    server.answer = answer
    assert EndpointJudge(server.url, "small", key="k")("hello", "Is it rude?") == score
    path, key, document = server.seen
    assert (path, key, document["model"]) == ("/v1/chat/completions", "Bearer k", "small")
    assert "Is it rude?" in document["messages"][0]["content"]
    assert "hello" not in document["messages"][0]["content"]


@pytest.mark.parametrize(
    "answer",
    ["", "yes", "1.5", "-0", "0.9 because", "Score: 0.9", "nan", "٠", "1e-3", None, 0.9, b"[]",
     b"{", b"[" * 100_000, b'{"choices": []}', b"x" * (2**20 + 1)],
    ids=lambda answer: repr(answer)[:12],
)  # fmt: skip
def test_anything_else_is_an_error(server, answer):
    server.answer = answer
    with pytest.raises((ValueError, ConnectionError)):
        EndpointJudge(server.url, "small")("hello", "?")


@pytest.mark.parametrize("status", [204, 302, 401, 500])
def test_another_status_is_an_error(server, status):
    server.status = status
    with pytest.raises((ConnectionError, ValueError)):
        EndpointJudge(server.url, "small")("hello", "?")


def test_each_question_has_a_mark_of_its_own(server):
    judge, marks = EndpointJudge(server.url, "small"), set()
    for _ in range(3):
        judge("hello", "?")
        marks.add(server.seen[2]["messages"][1]["content"].split("\n")[0])
    assert len(marks) == 3


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:80", "ftp://x", "http://"])
def test_only_urls_of_http(url):
    with pytest.raises(SettingsError):
        EndpointJudge(url, "small")


@pytest.fixture
def dripping():
    """A server that answers rightly and never stops: a header line, again and again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(100_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    connection.sendall(b"X-More: yes\r\n")
                    time.sleep(0.05)
            ended.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1", ended


def test_the_whole_answer_must_be_there_in_time(dripping):
    url, ended = dripping
    with pytest.raises(TimeoutError, match="in time"):
        EndpointJudge(url, "small", timeout=0.4)("hello", "?")
    assert ended.wait(5), "the call goes on"


def test_a_judge_whose_name_is_looked_up_for_ever_is_not_waited_for(monkeypatch):
    hangs = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: hangs.wait(5) and [])
    with pytest.raises(TimeoutError, match="in time"):
        EndpointJudge("http://judge.invalid/v1", "small", timeout=0.1)("hello", "?")
    hangs.set()


POLICY = """edition 1
policy judged
  on error treat as violation
  fallback no
reply no "No."
detector rude = judge(model: "small", question: "Is it rude?")
rule calm on output severity high
  when rude >= 0.5
  then block with no
"""


def test_a_judge_that_fails_is_decided_by_on_error(server):
    guard = Guard.load(
        Source("p.guard", POLICY), judges={"small": EndpointJudge(server.url, "small")}
    )
    assert guard.check("hello").action == "block"
    server.answer = "0.1"
    assert guard.check("hello").action == "allow"
    server.answer = "no idea"
    verdict = guard.check("hello")
    assert verdict.action == "block"
    assert verdict.errors
