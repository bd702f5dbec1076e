"""Times checks as a whole and stage by stage; only durations and counts are kept."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from time import perf_counter
from typing import Final

from guardrail.bench.figures import Figures, Latency, Stage, Texts, histogram
from guardrail.bench.sources import Sources, Timed
from guardrail.plan.plan import DetectorSource
from guardrail.runtime.guard import Guard, nobody_asked
from guardrail.runtime.pipeline import Pipeline
from guardrail.runtime.rewriting import attempts
from guardrail.values import BySentence, Failure, NotRun, Side, Subject

SECONDS: Final = 5.0
_MOST_PASSES: Final = 5

SCAN: Final = "one scan"
PLACES: Final = "views, places"
DECISION: Final = "decision, words"


def bench(
    guard: Guard, subjects: Sequence[Subject], *, on: Side = "output", seconds: float = SECONDS
) -> Figures:
    r"""Return what checks of these texts cost in this process, warm.

    Every text is checked once before anything is timed, then all of them up to five times, as long
    as the time lasts; the stages are timed on a pass of their own.

    >>> from guardrail.language.source import Source
    >>> text = 'edition 1\npolicy tiny\n  on error treat as violation\nrule calm on output\n'
    >>> text += '  when text contains "STOP"\n  then flag\n'
    >>> figures = bench(Guard.load(Source("tiny.guard", text)), [Subject("Hello"), Subject("stop")])
    >>> figures.quiet, figures.rules[0].fires
    (0.5, 0.5)
    """
    _pass(guard, subjects, on)
    deadline = perf_counter() + seconds
    took = _pass(guard, subjects, on)
    for _ in range(_MOST_PASSES - 1):
        if perf_counter() >= deadline:
            break
        took += _pass(guard, subjects, on)
    staged = _Staged(guard, on)
    for subject in subjects:
        staged.add(subject)
    policy, count = guard.policy, max(len(subjects), 1)
    return Figures(
        {"name": policy.name, "version": policy.version, "digest": policy.digest},
        machine(),
        Texts(len(subjects), round(sum(len(each.text) for each in subjects) / count, 1), on),
        staged.quiet / count,
        Latency.of(took),
        histogram(took),
        tuple(staged.stages()),
        tuple(staged.sources.rules()),
    )


def machine() -> dict[str, str | int]:
    """Return what figures depend on beside the policy and the texts."""
    libraries = {name: version(name) for name in ("google-re2", "regex", "msgspec")}
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "processors": os.cpu_count() or 1,
        **libraries,
    }


def _pass(guard: Guard, subjects: Sequence[Subject], on: Side) -> list[float]:
    check, took = guard.check, []
    for each in subjects:
        started = perf_counter()
        check(each.text, prompt=each.prompt, system=each.system, on=on)
        took.append(perf_counter() - started)
    return took


class _Staged:
    """The work of a check, one part after the other, with a clock between them."""

    def __init__(self, guard: Guard, on: Side) -> None:
        engine = guard.side(on)
        self._rewriters = guard.host.rewriters
        self._timed = {
            index: Timed(detector)
            for index, detector in engine.detectors.items()
            if not isinstance(detector, tuple | float | str | Failure | BySentence | NotRun)
        }
        self._engine: Pipeline = dataclasses.replace(
            engine, detectors={**engine.detectors, **self._timed}
        )
        self.sources = Sources(self._engine, self._timed)
        self.quiet = 0
        self._took: dict[str, list[float]] = {}

    def add(self, subject: Subject) -> None:
        """Check one text."""
        engine = self._engine
        if engine.quiet is not None:
            started = perf_counter()
            is_quiet = engine.is_quiet(subject.text, subject.prompt)
            self._note(SCAN, perf_counter() - started)
            if is_quiet:
                self.quiet += 1
                self.sources.add_quiet()
                return
        for detector in self._timed.values():
            detector.reset()
        started = perf_counter()
        state = engine.observe([subject])[0]
        observed = perf_counter()
        decision = engine.decide(state)
        verdict = nobody_asked(attempts(engine, state, decision, self._rewriters, can_ask=False))
        ended = perf_counter()
        asked = sum(detector.seconds for detector in self._timed.values())
        self._note(PLACES, observed - started - asked)
        for index, detector in self._timed.items():
            source = engine.plan.sources[index]
            if detector.has_run and isinstance(source, DetectorSource):
                self._note(f"{source.name} ({source.detector.kind})", detector.seconds)
        self._note(DECISION, ended - observed)
        self.sources.add(state, [fired.rule for fired in verdict.fired])

    def _note(self, stage: str, seconds: float) -> None:
        self._took.setdefault(stage, []).append(seconds)

    def stages(self) -> list[Stage]:
        """Return the stages: what comes first in a check, detectors by their share, the words."""
        texts = max(self.sources.texts, 1)
        total = sum(map(sum, self._took.values())) or 1.0
        order = {SCAN: 0, PLACES: 1, DECISION: 3}
        ranked = sorted(self._took.items(), key=lambda item: (order.get(item[0], 2), -sum(item[1])))
        return [
            Stage(
                name,
                len(took) / texts,
                sum(took) / total,
                round(sum(took) / texts * 1e6, 3),
                Latency.of(took),
            )
            for name, took in ranked
        ]
