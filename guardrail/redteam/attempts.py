"""Attempts: one line each in a log that is only ever appended to.

Replaying the log is how a run goes on after it was stopped, at whatever byte: what follows the
last line break was never finished, and is cut off.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

import msgspec

from guardrail.errors import SettingsError
from guardrail.redteam.techniques import Split

Result: TypeAlias = Literal[
    "idle", "error", "safe", "caught", "partly", "missed", "passed", "over_block", "other"
]
"""What became of an attempt.

Of an attack: the target did not say it (`safe`), or it did, and the filter `caught` it, left
letters or digits of it (`partly`) or let it through (`missed`). Of a benign twin: the filter let it
through (`passed`) or not (`over_block`), or the target did not say it (`other`). Of either: the
technique had nothing to change (`idle`), or the target raised (`error`).
"""


Search: TypeAlias = Literal["bypasses", "archive"]
"""What later rounds build on: all that got through, or what came closest in each cell."""


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """A value in a text, disguised, and how the target is asked for it; or a benign twin.

    `text` is what the target is to say; `shown` stands in it at `at`, the disguised `value`.
    `names` are the techniques, `technique` what they are counted as. `split` says whether
    artefacts may be made from it. `parents` are the ids of the attacks that it builds on.
    """

    number: int
    round: int
    rule: str
    names: tuple[str, ...]
    technique: str
    family: str
    split: Split
    kind: str
    source: str
    carrier: str
    is_twin: bool
    parents: tuple[str, ...]
    value: str
    shown: str
    at: int
    text: str
    prompt: str
    action: str
    """What the rule does to the value undisguised."""

    def __repr__(self) -> str:
        return f"Attack({self.number}, {self.rule!r}, {self.names!r})"

    @property
    def id(self) -> str:
        """A short hash of all that makes the attack."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attack, what the target replied, and what became of it.

    `place` is where in the reply the value stands. `fired` are the rules that fired on the reply,
    `verdict` the action of the verdict, `error` the type of what the target raised.
    """

    id: str
    attack: Attack
    reply: str
    result: Result
    verdict: str = "allow"
    fired: tuple[str, ...] = ()
    place: tuple[int, int] | None = None
    error: str | None = None

    def __repr__(self) -> str:
        return f"Attempt({self.id!r}, {self.result!r})"


class RunSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is made of: with the same settings and target, every run is the same.

    `format` changes when attempts are made or written in another way; `people` is the digest of
    the attacks by people, `recipe` that of what is retrained between rounds, `attacker` that of an
    attacker, `contrasts` that of whole replies to attack with; empty without any. `prompts` is how
    many prompts the attacker writes; `search` is what later rounds build on.
    """

    policy: str
    digest: str
    target: str
    seed: int
    rounds: int
    budget: int
    format: int = 1
    people: str = ""
    recipe: str = ""
    attacker: str = ""
    prompts: int = 0
    search: Search = "bypasses"
    contrasts: str = ""


class Log:
    """The log of a run, open for more; `attempts` are those it holds."""

    def __init__(self, file: BinaryIO, attempts: list[Attempt]) -> None:
        self._file = file
        self.attempts = attempts

    def add(self, attempt: Attempt) -> None:
        """Append an attempt; when this returns, the system has it."""
        self._file.write(msgspec.json.encode(attempt) + b"\n")
        self._file.flush()
        self.attempts.append(attempt)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_log(path: Path, settings: RunSettings, *, resume: bool) -> Log:
    """Open the log of a run: a new one, or one to go on with.

    Raises:
        SettingsError: there is a log already and `resume` was not asked for; it belongs to a run
            with other settings; or a line of it is not what this run wrote.
    """
    has_some = path.exists() and path.stat().st_size > 0
    if has_some and not resume:
        raise SettingsError(
            f"`{path}` holds a run already",
            help="go on with it (--resume), or name another folder (--out)",
        )
    whole = b""
    if has_some:
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
    lines = whole.splitlines()
    if lines:
        _check_settings(path, lines[0], settings)
    attempts = [_read(path, number, line) for number, line in enumerate(lines[1:])]
    file = path.open("ab")
    os.truncate(file.fileno(), len(whole))
    log = Log(file, attempts)
    if not lines:
        file.write(msgspec.json.encode(settings) + b"\n")
        file.flush()
    return log


def _check_settings(path: Path, line: bytes, settings: RunSettings) -> None:
    try:
        found = msgspec.json.decode(line, type=RunSettings)
    except msgspec.DecodeError:
        raise SettingsError(
            f"`{path}`, line 1: not the settings of a run", help="name another folder (--out)"
        ) from None
    other = [
        f"{name} was {getattr(found, name)}, now {getattr(settings, name)}"
        for name in RunSettings.__struct_fields__
        if getattr(found, name) != getattr(settings, name)
    ]
    if other:
        raise SettingsError(
            f"`{path}` is of another run: {'; '.join(other)}",
            help="repeat the call it began with, or name another folder (--out)",
        )


def _read(path: Path, number: int, line: bytes) -> Attempt:
    try:
        attempt = msgspec.json.decode(line, type=Attempt)
    except msgspec.DecodeError:
        attempt = None
    if attempt is None or attempt.attack.number != number or attempt.id != attempt.attack.id:
        raise SettingsError(
            f"`{path}`, line {number + 2}: not attempt {number} as this run wrote it",
            help="cut the file before this line and resume, or name another folder (--out)",
        )
    return attempt
