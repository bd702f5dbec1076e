"""How long the reader of a stream waits: the hold of every rule, and what was measured."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from guardrail.plan.holds import Hold
from guardrail.plan.plan import PatternSource, PlannedRule
from guardrail.runtime.guard import Guard

_CHUNK: Final = re.compile(r"\s*\S+\s?|\s+")
_RANK: Final = {"nothing": 0, "match": 1, "sentence": 2, "reply": 3}
_SHORTER: Final = {
    "reply": "say `late` if released text may be cut off, or `each sentence` if a sentence is "
    "enough; a rule over findings alone (joined by `or`) holds only what they may claim",
    "sentence": "a rule over findings alone (joined by `or`) needs no `each sentence`",
    "match": "give the pattern an end: counted repeats instead of `*` and `+`",
}


def explain_stream(guard: Guard) -> str:
    """Return the hold of every output rule, and which one makes the reader wait."""
    return "\n".join(_lines(guard))


def _lines(guard: Guard) -> Iterator[str]:
    plan, holds = guard.output.plan, guard.lookout.holds
    yield f"stream of {plan.policy.name}, output side"
    if not plan.rules:
        yield "  no rules: every chunk is released as it comes"
        return
    width = max(len(rule.name) for rule in plan.rules)
    for rule, hold in zip(plan.rules, holds, strict=True):
        yield f"  {rule.name:{width}}  {_held(hold):23}  {hold.why}"
    rule, hold = _longest(plan.rules, holds)
    if hold.until == "nothing":
        yield "the reader waits for no rule"
        return
    yield f"the reader waits for `{rule.name}`: it holds {_held(hold)}"
    if hold.until != "match" or any(
        isinstance(source := plan.sources[index], PatternSource)
        and source.pattern.max_length is None
        for index in rule.sources
    ):
        yield f"  to shorten it: {_SHORTER[hold.until]}"


def _held(hold: Hold) -> str:
    if hold.until == "match":
        return (
            "a growing match"
            if math.isinf(hold.characters)
            else f"at most {hold.characters:.0f} characters"
        )
    return {"nothing": "nothing", "sentence": "the sentence", "reply": "the whole reply"}[
        hold.until
    ]


def _longest(rules: Iterable[PlannedRule], holds: Iterable[Hold]) -> tuple[PlannedRule, Hold]:
    pairs = zip(rules, holds, strict=True)
    return max(pairs, key=lambda pair: (_RANK[pair[1].until], pair[1].characters))


@dataclass(slots=True)
class Waiting:
    """What readers of some replies had to wait for, when each word comes as a chunk."""

    replies: int = 0
    chunks: int = 0
    seconds: float = 0.0
    late_firsts: int = 0
    first_ms: list[float] = field(default_factory=list, repr=False)
    held: list[int] = field(default_factory=list, repr=False)

    def lines(self) -> Iterator[str]:
        """Yield what was measured, as text."""
        if not self.chunks:
            yield "measured: no replies"
            return
        held, firsts = sorted(self.held), sorted(self.first_ms)
        yield f"measured on {self.replies:,} replies, a word and its space at a time:"
        yield (
            f"  held back: mean {sum(held) / len(held):.1f} characters, median {_at(held, 0.5)}, "
            f"p95 {_at(held, 0.95)}, p99 {_at(held, 0.99)}"
        )
        on_time = 1 - self.late_firsts / self.replies
        yield f"  first word released at most one chunk late: {on_time:.1%} of replies"
        yield (
            f"  time until the first release, in this process: median {_at(firsts, 0.5):.3f} ms, "
            f"p99 {_at(firsts, 0.99):.3f} ms; {self.seconds / self.chunks * 1e6:.1f} µs a chunk"
        )


def _at(values: list[int] | list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def measure(guard: Guard, replies: Iterable[str]) -> Waiting:
    """Stream replies word by word; what they say is not kept."""
    waiting = Waiting()
    for reply in replies:
        _measure(guard, reply, waiting)
    return waiting


def _measure(guard: Guard, reply: str, waiting: Waiting) -> None:
    chunks = _CHUNK.findall(reply)
    if not chunks:
        return
    started, spent, first, came, went = perf_counter(), 0.0, None, 0, 0
    with guard.stream() as stream:
        for number, chunk in enumerate(chunks):
            before = perf_counter()
            pieces = stream.feed(chunk)
            spent += perf_counter() - before
            came += len(chunk)
            went = stream.released_to
            waiting.held.append(came - went)
            if pieces and first is None:
                first = number
                waiting.first_ms.append((perf_counter() - started) * 1000)
        stream.close()
    if first is None:
        waiting.first_ms.append((perf_counter() - started) * 1000)
    waiting.replies += 1
    waiting.chunks += len(chunks)
    waiting.seconds += spent
    waiting.late_firsts += (len(chunks) if first is None else first) > 1
