"""Why a case ended as it did, rule by rule, in the policy's words.

The texts of tests stand in the policy, so what was found in them may be shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guardrail.language.render import width
from guardrail.plan.explain import expression
from guardrail.plan.logic import evaluate
from guardrail.plan.plan import (
    AllOf,
    AnyOf,
    Compare,
    DetectorSource,
    EntriesSource,
    ExceptSource,
    Expr,
    Inverse,
    PatternSource,
    Plan,
    PlannedRule,
    Source,
    Test,
)
from guardrail.runtime.pipeline import Pipeline
from guardrail.runtime.state import State
from guardrail.values import NOT_RUN, Failure, Fired, Truth, Verdict

_MOST_RULES: Final = 5
_MOST_ATOMS: Final = 4
_MOST_FINDINGS: Final = 3
_LONGEST_FINDING: Final = 40
_AROUND: Final = 30
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_VALUES: Final = {
    Truth.TRUE: "is true",
    Truth.FALSE: "is false",
    Truth.ERROR: "is an error",
    Truth.NOT_RUN: "is not known",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One case that has been run."""

    pipeline: Pipeline
    state: State
    verdict: Verdict

    @property
    def plan(self) -> Plan:
        """The plan of the side that was checked."""
        return self.pipeline.plan


def why(seen: Seen, missing: Iterable[str] = ()) -> Iterator[str]:
    """Yield lines that explain a case; `missing` names rules that were to fire and did not."""
    missed = list(missing)
    for name in missed[:_MOST_RULES]:
        yield _missed(seen, name)
    if len(missed) > _MOST_RULES:
        yield f"and {len(missed) - _MOST_RULES} more rules of that action did not fire"
    fired = {each.rule: each for each in seen.verdict.fired if each.rule not in missed}
    rules = (rule for rule in seen.plan.rules if rule.name in fired)
    yield from (_fired(seen, fired[rule.name], rule) for rule in rules)
    if not missed and not seen.verdict.fired:
        yield "no rule fired"
    yield from (_unasked(seen, each.detector) for each in seen.verdict.skipped)
    yield from (f"{each.detector} failed: {each.error}" for each in seen.verdict.errors)
    text = seen.state.subject.text
    for dropped in seen.verdict.excepted:
        found = _shortened(text[dropped.start : dropped.end])
        yield f"{dropped.rule}: the finding {found} was excepted by {dropped.by}"


def _missed(seen: Seen, name: str) -> str:
    rule = next((each for each in seen.plan.rules if each.name == name), None)
    if rule is None:
        other = "output" if seen.plan.side == "input" else "input"
        return (
            f"{name} did not fire: it is a rule on {other}, this case checks the {seen.plan.side}"
        )
    outcomes = seen.state.outcomes
    value = evaluate(rule.condition, outcomes)
    reasons = _because(seen, rule.condition)
    if value is Truth.FALSE:
        return f"{name} did not fire: {reasons}"
    if rule.unless is not None and evaluate(rule.unless, outcomes) is Truth.TRUE:
        return f"{name} did not fire: its `unless` holds, {_because(seen, rule.unless)}"
    if value is Truth.NOT_RUN:
        return f"{name} was not decided: {reasons}"
    if value is Truth.ERROR:
        return f"{name} ended as error, which is treated as {rule.on_error}: {reasons}"
    return f"{name} did not fire with {rule.action.word}: {reasons}"


def _fired(seen: Seen, fired: Fired, rule: PlannedRule) -> str:
    reasons = _because(seen, rule.condition)
    return f"{fired.rule} ({fired.severity}) fired: {fired.action}, because {reasons}"


def _unasked(seen: Seen, name: str) -> str:
    """Say why a detector was not asked."""
    index = next(
        number
        for number, source in enumerate(seen.plan.sources)
        if isinstance(source, DetectorSource) and source.name == name
    )
    source = seen.plan.sources[index]
    if seen.pipeline.detectors.get(index) is not NOT_RUN:
        return f"{name} was not run: no answer could have changed the outcome"
    if isinstance(source, DetectorSource) and source.detector.is_model_free:
        return f"{name} was not run: this installation cannot"
    return f"{name} was not run: tests run no models; say what it answers, `with {name} = …`"


