"""The event of a stream whose reply stands in place of what was released."""

from __future__ import annotations

from typing import Literal, cast

from guardrail.values import Verdict


class ReplyEvent(str):
    """A reply that stands in place of what the model said, where some of that was released already.

    It is a `str`, so that whoever joins chunks shows it at the end; whoever can take back what was
    shown asks `isinstance(chunk, ReplyEvent)`.
    """

    __slots__ = ("action", "verdict")

    action: Literal["rewrite", "replace", "block"]
    verdict: Verdict

    @classmethod
    def of(cls, verdict: Verdict) -> ReplyEvent:
        """Return the event of a verdict that gives another reply."""
        event = cls(verdict.output)
        event.action = cast("Literal['rewrite', 'replace', 'block']", verdict.action)
        event.verdict = verdict
        return event
