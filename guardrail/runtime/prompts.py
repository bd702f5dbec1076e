"""Where the prompt lies among the arguments of a generation callable, and how to put one back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

from guardrail.errors import GuardrailError

Arguments: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompt and the system prompt of one call; None where there is none."""

    prompt: str | None
    system: str | None


def asked(arguments: Arguments, take: Callable[..., str] | None) -> Asked:
    """Find the prompt: `take`, else `prompt=`, `messages=`, or the first text or messages.

    >>> asked((("Hi",), {}), None).prompt
    'Hi'
    >>> asked(((), {"messages": [{"role": "user", "content": "Hi"}]}), None).prompt
    'Hi'
    """
    args, kwargs = arguments
    messages = next(filter(_is_messages, (*args, *kwargs.values())), None)
    system = _last(messages, "system") if messages is not None else None
    if take is not None:
        return Asked(take(*args, **kwargs), system)
    named = kwargs.get("prompt")
    if isinstance(named, str):
        return Asked(named, system)
    if messages is not None:
        return Asked(_last(messages, "user"), system)
    return Asked(next((value for value in args if isinstance(value, str)), None), system)


def replaced(arguments: Arguments, old: str | None, new: str) -> Arguments:
    """Return the arguments with the prompt `old` replaced by `new`; nothing is changed in place.

    Raises:
        GuardrailError: the prompt does not stand among the arguments as it is.
    """
    args, kwargs = arguments
    for index, value in enumerate(args):
        if (put := _put(value, old, new)) is not None:
            return (*args[:index], put, *args[index + 1 :]), kwargs
    for name, value in kwargs.items():
        if (put := _put(value, old, new)) is not None:
            return args, {**kwargs, name: put}
    raise GuardrailError(
        "the prompt cannot be put back among the arguments of the guarded callable",
        help="give it as one text argument or as `messages`",
    )


def _put(value: object, old: str | None, new: str) -> object | None:
    if isinstance(value, str) and value == old:
        return new
    if not _is_messages(value):
        return None
    messages = list(value)
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.get("role") == "user" and _content(message) == old:
            messages[index] = {**message, "content": new}
            return messages
    return None


def _is_messages(value: object) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) and "role" in item for item in value)
    )


def _last(messages: Sequence[Mapping[str, Any]], role: str) -> str | None:
    return next(
        (_content(message) for message in reversed(messages) if message.get("role") == role), None
    )


def _content(message: Mapping[str, Any]) -> str | None:
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    return None
