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
from guardrail.runtime.act import Conversation, output, redact
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

    def verdict(
        self, state: State, decision: Decision, conversation: Conversation | None
    ) -> Verdict:
        """Put a decision into words, with the text it leads to."""
        text, plan = state.subject.text, self.plan
        shown, replied = output(
            text, plan, decision, lambda: self.redacted(state, decision, conversation)
        )
        return Verdict(
            action=decision.action.word,
            output=shown,
            policy=plan.policy,
            blocked=decision.action is Action.BLOCK,
            replied=replied,
            fired=tuple(
                Fired(
                    effect.rule.name,
                    effect.rule.principles,
                    effect.rule.severity.word,
                    effect.action.word,
                    findings(effect, state.outcomes),
                    effect.rule.message,
                )
                for effect in decision.effects
                if not self._is_cut_short(effect, state)
            ),
            excepted=self._excepted(state),
            escalations=tuple(
                dict.fromkeys(effect.queue for effect in decision.effects if effect.queue)
            ),
            skipped=self._skipped(state),
            errors=self._errors(state),
            signals=self._signals(state) if plan.evaluate_all else None,
            coverage=state.coverage,
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
        unasked = (index for index in effect.rule.cuts if state.outcomes[index] is NOT_RUN)
        return any(
            self.detectors.get(base_of(self.plan.sources, index)) is not NOT_RUN
            for index in unasked
        )

    def _excepted(self, state: State) -> tuple[Excepted, ...]:
        if not state.excepted:
            return ()
        return tuple(
            Excepted(rule.name, span.start, span.end, span.type, by)
            for rule in self.reach.rules_of(state.excepted)
            for index in rule.sources
            for span, by in state.excepted.get(index, ())
        )

    def _skipped(self, state: State) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(source.name, self._rules_of(index))
            for index, outcome in enumerate(state.outcomes)
            if outcome is NOT_RUN and isinstance(source := self.plan.sources[index], DetectorSource)
        )

    def _errors(self, state: State) -> tuple[DetectorError, ...]:
        return tuple(
            DetectorError(source.name, self._rules_of(index), failure.kind)
            for index, outcome in enumerate(state.outcomes)
            # Nearly all sources found nothing, so that is asked first.
            if outcome != ()
            and (failure := _failure(outcome)) is not None
            and not isinstance(source := self.plan.sources[index], ExceptSource)
        )

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
