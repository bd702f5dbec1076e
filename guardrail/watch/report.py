"""What a watch has found, as data: rates and alerts; no text but masked excerpts."""

from __future__ import annotations

from itertools import zip_longest

import msgspec

from guardrail.watch.run import Watch
from guardrail.watch.series import Alert, Rate, Series, What, rate
from guardrail.watch.stream import Stream


class SeriesReport(msgspec.Struct, frozen=True):
    """One rate: over all conversations in which it could happen, and by stretches of them.

    `stretches` has None for those before that.
    """

    what: What
    name: str
    whole: Rate | None
    stretches: list[Rate | None]


class StreamReport(msgspec.Struct, frozen=True):
    """The rates of one policy and role; a stretch is so many conversations, the last one fewer."""

    policy: str
    version: str | None
    digest: str
    role: str
    records: int
    conversations: int
    stretch: int
    series: list[SeriesReport]


class WatchReport(msgspec.Struct, frozen=True):
    """What a watch has found.

    `texts` were looked at by `embedded_by`, `without_text` records had none. `learn` and
    `false_alarms` are the limits it was set to.
    """

    learn: int
    false_alarms: int
    records: int
    unreadable: int
    texts: int
    without_text: int
    embedded_by: str | None
    alerts: list[Alert]
    streams: list[StreamReport]

    @property
    def conversations(self) -> int:
        """How many conversations there were, for all policies and roles."""
        return sum(each.conversations for each in self.streams)


def report(watch: Watch) -> WatchReport:
    """Return the report of a watch that has ended; topics are in it if they gave an alert."""
    return WatchReport(
        learn=watch.limits.learn,
        false_alarms=watch.limits.false_alarms,
        records=watch.records,
        unreadable=len(watch.unreadable),
        texts=watch.texts,
        without_text=watch.without_text,
        embedded_by=watch.embedded_by,
        alerts=watch.alerts,
        streams=[_stream(each, watch) for each in watch.streams],
    )


def encoded(found: WatchReport | Alert) -> bytes:
    """Return a report, or an alert, as a line of JSON."""
    return msgspec.json.encode(found) + b"\n"


def _stream(stream: Stream, watch: Watch) -> StreamReport:
    told = {
        (alert.what, alert.name)
        for alert in watch.alerts
        if (alert.digest, alert.role) == (stream.digest, stream.role)
    }
    shown = {key: each for key, each in stream.series.items() if key[0] != "topic" or key in told}
    return StreamReport(
        stream.policy,
        stream.version,
        stream.digest,
        stream.role,
        stream.records,
        stream.conversations,
        stream.stretch,
        [_series(*key, each, stream) for key, each in sorted(shown.items())],
    )


def _series(what: What, name: str, series: Series, stream: Stream) -> SeriesReport:
    size, end = stream.stretch, stream.conversations
    starts = range(0, end, size)
    stretches = []
    for start, count in zip_longest(starts, series.counts, fillvalue=0):
        of = min(start + size, end) - max(start, series.origin)
        stretches.append(rate(count, of) if of > 0 else None)
    of = end - series.origin
    return SeriesReport(what, name, rate(series.total, of) if of else None, stretches)
