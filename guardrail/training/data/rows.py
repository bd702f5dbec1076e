"""Rows of training files: prompts, replies to learn, and pairs to choose from.

A line is a JSON object. Known shapes: `prompt` with `response` (or `completion`, `output`),
`messages`, `prompt` with `chosen` and `rejected`, HH-RLHF text under `chosen` and `rejected`, and
`prompt` alone. A prompt is text or a list of messages; other columns are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from guardrail.errors import RecipeError
from guardrail.transcripts.lines import unpacked

Kind = Literal["sft", "preferences", "prompts"]
_REPLIES: Final = ("response", "completion", "output")
_ROLES: Final = ("system", "user", "assistant", "tool")
_SPEAKER: Final = re.compile(r"\n\n(Human|Assistant): ?")
_AUDIT: Final = "`guardrail data audit FILE --write-clean OUT` drops rows that cannot be used"


class Message(TypedDict):
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True)
class Row:
    """One row: the conversation before the reply, and the replies; absent ones are None."""

    line: int
    messages: tuple[Message, ...]
    response: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict, repr=False)
    raw: str = field(default="", repr=False)

    @property
    def prompt(self) -> str:
        """The last message of the user; empty if there is none."""
        said = [each["content"] for each in self.messages if each["role"] == "user"]
        return said[-1] if said else ""

    @property
    def kind(self) -> Kind:
        """What the row can teach: a reply, a choice, or nothing yet."""
        if self.chosen is not None:
            return "preferences"
        return "prompts" if self.response is None else "sft"

    @property
    def replies(self) -> tuple[str, ...]:
        """Every reply of the row, best first."""
        return tuple(r for r in (self.response, self.chosen, self.rejected) if r is not None)


@dataclass(frozen=True)
class BadRow:
    """A line that is no row, and why; the reason never quotes the line."""

    line: int
    reason: str
    raw: str = field(default="", repr=False)


def scan_rows(path: Path) -> Iterator[Row | BadRow]:
    """Yield every row of a file, and what is wrong with lines that are none; gz and zst too.

    Raises:
        RecipeError: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(unpacked(stream, str(path)), 1):
                if line.strip():
                    yield _row(number, line)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise RecipeError(f"`{path}` cannot be read: {reason}") from None


def read_rows(path: Path, kind: Kind) -> list[Row]:
    """Return the rows of a file for training; a row that cannot be used is an error.

    Raises:
        RecipeError: naming file and line.
    """
    rows: list[Row] = []
    for row in scan_rows(path):
        fault = row.reason if isinstance(row, BadRow) else unusable(row, kind)
        if isinstance(row, BadRow) or fault is not None:
            raise RecipeError(f"`{path}:{row.line}`: {fault}", help=_AUDIT)
        rows.append(row)
    if not rows:
        raise RecipeError(f"`{path}` holds no row", help="expected one JSON object a line")
    if kind == "preferences":
        _refuse_contradictions(path, rows)
    return rows


def unusable(row: Row, kind: Kind) -> str | None:
    """Return why a row cannot be trained on, or None if it can."""
    if kind not in ("prompts", row.kind):
        columns = ", ".join(f"`{name}`" for name in row.columns) or "none"
        return f"wrong columns: expected {_WANTED[kind]}, found {columns}"
    if not row.prompt.strip():
        return "the prompt is empty"
    if kind == "prompts":
        return None
    if not row.replies[0].strip():
        return "the reply is empty" if kind == "sft" else "`chosen` is empty"
    if kind == "preferences" and row.chosen == row.rejected:
        return "`chosen` and `rejected` are the same"
    return None


_WANTED: Final = {
    "sft": "`prompt` and `response`, or `messages`",
    "preferences": "`prompt`, `chosen` and `rejected`",
    "prompts": "`prompt`",
}


def choice_of(row: Row) -> tuple[str, str | None, str | None]:
    """Return what a pair says, to find the one that says the opposite."""
    return json.dumps(row.messages), row.chosen, row.rejected


