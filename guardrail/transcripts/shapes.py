"""The four shapes a transcript can have, told apart by the first lines that can be read."""

from __future__ import annotations

import enum
import json
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")


class Shape(enum.Enum):
    """What a file holds; the value is the name that summaries use.

    >>> Shape.CHAT.value
    'OpenAI chat'
    """

    CHAT = "OpenAI chat"
    PAIRS = "prompt and response"
    HH = "HH-RLHF text"
    PLAIN = "plain text"
    EMPTY = "empty"
    UNKNOWN = "JSON Lines of an unknown shape"
    REFUSED = "not a transcript"

    @property
    def is_whole(self) -> bool:
        """Whether a file of this shape is one reply, not lines of conversations."""
        return self is Shape.PLAIN


PAIR_KEYS: Final = ("response", "completion", "output")
HH_KEYS: Final = ("chosen", "rejected", "text")
EXPECTED: Final = (
    "a JSON object with `messages`, with `response`, `completion` or `output`, "
    "or with `chosen`, `rejected` or `text`"
)


class NotReadableError(ValueError):
    """A line is not what its file holds; the message says why without quoting it."""


_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def shape_of(line: bytes) -> Shape | None:
    """Return the shape of one line: `UNKNOWN` for another JSON object, None for anything else.

    >>> shape_of(b'{"prompt": "Hi", "response": "Hello"}')
    <Shape.PAIRS: 'prompt and response'>
    """
    try:
        keys = read_json(line, _OBJECT).keys()
    except NotReadableError:
        return None
    if "messages" in keys:
        return Shape.CHAT
    if not keys.isdisjoint(PAIR_KEYS):
        return Shape.PAIRS
    return Shape.UNKNOWN if keys.isdisjoint(HH_KEYS) else Shape.HH


def read_json(line: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    r"""Decode one line.

    Escapes of lone surrogates (`"\ud800"`) are legal JSON but no legal Unicode: they survive,
    by a second try with the standard library.

    Raises:
        NotReadableError: saying what is wrong, without quoting the line.
    """
    try:
        if not line.isascii():
            line.decode()  # fields that are not read have to be text as well
        return decoder.decode(line)
    except UnicodeDecodeError as error:
        raise NotReadableError(_not_utf8(line, error.start)) from None
    except msgspec.ValidationError as error:
        raise NotReadableError(f"unexpected content: {_plain(error)}") from None
    except RecursionError:
        raise NotReadableError("JSON nested too deeply") from None
    except msgspec.DecodeError as error:
        return _second_try(line, decoder, _plain(error))


def _second_try(line: bytes, decoder: msgspec.json.Decoder[T], reason: str) -> T:
    try:
        value = json.loads(line)
        return msgspec.convert(value, decoder.type)
    except msgspec.ValidationError as error:
        raise NotReadableError(f"unexpected content: {_plain(error)}") from None
    except json.JSONDecodeError as error:
        raise NotReadableError(f"not JSON: {error.msg} (column {error.colno})") from None
    except (ValueError, RecursionError):
        raise NotReadableError(f"not JSON: {reason}") from None


def _plain(error: Exception) -> str:
    message = str(error)
    return message[:1].lower() + message[1:]


def _not_utf8(line: bytes, byte: int) -> str:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16, not UTF-8: save the file as UTF-8"
    return f"not UTF-8 (byte {byte + 1} of the line)"


def decode_text(data: bytes) -> str:
    """Decode plain text.

    Raises:
        NotReadableError: the bytes are not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        reason = _not_utf8(data, error.start).replace("of the line", "of the file")
        raise NotReadableError(reason) from None
