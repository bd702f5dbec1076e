"""Messages and text as LangChain's runnables give them, whole or in chunks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from guardrail.errors import ReplyTypeError
from guardrail.integrations.parts import Arguments, Part
from guardrail.runtime.guard import Guard
from guardrail.runtime.reply_event import ReplyEvent
from guardrail.values import Verdict

_BLOCKS: Final = {"text": "text", "thinking": "thinking", "reasoning": "reasoning"}
"""The blocks of a message that can be looked at, and where their text lies."""

_REASONS: Final = ("finish_reason", "stop_reason")

_ENDLESS: Final[dict[str, Any]] = {
    "response_metadata": {},
    "usage_metadata": None,
    "chunk_position": None,
}
"""The fields of a chunk that does not say how the answer ends."""


class Reply:
    """One answer of a runnable: text, or a message with content, further texts and tool calls.

    Tool calls come whole, at the end. What cannot be looked at is left out: token probabilities,
    and blocks of other kinds, which say again what a tool call says, or show pictures.
    """

    def __init__(
        self,
        guard: Guard,
        prompt: str | None,
        system: str | None,
        on_verdict: Callable[[Verdict], object] | None = None,
    ) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.is_slow = guard.blocks("output")
        self.is_over = False
        self.answer: Any = None
        self._new = (guard, prompt, system)
        self._on_verdict = on_verdict
        self._parts: dict[str, Part] = {}
        self._calls: dict[str, tuple[dict[str, Any], Arguments]] = {}
        self._last_ids: dict[int, str] = {}
        self._lasts: list[Any] = []  # chunks that say how the answer ends
        self._last: Any = None
        self._blocks: dict[str, dict[str, Any]] = {}  # the last of each kind, to make others from
        self.event: ReplyEvent | None = None

    def answer_with(self, verdict: Verdict, *, as_text: bool) -> None:
        """Answer with the reply of an input rule."""
        from langchain_core.messages import AIMessageChunk  # noqa: PLC0415 - installed where used

        self.is_over = True
        event = ReplyEvent.of(verdict)
        self.answer = event if as_text else AIMessageChunk("").model_copy(update={"content": event})

    # ------------------------------------------------------------ in chunks

    def take(self, chunk: Any) -> list[Any]:
        """Take a chunk; return what may be shown."""
        self._last = chunk
        shown = self._read(chunk)
        if not isinstance(chunk, str) and _is_last(chunk):
            self._lasts.append(_changed(shown, **_bare(shown)))
            shown = _changed(shown, **_ENDLESS)
        self.is_over = any(part.is_decided for part in self._all_parts())
        return [shown] if _says_something(shown) else []

    def end(self) -> list[Any]:
        """End the answer; return what remains."""
        if self._last is None:
            return []
        rest, calls = self._ended()
        if isinstance(self._last, str):
            return [self.event] if self.event is not None else [*filter(None, rest.values())]
        empty = _changed(self._last, **_bare(self._last), **_ENDLESS)
        if self.event is not None:
            ends = [_without_reason(each) for each in self._lasts]
            reason = {"finish_reason": "content_filter"}
            ends.append(_changed(empty, response_metadata=reason))
            return [_changed(empty, content=self.event), *ends]
        pieces = [self._filled(empty, name, text) for name, text in rest.items() if text]
        if calls:
            kind = type(self._last)
            pieces.append(kind(content="", id=self._last.id, tool_call_chunks=calls))
        return [*pieces, *self._lasts]

    def cancel(self) -> None:
        """Drop what is held."""
        for part in self._all_parts():
            part.stream.cancel()

    # ------------------------------------------------------------ whole

    def whole(self, answer: Any) -> Any:
        """Return what may be shown of an answer that came whole."""
        shown = self._read(answer)
        rest, calls = self._ended()
        if isinstance(answer, str):
            return shown + rest["content"] if self.event is None else self.event
        if self.event is not None:
            metadata = _without_reason(answer).response_metadata
            reason = {**metadata, "finish_reason": "content_filter"}
            return _changed(
                answer, **{**_bare(answer), "content": self.event}, response_metadata=reason
            )
        for name, text in rest.items():
            shown = self._filled(shown, name, text) if text else shown
        read = [_read_call(call) for call in calls]
        new = {
            "tool_calls": [call for call in read if call["type"] == "tool_call"],
            "invalid_tool_calls": [call for call in read if call["type"] != "tool_call"],
        }
        if hasattr(answer, "tool_call_chunks"):
            new["tool_call_chunks"] = calls
        return _changed(shown, **new) if calls else shown

    # ------------------------------------------------------------ reading

    def _read(self, answer: Any) -> Any:
        """Take in text or a message; return it with what may be shown of its texts."""
        if isinstance(answer, str):
            return self._feed("content", answer)
        content = getattr(answer, "content", None)
        if not isinstance(content, str | list) or not hasattr(answer, "model_copy"):
            raise ReplyTypeError("what the guarded runnable gives", answer)
        for position, call in enumerate(_calls_of(answer)):
            self._read_call(position, call)
        if isinstance(content, str):
            shown: Any = self._feed("content", content)
        else:
            shown = [block for each in content for block in self._read_block(each)]
        further = {
            name: self._feed(name, value) if isinstance(value, str) else value
            for name, value in answer.additional_kwargs.items()
            if value is None or isinstance(value, str | bool | int | float)
        }
        metadata = {
            name: value for name, value in answer.response_metadata.items() if name != "logprobs"
        }
        return _changed(
            answer,
            **{**_bare(answer), "content": shown, "additional_kwargs": further},
            response_metadata=metadata,
        )

    def _read_block(self, block: Any) -> Iterator[Any]:
        """Return a block with what may be shown of its text."""
        if isinstance(block, str):
            yield self._feed("content", block)
            return
        name = _BLOCKS.get(block.get("type"))
        if name is None:
            return
        place = "content" if name == "text" else name
        self._blocks[place] = block
        yield {**block, name: self._feed(place, block.get(name) or "")}

    def _read_call(self, position: int, call: dict[str, Any]) -> None:
        index = call.get("index")
        index = position if index is None else index
        given = call.get("id") or self._last_ids.get(index, "")
        self._last_ids[index] = given
        _, part = self._calls.setdefault(f"{index}/{given}", (call, Arguments(*self._new)))
        part.feed(call.get("args") or "")

    def _feed(self, name: str, text: str) -> str:
        if not text and name != "content":
            return text
        if name not in self._parts:
            self._parts[name] = Part(*self._new)
        return self._parts[name].feed(text)

    # ------------------------------------------------------------ how it ends

    def _ended(self) -> tuple[dict[str, str], list[dict[str, Any]]]:
        """End all texts; return what remains of each, and the tool calls."""
        if not self._parts and not self._calls:
            self._feed("content", "")  # an empty reply is a reply
        rest = {name: part.end() for name, part in self._parts.items()}
        calls = [{**call, "args": part.end()} for call, part in self._calls.values()]
        for name, part in self._parts.items():
            self._note(name, part)
        for number, (_, part) in enumerate(self._calls.values()):
            self._note(f"tool_calls/{number}", part)
        return rest, calls

    def _note(self, name: str, part: Part) -> None:
        self.verdicts[name] = part.verdict
        if self._on_verdict is not None:
            self._on_verdict(part.verdict)
        if part.event is not None and self.event is None:
            self.event = part.event

    def _all_parts(self) -> Iterator[Part]:
        yield from self._parts.values()
        yield from (part for _, part in self._calls.values())

    def _filled(self, message: Any, name: str, text: str) -> Any:
        """Return a message with more of one of its texts."""
        if name != "content" and name not in self._blocks:
            further = message.additional_kwargs
            return _changed(
                message, additional_kwargs={**further, name: further.get(name, "") + text}
            )
        if isinstance(message.content, str) and name not in self._blocks:
            return _changed(message, content=message.content + text)
        block = {**self._blocks.get(name, {"type": "text"}), _field(name): text}
        return _changed(message, content=[*(message.content or ()), block])


def _field(name: str) -> str:
    return "text" if name == "content" else name


def _calls_of(message: Any) -> list[dict[str, Any]]:
    """Return the tool calls of a message, with their arguments as text."""
    chunks: list[dict[str, Any]] = getattr(message, "tool_call_chunks", None) or []
    if chunks:
        return chunks
    whole = [
        {**call, "args": json.dumps(call["args"], ensure_ascii=False)}
        for call in getattr(message, "tool_calls", ())
    ]
    return [*whole, *getattr(message, "invalid_tool_calls", ())]


def _read_call(call: dict[str, Any]) -> dict[str, Any]:
    """Return a tool call with its arguments read, or as one that cannot be read."""
    kept = {"name": call.get("name") or "", "id": call.get("id")}
    try:
        arguments = json.loads(call["args"] or "{}")
    except ValueError:
        arguments = None
    if isinstance(arguments, dict):
        return {"type": "tool_call", **kept, "args": arguments}
    return {"type": "invalid_tool_call", **kept, "args": call["args"], "error": None}


def _bare(message: Any) -> dict[str, Any]:
    """Return the fields that empty a message of all that its model said."""
    lists = ("tool_calls", "invalid_tool_calls", "tool_call_chunks")
    empty: dict[str, Any] = {name: [] for name in lists if hasattr(message, name)}
    return {**empty, "content": "", "additional_kwargs": {}}


def _without_reason(message: Any) -> Any:
    """Return a message that says nothing and does not say how it ended."""
    metadata = {
        name: value for name, value in message.response_metadata.items() if name not in _REASONS
    }
    return _changed(message, **_bare(message), response_metadata=metadata)


def _is_last(chunk: Any) -> bool:
    """Whether a chunk says how the answer ends."""
    said = any(chunk.response_metadata.get(name) for name in _REASONS)
    return said or getattr(chunk, "chunk_position", None) == "last"


def _says_something(shown: Any) -> bool:
    if isinstance(shown, str):
        return bool(shown)
    blocks = [shown.content] if isinstance(shown.content, str) else shown.content
    texts = (each if isinstance(each, str) else each.get(_BLOCKS[each["type"]]) for each in blocks)
    return bool(
        any(texts)
        or any(shown.additional_kwargs.values())
        or getattr(shown, "usage_metadata", None)
        or shown.response_metadata
    )


def _changed(message: Any, **new: Any) -> Any:
    return message.model_copy(update=new)
