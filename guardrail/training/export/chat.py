"""A chat template without the program: what stands before and after the words of each role.

Templates are programs in Jinja; a runtime should not run programs that came with weights. Most
only put something around each message. What that is, is found by trying; and then compared.
"""

from __future__ import annotations

from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.generation.manifest import Affixes, Chat

_WORDS: Final = "\u2402{}\u2403"
"""Words that no template contains."""
_TRIALS: Final = (
    ("user",),
    ("user", "assistant", "user"),
    ("system", "user"),
    ("system", "user", "assistant", "user", "assistant", "user"),
)


def chat_of(tokenizer: Any, model: str) -> Chat:
    """Return how a tokenizer's chat template writes conversations.

    Raises:
        RecipeError: the template does more than to put something around each message.
    """
    alone = _written(tokenizer, ("user",))
    twice = _written(tokenizer, ("user", "assistant", "user"))
    first, second, third = (_WORDS.format(at) for at in range(3))
    try:
        start_user, answer_part = alone.split(first)
        _, middle, back, end = _cut(twice, first, second, third)
        asked = _written(tokenizer, ("user",), is_asked=True).split(first)[1]
    except ValueError:
        raise _refused(model) from None
    answer = asked[len(answer_part) :] if asked.startswith(answer_part) else None
    user_after = end
    if answer is None or not middle.startswith(user_after):
        raise _refused(model)
    before_bot = middle[len(user_after) :]
    user_before = _common_end(start_user, back)
    roles = {
        "user": Affixes(before=user_before, after=user_after),
        "assistant": Affixes(before=before_bot, after=back[: len(back) - len(user_before)]),
    }
    start = start_user[: len(start_user) - len(user_before)]
    chat = Chat(start=start, roles=roles | _system(tokenizer, start, user_before), answer=answer)
    _compare(chat, tokenizer, model)
    return chat


def _system(tokenizer: Any, start: str, user_before: str) -> dict[str, Affixes]:
    """Return the affixes of the system role, if the template has one."""
    written = _written(tokenizer, ("system", "user"))
    first, second = (_WORDS.format(at) for at in range(2))
    if first not in written or second not in written:
        return {}
    before, rest = written.split(first)
    after = rest.split(second)[0].removesuffix(user_before)
    return {"system": Affixes(before=before.removeprefix(start), after=after)}


def _compare(chat: Chat, tokenizer: Any, model: str) -> None:
    for roles in _TRIALS:
        if set(roles) <= set(chat.roles):
            said = [(role, _WORDS.format(at)) for at, role in enumerate(roles)]
            if chat.write(said) != _written(tokenizer, roles, is_asked=True):
                raise _refused(model)


def _written(tokenizer: Any, roles: tuple[str, ...], *, is_asked: bool = False) -> str:
    from jinja2.exceptions import TemplateError

    messages = [{"role": role, "content": _WORDS.format(at)} for at, role in enumerate(roles)]
    try:
        return str(
            tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=is_asked)
        )
    except TemplateError:
        return ""


def _cut(text: str, *words: str) -> list[str]:
    parts = []
    for word in words:
        part, text = text.split(word)
        parts.append(part)
    return [*parts, text]


def _common_end(one: str, other: str) -> str:
    size = 0
    while size < min(len(one), len(other)) and one[-1 - size] == other[-1 - size]:
        size += 1
    return one[len(one) - size :]


def _refused(model: str) -> RecipeError:
    return RecipeError(
        f"the chat template of `{model}` does more than to put something around each message",
        help="export supports templates that write start, role, words and end",
    )