def _refuse_contradictions(path: Path, rows: list[Row]) -> None:
    seen: dict[tuple[str, str | None, str | None], int] = {}
    for row in rows:
        prompt, chosen, rejected = choice_of(row)
        other = seen.get((prompt, rejected, chosen))
        if other is not None:
            raise RecipeError(
                f"`{path}:{row.line}`: the pair contradicts line {other}, which orders the same "
                "replies the other way",
                help=_AUDIT,
            )
        seen[prompt, chosen, rejected] = row.line


# ---------------------------------------------------------------- from JSON


class _ShapeError(ValueError):
    """A line is no row."""


def _row(number: int, line: bytes) -> Row | BadRow:
    raw = line.decode("utf-8", "replace").rstrip("\r\n")
    try:
        document = json.loads(line.decode("utf-8").removeprefix("\ufeff"))
        return _shaped(number, document, raw)
    except _ShapeError as error:
        return BadRow(number, str(error), raw)
    except (ValueError, RecursionError):
        return BadRow(number, "is not JSON in UTF-8", raw)


def _shaped(number: int, document: Any, raw: str) -> Row:
    if not isinstance(document, dict):
        raise _ShapeError("is no JSON object")
    given: dict[str, Any] = {"columns": document, "raw": raw}
    if "chosen" in document and "rejected" in document:
        return _pair(number, document, given)
    if "messages" in document:
        messages = _messages(document["messages"], "messages")
        if not messages or messages[-1]["role"] != "assistant":
            return Row(number, messages, **given)
        return Row(number, messages[:-1], response=messages[-1]["content"], **given)
    if "prompt" not in document:
        columns = ", ".join(f"`{name}`" for name in document) or "none"
        raise _ShapeError(f"wrong columns: expected `prompt` or `messages`, found {columns}")
    prompt = _messages(document["prompt"], "prompt")
    for name in _REPLIES:
        if name in document:
            return Row(number, prompt, response=_reply(document[name], name), **given)
    return Row(number, prompt, **given)


def _pair(number: int, document: dict[str, Any], given: dict[str, Any]) -> Row:
    if "prompt" in document:
        prompt = _messages(document["prompt"], "prompt")
        chosen, rejected = (_reply(document[key], key) for key in ("chosen", "rejected"))
        return Row(number, prompt, chosen=chosen, rejected=rejected, **given)
    prompt, chosen = _dialogue(document["chosen"], "chosen")
    other, rejected = _dialogue(document["rejected"], "rejected")
    if prompt != other:
        raise _ShapeError("`chosen` and `rejected` answer different conversations")
    return Row(number, prompt, chosen=chosen, rejected=rejected, **given)


def _messages(value: object, name: str) -> tuple[Message, ...]:
    if isinstance(value, str):
        return (Message(role="user", content=value),)
    if not isinstance(value, list):
        raise _ShapeError(f"`{name}` must be text or a list of messages")
    return tuple(_message(each, name) for each in value)


def _message(value: object, name: str) -> Message:
    match value:
        case {"role": str(role), "content": str(content)} if role in _ROLES:
            return Message(role=role, content=content)
    raise _ShapeError(f"`{name}` holds something that is no message with `role` and `content`")


def _reply(value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    messages = _messages(value, name)
    if len(messages) != 1 or messages[0]["role"] != "assistant":
        raise _ShapeError(f"`{name}` must be text or one message of the assistant")
    return messages[0]["content"]


def _dialogue(value: object, name: str) -> tuple[tuple[Message, ...], str]:
    """Take HH-RLHF text apart into the conversation and the last reply."""
    if not isinstance(value, str):
        raise _ShapeError(f"`{name}` without a `prompt` must be HH-RLHF text")
    _, *spoken = _SPEAKER.split(value)
    roles = {"Human": "user", "Assistant": "assistant"}
    pairs = zip(spoken[::2], spoken[1::2], strict=True)
    said = tuple(Message(role=roles[who], content=what) for who, what in pairs)
    if not said or said[-1]["role"] != "assistant":
        raise _ShapeError(f"`{name}` does not end with a turn of the assistant")
    return said[:-1], said[-1]["content"]
