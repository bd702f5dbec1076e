"""Reading and changing the objects of client libraries, whatever they are made of.

They are pydantic models, dictionaries of decoded JSON, or plain objects. What the client made is
never changed: a change gives a copy.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any


def get(thing: Any, name: str) -> Any:
    """Return a field, None where there is none.

    >>> get({"index": 2}, "index"), get({}, "index"), get(None, "index")
    (2, None, None)
    """
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def fields(thing: Any) -> dict[str, Any]:
    """Return every field, those that the client library does not know included.

    >>> fields({"content": "Hi"})
    {'content': 'Hi'}
    """
    if thing is None:
        return {}
    if isinstance(thing, Mapping):
        return dict(thing)
    return {**vars(thing), **(getattr(thing, "__pydantic_extra__", None) or {})}


def changed(thing: Any, **new: Any) -> Any:
    """Return a copy with other fields.

    >>> changed({"index": 2, "text": "a"}, text="b")
    {'index': 2, 'text': 'b'}
    """
    if isinstance(thing, Mapping):
        return {**thing, **new}
    if hasattr(thing, "model_copy"):
        return thing.model_copy(update=new)
    made = copy.copy(thing)
    for name, value in new.items():
        setattr(made, name, value)
    return made
