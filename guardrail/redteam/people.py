"""Attacks by people: a file of prompts with the reviewer who wrote each, and what it is after.

A label is never guessed: a line names a rule and a value, and the rule must fire on that value.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from guardrail.errors import SettingsError
from guardrail.redteam.forbidden import Ground, fired_as
from guardrail.runtime.guard import Guard


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    reviewer: str
    rule: str
    value: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Handmade:
    """An attack by a person: who wrote it, what it is after, and what is asked.

    `action` is what the rule does to the value undisguised.
    """

    reviewer: str
    rule: str
    value: str
    prompt: str
    action: str

    def __repr__(self) -> str:
        return f"Handmade({self.reviewer!r}, {self.rule!r})"


@dataclass(frozen=True, slots=True)
class Queue:
    """The attacks of a file, in order, and the digest of its bytes."""

    attacks: tuple[Handmade, ...] = ()
    digest: str = ""


def read_queue(path: Path, guard: Guard, ground: Ground) -> Queue:
    """Return the attacks of a file of JSON lines: `reviewer`, `rule`, `value` and `prompt` each.

    Args:
        path: the file.
        guard: the policy that is attacked.
        ground: a text that is clean without a value.

    Raises:
        SettingsError: naming the line, if it is none, or if its rule does not fire on its value.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"`{path}` cannot be read: {reason}") from None
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    attacks = tuple(
        _attack(f"`{path}`, line {number}", line, guard, ground) for number, line in lines
    )
    return Queue(attacks, hashlib.sha256(data).hexdigest())


def _attack(where: str, line: bytes, guard: Guard, ground: Ground) -> Handmade:
    try:
        read = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        read = None
    if read is None or not (read.reviewer and read.value and read.prompt):
        raise SettingsError(
            f"{where}: not an attack by a person",
            help='write {"reviewer": "…", "rule": "…", "value": "…", "prompt": "…"}',
        )
    action = fired_as(guard.check(ground.put(read.value).text), read.rule)
    if action is None:
        raise SettingsError(
            f"{where}: the rule `{read.rule}` does not fire on the value",
            help="name a rule on output of this policy, and a value that breaks it as it stands",
        )
    return Handmade(read.reviewer, read.rule, read.value, read.prompt, action)