# ---------------------------------------------------------------- conditions


def _because(seen: Seen, expr: Expr) -> str:
    """Return the atoms that give an expression its value, each with what was seen."""
    atoms = list(dict.fromkeys(_deciding(seen, expr)))
    told = [_told(seen, atom) for atom in atoms[:_MOST_ATOMS]]
    if len(atoms) > _MOST_ATOMS:
        told.append(f"and {len(atoms) - _MOST_ATOMS} more")
    return ", ".join(told)


def _deciding(seen: Seen, expr: Expr) -> Iterator[Test]:
    """Yield the atoms without which the value would not be what it is."""
    match expr:
        case AllOf(items) | AnyOf(items):
            value = evaluate(expr, seen.state.outcomes)
            for item in items:
                if evaluate(item, seen.state.outcomes) is value:
                    yield from _deciding(seen, item)
        case Inverse(item):
            yield from _deciding(seen, item)
        case _:
            yield expr


def _told(seen: Seen, atom: Test) -> str:
    value = evaluate(atom, seen.state.outcomes)
    shown = _shown(seen, atom)
    return f"`{expression(seen.plan, atom)}` {_VALUES[value]}{f' ({shown})' if shown else ''}"


def _shown(seen: Seen, atom: Test) -> str:
    """Return what the source of an atom answered."""
    source = seen.plan.sources[atom.source]
    match seen.state.outcomes[atom.source]:
        case Failure(kind):
            return kind
        case float() as number:
            return f"{source.name} = {number:g}"
        case str() as label:
            return f"{source.name} = {quoted(label)}"
        case tuple() as spans if spans:
            text = _text(seen, source)
            texts = dict.fromkeys(_shortened(text[each.start : each.end]) for each in spans)
            more = ", …" if len(texts) > _MOST_FINDINGS else ""
            return f"found {', '.join([*texts][:_MOST_FINDINGS])}{more}"
        case ():
            return _excused(seen, atom)
        case _:
            return ""


def _excused(seen: Seen, atom: Test) -> str:
    dropped = seen.state.excepted.get(atom.source, ())
    if not dropped or isinstance(atom, Compare):
        return ""
    return f"excepted by {', '.join(dict.fromkeys(by for _, by in dropped))}"


def _text(seen: Seen, source: Source) -> str:
    if isinstance(source, ExceptSource):
        source = seen.plan.sources[source.base]
    is_prompt = isinstance(source, EntriesSource | PatternSource) and source.subject == "prompt"
    subject = seen.state.subject
    return (subject.prompt or "") if is_prompt else subject.text


# ---------------------------------------------------------------- texts


def quoted(text: str) -> str:
    r"""Return a text as a policy writes it, so that nothing in it hides.

    >>> print(quoted('say "a"\n\u200b'))
    "say \"a\"\n\u{200b}"
    """
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return "".join(
        _ESCAPES.get(each)
        or (f"\\u{{{ord(each):x}}}" if unicodedata.category(each) in _HIDDEN else each)
        for each in text
    )


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_FINDING:
        return quoted(text)
    return f'"{_escaped(text[: _LONGEST_FINDING - 1])}…"'


def difference(expected: str, got: str) -> str:
    """Return both texts around the first character in which they differ, with a caret under it.

    >>> print(difference("Call [PHONE].", "Call [MAIL]."))
    expected  "Call [PHONE]."
    got       "Call [MAIL]."
                     ^ differs from character 7 on
    """
    shorter = min(len(expected), len(got))
    at = next((i for i in range(shorter) if expected[i] != got[i]), shorter)
    first = max(at - _AROUND, 0)
    head = '"' if first == 0 else "…"
    before = head + _escaped(expected[first:at])
    lines = [
        before
        + _escaped(text[at : at + 2 * _AROUND])
        + ('"' if len(text) <= at + 2 * _AROUND else "…")
        for text in (expected, got)
    ]
    gap = " " * sum(map(width, before))
    return (
        f"expected  {lines[0]}\ngot       {lines[1]}\n"
        f"          {gap}^ differs from character {at + 1} on"
    )
