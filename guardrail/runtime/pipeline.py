"""Runs the steps of a plan over a batch of texts.

The engine is pure but for the detectors it calls: texts in, outcomes and verdicts out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import msgspec

from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    Plan,
    is_by_sentence,
)
from guardrail.runtime.act import Conversation
from guardrail.runtime.asking import accept, answers_of
from guardrail.runtime.decide import Decision, Reach, decide
from guardrail.runtime.early_stop import Frontier, needed
from guardrail.runtime.glance import Glance, GlanceAtAll, glance_at_all_of, glance_of
from guardrail.runtime.state import Known, Sentence, State, divided, moved, seen_by
from guardrail.runtime.wording import Wording
from guardrail.stages.base import Detector
from guardrail.stages.rules.scan import Scanner
from guardrail.text.sentences import sentences
from guardrail.values import (
    NOT_RUN,
    Action,
    BySentence,
    Failure,
    NotRun,
    Outcome,
    Single,
    Span,
    Subject,
    Verdict,
)

_UNBUDGETED: Final = frozenset({"length"})

Excuse = Callable[[str, tuple[Span, ...]], list[tuple[Span, str | None]]]
"""Which findings an `except` excuses: each with the list or pattern that does, or None."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanner and the sources its specs belong to; `gates` are detectors by gate index."""

    scanner: Scanner
    sources: tuple[int, ...]
    gates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A plan with its detectors in place; immutable, shared by all callers.

    `detectors` holds, by source, a detector to run or an outcome that is already fixed (a stub;
    `NOT_RUN` for what cannot run here). `excuses` holds, by source, what an `except` drops.
    """

    plan: Plan
    text_scan: Scan
    prompt_scan: Scan | None
    sentence_scan: Scan | None
    detectors: Mapping[int, Detector | Outcome]
    excuses: Mapping[int, Excuse]
    has_budget: bool = True
    hash_key: bytes | None = field(default=None, repr=False)
    quiet: Verdict | None = field(default=None, init=False)
    glance: Glance = field(init=False, repr=False)
    glance_at_all: GlanceAtAll = field(init=False, repr=False)

    _excepted_by_base: Mapping[int, tuple[int, ...]] = field(init=False, repr=False)
    _asked_in_turn: tuple[int, ...] = field(init=False, repr=False)
    _blank: tuple[Outcome, ...] = field(init=False, repr=False)
    _unasked: tuple[int, ...] = field(init=False, repr=False)
    _reach: Reach = field(init=False, repr=False)
    _wording: Wording = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_base: dict[int, list[int]] = {}
        for index, source in enumerate(self.plan.sources):
            if isinstance(source, ExceptSource):
                by_base.setdefault(source.base, []).append(index)
        by_base_tuples = {base: tuple(indices) for base, indices in by_base.items()}
        object.__setattr__(self, "_excepted_by_base", by_base_tuples)
        asked = tuple(
            index
            for step in self.plan.steps
            for index in step.sources
            if isinstance(self.plan.sources[index], DetectorSource)
        )
        object.__setattr__(self, "_asked_in_turn", asked)
        blank = self._blank_outcomes()
        object.__setattr__(self, "_blank", blank)
        unasked = tuple(index for index, outcome in enumerate(blank) if outcome != ())
        object.__setattr__(self, "_unasked", unasked)
        object.__setattr__(self, "_reach", Reach(self.plan))
        wording = Wording(self.plan, self.detectors, self._reach, by_base_tuples, self.hash_key)
        object.__setattr__(self, "_wording", wording)
        object.__setattr__(self, "quiet", self._quiet_verdict())
        has_more = self.prompt_scan is not None or self.sentence_scan is not None
        rest = self._rest_is_quiet if has_more else None
        scanner = self.text_scan.scanner
        object.__setattr__(self, "glance", glance_of(self.quiet, scanner, rest))
        object.__setattr__(self, "glance_at_all", glance_at_all_of(self.quiet, scanner, rest))

    # ------------------------------------------------------------ one text, or many

    def check(self, subject: Subject, *, conversation: Conversation | None = None) -> Verdict:
        """Return the verdict on one text; a rewrite shows its `otherwise` reply."""
        state = self.observe([subject])[0]
        return self.verdict(state, self.decide(state), conversation)

    def decide(self, state: State) -> Decision:
        """Return the decision on what has been observed."""
        return decide(self.plan, state.outcomes, self._reach, state.moved)

    def decide_on(self, outcomes: Sequence[Outcome]) -> Decision:
        """Return the decision on the outcomes of all sources."""
        return decide(self.plan, outcomes, self._reach)

    def observe(
        self,
        subjects: Sequence[Subject],
        known: Known | None = None,
        seen: Sequence[int] = (),
    ) -> list[State]:
        """Run what has to run over a batch; one state for each subject, in order.

        For a batch of one, `known` is what was learned of its first sentences, and `seen` what
        `glance` gave.
        """
        states = [self._begin(subject, seen) for subject in subjects]
        if known is not None:
            states[0].begin_with(known)
        for index in self._asked_in_turn:
            self._step(index, states)
        return states

    def is_quiet(self, text: str, prompt: str | None) -> bool:
        """Whether one scan proves that no list, pattern or gated detector finds anything."""
        return isinstance(self.glance(text, prompt, 0.0), Verdict)

    def _rest_is_quiet(self, text: str, prompt: str | None) -> bool:
        """Whether nothing is found in the prompt, and nothing in the sentences one by one."""
        return (self.prompt_scan is None or self.prompt_scan.scanner.is_quiet(prompt or "")) and (
            self.sentence_scan is None or self._has_quiet_sentences(text)
        )

    def _has_quiet_sentences(self, text: str) -> bool:
        scan = self.sentence_scan
        return (
            scan is not None
            and text != ""
            and all(scan.scanner.is_quiet(text[start:end]) for start, end in sentences(text))
        )

    # ------------------------------------------------------------ running detectors

    def _begin(self, subject: Subject, seen: Sequence[int]) -> State:
        state = State(subject, [*self._blank], {*self._unasked})
        sources = self.text_scan.sources
        scan = self.text_scan.scanner.scan(subject.text, seen)
        for number in scan.told:
            if outcome := scan.spans[number]:
                self._store(state, sources[number], outcome)
        state.is_over, state.looked = scan.is_over, scan.looked
        for index, is_open, views in zip(self.text_scan.gates, scan.gates, scan.views, strict=True):
            if views:
                state.views[index] = views
            elif not (is_open or scan.is_over):
                state.closed_gates.add(index)
        if self.prompt_scan is not None:
            found = self.prompt_scan.scanner.scan(subject.prompt or "")
            for index, outcome in zip(self.prompt_scan.sources, found.spans, strict=True):
                state.keep(index, outcome)
        if self.sentence_scan is not None:
            self._begin_sentences(self.sentence_scan, state)
        return state

    def _begin_sentences(self, scan: Scan, state: State) -> None:
        """Divide a text into sentences and scan each."""
        subject = state.subject
        found: list[tuple[tuple[Span, ...] | Failure, ...]] = []
        for start, end in sentences(subject.text):
            sentence = Sentence(
                start, Subject(subject.text[start:end], subject.prompt, subject.system)
            )
            seen = scan.scanner.scan(sentence.subject.text)
            found.append(tuple(seen.spans))
            sentence.is_over = seen.is_over
            for index, is_open, views in zip(scan.gates, seen.gates, seen.views, strict=True):
                if views:
                    sentence.views[index] = views
                elif not (is_open or seen.is_over):
                    sentence.closed_gates.add(index)
            state.sentences.append(sentence)
        for number, index in enumerate(scan.sources):
            self._store_by_sentence(state, index, [each[number] for each in found])

    def _blank_outcomes(self) -> tuple[Outcome, ...]:
        """Return the outcomes of a text in which the scan finds nothing, before detectors run."""
        outcomes: list[Outcome] = [NOT_RUN] * len(self.plan.sources)
        scanned = self.text_scan.sources
        if self.sentence_scan is not None:
            scanned += self.sentence_scan.sources
        for index in scanned:
            for each in (index, *self._excepted_by_base.get(index, ())):
                outcomes[each] = ()
        return tuple(outcomes)

    def _step(self, index: int, states: Sequence[State]) -> None:
        detector = self.detectors[index]
        source = self.plan.sources[index]
        waiting = [state for state in states if self._is_needed(index, state)]
        if not waiting or not isinstance(source, DetectorSource):
            return
        if isinstance(detector, tuple | float | str | Failure | BySentence | NotRun):
            is_number = not isinstance(detector, float) or math.isfinite(detector)
            for state in waiting:
                self._store(state, index, detector if is_number else Failure("not a number"))
            return
        active = [state for state in waiting if not self._is_settled(index, source, state)]
        run = self._run_by_sentence if source.by_sentence else self._run
        if self.has_budget and self.plan.budget_ms is not None:
            for state in active:  # one text must not spend the budget of its neighbors
                run(index, source, detector, [state])
        elif active:
            run(index, source, detector, active)

    def _is_settled(self, index: int, source: DetectorSource, state: State) -> bool:
        """Settle what needs no run: a closed gate finds nothing, a spent budget is an error."""
        if index in state.closed_gates:
            self._store(state, index, ())
        elif self._is_spent(state) and source.detector.kind not in _UNBUDGETED:
            self._store(state, index, Failure("budget"))
        else:
            return False
        return True

    def _run(
        self, index: int, source: DetectorSource, detector: Detector, states: Sequence[State]
    ) -> None:
        started = perf_counter()
        answers = answers_of(detector, [seen_by(index, state) for state in states])
        self._spend(source, states, started)
        for state, (outcome, share) in zip(states, answers, strict=True):
            state.saw(share)
            self._store(state, index, self._accepted(index, source, outcome, state))

    def _run_by_sentence(
        self, index: int, source: DetectorSource, detector: Detector, states: Sequence[State]
    ) -> None:
        """Run a detector once for each sentence that passes its gate."""
        started = perf_counter()
        asked = [
            (state, sentence)
            for state in states
            for sentence in state.sentences[len(state.known.by_sentence.get(index, ())) :]
            if index not in sentence.closed_gates
        ]
        found = answers_of(detector, [seen_by(index, sentence) for _, sentence in asked])
        self._spend(source, states, started)
        for (state, _), (_, share) in zip(asked, found, strict=True):
            state.saw(share)
        answers = (outcome for outcome, _ in found)
        for state in states:
            known = state.known.by_sentence.get(index, ())
            outcomes = [
                ()
                if index in sentence.closed_gates
                else self._accepted(index, source, next(answers), sentence)
                for sentence in state.sentences[len(known) :]
            ]
            self._store_by_sentence(state, index, [*known, *outcomes])

    def _spend(self, source: DetectorSource, states: Sequence[State], started: float) -> None:
        if source.detector.kind not in _UNBUDGETED:
            spent_ms = (perf_counter() - started) * 1000
            for state in states:
                state.spent_ms += spent_ms

    def _accepted(
        self, index: int, source: DetectorSource, outcome: Outcome, of: State | Sentence
    ) -> Single:
        accepted = accept(
            outcome, source.detector.gives, source.detector.label, len(of.subject.text)
        )
        scan = self.sentence_scan if source.by_sentence else self.text_scan
        if of.is_over and accepted == () and scan is not None and index in scan.gates:
            return Failure("too much in disguise")
        return accepted

    def _is_needed(self, index: int, state: State) -> bool:
        if self.plan.evaluate_all or index in state.closed_gates:
            return True
        if state.frontier is None:
            state.frontier = Frontier.of(self.plan, state.outcomes, self._reach, state.moved)
        asked = frozenset((index, *self._excepted_by_base.get(index, ())))
        return bool(needed(self.plan, state.outcomes, state.frontier, asked))

    def _is_spent(self, state: State) -> bool:
        budget = self.plan.budget_ms
        return self.has_budget and budget is not None and state.spent_ms >= budget

    def _store(self, state: State, index: int, outcome: Outcome) -> None:
        """Keep an outcome, and what each `except` leaves of it."""
        source = self.plan.sources[index]
        if is_by_sentence(source) and not isinstance(outcome, NotRun | BySentence):
            self._store_by_sentence(state, index, divided(state.sentences, outcome))
            return
        excepted = self._excepted_by_base.get(index, ())
        if not isinstance(outcome, tuple) or not outcome:
            for each in (index, *excepted):
                state.keep(each, outcome)
            return
        state.keep(index, state.widen(outcome))
        for each in excepted:
            judged = self.excuses[each](state.subject.text, outcome)
            kept = state.widen(tuple(span for span, by in judged if by is None))
            state.keep(each, self._still_all(index, kept))
            state.excepted[each] = [(span, by) for span, by in judged if by is not None]

    def _store_by_sentence(self, state: State, index: int, outcomes: Sequence[Single]) -> None:
        """Keep the outcomes of all sentences, and what each `except` leaves of them.

        Findings come with their places in the sentence.
        """
        excepted = self._excepted_by_base.get(index, ())
        columns: dict[int, list[Single]] = {each: [] for each in (index, *excepted)}
        for sentence, outcome in zip(state.sentences, outcomes, strict=True):
            if not isinstance(outcome, tuple) or not outcome:
                for column in columns.values():
                    column.append(outcome)
                continue
            columns[index].append(state.widen(moved(outcome, sentence.start)))
            for each in excepted:
                judged = self.excuses[each](sentence.subject.text, outcome)
                kept = tuple(span for span, by in judged if by is None)
                kept = state.widen(moved(kept, sentence.start))
                columns[each].append(self._still_all(index, kept))
                state.excepted.setdefault(each, []).extend(
                    (moved((span,), sentence.start)[0], by) for span, by in judged if by is not None
                )
        for each, column in columns.items():
            quiet = bool(column) and all(outcome == () for outcome in column)
            state.keep(each, () if quiet else BySentence(tuple(column)))

    def _still_all(self, index: int, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """`contains all` needs an occurrence of every entry that no `except` excuses."""
        source = self.plan.sources[index]
        if not isinstance(source, EntriesSource) or source.mode == "any":
            return spans
        return spans if len({span.entry for span in spans}) == len(source.entries) else ()

    # ------------------------------------------------------------ verdicts

    def _quiet_verdict(self) -> Verdict | None:
        """Return the verdict on a text in which no scan finds anything, if that decides it."""
        outcomes: list[Outcome] = [NOT_RUN] * len(self.plan.sources)
        closed = (*self.text_scan.sources, *self.text_scan.gates)
        if self.sentence_scan is not None:
            closed += (*self.sentence_scan.sources, *self.sentence_scan.gates)
        for index in (*closed, *(self.prompt_scan.sources if self.prompt_scan else ())):
            for each in (index, *self._excepted_by_base.get(index, ())):
                outcomes[each] = ()
        asked = any(outcomes[index] is NOT_RUN for index in self.detectors)
        if (self.plan.evaluate_all and asked) or needed(self.plan, outcomes):
            return None
        state = State(Subject(""), outcomes, {*range(len(outcomes))})
        decision = self.decide(state)
        return None if decision.action > Action.FLAG else self.verdict(state, decision, None)

    def verdict(
        self, state: State, decision: Decision, conversation: Conversation | None
    ) -> Verdict:
        """Put a decision into words, with the text it leads to."""
        return self._wording.verdict(state, decision, conversation)

    def redacted(self, state: State, decision: Decision, conversation: Conversation | None) -> str:
        """Return the text with every finding of a redaction cut out."""
        return self._wording.redacted(state, decision, conversation)


def timed(verdict: Verdict, started: float) -> Verdict:
    """Return a verdict that nobody has seen yet, with the time since `started`."""
    msgspec.structs.force_setattr(verdict, "ms", (perf_counter() - started) * 1000)
    return verdict
