"""The language in its most naive reading: run everything, look at every rule, then decide.

It is what the planner and the engine are compared with, so it uses neither, and takes no short
cut. It knows plain ASCII text only (no disguises, every character stands for itself), takes the
outcome of every detector as given, and asks nobody to rewrite.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from guardrail.language.checked import (
    All,
    Any,
    Atom,
    CheckedPolicy,
    CheckedRule,
    Compare,
    Condition,
    Contains,
    Found,
    Is,
    Matches,
    Negated,
)
from guardrail.text.sentences import sentences
from guardrail.values import NOT_RUN, Action, Failure, NotRun, Outcome, Side, Span, Subject, Truth

WITHHELD: Final = "This reply was withheld."

Spans = tuple[Span, ...]
SpanAtom = Contains | Matches | Found

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


@dataclass(frozen=True)
class Decision:
    """What the language says about one text."""

    action: Action
    output: str
    replied: str | None
    escalations: frozenset[str]
    fired: frozenset[tuple[str, Action]]


@dataclass(frozen=True)
class World:
    """A policy, a text, and what every detector said about it."""

    policy: CheckedPolicy
    subject: Subject
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class Firing:
    """A rule that fired: what it does, after `on error` has had its say."""

    rule: CheckedRule
    action: Action
    reply: str | None = None
    append: str | None = None
    template: str | None = None
    escalate: str | None = None
    cuts: Spans = ()

    @property
    def rank(self) -> tuple[int, str]:
        """The place among rules of one action: severity, then the qualified name."""
        return -self.rule.severity, self.rule.name


def decide(
    policy: CheckedPolicy, side: Side, subject: Subject, outcomes: Mapping[str, Outcome]
) -> Decision:
    """Return what the policy does to a text."""
    world = World(policy, subject, outcomes)
    rules = [rule for rule in policy.rules if rule.on in (side, "both")]
    firings = sorted(
        (firing for rule in rules if (firing := fire(world, rule))), key=lambda each: each.rank
    )
    action = max((each.action for each in firings), default=Action.ALLOW)
    if action < Action.REWRITE:
        output, replied = appended(world, firings, redacted(subject.text, firings)), None
    else:
        replied = next(each.reply for each in firings if each.action == action) or policy.fallback
        output = WITHHELD if replied is None else policy.replies[replied].text
    return Decision(
        action,
        output,
        replied,
        frozenset(each.escalate for each in firings if each.escalate is not None),
        frozenset((each.rule.name, each.action) for each in firings),
    )


# ---------------------------------------------------------------- one rule


def fire(world: World, rule: CheckedRule) -> Firing | None:
    """Return what a rule does, or None."""
    worlds = seen_by(world, rule)
    match decided_by(Truth.TRUE, [state(each, rule) for _, each in worlds]), rule.on_error:
        case (Truth.FALSE | Truth.NOT_RUN, _) | (Truth.ERROR, "pass"):
            return None
        case (Truth.ERROR, "flag"):
            return Firing(rule, Action.FLAG)
    actions = rule.actions
    is_incomplete = any(lacks_spans(each, rule) for _, each in worlds)
    if actions.redact is not None and rule.on_error == "violation" and is_incomplete:
        return Firing(rule, Action.REPLACE, escalate=actions.escalate)
    strongest, reply = Action.FLAG, None
    if actions.redact is not None:
        strongest = Action.REDACT
    if actions.append is not None:
        strongest = Action.APPEND
    if actions.rewrite is not None:
        strongest, reply = Action.REWRITE, world.policy.rewriters[actions.rewrite].otherwise
    if actions.replace is not None:
        strongest, reply = Action.REPLACE, actions.replace
    if actions.block is not None:
        strongest, reply = Action.BLOCK, actions.block
    cuts = tuple(
        replace(span, start=span.start + start, end=span.end + start)
        for start, each in worlds
        if actions.redact is not None and state(each, rule) in (Truth.TRUE, Truth.ERROR)
        for span in known_spans(each, rule)
    )
    return Firing(rule, strongest, reply, actions.append, actions.redact, actions.escalate, cuts)


def seen_by(world: World, rule: CheckedRule) -> list[tuple[int, World]]:
    """What a rule looks at: the text, or each sentence as if it were the text, and where it is."""
    if not rule.is_each_sentence:
        return [(0, world)]
    text = world.subject.text
    return [(start, sentence_of(world, start, text[start:end])) for start, end in sentences(text)]


def sentence_of(world: World, at: int, text: str) -> World:
    """A sentence as a world; a finding is in it if it wholly lies there."""
    outcomes = {
        name: tuple(
            replace(span, start=span.start - at, end=span.end - at)
            for span in outcome
            if at <= span.start and span.end <= at + len(text)
        )
        if isinstance(outcome, tuple)
        else outcome
        for name, outcome in world.outcomes.items()
    }
    return World(world.policy, Subject(text, world.subject.prompt), outcomes)


def state(world: World, rule: CheckedRule) -> Truth:
    """Whether a rule fires: its condition, and no `unless` that holds."""
    truth = evaluate(world, rule.condition, rule)
    if rule.is_requirement:
        truth = negated(truth)
    if rule.unless is None:
        return truth
    excuse = evaluate(world, rule.unless, None)
    if excuse is Truth.ERROR:  # grants nothing
        excuse = Truth.FALSE
    return decided_by(Truth.FALSE, [truth, negated(excuse)])


def lacks_spans(world: World, rule: CheckedRule) -> bool:
    """Whether a detector whose findings the rule cuts has failed."""
    return any(isinstance(findings(world, atom, rule), Failure) for atom in cut_atoms(rule))


def known_spans(world: World, rule: CheckedRule) -> Spans:
    """The findings of every atom that the rule cuts, be they enough for `at least` or not."""
    return tuple(span for atom in cut_atoms(rule) for span in spans_of(findings(world, atom, rule)))


def cut_atoms(rule: CheckedRule) -> Iterator[SpanAtom]:
    """The span atoms under an even number of negations; `require` counts as one."""

    def walk(condition: Condition, negations: int) -> Iterator[SpanAtom]:
        match condition:
            case All(items) | Any(items):
                for item in items:
                    yield from walk(item, negations)
            case Negated(item):
                yield from walk(item, negations + 1)
            case Found():
                if negations % 2 == 0:
                    yield condition
            case Contains() | Matches():
                if negations % 2 == 0 and condition.subject == "text":
                    yield condition

    return walk(rule.condition, int(rule.is_requirement))


# ---------------------------------------------------------------- conditions


def evaluate(world: World, condition: Condition, rule: CheckedRule | None) -> Truth:
    """The value of a condition; with a rule, its `except` applies to the findings."""
    match condition:
        case All(items):
            return decided_by(Truth.FALSE, [evaluate(world, item, rule) for item in items])
        case Any(items):
            return decided_by(Truth.TRUE, [evaluate(world, item, rule) for item in items])
        case Negated(item):
            return negated(evaluate(world, item, rule))
        case _:
            return evaluate_atom(world, condition, rule)


def evaluate_atom(world: World, atom: Atom, rule: CheckedRule | None) -> Truth:
    """The value of one atom."""
    match atom:
        case Compare() | Is():
            found = world.outcomes.get(atom.detector, NOT_RUN)
        case _:
            found = findings(world, atom, rule)
    if isinstance(found, NotRun):
        return Truth.NOT_RUN
    if isinstance(found, Failure) or (isinstance(found, float) and math.isnan(found)):
        return Truth.ERROR
    match atom, found:
        case Compare(_, operator, number), float():
            holds = _COMPARE[operator](found, number)
        case Is(_, label), str():
            holds = found == label
        case Found(_, at_least), tuple():
            holds = len(stretches(found)) >= at_least
        case _:
            holds = bool(found)
    return Truth.TRUE if holds else Truth.FALSE


def decided_by(decider: Truth, values: Sequence[Truth]) -> Truth:
    """A deciding operand wins over everything, not-run over error, error over the rest."""
    for value in (decider, Truth.NOT_RUN, Truth.ERROR):
        if value in values:
            return value
    return negated(decider)


def negated(truth: Truth) -> Truth:
    """The opposite; error and not-run stay."""
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(truth, truth)


# ---------------------------------------------------------------- findings


def findings(world: World, atom: SpanAtom, rule: CheckedRule | None) -> Outcome:
    """What a span atom finds, less what the rule excepts."""
    match atom:
        case Found(detector):
            found = world.outcomes.get(detector, NOT_RUN)
        case Contains(subject, mode, what):
            entries = (what,) if mode == "phrase" else world.policy.lists[what].entries
            label = "PHRASE" if mode == "phrase" else world.policy.lists[what].label.upper()
            found = occurrences(entries, text_of(world, subject), label)
        case Matches(subject, pattern):
            label = world.policy.patterns[pattern].label.upper()
            found = matches(world.policy, pattern, text_of(world, subject), label)
    is_in_text = isinstance(atom, Found) or atom.subject == "text"
    if rule is not None and is_in_text and isinstance(found, tuple):
        found = tuple(span for span in found if not is_excepted(world, rule, span))
    if isinstance(atom, Contains) and atom.mode == "all":
        is_whole = {span.entry for span in spans_of(found)} == set(range(len(entries)))
        return found if is_whole else ()
    return found


def text_of(world: World, subject: str) -> str:
    """The text under check, or the prompt; without one, the empty text."""
    return world.subject.text if subject == "text" else world.subject.prompt or ""


def occurrences(entries: Sequence[str], text: str, label: str) -> Spans:
    """Whole words, whatever their case; each entry by itself."""
    return tuple(
        Span(*match.span(), label, entry=index)
        for index, entry in enumerate(entries)
        for match in re.finditer(
            r"(?<!\w)" + r"\s{1,64}".join(map(re.escape, entry.split())) + r"(?!\w)",
            text,
            re.IGNORECASE,
        )
    )


def matches(policy: CheckedPolicy, name: str, text: str, label: str) -> Spans:
    """The matches of a pattern, from left to right."""
    pattern = policy.patterns[name].pattern
    flags = f"(?{pattern.flags})" if pattern.flags else ""
    return tuple(Span(*m.span(), label) for m in re.finditer(flags + pattern.source, text))


def is_excepted(world: World, rule: CheckedRule, span: Span) -> bool:
    """Whether a finding lies inside an excepted occurrence, or is an excepted value."""
    text = world.subject.text
    entries = [e for name in rule.except_lists for e in world.policy.lists[name].entries]
    around = [*occurrences(entries, text, "")]
    for name in rule.except_patterns:
        around += matches(world.policy, name, text, "")
    return any(each.start <= span.start and span.end <= each.end for each in around) or any(
        normal(entry) == normal(text[span.start : span.end]) for entry in entries
    )


def normal(value: str) -> str:
    """A value without the differences that `except` and `{n}` ignore."""
    return " ".join(value.split()).casefold()


def spans_of(outcome: Outcome) -> Spans:
    """The findings of an outcome; none where there is an error."""
    return outcome if isinstance(outcome, tuple) else ()


def stretches(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """What findings cover once those that share characters have merged, from left to right."""
    covered: list[tuple[int, int]] = []
    for span in sorted(spans):
        if covered and span.start < covered[-1][1]:
            covered[-1] = covered[-1][0], max(covered[-1][1], span.end)
        else:
            covered.append((span.start, span.end))
    return covered


# ---------------------------------------------------------------- output


def redacted(text: str, firings: Iterable[Firing]) -> str:
    """The text with every finding of every redacting rule cut."""
    cuts = [(span, firing) for firing in firings for span in firing.cuts]
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    output, done = "", 0
    for start, end in stretches(span for span, _ in cuts):
        within = [(span, firing) for span, firing in cuts if start <= span.start < end]
        span, firing = min(within, key=_claim)
        value, values = text[span.start : span.end], numbers[span.type]
        number = values.setdefault(normal(value), len(values) + 1)
        output += text[done:start] + filled(firing.template, span.type, value, number)
        done = end
    return output + text[done:]


def _claim(cut: tuple[Span, Firing]) -> tuple[int, int, str, str]:
    """What decides label and template: severity, then length, then rule name, then type."""
    span, firing = cut
    return -firing.rule.severity, span.start - span.end, firing.rule.name, span.type


def filled(template: str | None, type_: str, value: str, number: int) -> str:
    """A template with its placeholders filled."""
    shown = [character for character in value if character.isalnum()]
    last4 = "".join(shown[-4:]) if len(shown) >= 8 else "****"
    values = {"{type}": type_, "{last4}": last4, "{n}": str(number)}
    return re.sub(r"\{\w+\}", lambda match: values[match[0]], template or "")


def appended(world: World, firings: Iterable[Firing], output: str) -> str:
    """The output with every appendix, each text once, each after a blank line."""
    names = [each.append for each in firings if each.append is not None]
    for text in dict.fromkeys(world.policy.replies[name].text for name in names):
        output += f"\n\n{text}" if output else text
    return output
