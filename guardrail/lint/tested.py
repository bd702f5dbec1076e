"""Which rules the tests of a policy show firing, and which they show at rest.

Judged from what the tests say, without running them: a case shows a rule firing if it expects the
rule's own action by that rule, or something only that rule does; and at rest if it expects what
cannot be when the rule fires. A case in which a model, judge or host detector of the rule has no
value does not show it at rest, and one in which it fails shows how errors are treated.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from guardrail.language.checked import CheckedCase, CheckedDetector, CheckedPolicy
from guardrail.lint.rule import SIDES, Context
from guardrail.plan.plan import (
    DetectorSource,
    EntriesSource,
    ExceptSource,
    PatternSource,
    Plan,
    PlannedRule,
    Source,
)
from guardrail.values import Action, Side

_SHOWN: Final[WeakKeyDictionary[Context, Mapping[str, Shown]]] = WeakKeyDictionary()
"""Two lint rules ask."""

_DEFAULT_REPLY: Final = "This reply was withheld."
_PLACEHOLDER: Final = re.compile(r"\{(?:type|last4|hash|n)\}")
_SHAPES: Final = {"{last4}": r"(?:\w{4}|\*{4})", "{hash}": r"[0-9a-f]{6,}", "{n}": r"\d+"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether some case shows a rule firing, and some at rest."""

    fires: bool
    rests: bool


def shown(context: Context) -> Mapping[str, Shown]:
    """Return what the tests show of each rule of the policy, by qualified name."""
    if context not in _SHOWN:
        _SHOWN[context] = _shown(context)
    return _SHOWN[context]


def _shown(context: Context) -> Mapping[str, Shown]:
    found: dict[str, Shown] = {}
    for side in SIDES:
        plan = context.plans[side]
        table = _Table(context.policy, side, plan)
        for rule in plan.rules:
            before = found.get(rule.name, Shown(fires=False, rests=False))
            found[rule.name] = Shown(
                before.fires or table.fires(rule), before.rests or table.rests(rule)
            )
    return found


def _side(case: CheckedCase) -> Side:
    return "input" if case.output is None else "output"


