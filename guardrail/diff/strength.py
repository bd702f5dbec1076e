"""What a decision does to a text, as something that can be stronger or weaker.

Strength is a partial order: one decision is at least as strong as another if it is so in each
respect. Replies, messages and severities that only break ties say something else, and are neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.diff.relation import Relation, relation_of
from guardrail.plan.plan import DetectorSource, EntriesSource, ExceptSource, Plan
from guardrail.runtime.decide import Decision, Effect
from guardrail.values import Action, Outcome

CLEAN: Final = 4
"""How well a template hides when it shows nothing of the value; `hiding` counts down from it."""

_SHOWN: Final = {"n": 3, "hash": 2, "last4": 1}
_PLACEHOLDER: Final = re.compile(r"\{(n|hash|last4)\}")


def hiding(template: str) -> int:
    """Return how well a template hides what it stands for: 4 nothing is shown … 1 characters.

    `{type}` and the template's own words say nothing about the value. `{n}` says where the value
    stands again, `{hash}` does so across replies, `{last4}` shows a part of it.

    >>> hiding("[{type}]"), hiding("<{n}>"), hiding("{type} {hash}"), hiding("{hash} {last4}")
    (4, 3, 2, 1)
    """
    return min((_SHOWN[name] for name in _PLACEHOLDER.findall(template)), default=CLEAN)


@dataclass(frozen=True, slots=True)
class Strength:
    """What a decision does to one text, in every respect that makes it strict.

    `cuts` says how well each finding that is cut is hidden; from `rewrite` on the text itself is
    not sent, which is stronger than any cut or append. `is_held` says that the text was
    held back until that was known: no rule with `late` can hold it.
    """

    action: Action
    is_held: bool
    cuts: Mapping[Hashable, int]
    appends: frozenset[str]
    queues: frozenset[str]

    def is_below(self, other: Strength) -> bool:
        """Whether this is weaker than the other in some respect."""
        return (
            self.action < other.action
            or (other.is_held and not self.is_held)
            or not other.queues <= self.queues
            or (self.action < Action.REWRITE and self._keeps_less(other))
        )

    def _keeps_less(self, other: Strength) -> bool:
        if other.action >= Action.REWRITE:
            return True
        return not other.appends <= self.appends or any(
            self.cuts.get(finding, 0) < level for finding, level in other.cuts.items()
        )


def compared(old: Strength, new: Strength) -> Relation:
    """Return how the new decision stands to the old one on one and the same text."""
    return relation_of(is_looser=new.is_below(old), is_stricter=old.is_below(new))


@dataclass(frozen=True, slots=True)
class Ways:
    """What the strength of a decision needs to know besides its plan.

    `late` are the rules that release text before they are decided; `appended` gives each reply
    the key under which the other policy knows it.
    """

    late: frozenset[str]
    appended: Mapping[str, str]


def strength(decision: Decision, cuts: Mapping[Hashable, int], ways: Ways) -> Strength:
    """Return the strength of a decision that cuts these findings so well."""
    return Strength(
        action=decision.action,
        is_held=any(
            effect.action >= Action.REWRITE and effect.rule.name not in ways.late
            for effect in decision.effects
        ),
        cuts=cuts,
        appends=frozenset(
            ways.appended[effect.append] for effect in decision.effects if effect.append is not None
        ),
        queues=frozenset(effect.queue for effect in decision.effects if effect.queue),
    )


def cuts_of(
    decision: Decision, found: Callable[[int], Iterable[Hashable]]
) -> Mapping[Hashable, int]:
    """Return how well each finding is hidden; `found` says what a source finds.

    A finding that several rules cut gets the template of the highest severity, then of the first
    name: `decision.effects` stand in that order.
    """
    cuts: dict[Hashable, int] = {}
    for effect in decision.effects:
        if effect.template is not None:
            for index in effect.rule.cuts:
                for what in found(index):
                    cuts.setdefault(what, hiding(effect.template))
    return cuts


# ---------------------------------------------------------------- in words


def described(plan: Plan, decision: Decision, outcomes: Sequence[Outcome], ways: Ways) -> str:
    """Return what a decision does, in the words of the policy's `then`."""
    leader = decision.leader
    if leader is None:
        return "allow"
    if leader.action >= Action.REWRITE:
        parts = [_whole(plan, leader)]
        if all(
            effect.rule.name in ways.late
            for effect in decision.effects
            if effect.action >= Action.REWRITE
        ):
            parts = [f"{parts[0]} (late)"]
    else:
        parts = [_cut(plan, effect, outcomes) for effect in decision.effects if effect.template]
        parts += [f"append {effect.append}" for effect in decision.effects if effect.append]
        parts = parts or ["flag"]
    parts += [f'escalate to "{effect.queue}"' for effect in decision.effects if effect.queue]
    return " and ".join(dict.fromkeys(parts))


def _whole(plan: Plan, leader: Effect) -> str:
    if leader.rewriter is not None:
        return f"rewrite using {leader.rewriter}"
    reply = leader.reply or plan.fallback
    return leader.action.word if reply is None else f"{leader.action.word} with {reply}"


def _cut(plan: Plan, effect: Effect, outcomes: Sequence[Outcome]) -> str:
    found = [
        source_words(plan, index)
        for index in effect.rule.cuts
        if isinstance(outcomes[index], tuple) and outcomes[index]
    ]
    what = f" {', '.join(found)}" if found else ""
    return f'redact{what} as "{effect.template}"'


def source_words(plan: Plan, index: int) -> str:
    """Return what a source finds, in the policy's words."""
    source = plan.sources[index]
    if isinstance(source, ExceptSource):
        return source_words(plan, source.base)
    if isinstance(source, EntriesSource) and source.mode == "phrase":
        return f'"{source.entries[0]}"'
    return f"`{source.name}`" if isinstance(source, DetectorSource) else source.name
