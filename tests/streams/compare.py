"""Compares a stream with the check of the whole reply, for one chunking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from guardrail import Guard
from guardrail.runtime.act import Conversation, found_by, merged_cuts, redacted_part
from guardrail.runtime.decide import findings
from guardrail.runtime.reply_event import ReplyEvent
from guardrail.values import Action, Subject, Verdict

WITHHOLDING = frozenset({"rewrite", "replace", "block"})


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and how it is cut into chunks."""

    text: str
    chunks: tuple[str, ...]


def cut(text: str, places: Sequence[int]) -> Case:
    """Cut a text at places in order."""
    edges = [0, *places, len(text)]
    return Case(text, tuple(text[a:b] for a, b in pairwise(edges)))


def chunkings(rng: Random, text: str, count: int) -> Iterator[Case]:
    """Yield chunkings: single characters, the whole, words, and random ones."""
    yield cut(text, range(1, len(text)))
    yield cut(text, ())
    for _ in range(count - 2):
        share = rng.choice((0.05, 0.2, 0.5))
        yield cut(text, [at for at in range(1, len(text)) if rng.random() < share])


def difference(
    guard: Guard, case: Case, whole: Verdict, prompt: str | None = None, system: str | None = None
) -> str | None:
    """Say how a stream differs from the verdict on the whole text, None if it does not.

    At every step, what has been released must be a prefix of the whole reply's output; where that
    is another reply, of the text with all findings cut out.
    """
    released = ""
    events: list[ReplyEvent] = []
    with guard.stream(prompt=prompt, system=system) as stream:
        try:
            for chunk in case.chunks:
                released += _text(stream.feed(chunk), events)
            before_end = released
            released += _text(stream.close(), events)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a difference
            return f"{type(error).__name__}: {error}"
        verdict = stream.verdict
    if (verdict.action, verdict.output, verdict.replied) != (
        whole.action,
        whole.output,
        whole.replied,
    ):
        return f"verdict {verdict.action}, not {whole.action}"
    if whole.action not in WITHHOLDING:
        return None if released == whole.output and not events else "released another text"
    if not before_end:
        return None if released == whole.output and not events else "did not release the reply"
    if [str(event) for event in events] != [whole.output] or released != before_end:
        return "no event of the reply"
    shown = _harmless(guard, case.text, prompt, system)
    return None if shown.startswith(released) else "released a violating character"


def _text(pieces: Sequence[str], events: list[ReplyEvent]) -> str:
    events += (piece for piece in pieces if isinstance(piece, ReplyEvent))
    return "".join(piece for piece in pieces if not isinstance(piece, ReplyEvent))


def _harmless(guard: Guard, text: str, prompt: str | None, system: str | None) -> str:
    """Return the redacted text up to the first finding for which the reply is withheld."""
    engine = guard.output
    state = engine.observe([Subject(text, prompt, system)])[0]
    decision = engine.decide(state)
    cuts = merged_cuts(found_by(decision, state.outcomes))
    until = min(
        (
            span.start
            for effect in decision.effects
            if effect.action >= Action.REWRITE and not effect.rule.is_late
            for span in findings(effect, state.outcomes)
        ),
        default=len(text),
    )
    until = min((cut.start for cut in cuts if cut.start < until < cut.end), default=until)
    kept = [cut for cut in cuts if cut.end <= until]
    return redacted_part(text, kept, 0, until, Conversation(), None)
