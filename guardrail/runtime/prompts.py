"""Where the prompt lies among the arguments of a generation callable, and how to put one back.

Nothing is guessed: with several arguments that could be the prompt, none is. A place is remembered
and not a text, so that what is put back goes where the prompt was found.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias, TypeGuard

from guardrail.errors import GuardrailError

Arguments: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]

_NAMES: Final = ("prompt", "messages")
_BY_POSITION: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the signature of a callable says of its arguments; read once for each wrapping."""

    positions: Mapping[str, int] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    has_self: bool = False

    @classmethod
    def of(cls, function: Callable[..., object]) -> Parameters:
        """Read a signature; a callable that has none is one of nameless positions.

        What a decorator wrapped is not looked at: it may add arguments, and then every position
        would get the name of its neighbor.

        >>> Parameters.of(lambda model, prompt: None).positions["prompt"]
        1
        """
        try:
            signature = inspect.signature(function, follow_wrapped=False)
        except (TypeError, ValueError):
            return cls()
        parameters = list(signature.parameters.values())
        named = [each.name for each in parameters if each.kind in _BY_POSITION]
        return cls(
            {name: index for index, name in enumerate(named)},
            {
                each.name: each.default
                for each in parameters
                if each.name in _NAMES and isinstance(each.default, str) and each.default
            },
            has_self=named[:1] in (["self"], ["cls"]),
        )

    def find(self, name: str, arguments: Arguments) -> tuple[int | str, object]:
        """Return where the caller gave the argument `name` and what it is, None if not given."""
        args, kwargs = arguments
        index = self.positions.get(name, len(args))
        return (index, args[index]) if index < len(args) else (name, kwargs.get(name))


class Place(NamedTuple):
    """The position or the name of an argument and, if it is messages, which of them."""

    key: int | str
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompt and the system prompt of one call, None where there is none.

    `places` is where the prompt stands: one place, if a new text can be put there. `is_unclear`:
    there is a prompt perhaps, but nobody can tell which argument it is, or read it.
    """

    prompt: str | None = None
    system: str | None = None
    places: tuple[Place, ...] = ()
    is_unclear: bool = False


def asked(
    arguments: Arguments, parameters: Parameters, take: Callable[..., str] | None = None
) -> Asked:
    """Find the prompt: `take`, else `prompt=`, `messages=`, or the only text or messages.

    >>> asked((("gpt", "Hi"), {}), Parameters.of(lambda model, prompt: None)).prompt
    'Hi'
    >>> asked(((), {"messages": [{"role": "user", "content": "Hi"}]}), Parameters()).prompt
    'Hi'
    >>> asked((("gpt", "Hi"), {}), Parameters()).is_unclear
    True
    """
    args, kwargs = arguments
    own = [*enumerate(args)][1:] if parameters.has_self else enumerate(args)
    given: list[tuple[int | str, Any]] = [
        (key, value)
        for key, value in (*own, *kwargs.items())
        if isinstance(value, str) or _is_messages(value)
    ]
    if take is not None:
        return _taken(take(*args, **kwargs), given)
    empty: list[tuple[int | str, Any]] = []
    for name in _NAMES:
        key, value = parameters.find(name, arguments)
        if isinstance(value, str) and not value:
            empty.append((key, value))
        elif value is not None:
            return _read(key, value, given)
    could_be = empty[:1] or [*given, *parameters.defaults.items()]
    return _read(*could_be[0], given) if len(could_be) == 1 else Asked(is_unclear=bool(could_be))


def put_back(arguments: Arguments, found: Asked, new: str) -> Arguments:
    """Return the arguments with `new` where the prompt was found; nothing is changed in place.

    Raises:
        GuardrailError: the prompt does not stand there as it is, or stands there twice.

    >>> put_back((("Hi", "Hi"), {}), Asked("Hi", places=(Place(1),)), "Ho")
    (('Hi', 'Ho'), {})
    """
    if len(found.places) != 1:
        where = "several" if found.places else "none"
        raise GuardrailError(
            "the prompt cannot be put back among the arguments of the guarded callable: "
            f"{where} of them holds it as it is",
            help="give it as one text argument named `prompt`, or as `messages`",
        )
    args, kwargs = arguments
    key, message = found.places[0]
    if isinstance(key, str):
        return args, {**kwargs, key: _put(kwargs.get(key), message, new)}
    return (*args[:key], _put(args[key], message, new), *args[key + 1 :]), kwargs


# ---------------------------------------------------------------- reading


def _read(key: int | str, value: object, given: Iterable[tuple[int | str, Any]]) -> Asked:
    """Read the argument that is the prompt; what is neither text nor messages is unclear."""
    if isinstance(value, str):
        return Asked(value, _system(given), (Place(key),))
    if not _is_messages(value):
        return Asked(system=_system(given), is_unclear=True)
    index = _last(value, "user")
    if index is None:
        return Asked(system=_system([(key, value)]))
    text = _content(value[index])
    places = (Place(key, index),) if text is not None else ()
    return Asked(text, _system([(key, value)]), places, is_unclear=text is None)


def _taken(prompt: object, given: Sequence[tuple[int | str, Any]]) -> Asked:
    """Look for the prompt that the caller's own function took out of the arguments."""
    if prompt is None:
        return Asked(system=_system(given))
    if not isinstance(prompt, str):
        raise GuardrailError(
            f"what `prompt=` returns must be text (str), got {type(prompt).__name__}",
            help="return the text of the last user message",
        )
    places = []
    for key, value in given:
        if isinstance(value, str):
            places += [Place(key)] if value == prompt else []
        elif (index := _last(value, "user", prompt)) is not None:
            places.append(Place(key, index))
    return Asked(prompt, _system(given), tuple(places))


