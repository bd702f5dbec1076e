"""Contrasts: prompts, each with a reply that breaks a rule and one that keeps the whole policy.

Rules of words are attacked with disguises of words. What breaks a rule by its meaning can be put
in any number of ways, so somebody has to write them down: a contrast belongs to a family, which is
one way of putting it. Labels are the writer's; no filter is asked for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from guardrail.errors import SettingsError
from guardrail.language.checked import Actions, CheckedPolicy

REPLY: Final = "reply"
"""The kind of an attack that is a whole reply."""


class Contrast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt, a reply to it that breaks `rule`, one that breaks none, and the way it is put.

    None of the texts shows in a `repr`.
    """

    family: str
    rule: str
    prompt: str
    violating: str
    compliant: str

    def __repr__(self) -> str:
        return f"Contrast({self.family!r}, {self.rule!r})"


@dataclass(frozen=True, slots=True)
class Contrasts:
    """The contrasts of a file by rule and family, and the digest of its bytes.

    `actions` are what the rules do when they fire.
    """

    cells: Mapping[tuple[str, str], tuple[Contrast, ...]]
    actions: Mapping[str, str]
    digest: str

    def ordered(self, seed: int) -> dict[tuple[str, str], tuple[Contrast, ...]]:
        """Return the cells, and the contrasts of each, in an order that the seed draws."""
        cells = sorted(self.cells)
        Random(f"{seed} cells").shuffle(cells)  # noqa: S311 - variety, no secret
        found = {}
        for cell in cells:
            dice = Random(f"{seed} {cell}")  # noqa: S311 - variety, no secret
            found[cell] = tuple(dice.sample(self.cells[cell], len(self.cells[cell])))
        return found


def read_contrasts(path: Path, policy: CheckedPolicy) -> Contrasts:
    """Return the contrasts of a file of JSON lines, each with all fields of `Contrast`.

    Raises:
        SettingsError: the file cannot be read or is empty; or naming the line, if it is no
            contrast or names a rule that this policy does not have on output.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"`{path}` cannot be read: {reason}") from None
    actions = {rule.name: _strongest(rule.actions) for rule in policy.rules if rule.on != "input"}
    cells: dict[tuple[str, str], list[Contrast]] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            found = _contrast(f"`{path}`, line {number}", line, actions)
            cells.setdefault((found.rule, found.family), []).append(found)
    if not cells:
        raise SettingsError(f"`{path}` holds no contrast", help=_HELP)
    of_cells = {cell: tuple(dict.fromkeys(rows)) for cell, rows in cells.items()}
    return Contrasts(of_cells, actions, hashlib.sha256(data).hexdigest())


_HELP: Final = (
    'write {"family": "…", "rule": "…", "prompt": "…", "violating": "…", "compliant": "…"}'
)


def _strongest(actions: Actions) -> str:
    """Return the word of the strongest thing that a rule does."""
    words = ("block", "replace", "rewrite", "append", "redact")
    return next((word for word in words if getattr(actions, word) is not None), "flag")


def _contrast(where: str, line: bytes, actions: Mapping[str, str]) -> Contrast:
    try:
        found = msgspec.json.decode(line, type=Contrast)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if found is None or not all(msgspec.structs.astuple(found)):
        raise SettingsError(f"{where}: not a contrast", help=_HELP)
    if found.rule not in actions:
        raise SettingsError(
            f"{where}: the policy has no rule `{found.rule}` on output",
            help="name one of its rules",
        )
    return found