class _Table:
    """The cases and rules of one side, looked up by what they say."""

    def __init__(self, policy: CheckedPolicy, side: Side, plan: Plan) -> None:
        self._plan = plan
        self._cases = [case for test in policy.tests for case in test.cases if _side(case) == side]
        self._stubbing: dict[str, list[CheckedCase]] = {}
        self._doing: dict[Action, list[str]] = {}
        self._replies: dict[str, list[str]] = {}
        self._shapes: dict[re.Pattern[str], list[str]] = {}
        self._left: dict[str, tuple[re.Pattern[str], ...]] = {}
        for rule in plan.rules:
            self._doing.setdefault(rule.action, []).append(rule.name)
            reply = self._reply(rule)
            if reply is not None:
                self._replies.setdefault(reply, []).append(rule.name)
            self._left[rule.name] = self._shapes_of(rule)
            for shape in self._left[rule.name]:
                self._shapes.setdefault(shape, []).append(rule.name)
        withheld = plan.replies[plan.fallback] if plan.fallback is not None else _DEFAULT_REPLY
        self._withheld = {*self._replies, _DEFAULT_REPLY, withheld}
        self._made: dict[str, Mapping[re.Pattern[str], set[str]]] = {}
        self._firing: dict[str, list[CheckedCase]] = {}
        for case in self._cases:
            for name in case.stubs:
                self._stubbing.setdefault(name, []).append(case)
            for name in dict.fromkeys(self._shown_firing(case)):
                self._firing.setdefault(name, []).append(case)

    def fires(self, rule: PlannedRule) -> bool:
        """Say whether some case shows a rule firing."""
        names = [detector.name for detector in self._detectors(rule)]
        return any(
            all(case.stubs.get(name, ()) is not None for name in names)
            for case in self._firing.get(rule.name, ())
        )

    def rests(self, rule: PlannedRule) -> bool:
        """Say whether some case shows a rule at rest."""
        return any(
            (expect.action is not None and Action[expect.action.upper()] < rule.action)
            or (expect.output is not None and self._excludes(rule, case, expect.output))
            for case in self._evaluating(rule)
            for expect in case.expects
        )

    def _evaluating(self, rule: PlannedRule) -> Iterator[CheckedCase]:
        """Yield the cases in which every detector of a rule has a value that is no error."""
        needed = [each.name for each in self._detectors(rule) if not each.is_model_free]
        cases = self._stubbing.get(needed[0], []) if needed else self._cases
        return (case for case in cases if self._is_evaluated(rule, case))

    def _is_evaluated(self, rule: PlannedRule, case: CheckedCase) -> bool:
        return all(
            case.stubs[detector.name] is not None
            if detector.name in case.stubs
            else detector.is_model_free
            for detector in self._detectors(rule)
        )

    def _detectors(self, rule: PlannedRule) -> Iterator[CheckedDetector]:
        for index in rule.sources:
            source = self._base(index)
            if isinstance(source, DetectorSource):
                yield source.detector

    def _base(self, index: int) -> Source:
        source = self._plan.sources[index]
        return self._plan.sources[source.base] if isinstance(source, ExceptSource) else source

    # ------------------------------------------------------------ outputs

    def _reply(self, rule: PlannedRule) -> str | None:
        """Return the text that a rule puts in the place of the whole reply, if it does."""
        actions, plan = rule.actions, self._plan
        if actions.rewrite is not None:
            return plan.replies[plan.rewriters[actions.rewrite].otherwise]
        if actions.replace is not None:
            return plan.replies[actions.replace]
        if actions.block is None:
            return None
        name = actions.block or plan.fallback
        return plan.replies[name] if name else _DEFAULT_REPLY

    def _shown_firing(self, case: CheckedCase) -> Iterator[str]:
        """Yield the rules that a case shows firing, if none of their detectors fails."""
        has_failed = None in case.stubs.values()
        for expect in case.expects:
            if expect.action is not None:
                doing = self._doing.get(Action[expect.action.upper()], [])
                yield from (name for name in expect.by if name in doing)
                yield from doing if len(doing) == 1 and not has_failed else ()
            if expect.output not in (None, _given(case)) and not has_failed:
                yield from self._makers(expect.output, _given(case))

    def _makers(self, output: str, given: str) -> Iterator[str]:
        """Yield the rules of which only that one can have made an output, or a part of it."""
        replying = self._replies.get(output, [])
        if replying:
            yield from replying if len(replying) == 1 else ()
            return
        made = self._made_in(output)
        for shape, parts in made.items():
            if len(self._shapes[shape]) == 1 and any(
                part not in given
                and not any(other.search(part) for other in made if other != shape)
                for part in parts
            ):
                yield from self._shapes[shape]

    def _excludes(self, rule: PlannedRule, case: CheckedCase, output: str) -> bool:
        """Say whether an output cannot be when a rule fires."""
        if rule.action <= Action.FLAG:
            return False
        if output == _given(case):
            return True
        if output in self._withheld:
            return False
        made = self._made_in(output)
        return self._reply(rule) is not None or not any(
            shape in made for shape in self._left[rule.name]
        )

    def _made_in(self, output: str) -> Mapping[re.Pattern[str], set[str]]:
        """Return what redactions and appends can have left in an output, by their shape."""
        if output not in self._made:
            found = {shape: {m[0] for m in shape.finditer(output)} for shape in self._shapes}
            self._made[output] = {shape: parts for shape, parts in found.items() if parts}
        return self._made[output]

    def _shapes_of(self, rule: PlannedRule) -> tuple[re.Pattern[str], ...]:
        """Return what a rule that redacts or appends leaves in a text."""
        append = rule.actions.append
        return _shapes(
            rule.actions.redact,
            self._plan.replies[append] if append is not None else None,
            tuple(sorted({each for index in rule.cuts for each in _types(self._base(index))})),
        )


def _types(source: Source) -> Iterator[str]:
    """Yield what `{type}` can show, as regular expressions."""
    match source:
        case DetectorSource(detector=detector):
            entities = detector.arguments.get("entities")
            if isinstance(entities, tuple):
                yield from map(str, entities)
            else:
                yield "[A-Z_]+" if detector.kind == "pii" else re.escape(detector.label.upper())
        case EntriesSource() | PatternSource():
            yield re.escape(source.label.upper())


def _given(case: CheckedCase) -> str:
    return case.output if case.output is not None else case.input or ""


@functools.lru_cache(maxsize=4096)
def _shapes(
    template: str | None, reply: str | None, types: tuple[str, ...]
) -> tuple[re.Pattern[str], ...]:
    shapes = []
    if template is not None:
        type_ = f"(?:{'|'.join(types)})"
        parts = re.split(_PLACEHOLDER, template)
        marks = [*(match[0] for match in _PLACEHOLDER.finditer(template)), ""]
        shapes.append(
            re.compile(
                "".join(
                    re.escape(part) + (_SHAPES.get(mark, type_) if mark else "")
                    for part, mark in zip(parts, marks, strict=True)
                )
            )
        )
    if reply:
        shapes.append(re.compile(re.escape(reply)))
    return tuple(shapes)
