"""Rows as a trainer wants them, checked against the context of the model first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardrail.errors import RecipeError
from guardrail.training.data.rows import Message, Row


def tokens_of(tokenizer: Any, messages: Sequence[Message], reply: str | None = None) -> list[int]:
    """Return a conversation as token ids: ready to be answered, or with its reply."""
    said = [*messages] if reply is None else [*messages, _assistant(reply)]
    given = tokenizer.apply_chat_template(
        said, add_generation_prompt=reply is None, return_dict=True, tokenize=True
    )
    ids: list[int] = given["input_ids"]
    return ids


def sft_records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return prompt and completion for every turn of the assistant in every row."""
    records = []
    for row in rows:
        said = [*row.messages, _assistant(row.response or "")]
        for at, message in enumerate(said):
            if message["role"] == "assistant" and at:
                records.append({"prompt": said[:at], "completion": [message]})
    return records


def pair_records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return prompt, chosen and rejected for every pair."""
    return [
        {
            "prompt": list(row.messages),
            "chosen": [_assistant(row.chosen or "")],
            "rejected": [_assistant(row.rejected or "")],
        }
        for row in rows
    ]


def check_lengths(rows: Sequence[Row], tokenizer: Any, context: int, file: object) -> None:
    """Refuse rows that do not fit into the context of the model.

    Raises:
        RecipeError: naming file and line of the first one, and how many there are.
    """
    long = []
    for row in rows:
        counts = [
            len(tokens_of(tokenizer, row.messages, reply)) for reply in row.replies or (None,)
        ]
        if max(counts) > context:
            long.append((row.line, max(counts)))
    if long:
        line, count = long[0]
        raise RecipeError(
            f"`{file}:{line}`: {count} tokens do not fit into a context of {context} "
            f"({len(long)} such rows)",
            help="shorten or drop them, or take a model with a longer context",
        )


def _assistant(text: str) -> Message:
    return Message(role="assistant", content=text)
