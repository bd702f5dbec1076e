"""A guarded callable, of whatever kind it is.

One generator (`Wrapping.flow`) makes every decision and yields only the calls to the wrapped
function; four small drivers own the waiting: plain, async, generator, async generator. For the two
generators an answer is the list of its chunks.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from difflib import get_close_matches
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from guardrail.errors import GuardrailError, ReplyBlockedError, ReplyTypeError, SettingsError
from guardrail.runtime.off_loop import off_loop
from guardrail.runtime.pipeline import timed
from guardrail.runtime.prompts import Arguments, Asked, Parameters, asked, put_back
from guardrail.runtime.rewriting import Ask, Attempts
from guardrail.runtime.state import Known
from guardrail.values import Subject, Verdict

if TYPE_CHECKING:
    from guardrail.runtime.guard import Guard
    from guardrail.runtime.stream import Stream

T = TypeVar("T")

_LOG: Final = logging.getLogger("guardrail")


class Call(NamedTuple):
    """A call that the flow wants made; one that `may_fail` is answered by `Failed` if it does."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    may_fail: bool = False


class Streamed(NamedTuple):
    """The first call, answered chunk by chunk; `asked` is what the stream is told of the prompt."""

    call: Call
    asked: Asked


class Failed(NamedTuple):
    """What the wrapped function raised when it was asked again."""

    error: Exception


class Told(NamedTuple):
    """A reply, and what is known of its first sentences."""

    reply: str
    known: Known | None = None


