"""What a watch found, as its summary and its page show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guardrail.cli.console import columns, count, printable
from guardrail.reports.html.watch_page import watch_page
from guardrail.reports.html.watch_report import AlertRow, Band, RateRow, RateTable, WatchPage
from guardrail.watch.report import SeriesReport, StreamReport, WatchReport
from guardrail.watch.series import Alert, Rate, What

_KINDS: Final[dict[What, str]] = {
    "rule": "rule",
    "error": "failing",
    "skipped": "skipped",
    "far": "unlike",
    "topic": "topic",
}
_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def in_words(rate: Rate) -> str:
    """Return a rate with its interval.

    >>> in_words(Rate(5, 200, 0.025, 0.0107, 0.0573))
    '2.5 % (1.07–5.73), 5 of 200'
    """
    low, high = f"{100 * rate.low:.3g}", f"{100 * rate.high:.3g}"
    return f"{100 * rate.share:.3g} % ({low}–{high}), {rate.count:,} of {rate.of:,}"


def title(alert: Alert) -> str:
    """Say in a word or two what changed."""
    verb = "rose" if alert.has_risen else "fell"
    return {
        "rule": f"The rate of a rule {verb}:",
        "error": f"The failures of a detector {verb}:",
        "skipped": f"A detector was skipped {'more' if alert.has_risen else 'less'} often:",
        "far": f"Replies unlike those before {verb}:",
        "topic": "A group of replies unlike those before came up: topic",
    }[alert.what]


def said(alert: Alert) -> str:
    """Say from which rate to which, and since when."""
    where = f" ({alert.since_place})" if alert.since_place is not None else ""
    return (
        f"from {in_words(alert.before)} to {in_words(alert.after)}, since conversation "
        f"{alert.since:,}{where}; certain at {alert.at:,} ({alert.place})"
    )


def _name(stream: StreamReport) -> str:
    version = f" {stream.version}" if stream.version else ""
    return f"{stream.policy}{version}, role {stream.role}"


# ---------------------------------------------------------------- text


def text(found: WatchReport) -> str:
    """Return the summary."""
    return printable("\n".join(_lines(found)))


def _lines(found: WatchReport) -> Iterator[str]:
    for alert in found.alerts:
        yield f"{title(alert)} {alert.name} ({alert.policy}, role {alert.role})"
        yield f"  {said(alert)}"
        for each in alert.examples:
            yield f"    {each.place}{'' if each.excerpt is None else f'  {each.excerpt}'}"
    for stream in found.streams:
        counts = f"{count(stream.records, 'record')}, {count(stream.conversations, 'conversation')}"
        yield f"{_name(stream)}: {counts}, in stretches of {stream.stretch:,}"
        if stream.series:
            yield from (f"  {line}" for line in columns([_cells(each) for each in stream.series]))
    yield from _notes(found)
    yield _verdict(found)


def _cells(series: SeriesReport) -> list[str]:
    whole = in_words(series.whole) if series.whole else "not yet"
    return [_KINDS[series.what], series.name, _spark(series), whole]


def _spark(series: SeriesReport) -> str:
    """Draw the stretches as blocks, up to the highest."""
    shares = [each.share if each else None for each in series.stretches]
    highest = max((each for each in shares if each is not None), default=0.0) or 1.0
    return "".join(
        " " if each is None else _BLOCKS[round(each / highest * (len(_BLOCKS) - 1))]
        for each in shares
    )


def _notes(found: WatchReport) -> Iterator[str]:
    if found.embedded_by is not None:
        yield f"{count(found.texts, 'text')} without a finding looked at, by {found.embedded_by}."


def _verdict(found: WatchReport) -> str:
    number = count(len(found.alerts), "change") if found.alerts else "no change"
    return f"{count(found.records, 'record')}, {number}."


# ---------------------------------------------------------------- the page


def html(found: WatchReport) -> bytes:
    """Return the page."""
    tiles = [
        (f"{len(found.alerts):,}", "alerts"),
        (f"{found.records:,}", "records"),
        (f"{found.conversations:,}", "conversations"),
    ]
    problems = []
    if found.unreadable:
        problems.append(f"{count(found.unreadable, 'line')} could not be read as a record")
    if found.embedded_by is not None and found.without_text:
        problems.append(f"{count(found.without_text, 'record')} had no text to look at")
    bands = (
        "Bands are 95 % intervals (Wilson) of stretches of conversations; dashed lines are where a "
        "rate most likely changed."
    )
    alarms = (
        f"While nothing changes, {found.false_alarms:,} conversations give one alert at most, on "
        "average, if conversations are independent of each other."
    )
    learnt = f"The first {found.learn:,} conversations, and those after a change, are learnt from."
    notes = (
        bands,
        "A conversation counts once, however many of its turns a rule fires on.",
        alarms,
        learnt,
        *_notes(found),
    )
    return watch_page(
        WatchPage(
            tiles=tuple(tiles),
            alerts=tuple(map(_alert, found.alerts)),
            tables=tuple(_table(each, found) for each in found.streams),
            notes=notes,
            problems=tuple(problems),
        )
    )


def _alert(alert: Alert) -> AlertRow:
    examples = tuple((str(each.place), each.excerpt) for each in alert.examples)
    return AlertRow(title(alert), alert.name, f"{said(alert)}.", examples, is_rise=alert.has_risen)


def _table(stream: StreamReport, found: WatchReport) -> RateTable:
    rows = []
    for each in stream.series:
        marks = tuple(
            alert.since / stream.conversations
            for alert in found.alerts
            if (alert.digest, alert.role) == (stream.digest, stream.role)
            and (alert.what, alert.name) == (each.what, each.name)
        )
        bands = tuple(Band(r.share, r.low, r.high) if r else None for r in each.stretches)
        whole = in_words(each.whole) if each.whole else "not yet"
        rows.append(RateRow(_KINDS[each.what], each.name, whole, bands, marks))
    return RateTable(_name(stream), stream.digest, tuple(rows))
