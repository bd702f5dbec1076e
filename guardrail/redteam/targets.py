"""Targets: what is attacked. A function from a prompt to a reply, an endpoint, a folder, or none.

Without a target the filter alone is tried.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast, runtime_checkable
from urllib.parse import urldefrag, urlsplit

from guardrail.errors import SettingsError
from guardrail.models.endpoint import ChatEndpoint
from guardrail.settings import function_at

if TYPE_CHECKING:
    from guardrail.generation import Generator

Target: TypeAlias = Callable[[str], str]
"""A function that takes a prompt and returns the reply of a model."""

Message: TypeAlias = Mapping[str, str]
"""One turn of a conversation, with `role` and `content`."""

ECHO: Final = "echo"
"""The name of the target that says whatever an attack wants: it tries the filter alone."""

KEY: Final = "GUARDRAIL_TARGET_KEY"
"""The variable of the environment that holds the key of an endpoint."""

_MANIFEST: Final = "manifest.json"
_MOST_TOKENS: Final = 512
_PATIENCE: Final = 60.0


@runtime_checkable
class ChatTarget(Protocol):
    """A target that takes whole conversations as well."""

    def __call__(self, prompt: str) -> str:
        """Return the reply to a prompt."""
        ...

    def chat(self, messages: Sequence[Message]) -> str:
        """Return the reply to a conversation whose last message is the user's."""
        ...


class EndpointTarget:
    """A model behind an OpenAI-compatible endpoint, without randomness as far as it can.

    >>> EndpointTarget("http://127.0.0.1:8080/v1", "small")
    EndpointTarget('127.0.0.1', 'small')
    """

    def __init__(
        self, url: str, model: str, *, key: str | None = None, timeout: float = _PATIENCE
    ) -> None:
        self._endpoint = ChatEndpoint(url, model, key=key, timeout=timeout, role="target")

    def __repr__(self) -> str:
        return f"EndpointTarget({self._endpoint.host!r}, {self._endpoint.model!r})"

    def __call__(self, prompt: str) -> str:
        """Return the reply to a prompt."""
        return self.chat([{"role": "user", "content": prompt}])

    def chat(self, messages: Sequence[Message]) -> str:
        """Return the reply to a conversation."""
        return self._endpoint.ask(messages, temperature=0, max_tokens=_MOST_TOKENS)


class FolderTarget:
    """A language model in a folder that `guardrail export` wrote; greedy."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    def __call__(self, prompt: str) -> str:
        """Return the reply to a prompt."""
        return self._generator(prompt)

    def chat(self, messages: Sequence[Message]) -> str:
        """Return the reply to a conversation."""
        return self._generator(messages)


def load_target(name: str, root: str = ".") -> Target | None:
    """Return the target of a name, or None for `echo`.

    Args:
        name: `MODULE:FUNCTION`, a URL with the name of the model behind `#`, the folder of an
            exported language model, or `echo`.
        root: a folder where modules are looked for as well.

    Raises:
        SettingsError: it cannot be had, or is not a function.
        ModelError: the folder is not what its manifest says.
        MissingExtraError: the extra `cpu`, which runs a folder, is not installed.

    >>> load_target("echo") is None, load_target("builtins:str")("a prompt")
    (True, 'a prompt')
    >>> load_target("http://127.0.0.1:8080/v1#small")
    EndpointTarget('127.0.0.1', 'small')
    """
    if name == ECHO:
        return None
    if "://" in name:
        return _endpoint(name)
    if (Path(name) / _MANIFEST).is_file():
        return folder_target(Path(name))
    return _function(name, root)


def folder_target(folder: Path) -> FolderTarget:
    """Return the target in a folder of an exported language model.

    Raises:
        ModelError: the folder is not what its manifest says.
        MissingExtraError: the extra `cpu` is not installed.
    """
    from guardrail.generation import Generator, Sampling  # noqa: PLC0415 - heavy

    return FolderTarget(Generator.load(folder, sampling=Sampling(max_tokens=_MOST_TOKENS)))


def shown_target(name: str) -> str:
    """Return a target's name as reports show it: of a folder, its last part.

    >>> shown_target("builtins:str")
    'builtins:str'
    """
    return Path(name).resolve().name if Path(name).is_dir() else name


def _endpoint(name: str) -> EndpointTarget:
    url, model = urldefrag(name)
    parts = urlsplit(url)
    if not model or parts.username or parts.password or parts.query:
        raise SettingsError(
            "an endpoint is a URL with the name of the model behind `#`, and nothing secret",
            help=f"such as http://127.0.0.1:8080/v1#small; a key is read from {KEY}",
        )
    return EndpointTarget(url, model, key=os.environ.get(KEY) or None)


def _function(name: str, root: str) -> Target:
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute) or "/" in name:
        raise SettingsError(
            f"`{name}` is not a target",
            help="write MODULE:FUNCTION, URL#MODEL, a folder that `guardrail export` wrote, or "
            "echo for the filter alone",
        )
    place = str(Path(root).resolve())
    return cast("Target", function_at(name, where="--target", setting="--target", root=place))


def asked(target: Target, prompt: str, before: Sequence[Message] = ()) -> str:
    """Return what a target replies to a prompt; `before` are the turns that led up to it.

    Only a `ChatTarget` is told those.

    A reply may hold half a surrogate pair, which no file can: it becomes a question mark.

    Raises:
        TypeError: the reply is not text.
    """
    if before and isinstance(target, ChatTarget):
        reply = target.chat([*before, {"role": "user", "content": prompt}])
    else:
        reply = target(prompt)
    if not isinstance(reply, str):
        raise TypeError("a target returns text")
    return reply.encode("utf-8", "replace").decode("utf-8")
