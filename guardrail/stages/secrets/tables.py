"""The two tables of secrets: those that show by their form, those that show by their name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Format:
    """A secret with a form of its own.

    `pattern` and `gates` are RE2 expressions; wherever the pattern matches, a gate does. The group
    `secret` of the pattern, if there is one, is what is found. `source` is where the provider
    documents the format.
    """

    type: str
    provider: str
    gates: tuple[str, ...]
    score: float
    pattern: str
    source: str


@dataclass(frozen=True, slots=True)
class Named:
    """A secret without a form of its own: a `value` assigned to a name with one of the `words`."""

    type: str
    provider: str
    words: tuple[str, ...]
    value: str
    source: str


@cache
def formats() -> tuple[Format, ...]:
    """Return the secrets that show by their form."""
    return tuple(
        Format(type_, provider, tuple(gates), score, pattern, source)
        for type_, (provider, gates, score, pattern, source) in _table("formats.toml").items()
    )


@cache
def named() -> tuple[Named, ...]:
    """Return the secrets of providers that show by the name they are assigned to."""
    return tuple(
        Named(type_, provider, tuple(words), value, source)
        for type_, (provider, words, value, source) in _table("named.toml").items()
    )


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("guardrail.stages.secrets") / name).read_text("utf-8"))
