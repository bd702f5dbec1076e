"""A reply that arrives in chunks and is released as soon as no rule can object any more.

What is released is at each moment a prefix of what a check of the whole reply gives, whatever the
chunks. The verdict is that of the whole reply: `close` checks it as `Guard.check` does, and
releases the rest of its output. So early release rests on one promise only, which
`guardrail.runtime.lookout` keeps: before the frontier nothing can change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, TypeAlias

from guardrail.errors import GuardrailError, ReplyTypeError
from guardrail.plan.logic import has_failed
from guardrail.plan.plan import is_by_sentence
from guardrail.runtime.act import Conversation, Cut, merged_cuts, redacted_part
from guardrail.runtime.decide import Decision, Effect, combine, findings
from guardrail.runtime.early_stop import could_matter
from guardrail.runtime.lookout import LAST, Lookout
from guardrail.runtime.pipeline import Pipeline
from guardrail.runtime.reply_event import ReplyEvent
from guardrail.runtime.state import Known, State, moved
from guardrail.text.graphemes import Graphemes
from guardrail.text.sentences import sentences
from guardrail.values import Action, BySentence, Outcome, Span, Subject, Verdict

_CONTEXT: Final = 512
"""How much of what was released is kept: what stands before a finding may decide about it."""

_MOST_KEPT: Final = 4096
_FEW: Final = 15
"""So many characters may wait for the next chunk, rather than to be asked which of them must; the
first ones of a reply are asked about."""

_LAST_WORD: Final = 6
"""So many may where a match has begun."""

_PATIENCE: Final = 16
"""A text that is read in other ways is looked at again when it has grown by a part of this size."""

Finish: TypeAlias = Callable[[str, Known], Verdict]
"""Gives the verdict on the whole reply."""


class Stream:
    """One reply, pushed in chunk by chunk; it belongs to one caller at a time.

    Make one with `Guard.stream`. `feed` and `close` return what may be released: pieces of text,
    and at most one `ReplyEvent`, the last.
    """

    __slots__ = (  # a chunk of clean text costs little more than looking up what is here
        "__weakref__",
        "_certain",
        "_chunks",
        "_final",
        "_finish",
        "_found",
        "_front",
        "_is_holding",
        "_is_open",
        "_is_plain",
        "_joined",
        "_kept",
        "_known",
        "_lookout",
        "_numbers",
        "_prompt",
        "_quiet_from",
        "_released",
        "_review_at",
        "_sentence_at",
        "_start",
        "_system",
        "_tail",
        "_tail_at",
        "_verdict",
    )

    def __init__(
        self,
        lookout: Lookout,
        finish: Finish,
        *,
        prompt: str | None = None,
        system: str | None = None,
        conversation: Conversation | None = None,
    ) -> None:
        self._lookout = lookout = lookout.given(system)
        self._finish = finish
        self._prompt, self._system = prompt, system
        self._numbers = Conversation() if conversation is None else conversation
        self._chunks: list[str] = []
        self._released: list[str] = []
        self._kept = ""  # the text from `_start` on, up to chunk number `_joined`
        self._start = 0
        self._joined = 0
        self._is_plain = False  # whether `_tail` is all that matters to the next chunk
        self._tail = ""  # the text from `_tail_at` on, one character before `_quiet_from`
        self._tail_at = 0
        self._front = 0  # what stands before it has been released
        self._final = 0  # what stands before it, local rules have spoken about for good
        self._quiet_from = 0
        self._review_at = 0
        self._found: set[tuple[Effect, Span]] = set()
        self._sentence_at = 0
        self._known = Known()
        self._certain: dict[str, Effect] = {}
        self._is_holding = lookout.holds_reply
        self._is_open = True
        self._verdict: Verdict | None = None
        if not self._is_holding:
            self._look_at_prompt()
            self._settle()

    # ------------------------------------------------------------ what callers see

    @property
    def verdict(self) -> Verdict:
        """The verdict, known once the stream is closed."""
        if self._verdict is None:
            raise GuardrailError("the stream has no verdict yet", help="call `close()` first")
        return self._verdict

    @property
    def text(self) -> str:
        """All that has come so far, as it came. It is for the guard, not for the reader."""
        return "".join(self._chunks)

    @property
    def released_to(self) -> int:
        """Up to which character of what has come all has been released."""
        return self._front

    @property
    def is_slow(self) -> bool:
        """Whether `feed` may wait for a model or the host's code."""
        pipeline = self._lookout.by_sentence
        return pipeline is not None and pipeline.plan.is_slow

    @property
    def is_decided(self) -> bool:
        """Whether nothing that comes could change action or reply: the source can be closed."""
        if not self._certain:
            return False
        lower = combine([*self._certain.values()])
        if lower.action < Action.REPLACE:
            return False
        others = (rule for rule in self._lookout.plan.rules if rule.name not in self._certain)
        return not any(could_matter(rule, lower) for rule in others)

    def feed(self, chunk: str) -> list[str]:
        """Take the next chunk; return what may be released now.

        Raises:
            ReplyTypeError: the chunk is not text.
            GuardrailError: the stream is closed.
        """
        if not isinstance(chunk, str):
            raise ReplyTypeError("a chunk", chunk)
        if not self._is_open:
            raise GuardrailError("the stream is closed", help="open one stream for each reply")
        self._chunks.append(chunk)
        if self._is_plain and (shown := self._pass(self._tail + chunk)) is not None:
            return [shown] if shown else []
        if self._is_holding or not chunk:
            return []
        self._catch_up()
        if self._lookout.by_sentence is not None:
            self._look_at_sentences(self._lookout.by_sentence)
        self._look(chunk)
        released = [] if self._is_holding else self._release()
        self._settle()
        return released

    def close(self) -> list[str]:
        """End the reply; return what remains to be released."""
        if not self._is_open:
            return []
        return self.end(self._finish(self.text, self._known))

    def end(self, verdict: Verdict) -> list[str]:
        """End the reply with its verdict, where the caller has it; return what remains."""
        if not self._is_open:
            return []
        self._is_open = False
        self._verdict = verdict
        released = "".join(self._released)
        self._forget()
        if verdict.action in {"rewrite", "replace", "block"}:
            if not released:
                return [verdict.output] if verdict.output else []
            return [ReplyEvent.of(verdict)]
        if not verdict.output.startswith(released):
            raise GuardrailError(
                "the stream released something else than the verdict on the whole reply says",
                help="this is a mistake in guardrail: please report the policy, not the reply",
            )
        rest = verdict.output[len(released) :]
        return [rest] if rest else []

    def cancel(self) -> None:
        """Drop the reply; nothing more is released."""
        self._is_open = False
        self._forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    @property
    def known(self) -> Known:
        """What has been seen of whole sentences, so that nothing looks at them twice."""
        return self._known

    # ------------------------------------------------------------ nothing to be seen

    def _pass(self, tail: str) -> str | None:
        """Return what a chunk releases in which nothing is found; None where that is not sure."""
        if not tail.isascii() or "\r" in tail:
            return None
        lookout, length, begin = self._lookout, len(tail), self._tail_at
        seen = lookout.watch(tail)
        if len(seen) == 1:
            until = at = length - LAST
        elif (first := min(seen)) < lookout.first_begun:
            return None
        elif self._front and length <= (_FEW if first > lookout.first_begun else _LAST_WORD):
            self._tail = tail
            return ""
        else:
            at = lookout.earliest(tail)
            until = at - (at == length)
        front = self._front - begin
        if until <= front:
            self._tail = tail
            return ""
        shown = tail[front:until]
        self._released.append(shown)
        self._front = begin + until
        self._tail = tail[at - 1 :]
        self._tail_at = begin + at - 1
        return shown

    def _catch_up(self) -> None:
        """Take in what came while nothing was to be seen."""
        self._kept += "".join(self._chunks[self._joined :])
        self._joined = len(self._chunks)
        if self._is_plain:
            self._is_plain = False
            if self._tail_at:
                self._quiet_from = self._tail_at + 1
                self._final = max(self._final, self._quiet_from)
            self._shorten()

    def _settle(self) -> None:
        """Note whether all but the end of the text is done with."""
        lookout, length = self._lookout, self._start + len(self._kept)
        begin = max(self._quiet_from - 1, 0)
        self._is_plain = (
            lookout.local is not None
            and lookout.by_sentence is None
            and not (self._is_holding or self._found)
            and self._review_at <= length + 1
            and self._front >= begin
        )
        if self._is_plain:
            self._tail, self._tail_at = self._kept[begin - self._start :], begin

    # ------------------------------------------------------------ looking

    def _look(self, chunk: str) -> None:
        """Find out how far local rules have spoken for good."""
        lookout = self._lookout
        length = self._start + len(self._kept)
        if lookout.local is None:
            self._final = length
            return
        if length < self._review_at and "\n" not in chunk:
            return
        begin = max(self._quiet_from - 1 - self._start, 0)
        tail = self._kept[begin:]
        if min(lookout.watch(tail)) >= lookout.first_begun:
            at = self._start + begin + lookout.earliest(tail)
            self._final = self._quiet_from = max(at, self._quiet_from)
            return
        self._review(lookout.local, length)

    def _review(self, local: Pipeline, length: int) -> None:
        """Run the local rules over what is kept."""
        state = local.observe([Subject(self._kept, self._prompt, self._system)])[0]
        if state.is_over or any(map(has_failed, state.outcomes)):
            self._is_holding = True  # the verdict on the whole reply says what that means
            return
        look = self._lookout.look(self._kept, state.looked, self._quiet_from - self._start)
        final = max(look.frontier, self._final - self._start)
        outcomes = [_begun_before(final, outcome) for outcome in state.outcomes]
        self._take(local, outcomes, self._start)
        self._final = self._start + final
        self._quiet_from = self._start + look.quiet_from
        waits = length - self._quiet_from
        self._review_at = length + (1 if final == len(self._kept) else waits // _PATIENCE)

    def _look_at_prompt(self) -> None:
        """Take in what the rules say before anything has come."""
        for pipeline in (self._lookout.local, self._lookout.by_sentence):
            if pipeline is not None and pipeline.prompt_scan is not None:
                state = pipeline.observe([Subject("", self._prompt, self._system)])[0]
                self._take(pipeline, state.outcomes, 0)

    def _look_at_sentences(self, pipeline: Pipeline) -> None:
        """Run the rules that look at sentences over each that is complete."""
        whole = sentences(self._kept, self._sentence_at - self._start)
        for start, end in whole[:-1]:
            subject = Subject(self._kept[start:end], self._prompt, self._system)
            state = pipeline.observe([subject])[0]
            self._keep(pipeline, state)
            self._take(pipeline, state.outcomes, self._start + start)
            if _is_unclear(pipeline, state):
                self._is_holding = True
        if whole:
            self._sentence_at = self._start + whole[-1][0]

    def _keep(self, pipeline: Pipeline, state: State) -> None:
        said = {
            index: outcome.outcomes[0] if isinstance(outcome, BySentence) else outcome
            for index, outcome in enumerate(state.outcomes)
            if is_by_sentence(pipeline.plan.sources[index])
        }
        self._known.add(said, state)

    def _take(self, pipeline: Pipeline, outcomes: Sequence[Outcome], offset: int) -> None:
        """Take in what rules do because of these outcomes, which are final."""
        decision: Decision = pipeline.decide_on(outcomes)
        for effect in decision.effects:
            if effect.action >= Action.REWRITE:
                self._certain[effect.rule.name] = effect
                self._is_holding = True
            elif effect.template is not None:
                found = moved(findings(effect, outcomes), offset)
                self._found.update((effect, span) for span in found if span.start >= self._front)

    # ------------------------------------------------------------ releasing

    def _release(self) -> list[str]:
        """Return what stands before every place that a rule may still claim."""
        until = self._final
        if self._lookout.holds_sentences:
            until = min(until, self._sentence_at)
        if until <= self._front:
            return []
        until = self._edge(until)
        cuts = merged_cuts(self._found)
        while inside := [cut.start for cut in cuts if cut.start < until < cut.end]:
            until = self._edge(min(inside))
        if until <= self._front:
            return []
        shown = redacted_part(
            self._kept,
            [_shifted(cut, -self._start) for cut in cuts if cut.end <= until],
            self._front - self._start,
            until - self._start,
            self._numbers,
            self._hash_key,
        )
        self._front = until
        self._found = {(effect, span) for effect, span in self._found if span.start >= until}
        self._shorten()
        if not shown:
            return []
        self._released.append(shown)
        return [shown]

    @property
    def _hash_key(self) -> bytes | None:
        pipelines = (self._lookout.local, self._lookout.by_sentence)
        return next((each.hash_key for each in pipelines if each is not None), None)

    def _edge(self, at: int) -> int:
        """Return the last place up to `at` at which a character that a reader sees surely ends."""
        at -= self._start
        if at == len(self._kept):
            at -= 1
        near = self._kept[at - 1 : at + 1] if at > 0 else ""
        if near and not (near.isascii() and near[0] != "\r"):
            at, _ = Graphemes(self._kept).widen(at, at + 1)
        return self._start + at

    def _shorten(self) -> None:
        """Let go of text that nothing asks about any more."""
        if len(self._kept) <= _MOST_KEPT:
            return
        needed = min(self._front, self._quiet_from, self._sentence_at or self._front)
        most = needed - self._start - _CONTEXT
        cut = max(self._kept.rfind("\n", 0, max(most, 0)), self._kept.rfind(" ", 0, max(most, 0)))
        if cut > 0:
            self._kept = self._kept[cut + 1 :]
            self._start += cut + 1

    def _forget(self) -> None:
        self._chunks.clear()
        self._released.clear()
        self._found.clear()
        self._kept = ""


def _begun_before(place: int, outcome: Outcome) -> Outcome:
    """Return an outcome without the findings that begin at or behind a place."""
    if not isinstance(outcome, tuple):
        return outcome
    return tuple(span for span in outcome if span.start < place)


def _is_unclear(pipeline: Pipeline, state: State) -> bool:
    """Whether something failed, and the whole reply decides what that means."""
    decides_itself = all(rule.on_error == "violation" for rule in pipeline.plan.rules)
    return not decides_itself and any(map(has_failed, state.outcomes))


def _shifted(cut: Cut, by: int) -> Cut:
    (span,) = moved((cut.span,), by)
    return Cut(cut.start + by, cut.end + by, span, cut.template)
