"""One line of a transcript to its turns."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from guardrail.transcripts.lines import Unreadable
from guardrail.transcripts.shapes import (
    EXPECTED,
    HH_KEYS,
    PAIR_KEYS,
    NotReadableError,
    Shape,
    decode_text,
    read_json,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator


_ARGUMENT: Final = re.compile(r"(?:^|\.)(?:tool_calls\[\d+\]|function_call)\.")


class Turn(msgspec.Struct, frozen=True, gc=False):
    """Something that was said, with what stood before it.

    `line` and `turn` (the message within its conversation) count from 1. `prompt` is the last
    user message before it and `system` the system messages. `part` names the piece of the message
    that was taken (`tool_calls[0].arguments`, `refusal`) or the side of a preference (`chosen`);
    None is the message itself.
    """

    line: int
    turn: int
    role: str
    text: str
    prompt: str | None = None
    system: str | None = None
    part: str | None = None

    @property
    def is_argument(self) -> bool:
        """Whether this is what a tool is called with.

        >>> Turn(1, 2, "assistant", "{}", part="tool_calls[0].arguments").is_argument
        True
        """
        return self.part is not None and _ARGUMENT.search(self.part) is not None


class _Part(msgspec.Struct):
    text: str | None = None
    refusal: str | None = None


class _Function(msgspec.Struct):
    arguments: str | dict[str, Any] | list[Any] | None = None


class _Custom(msgspec.Struct):
    input: str | None = None


class _ToolCall(msgspec.Struct):
    function: _Function | None = None
    custom: _Custom | None = None


class _Message(msgspec.Struct, gc=False):
    role: str
    content: str | list[_Part | str] | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None
    function_call: _Function | None = None


class _Chat(msgspec.Struct):
    messages: list[_Message]


class _Pair(msgspec.Struct):
    prompt: str | list[_Message] | None = None
    system: str | None = None
    response: str | list[_Message] | None = None
    completion: str | list[_Message] | None = None
    output: str | list[_Message] | None = None


class _HH(msgspec.Struct):
    prompt: str | list[_Message] | None = None
    chosen: str | list[_Message] | None = None
    rejected: str | list[_Message] | None = None
    text: str | None = None


_CHAT: Final = msgspec.json.Decoder(_Chat)
_PAIR: Final = msgspec.json.Decoder(_Pair)
_HH_LINE: Final = msgspec.json.Decoder(_HH)

_SYSTEM: Final = frozenset({"system", "developer"})
_ROLES: Final = _SYSTEM | {"user", "assistant", "tool", "function"}
SPEAKER: Final = re.compile(r"(?:\A\s*|\n\n)(Human|Assistant|System): ?")
_HH_ROLES: Final = {"Human": "user", "Assistant": "assistant", "System": "system"}


def read_turns(
    shape: Shape, number: int, line: bytes, roles: Container[str] = _ROLES
) -> list[Turn] | Unreadable:
    """Return the turns of one line of a file of this shape, in order; only those of some roles.

    >>> line = b'{"prompt": "Hi", "response": "Yo"}'
    >>> [turn.text for turn in read_turns(Shape.PAIRS, 1, line)]
    ['Hi', 'Yo']
    >>> [turn.text for turn in read_turns(Shape.PAIRS, 1, line, {"assistant"})]
    ['Yo']
    """
    try:
        return _READERS[shape](number, line, roles)
    except NotReadableError as error:
        other = shape_of(line)
        if other in (None, shape, Shape.UNKNOWN):
            return Unreadable(number, str(error))
        words = f"this line is {other.value}, the file {shape.value}: a file has one shape"
        return Unreadable(number, words)


def _plain(number: int, line: bytes, roles: Container[str]) -> list[Turn]:
    text = decode_text(line)
    return [Turn(number, 1, "assistant", text)] if "assistant" in roles else []


def _chat(number: int, line: bytes, roles: Container[str]) -> list[Turn]:
    return _conversation(number, read_json(line, _CHAT).messages, roles)


def _pair(number: int, line: bytes, roles: Container[str]) -> list[Turn]:
    pair = read_json(line, _PAIR)
    reply = next((value for key in PAIR_KEYS if (value := getattr(pair, key)) is not None), None)
    if reply is None:
        raise NotReadableError("no `response`, `completion` or `output`")
    system = [_Message("system", pair.system)] if pair.system is not None else []
    messages = _said("user", pair.prompt) + _said("assistant", reply)
    return _conversation(number, system + messages, roles)


def _hh(number: int, line: bytes, roles: Container[str]) -> list[Turn]:
    dialogs = read_json(line, _HH_LINE)
    before = _said("user", dialogs.prompt)
    found = {key: value for key in HH_KEYS if (value := getattr(dialogs, key)) is not None}
    if not found:
        raise NotReadableError("no `chosen`, `rejected` or `text`")
    turns = []
    for key, value in found.items():
        dialog = _spoken(value) if isinstance(value, str) else value
        side = None if key == "text" else key
        turns += _conversation(number, before + dialog, roles, side)
    return turns


def _unknown(_number: int, _line: bytes, _roles: Container[str]) -> list[Turn]:
    raise NotReadableError(f"expected {EXPECTED}")


_READERS: Final[dict[Shape, Callable[[int, bytes, Container[str]], list[Turn]]]] = {
    Shape.PLAIN: _plain,
    Shape.CHAT: _chat,
    Shape.PAIRS: _pair,
    Shape.HH: _hh,
    Shape.UNKNOWN: _unknown,
}


def _said(role: str, value: str | list[_Message] | None) -> list[_Message]:
    if value is None:
        return []
    return [_Message(role, value)] if isinstance(value, str) else value


def _spoken(text: str) -> list[_Message]:
    r"""Take `\n\nHuman: … \n\nAssistant: …` apart; without a speaker, all of it is a reply."""
    before, *spoken = SPEAKER.split(text)
    if not spoken:
        return [_Message("assistant", text)]
    messages = [_Message("system", before)] if before.strip() else []
    pairs = zip(spoken[::2], spoken[1::2], strict=True)
    return messages + [_Message(_HH_ROLES[speaker], said) for speaker, said in pairs]


_Piece: TypeAlias = tuple[str | None, str]


def _conversation(
    number: int, messages: list[_Message], roles: Container[str], side: str | None = None
) -> list[Turn]:
    turns: list[Turn] = []
    prompt: str | None = None
    system: str | None = None
    for turn, message in enumerate(messages, 1):
        role, content = message.role, message.content
        if role not in _ROLES:
            role = _role(turn, role)
        if isinstance(content, str) and not (
            message.tool_calls or message.refusal or message.function_call
        ):
            if role in roles:
                turns.append(Turn(number, turn, role, content, prompt, system, side))
        else:
            content = _content(message)
            for part, text in _pieces(message) if role in roles else ():
                name = part if side is None else f"{side}.{part}" if part else side
                turns.append(Turn(number, turn, role, text, prompt, system, name))
        if role == "user":
            prompt = content
        elif role in _SYSTEM:
            system = content if system is None else f"{system}\n\n{content}"
    return turns


def _role(turn: int, role: str) -> str:
    if role.lower() not in _ROLES:
        raise NotReadableError(
            f"message {turn} has an unknown role: expected system, developer, user, assistant, "
            "tool or function"
        )
    return role.lower()


def _content(message: _Message) -> str:
    """Return the text of a message; content parts are shown one after the other, so they join."""
    content = message.content
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part if isinstance(part, str) else part.text or "" for part in content)


def _pieces(message: _Message) -> Iterator[_Piece]:
    """Yield the texts of a message: its content, then refusals and arguments by name."""
    extra = list(_extra_pieces(message))
    content = _content(message)
    if content or not extra:
        yield None, content
    yield from extra


def _extra_pieces(message: _Message) -> Iterator[_Piece]:
    if message.refusal:
        yield "refusal", message.refusal
    if isinstance(message.content, list):
        for index, part in enumerate(message.content):
            if isinstance(part, _Part) and part.refusal:
                yield f"content[{index}].refusal", part.refusal
    for index, call in enumerate(message.tool_calls or ()):
        if call.function is not None and (text := _arguments(call.function)):
            yield f"tool_calls[{index}].arguments", text
        if call.custom is not None and call.custom.input:
            yield f"tool_calls[{index}].input", call.custom.input
    if message.function_call is not None and (text := _arguments(message.function_call)):
        yield "function_call.arguments", text


def _arguments(function: _Function) -> str:
    arguments = function.arguments
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments, ensure_ascii=False)
