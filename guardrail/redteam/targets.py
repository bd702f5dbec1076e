"""Targets: what is attacked. Any function from a prompt to a reply, or none: the filter alone."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Final, TypeAlias

from guardrail.errors import SettingsError

Target: TypeAlias = Callable[[str], str]
"""A function that takes a prompt and returns the reply of a model."""

ECHO: Final = "echo"
"""The name of the target that says whatever an attack wants: it tries the filter alone."""


def load_target(name: str, root: str = ".") -> Target | None:
    """Return the target of a name: `MODULE:FUNCTION`, or None for `echo`.

    Args:
        name: what to attack.
        root: a folder where modules are looked for as well.

    Raises:
        SettingsError: it cannot be had, or is not a function.

    >>> load_target("echo") is None, load_target("builtins:str")("a prompt")
    (True, 'a prompt')
    """
    if name == ECHO:
        return None
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute) or "/" in name:
        raise SettingsError(
            f"`{name}` is not a target", help="write MODULE:FUNCTION, or echo for the filter alone"
        )
    if root not in sys.path:
        sys.path.insert(0, root)
    try:
        found: object = importlib.import_module(module)
        for step in attribute.split("."):
            found = getattr(found, step)
    except AttributeError:
        raise SettingsError(
            f"the module `{module}` has no `{attribute}`", help="check --target"
        ) from None
    except Exception as error:
        raise SettingsError(
            f"importing `{module}` for --target failed: {type(error).__name__}",
            help="modules are looked for in the current folder and where Python finds them",
        ) from error
    if not callable(found):
        raise SettingsError(f"`{name}` is not a function", help="check --target")
    return found


def asked(target: Target, prompt: str) -> str:
    """Return what a target replies.

    A reply may hold half a surrogate pair, which no file can: it becomes a question mark.

    Raises:
        TypeError: the reply is not text.
    """
    reply = target(prompt)
    if not isinstance(reply, str):
        raise TypeError("a target returns text")
    return reply.encode("utf-8", "replace").decode("utf-8")
