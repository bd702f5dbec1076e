"""The way back: a line of a transcript with other texts in it, and everything else as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from guardrail.transcripts.lines import Unreadable
from guardrail.transcripts.shapes import HH_KEYS, PAIR_KEYS, NotReadableError, Shape
from guardrail.transcripts.turns import SPEAKER, Turn, read_turns

Place: TypeAlias = tuple[int, str | None]
"""A turn of a line, and the piece of it: `turn` and `part` of what was read."""

_PIECE: Final = re.compile(
    r"(?P<call>(?:tool_calls\[\d+\]|function_call))\.(?P<key>arguments|input)"
    r"|content\[(?P<index>\d+)\]\.refusal"
)


def with_texts(shape: Shape, line: bytes, texts: Mapping[Place, str]) -> bytes:
    r"""Return a line whose texts at some places are others; all else stays.

    The new line is read back: it has to hold the same turns, with the new texts.

    Raises:
        NotReadableError: the line cannot hold these texts.

    >>> line = b'{"id": 7, "prompt": "Hi", "response": "Call 415-555-2671"}'
    >>> with_texts(Shape.PAIRS, line, {(2, None): "Call [PHONE]"})
    b'{"id": 7, "prompt": "Hi", "response": "Call [PHONE]"}'
    """
    if not texts:
        return line
    if shape is Shape.PLAIN:
        new = texts[1, None].encode("utf-8", "surrogatepass")
    else:
        try:
            document = json.loads(line)
            _replace(shape, document, texts)
            new = _encoded(document, line)
        except (ValueError, TypeError, LookupError, RecursionError):
            raise NotReadableError("the checked replies cannot be put back") from None
    if _said(shape, new) != _wanted(shape, line, texts):
        raise NotReadableError("the checked replies cannot be put back: the line would change")
    return new


def _encoded(document: object, line: bytes) -> bytes:
    separators = (", ", ": ") if b'": ' in line else (",", ":")
    text = json.dumps(document, ensure_ascii=line.isascii(), separators=separators)
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate is legal as an escape only
        return json.dumps(document, separators=separators).encode()


_Said: TypeAlias = list[tuple[int, str, str | None, str]]


def _said(shape: Shape, line: bytes) -> _Said | None:
    turns = read_turns(shape, 1, line)
    return None if isinstance(turns, Unreadable) else _texts(turns)


def _wanted(shape: Shape, line: bytes, texts: Mapping[Place, str]) -> _Said | None:
    turns = read_turns(shape, 1, line)
    return None if isinstance(turns, Unreadable) else _texts(turns, texts)


def _texts(turns: list[Turn], texts: Mapping[Place, str] | None = None) -> _Said:
    """Return what was said, empty texts left out: an empty message beside a call is no piece."""
    said = [
        (turn.turn, turn.role, turn.part, (texts or {}).get((turn.turn, turn.part), turn.text))
        for turn in turns
    ]
    return [each for each in said if each[3]]


# ---------------------------------------------------------------- the shapes

_Slot: TypeAlias = tuple[Any, Any]
"""A container and the key under which it holds a message, or the text of one."""


def _replace(shape: Shape, document: dict[str, Any], texts: Mapping[Place, str]) -> None:
    if shape is Shape.CHAT:
        _fill(list(_listed(document, "messages")), texts)
    elif shape is Shape.PAIRS:
        reply = next(key for key in PAIR_KEYS if document.get(key) is not None)
        keys = [key for key in ("system", "prompt", reply) if document.get(key) is not None]
        _fill([slot for key in keys for slot in _listed(document, key)], texts)
    else:
        for key in HH_KEYS:
            if document.get(key) is not None:
                _replace_dialog(document, key, _of_side(texts, None if key == "text" else key))


def _listed(document: dict[str, Any], key: str) -> Iterator[_Slot]:
    """Yield where each message under a key is."""
    value = document[key]
    if isinstance(value, list):
        yield from ((value, index) for index in range(len(value)))
    else:
        yield document, key


def _of_side(texts: Mapping[Place, str], side: str | None) -> dict[Place, str]:
    """Return the texts of one side of a preference, its name taken off their parts."""
    if side is None:
        return dict(texts)
    return {
        (turn, part[len(side) + 1 :] or None): text
        for (turn, part), text in texts.items()
        if part is not None and (part == side or part.startswith(f"{side}."))
    }


def _replace_dialog(document: dict[str, Any], key: str, texts: dict[Place, str]) -> None:
    before = list(_listed(document, "prompt")) if document.get("prompt") is not None else []
    value = document[key]
    if isinstance(value, list):
        _fill(before + list(_listed(document, key)), texts)
        return
    _fill(before, {place: text for place, text in texts.items() if place[0] <= len(before)})
    document[key] = _respoken(
        value, {turn - len(before): text for (turn, _), text in texts.items()}
    )


def _respoken(text: str, texts: Mapping[int, str]) -> str:
    """Return a dialog in which some turns, counted from 1, say something else."""
    starts = list(SPEAKER.finditer(text))
    if not starts:
        return texts.get(1, text)
    before = text[: starts[0].start()]
    first = 2 if before.strip() else 1
    pieces = [texts.get(1, before) if first > 1 else before]
    ends = [each.start() for each in starts[1:]] + [len(text)]
    for number, (speaker, end) in enumerate(zip(starts, ends, strict=True), first):
        pieces += (speaker[0], texts.get(number, text[speaker.end() : end]))
    return "".join(pieces)


def _fill(slots: list[_Slot], texts: Mapping[Place, str]) -> None:
    for (turn, part), text in texts.items():
        container, key = slots[turn - 1]
        if isinstance(container[key], str):
            container[key] = text
        else:
            _fill_message(container[key], part, text)


def _fill_message(message: dict[str, Any], part: str | None, text: str) -> None:
    if part is None:
        _fill_content(message, text)
    elif part == "refusal":
        message["refusal"] = text
    elif (found := _PIECE.fullmatch(part)) is None:
        raise LookupError(part)
    elif found["index"]:
        message["content"][int(found["index"])]["refusal"] = text
    else:
        name, _, index = found["call"].removesuffix("]").partition("[")
        call = message[name][int(index)] if index else message[name]
        _fill_call(call, found["key"], text)


def _fill_content(message: dict[str, Any], text: str) -> None:
    """Put a text in place of all text of a message; the first part that holds text takes it."""
    content = message.get("content")
    if not isinstance(content, list):
        message["content"] = text
        return
    rest: str | None = text
    for index, part in enumerate(content):
        if isinstance(part, str):
            content[index] = rest or ""
        elif part.get("text") is not None:
            part["text"] = rest or ""
        else:
            continue
        rest = None
    if rest is not None:
        content.append({"type": "text", "text": rest})


def _fill_call(call: dict[str, Any], key: str, text: str) -> None:
    """Put a text in place of the arguments of a call; an object stays one if it still is one."""
    if key == "input":
        call["custom"]["input"] = text
        return
    function = call.get("function", call)
    if not isinstance(function["arguments"], str):
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if json.dumps(value, ensure_ascii=False) == text:
            function["arguments"] = value
            return
    function["arguments"] = text
