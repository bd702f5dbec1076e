"""All that the page of `guardrail watch` shows, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """A share with its interval, all from 0 to 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A rate that has changed, in words; examples are places with masked excerpts."""

    title: str
    name: str
    said: str
    examples: tuple[tuple[str, str | None], ...]
    is_rise: bool


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate: in words, by stretches, and at which shares of the time it changed."""

    kind: str
    name: str
    said: str
    bands: tuple[Band | None, ...]
    marks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of one policy and role."""

    title: str
    digest: str
    rows: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class WatchPage:
    """All that the page shows; `tiles` are numbers with what they count."""

    tiles: tuple[tuple[str, str], ...]
    alerts: tuple[AlertRow, ...]
    tables: tuple[RateTable, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...] = ()
