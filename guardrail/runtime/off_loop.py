"""Runs what may be slow in a thread, so that an event loop goes on.

Each loop has threads of its own for that, more than asyncio's default pool has: those who wait in
them for a model or for the host's code are answered together (`guardrail.stages.together`), so
that their number is the size of a batch. They end with the loop.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")

MOST_THREADS: Final = 64
"""How many checks and streams of one loop may wait in threads; the others wait on the loop."""

_pools: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool]] = WeakKeyDictionary()

_opening: Final = threading.Lock()


async def off_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function returns that runs in a thread, in the context of the caller."""
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = await _opened(loop)
    call = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
    return await loop.run_in_executor(pool.threads, call)


class _Pool:
    """The threads of one loop."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="guardrail")
        self.end = self._until_the_loop_ends()

    async def _until_the_loop_ends(self) -> AsyncIterator[None]:
        """Wait in `yield`; `loop.shutdown_asyncgens`, which `asyncio.run` calls, goes on."""
        try:
            yield
        finally:
            await asyncio.to_thread(self.threads.shutdown)


async def _opened(loop: asyncio.AbstractEventLoop) -> _Pool:
    with _opening:  # loops of other threads open theirs
        for ended in [each for each in _pools if each.is_closed()]:
            _pools.pop(ended).threads.shutdown(wait=False)
        pool = _pools[loop] = _Pool()
    await anext(pool.end)
    return pool
