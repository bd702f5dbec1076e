"""`@guard(policy)`: the shortest way to put a policy around a function that generates text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from guardrail.runtime.compile import PolicyPath
from guardrail.runtime.guard import Guard
from guardrail.values import Verdict

Function = TypeVar("Function", bound=Callable[..., Any])


def guard(
    policy: PolicyPath | Guard,
    *,
    prompt: Callable[..., str] | None = None,
    text: Callable[[Any], str] | None = None,
    put: Callable[[Any, str], Any] | None = None,
    on_block: Literal["reply", "raise"] = "reply",
    mode: Literal["enforce", "observe"] = "enforce",
    on_verdict: Callable[[Verdict], object] | None = None,
    **load: Any,
) -> Callable[[Function], Function]:
    """Decorate a function, coroutine, generator or async generator with a policy.

    The policy is compiled when the function is defined, so a mistake shows at import and not at
    the first reply. A relative path starts in the working directory. The options are those of
    `Guard.wrap`; what else is given goes to `Guard.load`. The decorated function has the guard as
    `.guard`.

    >>> from guardrail.language.source import Source
    >>> tiny = Source("tiny.guard", '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... rule no_hosts on output
    ...   when text contains "db7.internal"
    ...   then redact as "[host]"
    ... ''')
    >>> @guard(tiny)
    ... def answer(prompt: str) -> str:
    ...     return "It runs on db7.internal."
    >>> answer("Where?")
    'It runs on [host].'

    Raises:
        TypeError: it stands above a function without a policy.
    """
    if callable(policy):
        raise TypeError('`@guard` needs a policy: write `@guard("policy.guard")`')
    held = policy if isinstance(policy, Guard) else Guard.load(policy, **load)

    def decorate(function: Function) -> Function:
        return held.wrap(  # type: ignore[return-value]
            function,
            prompt=prompt,
            text=text,
            put=put,
            on_block=on_block,
            mode=mode,
            on_verdict=on_verdict,
        )

    return decorate
