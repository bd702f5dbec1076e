"""What every report is made from: a place, what can be reported there, and one report of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where something is: a file as the user named it; lines and columns count from 1.

    `end_column` is the column after the last character.
    """

    file: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """Something that can be reported: a code of the linter, or a rule of a policy.

    `tags` of the form `scheme:edition/id` are shown as references to that scheme.
    """

    id: str
    name: str
    short: str
    help_markdown: str = ""
    level: Level = "warning"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One report of a rule, at one place.

    `fingerprint` tells the same result again in the next run; without one, rule, file and message
    do, so that it survives when lines move.
    """

    rule_id: str
    level: Level
    message: str
    location: Location
    properties: Mapping[str, object] = field(default_factory=dict)
    fingerprint: str | None = None