Flow: TypeAlias = Generator[Call | Streamed, Any, Any]


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
    parameters: Parameters = field(init=False, repr=False)
    reads_prompt: bool = field(init=False, repr=False)
    is_slow: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _refuse_unknown("on_block", self.on_block, ("reply", "raise"))
        _refuse_unknown("mode", self.mode, ("enforce", "observe"))
        guard = self.guard
        object.__setattr__(self, "parameters", Parameters.of(self.function))
        object.__setattr__(self, "reads_prompt", _reads_prompt(guard))
        object.__setattr__(self, "is_slow", guard.blocks("output") or guard.blocks("input"))

    @property
    def is_observing(self) -> bool:
        """Whether verdicts are only reported."""
        return self.mode == "observe"

    # ------------------------------------------------------------ what happens

    def flow(self, arguments: Arguments, read: Callable[[Any], str]) -> Flow:
        """Check the prompt, ask for a call, check the answer, return what the caller gets.

        `read` takes the text out of an answer.
        """
        if self.is_observing:
            return self._observing(arguments, read)
        return self._enforcing(arguments, read)

    def streaming(self, arguments: Arguments) -> Flow:
        """Like `flow`, for an answer that comes in chunks.

        Asks for the first call with `Streamed` and is sent a `Told`; returns the verdict on it, or
        the reply of an input rule.
        """
        found, prompt, arguments, reply = self._before(arguments)
        if reply is not None:
            return reply
        told: Told = yield Streamed(Call(*arguments), found)
        return (yield from self._checked(told, arguments, found, prompt, self._joined))

    def _before(self, arguments: Arguments) -> tuple[Asked, str | None, Arguments, str | None]:
        """Check the prompt: what was asked, the prompt to pass on, the arguments, or a reply."""
        found = asked(arguments, self.parameters, self.prompt)
        self._refuse_unclear(found)
        prompt = found.prompt
        if self.guard.has_rules("input"):
            verdict = self._input_verdict(found)
            self._report(verdict)
            if verdict.action in {"replace", "block"}:
                self._raise_if_blocked(verdict)
                return found, prompt, arguments, verdict.output
            if verdict.output != prompt:
                prompt = verdict.output
                arguments = put_back(arguments, found, prompt)
        return found, prompt, arguments, None

    def _enforcing(self, arguments: Arguments, read: Callable[[Any], str]) -> Flow:
        found, prompt, arguments, reply = self._before(arguments)
        if reply is not None:
            return reply
        answer = yield Call(*arguments)
        checked = yield from self._checked(Told(read(answer)), arguments, found, prompt, read)
        return checked.output if self.put is None else self.put(answer, checked.output)

    def _checked(
        self,
        told: Told,
        arguments: Arguments,
        found: Asked,
        prompt: str | None,
        read: Callable[[Any], str],
    ) -> Generator[Call, Any, Verdict]:
        """Check an answer, let a rewriter ask again, and report the verdict."""
        started = perf_counter()
        engine, subject = self.guard.output, Subject(told.reply, found.prompt, found.system)
        checked = engine.glance(told.reply, found.prompt, started)
        if not isinstance(checked, Verdict):
            trying = self.guard.attempts(
                engine, subject, can_ask=True, known=told.known, seen=checked
            )
            again = functools.partial(_asked_again, arguments, found, prompt or "")
            checked = timed((yield from _asking(trying, again, read)), started)
        self._report(checked)
        self._raise_if_blocked(checked)
        return checked

    def _observing(self, arguments: Arguments, read: Callable[[Any], str]) -> Flow:
        """Report the same verdicts; whatever fails on this side, the call is not touched."""
        found = _quietly("prompt", lambda: asked(arguments, self.parameters, self.prompt))
        if found is not None:
            _quietly("prompt", lambda: self._watch_prompt(found))
        answer = yield Call(*arguments)
        _quietly("reply", lambda: self._watch_reply(read(answer), found or Asked()))
        return answer

    def _watch_prompt(self, found: Asked) -> None:
        self._refuse_unclear(found)
        if self.guard.has_rules("input"):
            self._report(self._input_verdict(found))

    def _watch_reply(self, reply: str, found: Asked) -> None:
        self._report(self.guard.check(reply, prompt=found.prompt, system=found.system))

    def _refuse_unclear(self, found: Asked) -> None:
        if found.is_unclear and self.reads_prompt:
            raise GuardrailError(
                "the policy reads the prompt, but which argument of the call it is cannot be told",
                help="call it with `prompt=...`, or give the guard `prompt=`, a function of the "
                "call's arguments that returns the prompt",
            )

    def _input_verdict(self, found: Asked) -> Verdict:
        if found.prompt is None:
            raise GuardrailError(
                "the policy has input rules, but the call has no prompt that can be found",
                help="give the guard `prompt=`, a function of the call's arguments",
            )
        return self.guard.check(found.prompt, system=found.system, on="input")

    def _text_of(self, answer: Any) -> str:
        reply = self.text(answer) if self.text is not None else answer
        if isinstance(reply, str):
            return reply
        raise ReplyTypeError("what the guarded callable returns", reply)

    def _joined(self, chunks: list[Any]) -> str:
        return "".join(map(self._text_of, chunks))

    def _raise_if_blocked(self, verdict: Verdict) -> None:
        if verdict.blocked and self.on_block == "raise":
            raise ReplyBlockedError(verdict)

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
            return _drive(self.flow((args, kwargs), self._text_of), self.function)

        return call

    def _coroutine(self) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._adrive(self.flow((args, kwargs), self._text_of), self.function)

        return call

    def _generator(self) -> Callable[..., Iterator[Any]]:
        def collect(*args: Any, **kwargs: Any) -> list[Any]:
            with closing(self.function(*args, **kwargs)) as chunks:
                return list(chunks)

        def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            if self.is_observing:
                flow = self.flow((args, kwargs), self._joined)
                return (yield from self._passing(flow, args, kwargs))
            if self.put is not None:
                if (output := _drive(self.flow((args, kwargs), self._joined), collect)) != "":
                    yield output
                return None
            yield from self._pieces((args, kwargs), collect)
            return None

        return call

    def _pieces(
        self, arguments: Arguments, collect: Callable[..., list[Any]]
    ) -> Generator[str, None, None]:
        flow = self.streaming(arguments)
        is_done, value = _step(flow, None)
        if is_done:
            if value != "":
                yield value
            return
        with self._stream(value.asked) as stream:
            with closing(self.function(*value.call.args, **value.call.kwargs)) as chunks:
                for chunk in chunks:
                    yield from stream.feed(self._text_of(chunk))
                    if stream.is_decided:
                        break
            yield from stream.end(_drive(flow, collect, Told(stream.text, stream.known)))

    def _passing(self, flow: Flow, args: Any, kwargs: Any) -> Generator[Any, Any, Any]:
        """Pass the chunks of an observed generator on, what is sent to it, and its result."""
        _step(flow, None)
        seen: list[Any] = []
        with closing(self.function(*args, **kwargs)) as chunks:
            sent = None
            while True:
                try:
                    chunk = chunks.send(sent)
                except StopIteration as stop:
                    result = stop.value
                    break
                seen.append(chunk)
                sent = yield chunk
        _step(flow, seen)
        return result

    def _async_generator(self) -> Callable[..., AsyncIterator[Any]]:
        async def collect(*args: Any, **kwargs: Any) -> list[Any]:
            async with aclosing(self.function(*args, **kwargs)) as chunks:
                return [chunk async for chunk in chunks]

        async def call(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            if not self.is_observing and self.put is not None:
                flow = self.flow((args, kwargs), self._joined)
                if (output := await self._adrive(flow, collect)) != "":
                    yield output
                return
            if not self.is_observing:
                async with aclosing(self._apieces((args, kwargs), collect)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            flow = self.flow((args, kwargs), self._joined)
            await self._astep(flow, None)
            seen: list[Any] = []
            async with aclosing(self.function(*args, **kwargs)) as chunks:
                async for chunk in chunks:
                    seen.append(chunk)
                    yield chunk
            await self._astep(flow, seen)

        return call

    async def _apieces(
        self, arguments: Arguments, collect: Callable[..., Awaitable[Any]]
    ) -> AsyncGenerator[str, None]:
        flow = self.streaming(arguments)
        is_done, value = await self._astep(flow, None)
        if is_done:
            if value != "":
                yield value
            return
        with self._stream(value.asked) as stream:
            is_slow = stream.is_slow
            async with aclosing(self.function(*value.call.args, **value.call.kwargs)) as chunks:
                async for chunk in chunks:
                    text = self._text_of(chunk)
                    if is_slow:
                        pieces = await off_loop(stream.feed, text)
                    else:
                        pieces = stream.feed(text)
                    for piece in pieces:
                        yield piece
                    if stream.is_decided:
                        break
            checked = await self._adrive(flow, collect, Told(stream.text, stream.known))
            for piece in stream.end(checked):
                yield piece

    def _stream(self, found: Asked) -> Stream:
        return self.guard.stream(prompt=found.prompt, system=found.system)

    async def _adrive(
        self, flow: Flow, function: Callable[..., Awaitable[Any]], first: object = None
    ) -> Any:
        """Drive a flow on an event loop; `first` is what it is sent first."""
        is_done, value = await self._astep(flow, first)
        while not is_done:
            try:
                answer = await function(*value.args, **value.kwargs)
            except Exception as error:
                if not value.may_fail:
                    raise
                answer = Failed(error)
            is_done, value = await self._astep(flow, answer)
        return value

    async def _astep(self, flow: Flow, answer: object) -> tuple[bool, Any]:
        """Take one step; what may be slow runs in a thread."""
        if self.is_slow:
            return await off_loop(_step, flow, answer)
        return _step(flow, answer)


def _drive(flow: Flow, function: Callable[..., Any], first: object = None) -> Any:
    """Drive a flow by calling `function` whenever it asks; `first` is what it is sent first."""
    is_done, value = _step(flow, first)
    while not is_done:
        try:
            answer = function(*value.args, **value.kwargs)
        except Exception as error:
            if not value.may_fail:
                raise
            answer = Failed(error)
        is_done, value = _step(flow, answer)
    return value


def _step(flow: Flow, answer: object) -> tuple[bool, Any]:
    """Take one step; a `StopIteration` cannot cross a thread or a coroutine, a tuple can.

    It is never taken while an exception is handled, which would cling to whatever is raised next.
    """
    try:
        return False, flow.send(answer)
    except StopIteration as stop:
        return True, stop.value


def _asking(
    trying: Attempts, again: Callable[[Ask], Call], read: Callable[[Any], str]
) -> Generator[Call, Any, Verdict]:
    """Carry requests of a rewriter to the wrapped function and its answers back."""
    try:
        request = next(trying)
        while True:
            try:
                answer = yield again(request)
                outcome = answer if isinstance(answer, Failed) else read(answer)
            except Exception as error:  # noqa: BLE001 - the rewriter decides what it means
                outcome = Failed(error)
            if isinstance(outcome, Failed):
                request = trying.throw(outcome.error)
            else:
                request = trying.send(outcome)
    except StopIteration as stop:
        verdict: Verdict = stop.value
        return verdict


def _asked_again(arguments: Arguments, found: Asked, prompt: str, request: Ask) -> Call:
    return Call(*put_back(arguments, found, request.below(prompt)), may_fail=True)


def _quietly(what: str, step: Callable[[], T]) -> T | None:
    """Do what the caller must never notice; the log names the type of a failure, no text."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - an observer may not disturb
        _LOG.warning("the %s was not checked or not reported: %s", what, type(error).__name__)
        return None


def _reads_prompt(guard: Guard) -> bool:
    """Whether a verdict, or a second answer, depends on what the prompt is."""
    plan = guard.output.plan
    asks_again = any(
        rule.actions.rewrite is not None
        and plan.rewriters[rule.actions.rewrite].kind == "regenerate"
        for rule in plan.rules
    )
    return asks_again or guard.output.prompt_scan is not None or guard.has_rules("input")


def _refuse_unknown(name: str, value: object, allowed: tuple[str, str]) -> None:
    if value in allowed:
        return
    near = get_close_matches(str(value), allowed, n=1)
    raise SettingsError(
        f'`{name}` must be "{allowed[0]}" or "{allowed[1]}", got {value!r}',
        help=f'did you mean `{name}="{near[0]}"`?' if near else None,
    )
