"""Chunks of chat completions, as `openai` and the many servers of its protocol stream them.

Each choice is a reply of its own, and each text in it has a stream of its own: the content, a
refusal, every further text of a delta (the reasoning that some servers send), and the arguments
of each tool call. What cannot be looked at is left out: token probabilities, which spell the
reply, audio, and lists or records in a delta that the protocol does not know. A tool call comes
whole, when its choice ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator
from functools import partial
from typing import Any, Final, TypeVar

from guardrail.errors import GuardrailError
from guardrail.integrations.objects import changed, fields, get
from guardrail.integrations.parts import Arguments, Part
from guardrail.integrations.sources import AsyncFilteredStream, FilteredStream
from guardrail.runtime.guard import Guard
from guardrail.values import Verdict

_PASSES: Final = {"index", "delta", "finish_reason", "content_filter_results"}
"""The fields of a choice that say nothing the reply says."""

_SLOTS: Final = (("function", "arguments"), ("custom", "input"))
"""Where the text of a tool call lies."""

P = TypeVar("P", bound=Part)


def openai_stream(
    guard: Guard,
    chunks: Iterable[Any],
    *,
    prompt: str | None = None,
    system: str | None = None,
    choices: int = 1,
) -> FilteredStream:
    """Filter the chunks of a chat completion; return those that may be shown.

    The chunks are those of `client.chat.completions.create(..., stream=True)`, or dictionaries of
    the same shape. `prompt` and `system` give the rules what the reply answers; `choices` is how
    many replies were asked for (`n`). Where the policy puts another reply in the place of one,
    that comes as `delta.content`, a `ReplyEvent`, and the choice ends with `content_filter`.

    >>> from guardrail.language.source import Source
    >>> tiny = Source("tiny.guard", '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule no_hosts on output
    ...   when text contains "db7.internal"
    ...   then redact as "[host]"
    ... ''')
    >>> chunks = [
    ...     {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    ...     for text in ("It runs on db7.", "internal.")
    ... ]
    >>> shown = openai_stream(Guard.load(tiny), chunks)
    >>> "".join(chunk["choices"][0]["delta"]["content"] for chunk in shown)
    'It runs on [host].'

    Raises:
        GuardrailError: what came is no chunk of a chat completion.
    """
    return FilteredStream(chunks, _Answer(guard, prompt, system, choices))


def aopenai_stream(
    guard: Guard,
    chunks: AsyncIterable[Any],
    *,
    prompt: str | None = None,
    system: str | None = None,
    choices: int = 1,
) -> AsyncFilteredStream:
    """Like `openai_stream`, for the chunks of `AsyncOpenAI`; what is slow runs in a thread."""
    return AsyncFilteredStream(chunks, _Answer(guard, prompt, system, choices))


class _Answer:
    """All choices of one answer."""

    def __init__(self, guard: Guard, prompt: str | None, system: str | None, wanted: int) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.is_slow = guard.blocks("output")
        self._guard, self._prompt, self._system = guard, prompt, system
        self._wanted = wanted
        self._choices: dict[int, _Choice] = {}
        self._last: Any = None  # a chunk, to make others from

    @property
    def is_over(self) -> bool:
        """Whether every choice has ended, and one of them by the policy."""
        known = self._choices.values()
        return (
            len(known) >= self._wanted
            and all(choice.is_over for choice in known)
            and any(choice.was_cut_off for choice in known)
        )

    def take(self, chunk: Any) -> list[Any]:
        """Take a chunk; return the chunks that may be shown, one for each choice and piece."""
        choices = get(chunk, "choices")
        if choices is None:
            raise GuardrailError(
                "this is no chunk of a chat completion: it has no `choices`",
                help="give the stream that `chat.completions.create(..., stream=True)` returns",
            )
        if not choices:
            return [chunk]
        self._last = chunk
        shown = [piece for each in choices for piece in self._choice(each).take(each)]
        return self._in_chunks(chunk, shown)

    def end(self) -> list[Any]:
        """End the choices that have no `finish_reason` yet."""
        if self._last is None:
            return []
        bare = changed(self._last, usage=None) if get(self._last, "usage") else self._last
        return self._in_chunks(bare, [each for one in self._choices.values() for each in one.end()])

    def cancel(self) -> None:
        """Drop what is held."""
        for choice in self._choices.values():
            choice.cancel()

    def _choice(self, choice: Any) -> _Choice:
        index = get(choice, "index") or 0
        if index not in self._choices:
            new = partial(_Choice, self._guard, self._prompt, self._system)
            self._choices[index] = new(f"choices/{index}", self.verdicts)
        return self._choices[index]

    def _in_chunks(self, chunk: Any, choices: list[Any]) -> list[Any]:
        """Return a chunk for each choice; the use of tokens is told once."""
        usage = get(chunk, "usage")
        if not choices:
            return [] if usage is None else [changed(chunk, choices=[])]
        made = [changed(chunk, choices=[choice]) for choice in choices]
        if usage is not None:
            made[:-1] = [changed(each, usage=None) for each in made[:-1]]
        return made


class _Call:
    """One tool call, shown at its end."""

    def __init__(self, head: Any, part: Part) -> None:
        self.head = head
        self.part = part

    def feed(self, call: Any) -> None:
        """Take a piece of the call."""
        slot, name = _slot(call)
        if get(self.head, slot) is None:
            self.head = changed(self.head, **{slot: get(call, slot)})
        if text := get(get(call, slot), name):
            self.part.feed(text)

    def end(self) -> Any:
        """End the arguments; return the whole call with what may be shown of them."""
        slot, name = _slot(self.head)
        text = self.part.end()
        if get(self.head, slot) is None:
            return self.head
        return changed(self.head, **{slot: changed(get(self.head, slot), **{name: text})})


class _Choice:
    """One reply: its texts and its tool calls."""

    def __init__(
        self,
        guard: Guard,
        prompt: str | None,
        system: str | None,
        place: str,
        verdicts: dict[str, Verdict],
    ) -> None:
        self.is_over = False
        self.was_cut_off = False
        self._new = (guard, prompt, system)
        self._place = place
        self._verdicts = verdicts
        self._parts: dict[str, Part] = {}
        self._calls: dict[str, _Call] = {}
        self._last_ids: dict[int, str] = {}
        self._last: Any = None  # a piece of this choice, and a delta, to make others from
        self._delta: Any = {}
        self._function_call: Any = None

    # ------------------------------------------------------------ what comes

    def take(self, choice: Any) -> list[Any]:
        """Take a piece of the choice; return pieces that may be shown."""
        if self.is_over:
            return []
        choice = self._last = _without_copies(choice)
        delta, finish = get(choice, "delta"), get(choice, "finish_reason")
        self._delta = self._delta if delta is None else delta
        if delta is None and finish is None:
            raise GuardrailError(
                "this is no chunk of a chat completion: a choice has no `delta`",
                help="give the stream that `chat.completions.create(..., stream=True)` returns",
            )
        new = {name: self._field(name, value) for name, value in fields(delta).items()}
        shown = changed(choice, delta=changed(delta, **new), finish_reason=None) if new else None
        pieces = [shown] if any(value not in (None, "", []) for value in new.values()) else []
        if not pieces and finish is None and fields(delta).get("content") == "":
            pieces = [shown]  # an empty beginning is passed on as it came
        if any(part.is_decided for part in self._all_parts()):
            self.was_cut_off = True
            return [*pieces, *self.end()]
        return pieces if finish is None else [*pieces, *self._ended(finish)]

    def _field(self, name: str, value: Any) -> Any:
        """Return what may be shown of one field of a delta."""
        if value is None or name == "role" or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self._part(name, Part).feed(value) if value else value
        if name == "tool_calls":
            for position, piece in enumerate(value):
                self._call(position, piece).feed(piece)
        elif name == "function_call":
            self._function_call = self._function_call or value
            self._part(name, Arguments).feed(get(value, "arguments") or "")
        return None

    def _call(self, position: int, piece: Any) -> _Call:
        index = get(piece, "index")
        index = position if index is None else index
        given = get(piece, "id") or self._last_ids.get(index, "")
        self._last_ids[index] = given
        key = f"{index}/{given}"
        if key not in self._calls:
            is_free_text = _slot(piece)[0] == "custom"
            self._calls[key] = _Call(piece, Arguments(*self._new, is_json=not is_free_text))
        return self._calls[key]

    def _part(self, name: str, kind: type[P]) -> Part:
        if name not in self._parts:
            self._parts[name] = kind(*self._new)
        return self._parts[name]

    def _all_parts(self) -> Iterator[Part]:
        yield from self._parts.values()
        yield from (call.part for call in self._calls.values())

    # ------------------------------------------------------------ how it ends

    def end(self) -> list[Any]:
        """End the choice where the source gave no reason."""
        return [] if self.is_over else self._ended(None)

    def _ended(self, finish: str | None) -> list[Any]:
        """End all texts: what remains of them, or the reply in their place; then the reason."""
        self.is_over = True
        if not self._parts and not self._calls:
            self._part("content", Part)  # an empty reply is a reply
        rest = {name: part.end() for name, part in self._parts.items()}
        calls = [call.end() for call in self._calls.values()]
        self._note_verdicts()
        event = next((part.event for part in self._all_parts() if part.event is not None), None)
        if event is not None:
            return [self._with(content=event), self._with(finish="content_filter")]
        arguments = rest.pop("function_call", None)
        pieces = [self._with(**{name: text}) for name, text in rest.items() if text]
        if arguments is not None:
            called = changed(self._function_call, arguments=arguments)
            pieces.append(self._with(function_call=called))
        pieces += [self._with(tool_calls=[call]) for call in calls]
        return pieces if finish is None else [*pieces, self._with(finish=finish)]

    def _with(self, *, finish: str | None = None, **new: Any) -> Any:
        """Return a piece of this choice with these fields in its delta alone."""
        delta = changed(self._delta, **dict.fromkeys(fields(self._delta)) | new)
        return changed(self._last, delta=delta, finish_reason=finish)

    def _note_verdicts(self) -> None:
        for name, part in self._parts.items():
            self._verdicts[f"{self._place}/{name}"] = part.verdict
        for number, call in enumerate(self._calls.values()):
            self._verdicts[f"{self._place}/tool_calls/{number}"] = call.part.verdict

    def cancel(self) -> None:
        """Drop what is held."""
        for part in self._all_parts():
            part.stream.cancel()


def _slot(call: Any) -> tuple[str, str]:
    """Return the field of a tool call that holds its text, and the name of the text in it."""
    return next((slot for slot in _SLOTS if get(call, slot[0]) is not None), _SLOTS[0])


def _without_copies(choice: Any) -> Any:
    """Return a choice without fields that may say once more what the reply says."""
    told = [name for name, value in fields(choice).items() if value is not None]
    copies = dict.fromkeys(name for name in told if name not in _PASSES)
    return changed(choice, **copies) if copies else choice
