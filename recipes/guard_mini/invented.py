"""Rows from the grammars in `generated`; `a` and `c` to train on, `b` for a look only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from recipes.guard_mini.generated import (
    attacks,
    contrast,
    documents,
    harmless,
    injections,
    names,
    replies,
    self_harm,
)
from recipes.guard_mini.generated.grammar import Slots, texts
from recipes.guard_mini.rows import Row, no_harm

Source: TypeAlias = Callable[[Path, Random], list[Row]]
Part: TypeAlias = tuple[Sequence[str], Slots, int, dict[str, int]]
"""Forms, slots, how many texts, labels."""

_REPLY: Final = no_harm(refusal=0)


def _rows(parts: Sequence[Part]) -> Source:
    def source(_: Path, dice: Random) -> list[Row]:
        return [
            Row(text, labels)
            for forms, slots, count, labels in parts
            for text in texts(forms, slots, dice, count)
        ]

    return source


def _named(which: str, count: int) -> Source:
    def source(_: Path, dice: Random) -> list[Row]:
        made = names.rows(which, count, dice.randrange(2**31))
        return [Row(text, no_harm(), spans) for text, spans in made]

    return source


_HURT: Final = {"self_harm": 1, "jailbreak": 0, "complies_harm": 0}
_CRIME: Final = {"illegal": 1, "jailbreak": 0, "complies_harm": 0, "profanity": 0}
_BREAK: Final = {"jailbreak": 1, "illegal": 0, "self_harm": 0}

SOURCES: Final[dict[str, Source]] = {
    "invented-self-harm-a": _rows([
        (self_harm.YES_A, self_harm.SLOTS_A, 600, _HURT),
        (self_harm.NO_A, self_harm.SLOTS_NO_A, 500, no_harm()),
    ]),
    "invented-self-harm-b": _rows([
        (self_harm.YES_B, self_harm.SLOTS_B, 120, _HURT),
        (self_harm.NO_B, self_harm.SLOTS_NO_B, 120, no_harm()),
    ]),
    "invented-harmless-a": _rows([(harmless.NO_A, harmless.SLOTS_A, 1300, no_harm())]),
    "invented-harmless-b": _rows([(harmless.NO_B, harmless.SLOTS_B, 100, no_harm())]),
    "invented-harmless-c": _rows([
        (contrast.NO, contrast.SLOTS_NO, 2350, no_harm()),
        (contrast.YES, contrast.SLOTS_YES, 650, _CRIME),
    ]),
    "invented-injections-a": _rows([
        (injections.YES_A, injections.SLOTS_A, 900, _BREAK),
        (injections.NO_A, injections.SLOTS_NO_A, 600, no_harm()),
    ]),
    "invented-injections-c": _rows([
        (attacks.YES, attacks.SLOTS, 1800, _BREAK),
        (attacks.NO, attacks.SLOTS_NO, 1100, no_harm()),
        (documents.FORMS, documents.SLOTS_YES, 800, _BREAK),
        (documents.FORMS, documents.SLOTS_NO, 600, no_harm()),
    ]),
    "invented-injections-b": _rows([
        (injections.YES_B, injections.SLOTS_B, 150, _BREAK),
        (injections.NO_B, injections.SLOTS_NO_B, 100, no_harm()),
    ]),
    "invented-replies-a": _rows([
        (replies.REFUSAL_A, replies.REFUSAL_SLOTS_A, 800, no_harm(refusal=1, whimsical=0)),
        (replies.WHIMSICAL_A, replies.WHIMSICAL_SLOTS_A, 900, {**_REPLY, "whimsical": 1}),
        (replies.NEXT_STEP_A, replies.NEXT_STEP_SLOTS_A, 500, {**_REPLY, "next_step": 1, "whimsical": 0, "polite": 1}),
        (replies.NO_STEP_A, replies.NO_STEP_SLOTS_A, 400, {**_REPLY, "next_step": 0, "whimsical": 0}),
        (replies.POLITE_A, replies.POLITE_SLOTS_A, 400, {**_REPLY, "polite": 1, "whimsical": 0}),
        (replies.RUDE_A, replies.RUDE_SLOTS_A, 500, {"polite": 0, "whimsical": 0, "hate": 0, "illegal": 0}),
    ]),
    "invented-replies-b": _rows([
        (replies.REFUSAL_B, replies.REFUSAL_SLOTS_B, 40, no_harm(refusal=1)),
        (replies.WHIMSICAL_B, replies.WHIMSICAL_SLOTS_B, 45, {**_REPLY, "whimsical": 1}),
        (replies.NEXT_STEP_B, replies.NEXT_STEP_SLOTS_B, 40, {**_REPLY, "next_step": 1, "whimsical": 0}),
        (replies.NO_STEP_B, replies.NO_STEP_SLOTS_B, 30, {**_REPLY, "next_step": 0, "whimsical": 0}),
    ]),
    "invented-names-a": _named("a", 1500),
    "invented-names-b": _named("b", 400),
    "invented-names-c": _named("c", 2300),
}  # fmt: skip
