"""All that the page of `guardrail check` shows, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileRow:
    """What one file held, in words."""

    name: str
    shape: str
    conversations: int
    checked: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, what it means, and how often it fired with which action."""

    name: str
    severity: str
    meaning: str
    fired: Mapping[str, int]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HitRow:
    """A reply for which rules fired: (rule, severity, action) of each, and masked pieces."""

    file: str
    line: int
    turn: int
    part: str | None
    action: str
    replied: str | None
    rules: tuple[tuple[str, str, str], ...]
    length: int
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class CheckPage:
    """All that the page shows. `hits` are those shown, `hit_count` is how many there are."""

    title: str
    policy: str
    file: str
    digest: str
    noun: tuple[str, str]
    files: tuple[FileRow, ...]
    verdicts: Mapping[str, int]
    principles: tuple[tuple[str, int], ...]
    rules: tuple[RuleRow, ...]
    turns: tuple[tuple[str, Mapping[str, int]], ...]
    hits: tuple[HitRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def checked(self) -> int:
        """How many texts were checked."""
        return sum(self.verdicts.values())

    @property
    def hit_count(self) -> int:
        """For how many of them a rule fired."""
        return self.checked - self.verdicts.get("allow", 0)
