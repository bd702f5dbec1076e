"""The watch: verdict records, one after the other, and what changed in them.

>>> from guardrail.watch.series import Place
>>> watch = Watch(Limits(learn=100, false_alarms=1000))
>>> quiet = Record("allow", (), PolicyOf("desk", "sha256:0"))
>>> list(watch.add([Read(line, quiet) for line in range(1, 301)], "records.jsonl"))
[]
>>> watch.streams[0].conversations
299
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from guardrail.transcripts.lines import Unreadable
from guardrail.watch.embedding import Embedding
from guardrail.watch.records import PolicyOf, Read, Record
from guardrail.watch.series import Alert, Example, Key, Place
from guardrail.watch.stream import Limits, Stream
from guardrail.watch.topics import USUAL, Found, Topics

__all__ = ["Limits", "PolicyOf", "Read", "Record", "Watch"]


@dataclass(slots=True)
class _Open:
    """A conversation that may go on: what happened in it so far."""

    key: tuple[str | None, int | None]
    place: Place
    happened: dict[Key, Example] = field(default_factory=dict)
    founded: list[Key] = field(default_factory=list)


class Watch:
    """Takes records in the order in which they were checked, and tells what changed.

    Args:
        limits: how long it learns, and how often it may be wrong.
        embedding: makes what makes vectors of texts, for each policy; None looks at no text.
        mask: makes the excerpt of a text that may be shown; it is asked about unlike texts alone.
    """

    def __init__(
        self,
        limits: Limits,
        embedding: Callable[[], Embedding] | None = None,
        mask: Callable[[str], str] | None = None,
    ) -> None:
        self.limits = limits
        self.records = 0
        self.texts = 0
        self.without_text = 0
        self.embedded_by: str | None = None
        self.unreadable: list[tuple[str, Unreadable]] = []
        self.alerts: list[Alert] = []
        self._embedding = embedding
        self._mask = mask
        self._streams: dict[tuple[str, str], Stream] = {}
        self._topics: dict[tuple[str, str], Topics] = {}
        self._open: dict[tuple[str, str], _Open] = {}

    @property
    def streams(self) -> list[Stream]:
        """The records by policy and role, in the order in which they were first seen."""
        return [*self._streams.values()]

    def add(self, batch: Sequence[Read | Unreadable], file: str) -> Iterator[Alert]:
        """Take records in; yield what has changed, as soon as that is certain enough.

        Args:
            batch: records of one file, in order, and lines of it that are none.
            file: its name, for records that do not say where their reply is.
        """
        self.unreadable += [(file, each) for each in batch if isinstance(each, Unreadable)]
        reads = [each for each in batch if isinstance(each, Read)]
        self.records += len(reads)
        for read, found in zip(reads, self._looked(reads), strict=True):
            yield from self._add(read, found, file)

    def end(self) -> Iterator[Alert]:
        """Yield what has changed by the end: the last conversations are over now."""
        for key, stream in self._streams.items():
            opened = self._open.pop(key)
            yield from self._told(stream.add(opened.happened, opened.founded, opened.place))
            yield from self._told(stream.sync(opened.place))

    def _add(self, read: Read, found: Found | None, file: str) -> Iterator[Alert]:
        record = read.record
        key = record.policy.digest, record.role
        stream = self._streams.get(key)
        if stream is None:
            policy = record.policy
            stream = Stream(policy.name, policy.version, policy.digest, record.role, self.limits)
            self._streams[key] = stream
        stream.records += 1
        place = Place(file, read.line)
        if record.file is not None and record.line is not None:
            place = Place(record.file, record.line, record.turn, record.part)
        opened = self._open.get(key)
        whole = record.file, record.line
        if opened is None or opened.key != whole or None in whole:
            if opened is not None:
                yield from self._told(stream.add(opened.happened, opened.founded, opened.place))
            opened = self._open[key] = _Open(whole, place)
        opened.place = place
        self._note(opened, record, place)
        if found is not None:
            self._note_text(stream, opened, record, found)

    def _note(self, opened: _Open, record: Record, place: Place) -> None:
        example = Example(place)
        happened = opened.happened
        for fired in record.fired:
            happened.setdefault(("rule", fired.rule), example)
        for asked in record.errors:
            happened.setdefault(("error", asked.detector), example)
        for asked in record.skipped:
            happened.setdefault(("skipped", asked.detector), example)

    def _note_text(self, stream: Stream, opened: _Open, record: Record, found: Found) -> None:
        if not stream.is_watching_texts:
            stream.watch_texts()
        if found.forgotten is not None:
            stream.forget(("topic", f"{found.forgotten}"))
        if not found.topics:
            return
        masked = self._mask(record.output or "") if self._mask is not None else None
        example = Example(opened.place, masked)
        for topic in found.topics:
            key: Key = "topic", f"{topic}"
            opened.happened.setdefault(key, example)
            if found.is_founder:
                opened.founded.append(key)
        if found.is_far:
            opened.happened.setdefault(("far", "texts"), example)

    def _told(self, alerts: Iterable[Alert]) -> Iterator[Alert]:
        for alert in alerts:
            self.alerts.append(alert)
            if alert.what == "topic":
                self._topics[alert.digest, alert.role].know(int(alert.name))
            yield alert

    # ------------------------------------------------------------ texts

    def _looked(self, reads: Sequence[Read]) -> list[Found | None]:
        """Return what the text of each record is: of those that no rule fired on."""
        found: list[Found | None] = [None] * len(reads)
        if self._embedding is None:
            return found
        wanted: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for index, (_, record) in enumerate(reads):
            if record.output is None:
                self.without_text += 1
            elif record.is_clean:
                key = record.policy.digest, record.role
                wanted.setdefault(key, []).append((index, record.output))
        for key, texts in wanted.items():
            topics = self._topics.get(key)
            if topics is None:
                made = self._embedding()
                self.embedded_by = made.name
                topics = self._topics[key] = Topics(made, min(USUAL, self.limits.learn))
            self.texts += len(texts)
            looked = topics.look([text for _, text in texts])
            for (index, _), each in zip(texts, looked, strict=True):
                found[index] = each
        return found
