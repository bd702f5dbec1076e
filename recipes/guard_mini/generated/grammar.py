"""Texts from a grammar: `[slot]` stands for one of a slot's forms, `(a|b)` for one of two."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, TypeAlias

Slots: TypeAlias = Mapping[str, Sequence[str]]

_NEXT: Final = re.compile(r"\[([a-z_]+)\]|\(([^()\[\]]*\|[^()\[\]]*)\)")


def expand(form: str, slots: Slots, dice: Random) -> str:
    """Return one text of a form.

    >>> expand("[who] (runs|runs)", {"who": ["Ann"]}, Random(0))
    'Ann runs'

    Raises:
        KeyError: there is no such slot.
    """

    def one(found: re.Match[str]) -> str:
        name, choices = found.groups()
        return dice.choice(slots[name] if name else choices.split("|"))

    while True:
        text = _NEXT.sub(one, form)
        if text == form:
            return _tidy(text)
        form = text


def texts(forms: Sequence[str], slots: Slots, dice: Random, count: int) -> list[str]:
    """Return different texts, at most `count`: fewer where the grammar has no more."""
    found: dict[str, None] = {}
    for _ in range(count * 4):
        if len(found) == count:
            break
        found.setdefault(expand(dice.choice(forms), slots, dice))
    return list(found)


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t]+", " ", text).strip()
    text = re.sub(r" ([,.!?;:])", r"\1", text)
    return text[:1].upper() + text[1:]
