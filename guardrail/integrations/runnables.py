"""Runnables of LangChain behind a policy: models, chains and agents that answer with text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guardrail.errors import GuardrailError
from guardrail.integrations.messages import Reply
from guardrail.runtime.guard import Guard
from guardrail.runtime.wrap import Wrapping
from guardrail.values import Verdict


def guarded(
    runnable: Any,
    guard: Guard,
    *,
    prompt: Callable[[Any], str] | None = None,
    system: str | None = None,
    on_verdict: Callable[[Verdict], object] | None = None,
) -> Any:
    """Return a runnable that answers as this one does, filtered by the policy.

    `invoke`, `stream`, their asynchronous twins and all that is built on them give messages or
    text as before. The prompt is the input where that is text, or the last message of the user;
    `prompt` finds it in other inputs. Input rules run first. A reply that the policy puts in the
    place of another is a `ReplyEvent`, as text or as the content of a message. `on_verdict` is
    told the verdict on each text.

    >>> from guardrail.language.source import Source
    >>> from langchain_core.runnables import RunnableLambda
    >>> tiny = Source("tiny.guard", '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule no_hosts on output
    ...   when text contains "db7.internal"
    ...   then redact as "[host]"
    ... ''')
    >>> model = RunnableLambda(lambda question: "On db7.internal.")
    >>> guarded(model, Guard.load(tiny)).invoke("Where?")
    'On [host].'

    Raises:
        GuardrailError: the policy reads the prompt, and the input does not show which text it is.
        ReplyTypeError: the runnable gives neither text nor messages.
    """
    try:
        from guardrail.integrations.guarded_runnable import GuardedRunnable  # noqa: PLC0415
    except ImportError as error:
        raise GuardrailError(
            "`guarded` needs LangChain", help="pip install langchain-core"
        ) from error
    return GuardedRunnable(Asking(runnable, guard, prompt, system, on_verdict))


class Asking:
    """A runnable, its guard, and how the prompt is found in an input."""

    def __init__(
        self,
        runnable: Any,
        guard: Guard,
        prompt: Callable[[Any], str] | None,
        system: str | None,
        on_verdict: Callable[[Verdict], object] | None,
    ) -> None:
        self.runnable = runnable
        self._guard = guard
        self._take = prompt
        self._system = system
        self._on_verdict = on_verdict
        self._reads_prompt = Wrapping(guard, runnable.invoke).reads_prompt

    def before(self, given: Any) -> tuple[Any, Reply]:
        """Check the prompt; return the input to pass on and the filter of the reply.

        Where an input rule answers, the filter has ended: `Reply.answer` is that answer.
        """
        prompt = self._prompt(given)
        reply = Reply(self._guard, prompt, self._system, self._on_verdict)
        if not self._guard.has_rules("input"):
            return given, reply
        verdict = self._guard.check(prompt or "", system=self._system, on="input")
        if self._on_verdict is not None:
            self._on_verdict(verdict)
        if verdict.action in {"replace", "block"}:
            reply.answer_with(verdict, as_text=self.runnable.OutputType is str)
        elif verdict.output != prompt:
            given = _put_back(given, prompt, verdict.output)
        return given, reply

    def _prompt(self, given: Any) -> str | None:
        found = self._take(given) if self._take is not None else _last_of_user(given)
        if found is None and self._reads_prompt:
            raise GuardrailError(
                "the policy reads the prompt, but which text of the input it is cannot be told",
                help="give `guarded(..., prompt=...)`, a function of the input",
            )
        return found


def _messages(given: Any) -> list[Any]:
    """Return the messages of an input, none where it has none."""
    if hasattr(given, "to_messages"):
        given = given.to_messages()
    return list(given) if isinstance(given, list | tuple) else []


def _last_of_user(given: Any) -> str | None:
    """Return the text of the last message of the user."""
    if isinstance(given, str):
        return given
    for message in reversed(_messages(given)):
        if isinstance(message, tuple) and message[0] in {"human", "user"}:
            return message[1] if isinstance(message[1], str) else None
        if isinstance(message, dict) and message.get("role") in {"human", "user"}:
            return message["content"] if isinstance(message.get("content"), str) else None
        if getattr(message, "type", None) == "human":
            return str(message.text)
    return None


def _put_back(given: Any, prompt: str | None, new: str) -> Any:
    """Return the input with another prompt; nothing is changed in place."""
    if given == prompt:
        return new
    messages = _messages(given)
    for index in reversed(range(len(messages))):
        message = messages[index]
        if getattr(message, "type", None) == "human" and message.content == prompt:
            messages[index] = message.model_copy(update={"content": new})
            return messages
    raise GuardrailError(
        "the redacted prompt cannot be put back into the input of the runnable",
        help="give text, or messages whose last of the user is plain text",
    )
