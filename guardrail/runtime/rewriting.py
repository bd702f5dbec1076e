"""The attempts of a rewriter, as a conversation that a shell drives, blocking or not.

`attempts` yields what to ask and is sent the answer (or thrown the exception); so the sync and the
async guard share every decision.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from guardrail.runtime.act import Conversation
from guardrail.runtime.decide import Decision
from guardrail.runtime.host import Rewrite
from guardrail.runtime.pipeline import Pipeline
from guardrail.runtime.state import State
from guardrail.values import Action, DetectorError, Subject, Verdict

INSTRUCTION: Final = "Your previous answer was withheld. Answer again and keep to these rules:"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to the guarded callable: answer again, for these reasons."""

    reasons: tuple[str, ...]

    def below(self, prompt: str) -> str:
        """Return the prompt with the reasons written out below it.

        >>> print(Ask(("Be polite",)).below("Hello"))
        Hello
        <BLANKLINE>
        Your previous answer was withheld. Answer again and keep to these rules:
        - Be polite
        """
        lines = "\n".join(f"- {reason}" for reason in self.reasons)
        return f"{prompt}\n\n{INSTRUCTION}\n{lines}"


Attempts: TypeAlias = Generator[Ask, str, Verdict]


def attempts(
    pipeline: Pipeline,
    state: State,
    decision: Decision,
    rewriters: Mapping[str, Rewrite],
    *,
    can_ask: bool,
    conversation: Conversation | None = None,
) -> Attempts:
    """Run the leading rewriter of a decision; the first attempt below `rewrite` wins.

    Yields `Ask` for each attempt of `regenerate` and is sent the answer; with nobody to ask the
    verdict keeps its `otherwise` reply. A failure (thrown in, or of a host rewriter) ends there
    too and is listed among the verdict's errors.
    """
    first = pipeline.verdict(state, decision, conversation)
    leader = decision.leader
    if leader is None or leader.action is not Action.REWRITE or leader.rewriter is None:
        return first
    rewriter = pipeline.plan.rewriters[leader.rewriter]
    if rewriter.kind == "regenerate" and not can_ask:
        return first
    for _ in range(rewriter.attempts):
        text: object
        try:
            if rewriter.kind == "regenerate":
                text = yield Ask(reasons(pipeline, decision))
            else:
                redacted = pipeline.redacted(state, decision, conversation)
                text = rewriters[rewriter.kind](redacted, **rewriter.arguments)
        except Exception as error:  # noqa: BLE001 - a rewriter that fails gives its `otherwise`
            return _failed(first, rewriter.name, leader.rule.name, type(error).__name__)
        if not isinstance(text, str):
            kind = f"answered {type(text).__name__}, not text"
            return _failed(first, rewriter.name, leader.rule.name, kind)
        subject = Subject(text, state.subject.prompt, state.subject.system)
        verdict = pipeline.check(subject, conversation=conversation)
        if Action[verdict.action.upper()] < Action.REWRITE:
            return _accepted(first, verdict)
    return first


def reasons(pipeline: Pipeline, decision: Decision) -> tuple[str, ...]:
    """Return why a text was withheld, in the policy's words: messages, else principles."""
    said: dict[str, None] = {}
    for effect in decision.effects:
        rule = effect.rule
        words = (
            (rule.message,)
            if rule.message
            else tuple(pipeline.plan.principles[name] for name in rule.principles)
        )
        said |= dict.fromkeys(words or (rule.name,))
    return tuple(said)


def _accepted(first: Verdict, attempt: Verdict) -> Verdict:
    """Return the first verdict with the output of an attempt, its errors and escalations added."""
    return msgspec.structs.replace(
        first,
        output=attempt.output,
        replied=None,
        errors=tuple(dict.fromkeys((*first.errors, *attempt.errors))),
        escalations=tuple(dict.fromkeys((*first.escalations, *attempt.escalations))),
    )


def _failed(verdict: Verdict, rewriter: str, rule: str, kind: str) -> Verdict:
    error = DetectorError(rewriter, (rule,), kind)
    return msgspec.structs.replace(verdict, errors=(*verdict.errors, error))
