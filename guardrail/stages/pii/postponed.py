"""Import Presidio without what only its language models need.

Presidio imports transformers where that is installed, and with it half of what is: seconds and
hundreds of megabytes for recognizers that never ask it. While Presidio is imported, names from
transformers are put off until somebody uses them; whoever runs such a model gets it as before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def import_presidio() -> ModuleType:
    """Import Presidio.

    Raises:
        ImportError: it, or something that it needs, is not installed.
    """
    known = sys.modules.get("presidio_analyzer")
    if known is not None:
        return known
    with postponed("transformers"):
        return import_module("presidio_analyzer")


@contextmanager
def postponed(name: str) -> Iterator[None]:
    """Put off the import of a module: what is taken from it here is imported when it is used.

    Where the module is loaded already, or not installed, nothing changes.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None:
        yield
        return
    stand_in = _Module(name)
    stand_in.__spec__ = spec
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]


class _Module(ModuleType):
    """Stands for a module whose names are put off."""

    def __getattr__(self, name: str) -> _Name:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(self.__name__, name)


class _Name:
    """Stands for what a module calls by a name: a function to call, or a class to ask or extend."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _real(self) -> Any:
        return getattr(import_module(self._module), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._real())

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)
