"""The records of one policy and role: conversations, one after the other, and all their rates.

A conversation counts once, however many of its turns a rule fires on: turns of one conversation
are too much alike to be evidence each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Final

from guardrail.watch.change import RUN, RateWatch
from guardrail.watch.series import Alert, Example, Key, Place, Series, rate

STRETCHES: Final = 60
"""So many stretches at most are told apart; then every two become one."""

_STRETCH: Final = 50
_LEAST_SERIES: Final = 20
"""False alarms are shared among so many rates at least, as more will come."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How the watch is set.

    `learn` conversations are only learnt from, at the beginning and after each change;
    `false_alarms` conversations without a change give one false alarm at most, on average.
    """

    learn: int = 2000
    false_alarms: int = 100_000


@dataclass(slots=True)
class Stream:
    """All rates of one policy and role.

    `conversations` counts those that are over, `stretch` how many of them make a stretch of a
    series.
    """

    policy: str
    version: str | None
    digest: str
    role: str
    limits: Limits
    records: int = 0
    conversations: int = 0
    stretch: int = _STRETCH
    series: dict[Key, Series] = field(default_factory=dict)
    _unseen: RateWatch = field(init=False)
    """The rate of all that has never happened."""
    _unlike: RateWatch | None = None
    """The same for texts, since they are looked at."""

    def __post_init__(self) -> None:
        self._unseen = RateWatch(self.limits.learn)

    @property
    def is_watching_texts(self) -> bool:
        """Whether the usual texts are known, so that others are looked at."""
        return self._unlike is not None

    def watch_texts(self) -> None:
        """Say that from now on texts are looked at: the usual ones are known."""
        self._unlike = RateWatch(self.limits.learn, start=self.conversations)

    def forget(self, key: Key) -> None:
        """Drop a series: it is not watched any more."""
        self.series.pop(key, None)

    def add(
        self, happened: Mapping[Key, Example], founded: Collection[Key], place: Place
    ) -> Iterator[Alert]:
        """Count a conversation; yield what has changed.

        Args:
            happened: what happened in it, with the reply to look at.
            founded: those of them that are defined by this conversation, so that it is no evidence.
            place: where it ended.
        """
        trial = self.conversations
        self.conversations += 1
        if trial // self.stretch >= STRETCHES:
            self.stretch *= 2
            for each in self.series.values():
                each.merge()
        for key, example in happened.items():
            series = self.series.get(key) or self._begun(key, trial)
            series.count(trial, trial // self.stretch, example)
            if key in founded:
                series.watch.noted(trial)
            else:
                series.watch.seen(trial)
            yield from self._looked(key, series, place)
        if self.conversations % RUN == 0:
            yield from self.sync(place)

    def sync(self, place: Place) -> Iterator[Alert]:
        """Judge all rates up to now; yield those that have changed.

        Topics are left out: they may come, and are then judged at once; that they go is no news.
        """
        for key, series in self.series.items():
            if key[0] != "topic":
                series.watch.upto(self.conversations)
                yield from self._looked(key, series, place)

    def _begun(self, key: Key, trial: int) -> Series:
        """Return a series for what has never happened before this trial."""
        is_text = key[0] in {"far", "topic"}
        watch = self._unlike if is_text and self._unlike is not None else self._unseen
        watch.upto(trial)
        series = self.series[key] = Series(watch.copy(), watch.start)
        return series

    def _looked(self, key: Key, series: Series, place: Place) -> Iterator[Alert]:
        share = self.limits.false_alarms * max(_LEAST_SERIES, len(self.series))
        if series.watch.evidence < log(share):
            return
        change = series.watch.restart()
        examples = series.examples(change.since)
        yield Alert(
            what=key[0],
            name=key[1],
            policy=self.policy,
            digest=self.digest,
            role=self.role,
            since=change.since + 1,
            since_place=series.place_of(change.since),
            at=self.conversations,
            place=place,
            before=rate(change.hits_before, change.trials_before),
            after=rate(change.hits_since, change.trials_since),
            examples=examples,
        )
