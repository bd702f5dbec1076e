"""Events of messages, as `anthropic` streams them.

All text blocks of a message are one reply, read by one stream: a name may begin in one block and
end in the next. The order of events stays, so a block ends downstream when its text may be shown.
Thinking and the input of each tool are texts of their own, and so is what a citation quotes. The
input of a tool comes whole, when its block ends. What a tool of the server found passes as it is.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final

from guardrail.errors import GuardrailError
from guardrail.integrations.objects import changed, get
from guardrail.integrations.parts import Arguments, Part
from guardrail.integrations.sources import AsyncFilteredStream, FilteredStream
from guardrail.runtime.guard import Guard
from guardrail.runtime.reply_event import ReplyEvent
from guardrail.values import Verdict

_BLOCKS: Final = {"text", "thinking"}
_TEXTS: Final = {"thinking_delta": "thinking", "input_json_delta": "partial_json"}
_QUOTES: Final = ("cited_text", "document_title", "title")
_CLASSES: Final = {
    "content_block_start": "RawContentBlockStartEvent",
    "content_block_delta": "RawContentBlockDeltaEvent",
    "content_block_stop": "RawContentBlockStopEvent",
    "message_stop": "RawMessageStopEvent",
    "text": "TextBlock",
    "text_delta": "TextDelta",
    "thinking_delta": "ThinkingDelta",
    "input_json_delta": "InputJSONDelta",
}


def anthropic_stream(
    guard: Guard,
    events: Iterable[Any],
    *,
    prompt: str | None = None,
    system: str | None = None,
) -> FilteredStream:
    """Filter the events of a message; return those that may be shown.

    The events are those of `client.messages.create(..., stream=True)`, or dictionaries of the same
    shape. Where the policy puts another reply in the place of this one, that comes as the text of
    a `text_delta`, a `ReplyEvent`, and the message ends with the reason `refusal`.

    >>> from guardrail.language.source import Source
    >>> tiny = Source("tiny.guard", '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule no_hosts on output
    ...   when text contains "db7.internal"
    ...   then redact as "[host]"
    ... ''')
    >>> texts = [{"type": "text_delta", "text": text} for text in ("It runs on db7.", "internal.")]
    >>> events = [
    ...     {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
    ...     *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in texts),
    ...     {"type": "content_block_stop", "index": 0},
    ... ]
    >>> shown = list(anthropic_stream(Guard.load(tiny), events))
    >>> "".join(event["delta"]["text"] for event in shown if "delta" in event)
    'It runs on [host].'

    Raises:
        GuardrailError: what came is no event of such a stream.
    """
    return FilteredStream(events, _Message(guard, prompt, system))


def aanthropic_stream(
    guard: Guard,
    events: AsyncIterable[Any],
    *,
    prompt: str | None = None,
    system: str | None = None,
) -> AsyncFilteredStream:
    """Like `anthropic_stream`, for events of `AsyncAnthropic`; what is slow runs in a thread."""
    return AsyncFilteredStream(events, _Message(guard, prompt, system))


class _Message:
    """One message: its blocks, and the events that wait for text before them."""

    def __init__(self, guard: Guard, prompt: str | None, system: str | None) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.is_slow = guard.blocks("output")
        self.is_over = False
        self._guard = guard
        self._prompt, self._system = prompt, system
        self._text: Part | None = None
        self._length = 0  # of all text that has come
        self._text_event: Any = None  # the last event with text, to make others from
        self._parts: dict[int, Part] = {}  # of blocks that are no text
        self._last_events: dict[int, Any] = {}
        self._held_starts: dict[int, Any] = {}
        self._waiting: deque[tuple[int, Any]] = deque()
        self._open: int | None = None  # the block that the reader sees open, and its kind
        self._open_kind: str | None = None
        self._next: int = 0  # the number of the next block that the reader sees
        self._has_ended = False
        self._make = _Maker()

    # ------------------------------------------------------------ what comes

    def take(self, event: Any) -> list[Any]:
        """Take an event; return the events that may be shown."""
        if self.is_over:
            return []
        self._make.like(event)
        shown = list(self._taken(event))
        if not self.is_over and any(part.is_decided for part in self._open_parts()):
            self._end_parts()
            shown += self._cut_off()
        return shown

    def _taken(self, event: Any) -> Iterator[Any]:
        match get(event, "type"):
            case "message_start":
                message = get(event, "message")
                self._make.usage = get(message, "usage")
                yield from self._pass(changed(event, message=changed(message, content=[])))
            case "content_block_start":
                yield from self._started(event)
            case "content_block_delta":
                yield from self._grown(event)
            case "content_block_stop" if get(event, "content_block") is None:
                yield from self._stopped(event)
            case "message_delta":
                yield from self._ended(event)
            case "message_stop" if get(event, "message") is None:
                yield from self._ended(event)
            case "ping" | "error":
                yield event
            case _:
                raise GuardrailError(
                    "an event of this stream cannot be checked",
                    help="give the stream that `messages.create(..., stream=True)` returns: the "
                    "events of `messages.stream(...)` repeat what was held",
                )

    def _started(self, event: Any) -> Iterator[Any]:
        """Begin a block; what it begins with is taken as its first piece."""
        block, index = get(event, "content_block"), get(event, "index")
        kind = get(block, "type")
        if kind in _BLOCKS:
            begun = get(block, kind)
            yield from self._pass(changed(event, content_block=changed(block, **{kind: ""})))
            if begun:
                yield from self._grown(self._delta(index, f"{kind}_delta", **{kind: begun}))
        elif (begun := get(block, "input")) is not None:
            self._held_starts[index] = changed(event, content_block=changed(block, input={}))
            self._parts[index] = Arguments(self._guard, self._prompt, self._system)
            if begun:
                given = json.dumps(begun, ensure_ascii=False)
                yield from self._grown(self._delta(index, "input_json_delta", partial_json=given))
        else:
            yield from self._pass(event)

    def _grown(self, event: Any) -> Iterator[Any]:
        """Take a piece of a block."""
        delta = get(event, "delta")
        match get(delta, "type"):
            case "text_delta":
                yield from self._read(event, get(delta, "text"))
            case "thinking_delta" | "input_json_delta" as kind:
                yield from self._read_beside(event, _TEXTS[kind])
            case "citations_delta":
                citation = self._quoted(get(delta, "citation"))
                if citation is not None:
                    yield from self._pass(changed(event, delta=changed(delta, citation=citation)))
            case "signature_delta":
                yield from self._pass(event)

    def _read(self, event: Any, text: str) -> Iterator[Any]:
        """Take a piece of the reply."""
        if self._text is None:
            self._text = Part(self._guard, self._prompt, self._system)
        self._text_event = event
        self._length += len(text)
        yield from self._shown_text(self._text.feed(text))
        yield from self._due()

    def _read_beside(self, event: Any, name: str) -> Iterator[Any]:
        """Take a piece of a block that is a text of its own."""
        index, delta = get(event, "index"), get(event, "delta")
        if index not in self._parts:
            self._parts[index] = Part(self._guard, self._prompt, self._system)
        self._last_events[index] = event
        if shown := self._parts[index].feed(get(delta, name)):
            yield from self._pass(changed(event, delta=changed(delta, **{name: shown})))

    def _quoted(self, citation: Any) -> Any:
        """Return a citation whose texts may be shown, None if one of them may not."""
        new = {}
        for name in _QUOTES:
            if isinstance(text := get(citation, name), str):
                verdict = self._guard.check(text, prompt=self._prompt, system=self._system)
                if verdict.action in {"rewrite", "replace", "block"}:
                    return None
                new[name] = text if verdict.action in {"allow", "flag"} else verdict.output
        return changed(citation, **new)

    def _stopped(self, event: Any) -> Iterator[Any]:
        """End a block; one that is no text ends with what remains of it."""
        index = get(event, "index")
        part = self._parts.get(index)
        if part is not None:
            rest = part.end()
            self.verdicts[f"blocks/{index}"] = part.verdict
            if part.event is not None:
                self._end_parts()
                yield from self._cut_off()
                return
            if index in self._held_starts:
                yield from self._pass(self._held_starts.pop(index))
            if rest:
                last = self._last_events[index]
                delta = get(last, "delta")
                filled = changed(delta, **{_TEXTS[get(delta, "type")]: rest})
                yield from self._pass(changed(last, delta=filled))
        yield from self._pass(event)

    # ------------------------------------------------------------ what goes

    def _pass(self, event: Any) -> Iterator[Any]:
        """Pass an event on when all text before it has been."""
        self._waiting.append((self._length, event))
        yield from self._due()

    def _due(self) -> Iterator[Any]:
        done = self._length if self._text is None else self._text.stream.released_to
        while self._waiting and (self._waiting[0][0] <= done or self._has_ended):
            yield self._noted(self._waiting.popleft()[1])

    def _noted(self, event: Any) -> Any:
        """Remember which block the reader sees open."""
        match get(event, "type"):
            case "content_block_start":
                self._open = get(event, "index")
                self._next = self._open + 1
                self._open_kind = get(get(event, "content_block"), "type")
            case "content_block_stop":
                self._open = self._open_kind = None
        return event

    def _shown_text(self, text: str) -> Iterator[Any]:
        """Return text in the block that is open, or in one of its own."""
        if not text:
            return
        if self._open_kind == "text":
            yield self._delta(self._open, "text_delta", text=text)
            return
        if self._open is not None:
            yield self._noted(self._make("content_block_stop", index=self._open))
        block = self._make("text", text="", citations=None)
        index = self._next
        yield self._noted(self._make("content_block_start", index=index, content_block=block))
        yield self._delta(index, "text_delta", text=text)
        yield self._noted(self._make("content_block_stop", index=index))

    def _delta(self, index: int | None, kind: str, **text: str) -> Any:
        delta = self._make(kind, **text)
        return self._make("content_block_delta", index=index, delta=delta)

    # ------------------------------------------------------------ how it ends

    def end(self) -> list[Any]:
        """End the message where the source did not."""
        if self.is_over or self._has_ended:
            return []
        return list(self._ended(None))

    def _ended(self, event: Any) -> Iterator[Any]:
        """End all texts, then pass on the event that ends the message."""
        if not self._has_ended:
            if self._text is None and not self._parts:
                self._text = Part(self._guard, self._prompt, self._system)
            rest = self._end_parts()
            if self._event() is not None:
                yield from self._cut_off(event)
                return
            yield from self._shown_text(rest)
            self._has_ended = True
        yield from self._due()
        if event is not None:
            yield event

    def _end_parts(self) -> str:
        """End every text; return what remains of the reply."""
        rest = self._text.end() if self._text is not None else ""
        if self._text is not None:
            self.verdicts["text"] = self._text.verdict
        for index, part in self._parts.items():
            if f"blocks/{index}" not in self.verdicts:
                part.end()
                self.verdicts[f"blocks/{index}"] = part.verdict
        return rest

    def _event(self) -> ReplyEvent | None:
        return next((part.event for part in self._all_parts() if part.event is not None), None)

    def _cut_off(self, event: Any = None) -> Iterator[Any]:
        """Show the reply that stands in place of this one, and end the message."""
        self.is_over = True
        reply = self._event()
        yield from self._shown_text(reply) if reply else ()
        if self._open is not None:
            yield self._noted(self._make("content_block_stop", index=self._open))
        if get(event, "type") == "message_delta":
            delta = changed(get(event, "delta"), stop_reason="refusal", stop_sequence=None)
            yield changed(event, delta=delta)
        else:
            yield self._make.refusal()
        yield self._make("message_stop")

    def _all_parts(self) -> Iterator[Part]:
        if self._text is not None:
            yield self._text
        yield from self._parts.values()

    def _open_parts(self) -> Iterator[Part]:
        if not self._has_ended and self._text is not None:
            yield self._text
        ended = {place for place in self.verdicts if place != "text"}
        yield from (part for index, part in self._parts.items() if f"blocks/{index}" not in ended)

    def cancel(self) -> None:
        """Drop what is held."""
        for part in self._all_parts():
            part.stream.cancel()


class _Maker:
    """Makes events of the kind that the stream has: the client's, dictionaries or plain objects."""

    def __init__(self) -> None:
        self.usage: Any = None
        self._kind: type[Any] = dict

    def like(self, event: Any) -> None:
        """Make events like this one from now on."""
        self._kind = type(event)

    def __call__(self, kind: str, **given: Any) -> Any:
        """Make an event, a delta or a block."""
        if issubclass(self._kind, Mapping):
            return {"type": kind, **given}
        if self._kind.__module__.partition(".")[0] == "anthropic":
            from anthropic import types  # noqa: PLC0415 - the event came from there

            return getattr(types, _CLASSES[kind]).model_construct(type=kind, **given)
        return SimpleNamespace(type=kind, **given)

    def refusal(self) -> Any:
        """Make the event that says why the message ends."""
        tokens = get(self.usage, "output_tokens") or 0
        if self._kind.__module__.partition(".")[0] == "anthropic":
            from anthropic.types import RawMessageDeltaEvent  # noqa: PLC0415

            return RawMessageDeltaEvent.model_validate(
                {
                    "type": "message_delta",
                    "delta": {"stop_reason": "refusal"},
                    "usage": {"output_tokens": tokens},
                }
            )
        delta = {"stop_reason": "refusal", "stop_sequence": None}
        usage = {"output_tokens": tokens}
        if not issubclass(self._kind, Mapping):
            return self(
                "message_delta", delta=SimpleNamespace(**delta), usage=SimpleNamespace(**usage)
            )
        return self("message_delta", delta=delta, usage=usage)
