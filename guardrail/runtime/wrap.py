"""A guarded callable, of whatever kind it is.

One generator (`Wrapping.flow`) makes every decision and yields only the calls to the wrapped
function; four small drivers own the waiting: plain, async, generator, async generator.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from guardrail.errors import GuardrailError, ReplyBlockedError, ReplyTypeError, SettingsError
from guardrail.runtime.pipeline import timed
from guardrail.runtime.prompts import Arguments, asked, replaced
from guardrail.runtime.rewriting import Attempts
from guardrail.values import Subject, Verdict

if TYPE_CHECKING:
    from guardrail.runtime.guard import Guard

Flow: TypeAlias = Generator[Arguments, Any, Any]

_LOG: Final = logging.getLogger("guardrail")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """A function, its guard, and where prompt and text lie; see `Guard.wrap`."""

    guard: Guard
    function: Callable[..., Any]
    prompt: Callable[..., str] | None = None
    text: Callable[[Any], str] | None = None
    put: Callable[[Any, str], Any] | None = None
    on_block: Literal["reply", "raise"] = "reply"
    mode: Literal["enforce", "observe"] = "enforce"
    on_verdict: Callable[[Verdict], object] | None = None

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("on_block", self.on_block, ("reply", "raise")),
            ("mode", self.mode, ("enforce", "observe")),
        ):
            if value not in allowed:
                raise SettingsError(f"`{name}` must be one of {allowed}, got {value!r}")

    @property
    def is_observing(self) -> bool:
        """Whether verdicts are only reported."""
        return self.mode == "observe"

    # ------------------------------------------------------------ what happens

    def flow(self, arguments: Arguments) -> Flow:
        """Check the prompt, ask for a call, check the answer, return what the caller gets."""
        found = asked(arguments, self.prompt)
        prompt = found.prompt
        if self.guard.has_rules("input") and self._has_prompt(prompt):
            verdict = self.guard.check(prompt or "", system=found.system, on="input")
            self._report(verdict)
            if not self.is_observing:
                if verdict.action in {"replace", "block"}:
                    return self._result(None, verdict)
                if verdict.output != prompt:
                    arguments = replaced(arguments, prompt, verdict.output)
                    prompt = verdict.output
        answer = yield arguments
        reply = self._text_of(answer)
        if reply is None:
            return answer
        started = perf_counter()
        engine, subject = self.guard.output, Subject(reply, found.prompt, found.system)
        checked = self.guard.quiet_verdict(engine, reply, found.prompt, started)
        if checked is None:
            can_ask = not self.is_observing
            trying = self.guard.attempts(engine, subject, can_ask=can_ask)
            checked = timed((yield from self._asking(trying, arguments, prompt)), started)
        self._report(checked)
        return answer if self.is_observing else self._result(answer, checked)

    def _asking(
        self, trying: Attempts, arguments: Arguments, prompt: str | None
    ) -> Generator[Arguments, Any, Verdict]:
        """Carry requests of a rewriter to the wrapped function and its answers back."""
        try:
            request = next(trying)
            while True:
                try:
                    again = replaced(arguments, prompt, request.below(prompt or ""))
                    answer = self._text_of((yield again))
                except Exception as error:  # noqa: BLE001 - the rewriter decides what it means
                    request = trying.throw(error)
                else:
                    request = trying.send(answer or "")
        except StopIteration as stop:
            verdict: Verdict = stop.value
            return verdict

    def _has_prompt(self, prompt: str | None) -> bool:
        if prompt is not None:
            return True
        if self.is_observing:
            _LOG.warning("no prompt among the arguments: its rules were not checked")
            return False
        raise GuardrailError(
            "the policy has input rules, but the call has no prompt that can be found",
            help="pass `prompt=`, a function of the call's arguments",
        )

    def _text_of(self, answer: Any) -> str | None:
        reply = self.text(answer) if self.text is not None else answer
        if isinstance(reply, str):
            return reply
        if self.is_observing:
            _LOG.warning("the callable returned %s: not checked", type(reply).__name__)
            return None
        raise ReplyTypeError("what the guarded callable returns", reply)

    def _result(self, answer: Any, verdict: Verdict) -> Any:
        if verdict.blocked and self.on_block == "raise":
            raise ReplyBlockedError(verdict)
        return verdict.output if self.put is None else self.put(answer, verdict.output)

    def _report(self, verdict: Verdict) -> None:
        if self.on_verdict is not None:
            self.on_verdict(verdict)

    # ------------------------------------------------------------ who waits

    def wrapped(self) -> Callable[..., Any]:
        """Return the guarded function; its `.guard` is the guard."""
        function = self.function
        called = function if inspect.isroutine(function) else getattr(function, "__call__", None)  # noqa: B004
        if inspect.isasyncgenfunction(function) or inspect.isasyncgenfunction(called):
            guarded: Any = self._async_generator()
        elif inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called):
            guarded = self._coroutine()
        elif inspect.isgeneratorfunction(function) or inspect.isgeneratorfunction(called):
            guarded = self._generator()
        else:
            guarded = self._plain()
        functools.update_wrapper(guarded, function)
        guarded.guard = self.guard
        return guarded  # type: ignore[no-any-return]

    def _plain(self) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return drive(self.flow((args, kwargs)), self.function)

        return call

    def _coroutine(self) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._adrive((args, kwargs), self.function)

        return call

    def _generator(self) -> Callable[..., Iterator[Any]]:
        def collect(*args: Any, **kwargs: Any) -> Any:
            with closing(self.function(*args, **kwargs)) as chunks:
                return self._joined(list(chunks))

        def call(*args: Any, **kwargs: Any) -> Iterator[Any]:
            if self.is_observing:
                yield from self._observed(self.function(*args, **kwargs), (args, kwargs))
            elif (output := drive(self.flow((args, kwargs)), collect)) != "":
                yield output

        return call

    def _async_generator(self) -> Callable[..., AsyncIterator[Any]]:
        async def collect(*args: Any, **kwargs: Any) -> Any:
            async with aclosing(self.function(*args, **kwargs)) as chunks:
                return self._joined([chunk async for chunk in chunks])

        async def call(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            if self.is_observing:
                seen = []
                async with aclosing(self.function(*args, **kwargs)) as chunks:
                    async for chunk in chunks:
                        seen.append(chunk)
                        yield chunk
                await self._adrive((args, kwargs), _answering(seen, self._joined))
            elif (output := await self._adrive((args, kwargs), collect)) != "":
                yield output

        return call

    def _observed(self, chunks: Iterator[Any], arguments: Arguments) -> Iterator[Any]:
        seen = []
        for chunk in chunks:
            seen.append(chunk)
            yield chunk
        drive(self.flow(arguments), lambda *_, **__: self._joined(seen))

    def _joined(self, chunks: list[Any]) -> Any:
        """Join the chunks of a generator; `text` reads the joined text unchanged."""
        texts = [self._text_of(chunk) for chunk in chunks]
        return "".join(text for text in texts if text is not None)

    async def _adrive(self, arguments: Arguments, function: Callable[..., Awaitable[Any]]) -> Any:
        """Drive the flow on an event loop; what may be slow runs in a thread."""
        flow = self.flow(arguments)
        is_slow = self.guard.blocks("output") or self.guard.blocks("input")

        async def advance(step: Callable[..., Any], *value: object) -> tuple[bool, Any]:
            if is_slow:
                return await asyncio.to_thread(_advance, step, *value)
            return _advance(step, *value)

        is_done, value = await advance(flow.send, None)
        while not is_done:
            args, kwargs = value
            try:
                answer = await function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the flow decides what it means
                is_done, value = await advance(flow.throw, error)
            else:
                is_done, value = await advance(flow.send, answer)
        return value


def drive(flow: Flow, function: Callable[..., Any]) -> Any:
    """Drive a flow by calling `function` whenever it asks."""
    is_done, value = _advance(flow.send, None)
    while not is_done:
        args, kwargs = value
        try:
            answer = function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the flow decides what it means
            is_done, value = _advance(flow.throw, error)
        else:
            is_done, value = _advance(flow.send, answer)
    return value


def _advance(step: Callable[..., Any], *value: object) -> tuple[bool, Any]:
    """Take one step; a `StopIteration` cannot cross a thread or a coroutine, a tuple can."""
    try:
        return False, step(*value)
    except StopIteration as stop:
        return True, stop.value


def _answering(
    chunks: list[Any], join: Callable[[list[Any]], Any]
) -> Callable[..., Awaitable[Any]]:
    async def answer(*_: Any, **__: Any) -> Any:
        return join(chunks)

    return answer
