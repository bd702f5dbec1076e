"""A tiny judge of two policies that tries every case: no solver, no formulas.

What a thing finds first stands for all that it finds.

A case says of every entry whether it is found, of every pattern, and what every detector
answers. Findings of different things never touch, except that one entry is one place
whoever looks for it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from guardrail.language.checked import CheckedPolicy
from guardrail.plan.logic import fires
from guardrail.plan.lower import lower
from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    PatternSource,
    Plan,
    PlannedRule,
    Source,
)
from guardrail.runtime.act import found_by, merged_cuts
from guardrail.runtime.decide import combine, resolve
from guardrail.values import Action, Failure, Outcome, Side, Span

FAILED = Failure("tried")
SCORES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
NUMBERS = (0.0, 3.0, 4.0, 5.0, 6.0, 8.0, 9.0)
LABELS = ("xx", "en", "de", "fr")
COUNTS = (0, 1, 2, 3)
STATES = ("absent", "found", "failed")
_HIDES = {"{last4}": 1, "{hash}": 2, "{n}": 3}

Case = Mapping[Hashable, object]


@dataclass
class Does:
    """What one policy does in one case."""

    action: Action
    held: bool
    cuts: dict[int, int]
    appends: set[str]
    queues: set[str]

    def lacks(self, other: Does) -> bool:
        """Whether the other does something that this one does not."""
        if self.action < other.action or (other.held and not self.held):
            return True
        if other.queues - self.queues:
            return True
        if self.action >= Action.REWRITE:
            return False
        if other.action >= Action.REWRITE or other.appends - self.appends:
            return True
        return any(self.cuts.get(place, 0) < hidden for place, hidden in other.cuts.items())


class Judge:
    """Two policies of one side, and all cases that tell something about them."""

    def __init__(self, old: CheckedPolicy, new: CheckedPolicy, side: Side) -> None:
        self.policies = (old, new)
        self.plans = (lower(old, side), lower(new, side))
        self.side = side
        self.things: dict[Hashable, list[object]] = {}
        self.excuses: dict[Hashable, set[Hashable]] = {}
        for policy, plan in zip(self.policies, self.plans, strict=True):
            for source in plan.sources:
                self._learn(policy, plan, source)
        self.offsets = {key: 100 * (at + 1) for at, key in enumerate(self.things)}
        self.keep = {
            (key, excuse): self._kept(key) for key in self.excuses for excuse in self.excuses[key]
        }

    @property
    def count(self) -> int:
        """How many cases there are, lawful or not."""
        number = 1
        for choices in (*self.things.values(), *self.keep.values()):
            number *= len(choices)
        return number

    def _learn(self, policy: CheckedPolicy, plan: Plan, source: Source) -> None:
        match source:
            case EntriesSource(subject=subject, entries=entries):
                for entry in entries:
                    self.things[subject, entry] = ["absent", "found"]
            case PatternSource():
                self.things[_pattern_key(source)] = list(STATES)
            case DetectorSource(name, detector):
                choices = {
                    "score": SCORES,
                    "number": NUMBERS,
                    "label": LABELS,
                    "spans": COUNTS,
                }[detector.gives]
                self.things["detector", name] = [*choices, FAILED]
            case ExceptSource(base=base):
                excuse = _excuse_key(policy, source)
                for key in _keys(plan.sources[base]):
                    self.excuses.setdefault(key, set()).add(excuse)

    def _kept(self, key: Hashable) -> list[object]:
        is_counted = isinstance(key, tuple) and key[0] == "detector"
        return list(COUNTS) if is_counted else [0, 1]

    def cases(self) -> Iterator[Case]:
        """Yield every case that can be."""
        keys = [*self.things, *self.keep]
        for values in itertools.product(*self.things.values(), *self.keep.values()):
            case = dict(zip(keys, values, strict=True))
            if self._is_lawful(case):
                yield case

    def _is_lawful(self, case: Case) -> bool:
        """Whether the words of a phrase are found with it, and what is exact also otherwise.

        Where the exact search fails, the other one fails too, or finds something elsewhere.
        """
        for key, state in case.items():
            if state not in ("found", "failed") or not isinstance(key, tuple):
                continue
            if key[0] in ("text", "prompt"):
                words = re.findall(r"\w+", key[1])
                for subject, entry in self._entries():
                    shorter = re.findall(r"\w+", entry)
                    if subject == key[0] and len(shorter) < len(words):
                        spots = range(len(words) - len(shorter) + 1)
                        inside = any(words[at : at + len(shorter)] == shorter for at in spots)
                        if inside and case[subject, entry] != "found":
                            return False
            elif key[0] == "pattern" and key[-1]:
                loose = (*key[:-1], False)
                if case.get(loose, "found") not in ("found", state):
                    return False
        return all(self._is_kept_lawfully(key, case) for key in self.excuses)

    def _entries(self) -> list[tuple[str, str]]:
        return [
            key for key in self.things if isinstance(key, tuple) and key[0] in ("text", "prompt")
        ]  # type: ignore[misc]

    def _is_kept_lawfully(self, key: Hashable, case: Case) -> bool:
        """What is kept was found, and with fewer excuses too; how many is another matter.

        A finding that is dropped can have joined two others, which then count as two.
        """
        found = case[key]
        is_found = found == "found" or (isinstance(found, int) and found > 0)
        for excuse in self.excuses[key]:
            kept = case[key, excuse]
            if kept and not is_found:
                return False
            for more in self.excuses[key]:
                if excuse < more and case[key, more] > 0 and not kept:  # type: ignore[operator]
                    return False
        return True

    # ------------------------------------------------------------ deciding

    def does(self, which: int, case: Case, rule: str | None = None) -> Does:
        """Return what one of the policies does, with all its rules or with one alone."""
        policy, plan = self.policies[which], self.plans[which]
        outcomes = [self._outcome(policy, plan, source, case) for source in plan.sources]
        rules: Sequence[PlannedRule] = [
            each for each in plan.rules if rule is None or each.name == rule
        ]
        effects = [
            effect
            for each in rules
            if (effect := resolve(each, fires(each, outcomes), outcomes)) is not None
        ]
        decision = combine(effects)
        late = {each.name for each in policy.rules if each.is_late and self.side == "output"}
        return Does(
            decision.action,
            any(each.action >= Action.REWRITE and each.rule.name not in late for each in effects),
            {
                cut.start // 100: min(
                    (level for mark, level in _HIDES.items() if mark in cut.template), default=4
                )
                for cut in reversed(merged_cuts(found_by(decision, outcomes)))
            },
            {self._said(which, each.append) for each in effects if each.append},
            {each.queue for each in effects if each.queue},
        )

    def _said(self, which: int, name: str) -> str:
        """Return the text of an appended reply, the old one if it was only reworded."""
        old, new = (
            {each: reply.text for each, reply in policy.replies.items()} for policy in self.policies
        )
        is_reworded = new[name] not in old.values() and old[name] not in new.values()
        return old[name] if which == 0 or is_reworded else new[name]

    def _outcome(self, policy: CheckedPolicy, plan: Plan, source: Source, case: Case) -> Outcome:
        match source:
            case EntriesSource():
                return self._listed(source, case, [case[key] for key in _keys(source)], None)
            case PatternSource():
                return self._spans(_pattern_key(source), case[_pattern_key(source)], None)
            case DetectorSource(name):
                return self._spans(("detector", name), case["detector", name], None)
            case ExceptSource(base=base):
                excuse = _excuse_key(policy, source)
                below = plan.sources[base]
                keys = _keys(below)
                if isinstance(below, EntriesSource):
                    kept = [case[key, excuse] for key in keys]
                    return self._listed(below, case, [case[key] for key in keys], kept)
                return self._spans(keys[0], case[keys[0]], case[keys[0], excuse])

    def _listed(
        self, source: EntriesSource, case: Case, states: list[object], kept: list[object] | None
    ) -> Outcome:
        keys = _keys(source)
        is_all = source.mode == "all"
        if is_all and "absent" in states:
            return ()
        if "failed" in states and (is_all or "found" not in states):
            return FAILED
        spans = [
            self._place(key, 0)
            for at, key in enumerate(keys)
            if states[at] == "found" and (kept is None or kept[at])
        ]
        if is_all and kept is not None and not all(kept):
            return ()
        return tuple(sorted(spans))

    def _spans(self, key: Hashable, value: object, kept: object) -> Outcome:
        if value in ("failed", FAILED):
            return FAILED
        if isinstance(value, float):
            return value
        if isinstance(value, str) and value not in STATES:
            return value
        count = value if isinstance(value, int) else int(value == "found")
        if kept is not None and isinstance(kept, int):
            count = kept
        return tuple(self._place(key, at) for at in range(count))

    def _place(self, key: Hashable, number: int) -> Span:
        start = self.offsets[key] + 2 * number
        return Span(start, start + 1, "THING")


def _pattern_key(source: PatternSource) -> Hashable:
    pattern = source.pattern
    return "pattern", source.subject, pattern.source, pattern.flags, source.is_exact


def _keys(source: Source) -> list[Hashable]:
    match source:
        case EntriesSource(subject=subject, entries=entries):
            return [(subject, entry) for entry in entries]
        case PatternSource():
            return [_pattern_key(source)]
        case DetectorSource(name):
            return [("detector", name)]
        case ExceptSource():
            raise TypeError("an `except` has no things of its own")


def _excuse_key(policy: CheckedPolicy, source: ExceptSource) -> frozenset[Hashable]:
    entries = {entry for name in source.lists for entry in policy.lists[name].entries}
    patterns = {policy.patterns[name].pattern.source for name in source.patterns}
    return frozenset({*entries, *patterns})