def _system(given: Iterable[tuple[int | str, Any]]) -> str | None:
    for _, value in given:
        if not isinstance(value, str):
            index = _last(value, "system")
            return None if index is None else _content(value[index])
    return None


def _is_messages(value: object) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) and "role" in item for item in value)
    )


def _last(messages: Sequence[Mapping[str, Any]], role: str, text: str | None = None) -> int | None:
    """Return the index of the last message of a role (that says `text`)."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.get("role") == role and (text is None or _content(message) == text):
            return index
    return None


def _content(message: Mapping[str, Any]) -> str | None:
    """Return the text of a message, its parts joined; None if there is a part nobody can read."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence) or not all(map(_is_readable, content)):
        return None
    return "".join(_text(part) or "" for part in content)


def _is_readable(part: object) -> bool:
    if isinstance(part, Mapping):
        return isinstance(part.get("text"), str | None)
    return isinstance(part, str)


def _text(part: Any) -> str | None:
    """Return the text of a content part, None of an image and the like."""
    text: str | None = part if isinstance(part, str) else part.get("text")
    return text


# ---------------------------------------------------------------- writing


def _put(value: Any, message: int | None, new: str) -> object:
    if message is None:
        return new
    messages = list(value)
    changed = messages[message]
    messages[message] = {**changed, "content": _rewritten(changed["content"], new)}
    return messages


def _rewritten(content: str | Sequence[Any], new: str) -> str | list[Any]:
    """Return the content of a message with another text; parts that are not text stay.

    Of several text parts one may differ, the last that can: the others must stand in the new text
    as they were, so that the parts together say exactly what was checked.
    """
    if isinstance(content, str):
        return new
    texts = [_text(part) for part in content]
    for index in range(len(content) - 1, -1, -1):
        if texts[index] is None:
            continue
        before = "".join(filter(None, texts[:index]))
        after = "".join(filter(None, texts[index + 1 :]))
        end = len(new) - len(after)
        if len(before) <= end and new.startswith(before) and new.endswith(after):
            text, part = new[len(before) : end], content[index]
            changed = text if isinstance(part, str) else {**part, "text": text}
            return [*content[:index], changed, *content[index + 1 :]]
    raise GuardrailError(
        "the prompt cannot be put back: several text parts of the message would have to change",
        help="send the text of a message as one part",
    )
