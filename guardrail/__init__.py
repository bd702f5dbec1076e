"""Policy as code between a language model and people.

`Guard.load("policy.guard")` compiles a policy; `Guard.check(text)` gives a verdict; `@guard(...)`
puts it around any function that generates text. Importing the package loads no model, no parser
and opens no socket; the names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardrail.decorator import guard as guard
    from guardrail.errors import GuardrailError as GuardrailError
    from guardrail.errors import MissingExtraError as MissingExtraError
    from guardrail.errors import ModelError as ModelError
    from guardrail.errors import PolicyError as PolicyError
    from guardrail.errors import ReplyBlockedError as ReplyBlockedError
    from guardrail.errors import ReplyTypeError as ReplyTypeError
    from guardrail.errors import SettingsError as SettingsError
    from guardrail.runtime.act import Conversation as Conversation
    from guardrail.runtime.act import Vault as Vault
    from guardrail.runtime.guard import Guard as Guard
    from guardrail.runtime.reply_event import ReplyEvent as ReplyEvent
    from guardrail.runtime.stream import Stream as Stream
    from guardrail.stages.host import Batched as Batched
    from guardrail.values import Span as Span
    from guardrail.values import Subject as Subject
    from guardrail.values import Verdict as Verdict

_HOMES = {
    "Batched": "guardrail.stages.host",
    "Conversation": "guardrail.runtime.act",
    "Guard": "guardrail.runtime.guard",
    "GuardrailError": "guardrail.errors",
    "MissingExtraError": "guardrail.errors",
    "ModelError": "guardrail.errors",
    "PolicyError": "guardrail.errors",
    "ReplyBlockedError": "guardrail.errors",
    "ReplyTypeError": "guardrail.errors",
    "ReplyEvent": "guardrail.runtime.reply_event",
    "SettingsError": "guardrail.errors",
    "Span": "guardrail.values",
    "Stream": "guardrail.runtime.stream",
    "Subject": "guardrail.values",
    "Vault": "guardrail.runtime.act",
    "Verdict": "guardrail.values",
    "guard": "guardrail.decorator",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("guardrail-sdk")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return __all__
