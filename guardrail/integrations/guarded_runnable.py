"""The runnable that `guarded` returns; LangChain is imported with this module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tracers._streaming import (
    _StreamingCallbackHandler,
    _V2StreamingCallbackHandler,
)

from guardrail.integrations.sources import AsyncFilteredStream, FilteredStream
from guardrail.runtime.off_loop import off_loop

if TYPE_CHECKING:
    from guardrail.integrations.runnables import Asking


class GuardedRunnable(Runnable[Any, Any]):  # type: ignore[misc]
    """A runnable behind a policy."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.name = f"guarded {asking.runnable.get_name()}"

    @property
    def InputType(self) -> Any:  # noqa: N802 - LangChain's name
        """The type of the input, as of the runnable inside."""
        return self._asking.runnable.InputType

    @property
    def OutputType(self) -> Any:  # noqa: N802 - LangChain's name
        """The type of the answer, as of the runnable inside."""
        return self._asking.runnable.OutputType

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """Return what may be shown of the whole answer."""

        def call(given: Any, config: RunnableConfig) -> Any:
            given, reply = self._asking.before(given)
            if reply.answer is not None:
                return reply.answer
            return reply.whole(self._asking.runnable.invoke(given, _unseen(config), **kwargs))

        return self._call_with_config(call, input, config)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """Like `invoke`; what is slow runs in a thread."""

        async def call(given: Any, config: RunnableConfig) -> Any:
            given, reply = await off_loop(self._asking.before, given)
            if reply.answer is not None:
                return reply.answer
            answer = await self._asking.runnable.ainvoke(given, _unseen(config), **kwargs)
            return await off_loop(reply.whole, answer)

        return await self._acall_with_config(call, input, config)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:  # noqa: A002
        """Return what may be shown of the answer, chunk by chunk."""

        def chunks(given: Iterator[Any], config: RunnableConfig) -> Iterator[Any]:
            passed, reply = self._asking.before(next(given))
            if reply.answer is not None:
                yield reply.answer
                return
            source = self._asking.runnable.stream(passed, _unseen(config), **kwargs)
            with FilteredStream(source, reply) as shown:
                yield from shown

        yield from self._transform_stream_with_config(iter([input]), chunks, config)

    async def astream(
        self,
        input: Any,  # noqa: A002
        config: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Like `stream`; what is slow runs in a thread."""

        async def one() -> AsyncIterator[Any]:
            yield input

        async def chunks(given: Any, config: RunnableConfig) -> AsyncIterator[Any]:
            passed, reply = await off_loop(self._asking.before, await anext(given))
            if reply.answer is not None:
                yield reply.answer
                return
            source = self._asking.runnable.astream(passed, _unseen(config), **kwargs)
            async with AsyncFilteredStream(source, reply) as shown:
                async for chunk in shown:
                    yield chunk

        async for chunk in self._atransform_stream_with_config(one(), chunks, config):
            yield chunk


def _unseen(config: Any) -> Any:
    """Return a config whose listeners do not hand the chunks inside to readers.

    `astream_events`, `astream_log` and LangGraph's message streams take chunks from every model
    they hear of, the one behind the guard included. What only logs or traces stays.
    """
    manager = config.get("callbacks")
    if manager is None:
        return config
    kinds = (_StreamingCallbackHandler, _V2StreamingCallbackHandler)
    manager = manager.copy()
    for handler in [*manager.handlers]:
        if isinstance(handler, kinds):
            manager.remove_handler(handler)
    return {**config, "callbacks": manager}
