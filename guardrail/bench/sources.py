"""What each source of a plan has to do on some texts: how often it is asked, what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from guardrail.bench.figures import RuleCost, SourceCost
from guardrail.plan.explain import describe
from guardrail.plan.plan import DetectorSource, base_of
from guardrail.runtime.pipeline import Pipeline, Scan
from guardrail.runtime.state import State
from guardrail.stages.base import Detector
from guardrail.text.sentences import sentences
from guardrail.values import BySentence, Failure, NotRun, Outcome, Subject


class Timed:
    """A detector that notes how long it takes; `seconds` is that of the last text."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.seconds = 0.0
        self.has_run = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._detector, name)

    @property
    def gate(self) -> tuple[str, ...]:
        """What the detector says."""
        return self._detector.gate

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Let the detector look."""
        started = perf_counter()
        try:
            return self._detector.run(subjects)
        finally:
            self.seconds += perf_counter() - started
            self.has_run = True

    def reset(self) -> None:
        """Begin another text."""
        self.seconds, self.has_run = 0.0, False


@dataclass(slots=True)
class _Count:
    asked: int = 0
    found: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Sources:
    """Counts for every source of a pipeline while texts go through it."""

    pipeline: Pipeline
    timed: dict[int, Timed]
    texts: int = 0
    _counts: dict[int, _Count] = field(default_factory=dict)
    _fires: dict[str, int] = field(default_factory=dict)

    def add_quiet(self) -> None:
        """Count a text that the scan decides."""
        self.texts += 1

    def add(self, state: State, fired: Sequence[str]) -> None:
        """Count a text that was looked at, and the rules that fired."""
        self.texts += 1
        for name in fired:
            self._fires[name] = self._fires.get(name, 0) + 1
        text, prompt = state.subject.text, state.subject.prompt or ""
        scan, by_sentence = self.pipeline.text_scan, self.pipeline.sentence_scan
        self._add_scan(scan, [text])
        if by_sentence is not None:
            self._add_scan(by_sentence, [text[start:end] for start, end in sentences(text)])
        if self.pipeline.prompt_scan is not None:
            self._add_scan(self.pipeline.prompt_scan, [prompt])
        for index, detector in self.timed.items():
            count = self._count(index)
            count.asked += detector.has_run
            count.seconds += detector.seconds
        for index, outcome in enumerate(state.outcomes):
            self._count(index).found += _is_something(outcome)

    def _add_scan(self, scan: Scan, texts: Sequence[str]) -> None:
        """Ask for each text which lists and patterns must be confirmed, and confirm them again."""
        asked: set[int] = set()
        for text in texts:
            specs = scan.scanner.asked(text)
            asked |= specs
            for spec in specs:
                started = perf_counter()
                scan.scanner.candidates(text)
                scanned = perf_counter()
                scan.scanner.occurrences(spec, text)
                both = perf_counter() - scanned
                self._count(scan.sources[spec]).seconds += max(both - (scanned - started), 0.0)
        for spec in asked:
            self._count(scan.sources[spec]).asked += 1

    def _count(self, index: int) -> _Count:
        return self._counts.setdefault(index, _Count())

    def rules(self) -> Iterator[RuleCost]:
        """Yield what each rule costs, the dearest first."""
        plan = self.pipeline.plan
        costs = []
        for rule in plan.rules:
            asked = dict.fromkeys(base_of(plan.sources, i) for i in (*rule.sources, *rule.cuts))
            sources = tuple(map(self._cost, asked))
            total = sum(source.mean_us for source in sources)
            fires = self._fires.get(rule.name, 0) / max(self.texts, 1)
            costs.append(RuleCost(rule.name, fires, round(total, 3), sources))
        yield from sorted(costs, key=lambda cost: (-cost.mean_us, cost.name))

    def _cost(self, index: int) -> SourceCost:
        count, plan = self._count(index), self.pipeline.plan
        source, texts = plan.sources[index], max(self.texts, 1)
        return SourceCost(
            describe(plan, source),
            count.asked / texts,
            count.found / texts,
            round(count.seconds / texts * 1e6, 3),
            not isinstance(source, DetectorSource) or index in self._gated(),
        )

    def _gated(self) -> frozenset[int]:
        by_sentence = self.pipeline.sentence_scan
        return frozenset(self.pipeline.text_scan.gates).union(
            by_sentence.gates if by_sentence else ()
        )


def _is_something(outcome: Outcome) -> bool:
    """Whether an outcome is more than nothing found; a score always is."""
    if isinstance(outcome, BySentence):
        return any(map(_is_something, outcome.outcomes))
    return outcome != () and not isinstance(outcome, Failure | NotRun)
