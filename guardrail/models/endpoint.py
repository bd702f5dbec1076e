"""A chat model behind an OpenAI-compatible endpoint, asked without trusting it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from guardrail.errors import SettingsError

_MOST_ANSWER: Final = 2**20


class ChatEndpoint:
    """Asks for one reply to messages; another status than 200, or a redirect, is an error.

    Args:
        url: where `/chat/completions` is, such as `http://127.0.0.1:8080/v1`.
        model: the name of the model there.
        key: sent as the bearer token, if the endpoint wants one.
        timeout: seconds until the whole answer must be there.
        role: what errors call it.

    >>> ChatEndpoint("http://127.0.0.1:8080/v1", "small")
    ChatEndpoint('127.0.0.1', 'small')

    Raises:
        SettingsError: the URL is not one of HTTP.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        timeout: float = 10.0,
        role: str = "model",
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError(
                f"a {role}'s endpoint must be an http or https URL",
                help="such as http://127.0.0.1:8080/v1",
            )
        self.model = model
        self.host = parts.hostname
        self._parts = parts
        self._key = key
        self._timeout = timeout
        self._role = role

    def __repr__(self) -> str:
        return f"ChatEndpoint({self.host!r}, {self.model!r})"

    def ask(self, messages: Sequence[Mapping[str, str]], **options: object) -> str:
        """Return the text of the reply.

        Args:
            messages: each with `role` and `content`.
            options: more of the request, such as `temperature` and `max_tokens`.

        Raises:
            ConnectionError: there was no answer, or none that may be read.
            TimeoutError: it was not there in time.
            ValueError: the answer holds no text.
        """
        document = {"model": self.model, **options, "messages": list(messages)}
        data = self._post(json.dumps(document).encode())
        try:
            answer: Any = json.loads(data)["choices"][0]["message"]["content"]
        except (ValueError, TypeError, LookupError, RecursionError):
            answer = None
        if not isinstance(answer, str):
            raise ValueError("not a reply")  # noqa: TRY004 - what came in, not what was given
        return answer

    def _post(self, body: bytes) -> bytes:
        """Return the answer; all of it must be there in time, the look-up of the name included."""
        call = _Call(self._parts, self._timeout, self._role)
        answer: Future[bytes] = Future()

        def ask() -> None:
            try:
                answer.set_result(call.post(body, self._key))
            except Exception as error:  # noqa: BLE001 - the caller raises it
                answer.set_exception(error)

        # A time-out of a socket is for each read alone, and there is none for a look-up.
        Thread(target=ask, name=f"guardrail-{self._role}", daemon=True).start()
        try:
            return answer.result(self._timeout)
        except TimeoutError:
            raise TimeoutError(f"the {self._role} did not answer in time") from None
        finally:
            call.end()


class _Call:
    """One request over a connection of its own, which another thread may end."""

    def __init__(self, parts: SplitResult, timeout: float, role: str) -> None:
        from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - only who asks

        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._path = parts.path.rstrip("/") + "/chat/completions"
        self._role = role
        self._socket: socket | None = None
        self._is_over = False

    def post(self, body: bytes, key: str | None) -> bytes:
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            if self._is_over:
                raise TimeoutError
            self._connection.request("POST", self._path, body, headers)
            with self._connection.getresponse() as response:
                data = response.read(_MOST_ANSWER + 1)
        finally:
            self._connection.close()
        if response.status != 200 or len(data) > _MOST_ANSWER:  # noqa: PLR2004 - OK, no redirect
            raise ConnectionError(f"the {self._role} did not answer")
        return data

    def end(self) -> None:
        """End the call if it still runs: its next read or write fails."""
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):  # it has ended
                self._socket.shutdown(SHUT_RDWR)
