"""Puts decisions into words: verdicts, with what fired, what was excused and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    PatternSource,
    Plan,
    base_of,
)
from guardrail.runtime.act import Conversation, output, redact, redacted
from guardrail.runtime.decide import Decision, Effect, Reach, findings
from guardrail.runtime.state import State
from guardrail.stages.base import Detector
from guardrail.values import (
    NOT_RUN,
    Action,
    BySentence,
    DetectorError,
    Excepted,
    Failure,
    Fired,
    Outcome,
    Skipped,
    Span,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """Words the decisions of one pipeline.

    `excepted` are, by source, the sources that an `except` makes of it.
    """

    plan: Plan
    detectors: Mapping[int, Detector | Outcome]
    reach: Reach
    excepted: Mapping[int, tuple[int, ...]]
    hash_key: bytes | None = field(default=None, repr=False)
    _asked: tuple[tuple[int, DetectorSource], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        asked = tuple(
            (index, source)
            for index, source in enumerate(self.plan.sources)
            if isinstance(source, DetectorSource)
        )
        object.__setattr__(self, "_asked", asked)

    def verdict(
        self, state: State, decision: Decision, conversation: Conversation | None
    ) -> Verdict:
        """Put a decision into words, with the text it leads to."""
        text, plan, outcomes = state.subject.text, self.plan, state.outcomes
        action, fired, escalations = decision.action, list[Fired](), list[str]()
        cut: list[tuple[Effect, Span]] = []
        for effect in decision.effects:
            found = findings(effect, outcomes)
            if effect.template is not None:
                cut += [(effect, span) for span in found]
            if not self._is_cut_short(effect, state):
                rule = effect.rule
                fired.append(
                    Fired(
                        rule.name,
                        rule.principles,
                        rule.severity.word,
                        effect.action.word,
                        found,
                        rule.message,
                    )
                )
            if effect.queue and effect.queue not in escalations:
                escalations.append(effect.queue)
        shown, replied = output(
            text, plan, decision, lambda: redacted(text, cut, conversation, self.hash_key)
        )
        return Verdict(
            action.word,
            shown,
            plan.policy,
            action is Action.BLOCK,
            replied,
            tuple(fired),
            self._excepted(state) if state.excepted else (),
            tuple(escalations),
            self._skipped(state) if self._asked else (),
            self._errors(state),
            self._signals(state) if plan.evaluate_all else None,
            state.coverage,
        )

    def redacted(self, state: State, decision: Decision, conversation: Conversation | None) -> str:
        """Return the text with every finding of a redaction cut out."""
        return redact(
            state.subject.text,
            decision,
            state.outcomes,
            conversation=conversation,
            hash_key=self.hash_key,
        )

    def _is_cut_short(self, effect: Effect, state: State) -> bool:
        """Whether a redaction was not seen to its end, because a stronger action had won.

        It is left out of `fired`: with its detectors run it might have ended otherwise.
        """
        if effect.template is None:
            return False
        for index in effect.rule.cuts:
            if state.outcomes[index] is not NOT_RUN:
                continue
            if self.detectors.get(base_of(self.plan.sources, index)) is not NOT_RUN:
                return True
        return False

    def _excepted(self, state: State) -> tuple[Excepted, ...]:
        return tuple(
            Excepted(rule.name, span.start, span.end, span.type, by)
            for rule in self.reach.rules_of(state.excepted)
            for index in rule.sources
            for span, by in state.excepted.get(index, ())
        )

    def _skipped(self, state: State) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(source.name, self._rules_of(index))
            for index, source in self._asked
            if state.outcomes[index] is NOT_RUN
        )

    def _errors(self, state: State) -> tuple[DetectorError, ...]:
        errors: list[DetectorError] = []
        for index in sorted(state.moved):
            outcome = state.outcomes[index]
            if isinstance(outcome, tuple) or (failure := _failure(outcome)) is None:
                continue
            source = self.plan.sources[index]
            if not isinstance(source, ExceptSource):
                errors.append(DetectorError(source.name, self._rules_of(index), failure.kind))
        return tuple(errors)

    def _rules_of(self, index: int) -> tuple[str, ...]:
        indices = (index, *self.excepted.get(index, ()))
        return tuple(rule.name for rule in self.reach.rules_of(indices))

    def _signals(self, state: State) -> dict[str, float | int | str]:
        signals: dict[str, float | int | str] = {}
        for source, outcome in zip(self.plan.sources, state.outcomes, strict=True):
            if isinstance(source, EntriesSource | PatternSource | ExceptSource):
                continue
            shown = _signal(outcome)
            if shown is not None and not (source.by_sentence and source.name in signals):
                signals[source.name] = shown
        return signals


def _signal(outcome: Outcome) -> float | int | str | None:
    """Return an outcome as a record shows it.

    Of sentences: all findings, the highest number, or the label of most of them.
    """
    if isinstance(outcome, tuple):
        return len(outcome)
    if isinstance(outcome, float | str):
        return outcome
    if not isinstance(outcome, BySentence):
        return None
    counts = [len(each) for each in outcome.outcomes if isinstance(each, tuple)]
    numbers = [each for each in outcome.outcomes if isinstance(each, float)]
    labels = [each for each in outcome.outcomes if isinstance(each, str)]
    if counts:
        return sum(counts)
    if numbers:
        return max(numbers)
    return max(labels, key=labels.count) if labels else None


def _failure(outcome: Outcome) -> Failure | None:
    if isinstance(outcome, BySentence):
        return next((each for each in outcome.outcomes if isinstance(each, Failure)), None)
    return outcome if isinstance(outcome, Failure) else None
