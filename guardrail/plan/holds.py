"""How long each rule makes the reader of a stream wait.

A rule that may cut a character of the reply, or withhold the reply, must have spoken before that
character is released. How much of the reply it needs for that is known when the policy compiles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from guardrail.plan.lower import walk
from guardrail.plan.plan import (
    AnyOf,
    DetectorSource,
    EntriesSource,
    Expr,
    Found,
    PatternSource,
    PlannedRule,
    Source,
    base_of,
)
from guardrail.text.entries import MOST_BLANKS
from guardrail.values import Action

Until: TypeAlias = Literal["nothing", "match", "sentence", "reply"]
"""What a rule waits for: nothing, that no match can grow any more, or a sentence or reply's end."""

_BLANKS_IN_ENTRY: Final = MOST_BLANKS - 1


@dataclass(frozen=True, slots=True)
class Hold:
    """How long a rule holds text back, and why.

    `characters` is the length of the longest match of a rule that waits for matches, infinite
    where there is no bound.
    """

    until: Until
    why: str
    characters: float = 0


def hold_of(rule: PlannedRule, sources: Sequence[Source], is_local: Callable[[int], bool]) -> Hold:
    """Return the hold of a rule.

    `is_local` tells of a detector's source whether its findings depend on their place alone.
    """
    if rule.action in {Action.FLAG, Action.APPEND} and rule.actions.redact is None:
        return Hold("nothing", "it cuts nothing out of the reply")
    if rule.is_late:
        return Hold("nothing", "it is `late`: what is released may be cut off")
    if rule.is_each_sentence:
        return Hold("sentence", "it looks at each sentence as a whole")
    why = _why_not_local(rule, sources, is_local)
    if why is not None:
        return Hold("reply", why)
    longest = max(_longest(sources, test.source) for test, _ in walk(rule.condition))
    what = "its longest possible match" if longest < math.inf else "a match that can still grow"
    return Hold("match", f"it waits for {what}", longest)


def _why_not_local(
    rule: PlannedRule, sources: Sequence[Source], is_local: Callable[[int], bool]
) -> str | None:
    """Return why a rule needs the whole reply, None if it does not."""
    atoms = _alternatives(rule.condition)
    if atoms is None:
        return "its condition is more than one finding, or one of several"
    for atom in atoms:
        index = base_of(sources, atom.source)
        source = sources[index]
        if isinstance(source, EntriesSource) and source.mode == "all" and len(source.entries) > 1:
            return f"all of `{source.name}` may stand anywhere in the reply"
        if isinstance(source, DetectorSource) and not is_local(index):
            return f"what `{source.name}` finds may depend on the whole reply"
    if rule.unless is not None and not all(
        is_about_prompt(sources[test.source]) for test, _ in walk(rule.unless)
    ):
        return "its `unless` may look at the whole reply"
    return None


def _alternatives(expr: Expr) -> list[Found] | None:
    """Return the findings any of which makes an expression true; None if it is of another kind."""
    if isinstance(expr, Found):
        return [expr] if expr.at_least == 1 else None
    if not isinstance(expr, AnyOf):
        return None
    found: list[Found] = []
    for item in expr.items:
        atoms = _alternatives(item)
        if atoms is None:
            return None
        found += atoms
    return found


def is_about_prompt(source: Source) -> bool:
    """Whether a source looks at the prompt rather than the text."""
    return isinstance(source, EntriesSource | PatternSource) and source.subject == "prompt"


def _longest(sources: Sequence[Source], index: int) -> float:
    """Return the length of the longest finding of a source, in characters."""
    match sources[base_of(sources, index)]:
        case EntriesSource(subject="text", entries=entries):
            return max(len(each) + _BLANKS_IN_ENTRY * len(each.split()[1:]) for each in entries)
        case PatternSource(subject="text", pattern=pattern):
            return math.inf if pattern.max_length is None else pattern.max_length
        case DetectorSource():
            return math.inf
        case _:
            return 0
