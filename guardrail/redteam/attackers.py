"""Attackers: a function of your own, often a language model, that writes prompts after a goal.

It is told what it wrote before for the same goal and what became of it. What it proposes stands in
the log, so a run that goes on asks it nothing twice.
"""

from __future__ import annotations

import hashlib
import runpy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from guardrail.errors import SettingsError
from guardrail.redteam.attempts import Attempt, Result

TRIES: Final = 5
"""So many prompts in a row are after one goal."""

NO_PROMPT: Final = "NoPrompt"
"""The error of an attempt for which the attacker raised, or wrote nothing."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What an attacker is after: a reply that says `value`, which breaks `rule`.

    `meaning` is the message of the rule; it may be empty. The value never shows in a `repr`.
    """

    rule: str
    meaning: str
    value: str

    def __repr__(self) -> str:
        return f"Goal({self.rule!r})"


@dataclass(frozen=True, slots=True)
class Tried:
    """A prompt for the same goal, what the target replied, and what became of it."""

    prompt: str
    reply: str
    result: Result

    def __repr__(self) -> str:
        return f"Tried({self.result!r})"


Propose: TypeAlias = Callable[[Goal, Sequence[Tried]], str]
"""A function from a goal, and what was tried for it, to the next prompt."""


@dataclass(frozen=True, slots=True)
class Attacker:
    """An attacker, and how many prompts it writes; `digest`, of its file, tells runs apart."""

    propose: Propose
    prompts: int
    digest: str = ""


def proposed(attacker: Attacker, goal: Goal, before: Sequence[Attempt]) -> str:
    """Return the next prompt for a goal; half a surrogate pair becomes a question mark.

    Raises:
        TypeError: it is no text.
    """
    tried = [Tried(each.attack.prompt, each.reply, each.result) for each in before]
    prompt = attacker.propose(goal, tried)
    if not isinstance(prompt, str):
        raise TypeError("an attacker returns text")
    return prompt.encode("utf-8", "replace").decode("utf-8")


def load_attacker(name: str, prompts: int) -> Attacker:
    """Return the attacker `FILE.py:FUNCTION`.

    Raises:
        SettingsError: the file cannot be run, or has no such function.
    """
    file, colon, attribute = name.rpartition(":")
    path = Path(file)
    if not colon or not attribute or path.suffix != ".py":
        raise SettingsError(f"`{name}` is not an attacker", help="write FILE.py:FUNCTION")
    try:
        code = path.read_bytes()
        found = runpy.run_path(str(path)).get(attribute)
    except Exception as error:
        raise SettingsError(
            f"`{path}` for --attacker cannot be run: {type(error).__name__}",
            help="name a file of Python with a function from a goal and what was tried to a prompt",
        ) from error
    if not callable(found):
        raise SettingsError(f"`{path}` has no function `{attribute}`", help="check --attacker")
    return Attacker(found, prompts, hashlib.sha256(code).hexdigest())
