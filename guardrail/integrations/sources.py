"""Who waits for chunks: a plain iterator and an asynchronous one around the same filter.

A filter takes a chunk and returns what may be passed on. The source is closed when the filter is
over, when the reader stops, and when anything fails; then nothing that was held is flushed.
"""

from __future__ import annotations

import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from types import TracebackType
from typing import Any, Protocol, Self

from guardrail.runtime.off_loop import off_loop
from guardrail.values import Verdict


class Filter(Protocol):
    """What is done to the chunks of one answer."""

    verdicts: dict[str, Verdict]

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be passed on: the source can be closed."""

    @property
    def is_slow(self) -> bool:
        """Whether a step may wait for a model or the host's code."""

    def take(self, chunk: Any) -> list[Any]:
        """Take the next chunk; return what may be passed on."""

    def end(self) -> list[Any]:
        """Return what remains when the source has ended."""

    def cancel(self) -> None:
        """Drop what is held."""


class FilteredStream(Iterator[Any]):
    """The chunks of a client's stream that may be passed on.

    `verdicts` holds the verdict on each text of the answer once that text has ended. `close`, or
    leaving a `with` block, closes the client's stream and drops what is held; so does dropping
    this object.
    """

    def __init__(self, chunks: Iterable[Any], chunk_filter: Filter) -> None:
        self._chunks = chunks
        self._filter = chunk_filter
        self._passed = _passed(chunks, chunk_filter)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts so far, by the place of the text in the answer."""
        return self._filter.verdicts

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return next(self._passed)

    def close(self) -> None:
        """Close the client's stream; nothing more is passed on."""
        self._passed.close()
        _shut(self._chunks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncFilteredStream(AsyncIterator[Any]):
    """The chunks of an asynchronous stream that may be passed on; see `FilteredStream`.

    Who stops early closes it: `async with`, or `await stream.close()`.
    """

    def __init__(self, chunks: AsyncIterable[Any], chunk_filter: Filter) -> None:
        self._chunks = chunks
        self._filter = chunk_filter
        self._passed = _apassed(chunks, chunk_filter)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts so far, by the place of the text in the answer."""
        return self._filter.verdicts

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        return await anext(self._passed)

    async def close(self) -> None:
        """Close the client's stream; nothing more is passed on."""
        await self._passed.aclose()
        await _ashut(self._chunks)

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


# The generators know nothing of the objects above: no cycle keeps a connection open when a
# reader drops a stream.


def _passed(chunks: Iterable[Any], chunk_filter: Filter) -> Generator[Any, None, None]:
    try:
        for chunk in chunks:
            yield from chunk_filter.take(chunk)
            if chunk_filter.is_over:
                break
        if chunk_filter.is_over:
            _shut(chunks)
        yield from chunk_filter.end()
    finally:
        chunk_filter.cancel()
        _shut(chunks)


async def _apassed(chunks: AsyncIterable[Any], chunk_filter: Filter) -> AsyncGenerator[Any, None]:
    async def step(take: Callable[..., list[Any]], *chunk: Any) -> list[Any]:
        return await off_loop(take, *chunk) if chunk_filter.is_slow else take(*chunk)

    try:
        async for chunk in chunks:
            for each in await step(chunk_filter.take, chunk):
                yield each
            if chunk_filter.is_over:
                break
        if chunk_filter.is_over:
            await _ashut(chunks)
        for each in await step(chunk_filter.end):
            yield each
    finally:
        chunk_filter.cancel()
        await _ashut(chunks)


def _shut(chunks: object) -> None:
    if callable(shut := getattr(chunks, "close", None)):
        shut()


async def _ashut(chunks: object) -> None:
    shut = getattr(chunks, "aclose", None) or getattr(chunks, "close", None)
    if callable(shut):
        waiting = shut()
        if inspect.isawaitable(waiting):
            await waiting
