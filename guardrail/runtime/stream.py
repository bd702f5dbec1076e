"""A reply that arrives in chunks, held until its end and then released as the verdict allows.

Nothing is released early, so nothing can leak. A stream belongs to one reply.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from guardrail.errors import GuardrailError, ReplyTypeError
from guardrail.values import Verdict


class Stream:
    """One reply, pushed in chunk by chunk.

    >>> from guardrail.values import PolicyId
    >>> stream = Stream(lambda text: Verdict("allow", text, PolicyId("p", None, "")))
    >>> [*stream.feed("Hel"), *stream.feed("lo"), *stream.close()]
    ['Hello']
    """

    def __init__(self, check: Callable[[str], Verdict]) -> None:
        self._check = check
        self._chunks: list[str] = []
        self._is_open = True
        self._verdict: Verdict | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict, known once the stream is closed."""
        if self._verdict is None:
            raise GuardrailError("the stream has no verdict yet", help="call `close()` first")
        return self._verdict

    def feed(self, chunk: str) -> list[str]:
        """Take the next chunk; return what may be released now."""
        if not isinstance(chunk, str):
            raise ReplyTypeError("a chunk", chunk)
        if not self._is_open:
            raise GuardrailError("the stream is closed", help="open one stream for each reply")
        self._chunks.append(chunk)
        return []

    def close(self) -> list[str]:
        """End the reply; return what remains to be released."""
        if not self._is_open:
            return []
        self._is_open = False
        self._verdict = self._check("".join(self._chunks))
        self._chunks.clear()
        return [self._verdict.output] if self._verdict.output else []

    def cancel(self) -> None:
        """Drop the reply; nothing more is released."""
        self._is_open = False
        self._chunks.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()
