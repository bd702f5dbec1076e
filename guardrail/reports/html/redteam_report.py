"""All that the page of `guardrail redteam` shows, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """A count of attempts; `low` and `high` bound its share, from 0 to 1, where there is one."""

    count: int
    of: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The scores of one part of the run, by its name."""

    name: str
    model_unsafe: Share
    filter_miss: Share
    partly: Share
    over_block: Share


@dataclass(frozen=True, slots=True)
class CellRow:
    """A rule against a technique."""

    rule: str
    technique: str
    family: str
    is_held_out: bool
    filter_miss: Share
    over_block: Share


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """An attempt that the filter got wrong, as masked pieces; `result` says how."""

    id: str
    rule: str
    technique: str
    names: tuple[str, ...]
    result: str
    carrier: str
    source: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class RedteamPage:
    """All that the page shows. `total` is what the tiles show, `parts` follow in the table.

    `rounds` are the scores of held-out families, round after round, and `is_retrained` whether
    something was trained between them. `left_out` counts examples that are not shown; `notes` say
    what was not or could not be tried.
    """

    title: str
    policy: str
    digest: str
    target: str
    seed: int
    attempts: int
    total: ScoreRow
    parts: tuple[ScoreRow, ...]
    cells: tuple[CellRow, ...]
    examples: tuple[ExampleRow, ...]
    left_out: int
    rounds: tuple[ScoreRow, ...] = ()
    is_retrained: bool = False
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
