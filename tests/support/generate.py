"""Random policies, texts and detector values, each made from one seed.

Words are few and findings many, so that rules meet on the same characters. Everything is ASCII and
lower case, no word is another in disguise, and no entry overlaps itself: what a naive matcher can
decide: lines within a block, which a view may join, are left out.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal

from guardrail.language.checked import (
    Actions,
    All,
    Any,
    ArgumentValue,
    CheckedDetector,
    CheckedPattern,
    CheckedPolicy,
    CheckedReply,
    CheckedRewriter,
    CheckedRule,
    Compare,
    Condition,
    Contains,
    EntryList,
    Found,
    Is,
    Matches,
    Negated,
    Place,
)
from guardrail.language.nodes import Operator
from guardrail.language.source import Range, Source
from guardrail.language.vocabulary import Gives
from guardrail.text.pattern import Pattern, parse_pattern
from guardrail.values import Failure, Outcome, Severity, Side, Span, Subject, Treat

WORDS: Final = ("red", "blue", "green", "oak", "elm", "owl", "fox", "42", "reddish", "oakwood")
ENTRIES: Final = (*WORDS[:8], "red blue", "blue green", "green oak", "oak elm", "elm 42", "owl fox")
PATTERNS: Final = (r"blu[a-z]*", r"[0-9]+", r"red\s+[a-z]+", r"\bo[wa][lk]\b", r"e\w", r"elm [a-z]")
WHOLE_WORD_PATTERNS: Final = (r"\bblu[a-z]*\b", r"\b[0-9]+\b", r"\bo[wa][lk]\b")
TEMPLATES: Final = (("[{type}]", "***", "{type}:{last4}"), ("<{n}>", "{type}_{n}"))
"""Numbered cuts and others never meet: which of them take a number is not what is tested here."""
REPLIES: Final = ("Sorry.", "Please wait.", "Sorry.", "See below.", "Not now.")
NAMES: Final = ("ant", "bee", "cow", "doe", "eel", "fly", "gnu", "lib.ape", "lib.yak")
LIMITS: Final = (0.2, 0.5, 0.8)
SCORES: Final = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)
COUNTS: Final = (3.0, 5.0, 8.0)
LABELS: Final = ("en", "de", "fr")
OPERATORS: Final[tuple[Operator, ...]] = (">=", ">", "<", "<=")
TREATS: Final[tuple[Treat, ...]] = ("violation", "violation", "flag", "pass")
_PLACE: Final = Place(Source("generated.guard", ""), Range(0, 0))


@dataclass(frozen=True)
class Trial:
    """A policy, a text, and the answer of every detector."""

    policy: CheckedPolicy
    side: Side
    subject: Subject
    outcomes: Mapping[str, Outcome]


def trial(rng: Random) -> Trial:
    """Return a random trial."""
    policy = random_policy(rng)
    side: Side = "output" if rng.random() < 0.8 else "input"
    text = random_text(rng)
    prompt = None if side == "input" or rng.random() < 0.3 else random_text(rng)
    outcomes = {name: random_outcome(rng, each, text) for name, each in policy.detectors.items()}
    return Trial(policy, side, Subject(text, prompt), outcomes)


def by_sentence(rng: Random, each: Trial) -> Trial:
    """Return the same trial with some rules that look at each sentence."""
    rules = tuple(
        replace(rule, is_each_sentence=rng.random() < 0.3 and _has_spans(rule.condition))
        for rule in each.policy.rules
    )
    return replace(each, policy=replace(each.policy, rules=rules))


def random_text(rng: Random) -> str:
    """Return a text dense in the words that rules look for."""
    text = ""
    for _ in range(rng.randrange(12)):
        text += rng.choice(WORDS) + rng.choice((" ", " ", " ", "  ", "\n\n", ", ", ". ", "-"))
    return text if rng.random() < 0.5 else text.rstrip()


# ---------------------------------------------------------------- detectors

DETECTORS: Final[Mapping[str, tuple[str, Gives, dict[str, ArgumentValue]]]] = {
    "pii": ("pii", "spans", {"entities": ("PERSON", "EMAIL_ADDRESS")}),
    "keys": ("secrets", "spans", {}),
    "web": ("links", "spans", {}),
    "hate": ("classifier", "score", {"model": "guard-mini", "label": "hate"}),
    "tone": ("classifier", "score", {"model": "guard-mini", "label": "polite"}),
    "rude": ("judge", "score", {"model": "judge-1", "question": "Is it rude?"}),
    "size": ("length", "number", {"unit": "words"}),
    "lang": ("language", "label", {}),
}


def random_outcome(rng: Random, detector: CheckedDetector, text: str) -> Outcome:
    """Return an answer of a detector to a text; now and then it fails."""
    if rng.random() < 0.15:
        return Failure("generated") if rng.random() < 0.8 else _nan(detector)
    if detector.gives == "spans":
        return random_spans(rng, detector, text)
    if detector.gives == "label":
        return rng.choice(LABELS)
    return rng.choice(SCORES) if detector.gives == "score" else float(rng.randrange(11))


def _nan(detector: CheckedDetector) -> Outcome:
    return float("nan") if detector.gives in ("score", "number") else Failure("generated")


def random_spans(rng: Random, detector: CheckedDetector, text: str) -> tuple[Span, ...]:
    """Return findings anywhere in a text; neither end is white space."""
    edges = [index for index, character in enumerate(text) if not character.isspace()]
    if not edges:
        return ()
    spans = set()
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5))):
        first = rng.randrange(len(edges))
        last = min(first + rng.choice((0, 1, 2, 3, 5, 8)), len(edges) - 1)
        type_ = rng.choice(("PERSON", "EMAIL_ADDRESS")) if detector.kind == "pii" else ""
        spans.add(Span(edges[first], edges[last] + 1, type_ or detector.label.upper()))
    return tuple(sorted(spans))


# ---------------------------------------------------------------- policies


@functools.cache
def _pattern(source: str) -> Pattern:
    return parse_pattern(source, "")


def random_policy(rng: Random) -> CheckedPolicy:
    """Return a policy that the language's checks would let pass, in a random order."""
    lists = {
        f"list_{index}": _list(f"list_{index}", rng.sample(ENTRIES, rng.randint(1, 3)))
        for index in range(3)
    }
    sources = rng.sample(PATTERNS, 2)
    patterns = {f"pattern_{i}": _checked_pattern(f"pattern_{i}", s) for i, s in enumerate(sources)}
    detectors = {
        name: CheckedDetector(
            name, name, kind, gives, arguments, gives in ("spans", "number"), None, _PLACE
        )
        for name, (kind, gives, arguments) in DETECTORS.items()
        if name == "hate" or rng.random() < 0.6
    }
    draft = empty_policy(rng, lists, patterns, detectors)
    atoms = Atoms(rng, draft)
    names = rng.sample(NAMES, rng.choice((1, 2, 2, 3, 3, 4, 5, 6)))
    templates = rng.choice(TEMPLATES)
    rules = tuple(random_rule(rng, name, draft, atoms, templates) for name in names)
    return replace(draft, rules=rules)


def empty_policy(
    rng: Random,
    lists: Mapping[str, EntryList],
    patterns: Mapping[str, CheckedPattern],
    detectors: Mapping[str, CheckedDetector],
) -> CheckedPolicy:
    """Return a policy without rules."""
    replies = {f"reply_{i}": CheckedReply(f"reply_{i}", t, _PLACE) for i, t in enumerate(REPLIES)}
    rewriters = {
        f"again_{i}": CheckedRewriter(f"again_{i}", "regenerate", 1, f"reply_{i}", {}, _PLACE)
        for i in range(2)
    }
    return CheckedPolicy(
        name="generated",
        title=None,
        owner=None,
        version=None,
        digest="",
        on_error=rng.choice(TREATS),
        fallback="reply_3" if rng.random() < 0.6 else None,
        budget_ms=None,
        evaluate_all=rng.random() < 0.5,
        principles={},
        lists=lists,
        patterns=patterns,
        detectors=detectors,
        replies=replies,
        rewriters=rewriters,
        rules=(),
        tests=(),
        source=_PLACE.source,
        needs_hash_key=False,
    )


def _list(name: str, entries: Sequence[str]) -> EntryList:
    return EntryList(name, name, tuple(entries), _PLACE)


def _checked_pattern(name: str, source: str) -> CheckedPattern:
    return CheckedPattern(name, name, _pattern(source), _PLACE)


def random_rule(
    rng: Random, name: str, policy: CheckedPolicy, atoms: Atoms, templates: Sequence[str]
) -> CheckedRule:
    """Return a rule over what a policy declares."""
    on: Literal["output", "input", "both"] = rng.choice(("output",) * 5 + ("both", "input"))
    actions = _actions(rng, rng.choice(templates), is_output=on == "output")
    has_prompt = on == "output"
    can_except = rng.random() < 0.4
    if actions.redact is not None:
        can_except = rng.random() < 0.5
        condition = atoms.with_spans(can_negate_spans=not can_except, has_prompt=has_prompt)
    elif can_except:
        condition = atoms.tree(2, spans=True, can_negate_spans=False, has_prompt=has_prompt)
    else:
        condition = atoms.tree(2, spans=True, can_negate_spans=True, has_prompt=has_prompt)
    is_requirement = rng.random() < 0.2
    if is_requirement and (actions.redact is not None or can_except):
        condition = Negated(condition)
    can_except = can_except and _has_spans(condition)
    has_unless = rng.random() < 0.25
    return CheckedRule(
        name=name,
        on=on,
        severity=rng.choice(tuple(Severity)),
        principles=(),
        condition=condition,
        is_requirement=is_requirement,
        unless=atoms.tree(1, spans=True, can_negate_spans=True, has_prompt=has_prompt)
        if has_unless
        else None,
        except_lists=(rng.choice(tuple(policy.lists)),) if can_except else (),
        except_patterns=(rng.choice(tuple(policy.patterns)),)
        if can_except and rng.random() < 0.3
        else (),
        actions=actions,
        on_error=rng.choice(TREATS),
        message=None,
        meta=(),
        is_late=False,
        is_each_sentence=False,
        place=_PLACE,
    )


def _actions(rng: Random, template: str, *, is_output: bool) -> Actions:
    reply = f"reply_{rng.randrange(len(REPLIES))}"
    choices = [
        Actions(),
        Actions(redact=template),
        Actions(redact=template),
        Actions(replace=reply),
        Actions(block=rng.choice((reply, ""))),
    ]
    if is_output:
        choices += [
            Actions(append=reply),
            Actions(redact=template, append=reply),
            Actions(rewrite=f"again_{rng.randrange(2)}"),
        ]
    actions = rng.choice(choices)
    escalates = rng.random() < 0.2
    return replace(actions, escalate=rng.choice(("first", "second"))) if escalates else actions


def _has_spans(condition: Condition) -> bool:
    match condition:
        case All(items) | Any(items):
            return any(map(_has_spans, items))
        case Negated(item):
            return _has_spans(item)
        case Contains() | Matches():
            return condition.subject == "text"
        case _:
            return isinstance(condition, Found)


class Atoms:
    """Random conditions over what a policy declares."""

    def __init__(self, rng: Random, policy: CheckedPolicy) -> None:
        self.rng = rng
        self.lists = tuple(policy.lists)
        self.patterns = tuple(policy.patterns)
        by_gives: dict[str, list[str]] = {"spans": [], "score": [], "number": [], "label": []}
        for name, detector in policy.detectors.items():
            by_gives[detector.gives].append(name)
        self.span_detectors = by_gives.pop("spans")
        self.others = [(gives, name) for gives, names in by_gives.items() for name in names]

    def with_spans(self, *, can_negate_spans: bool, has_prompt: bool) -> Condition:
        """Return a condition that is true only where a span atom is."""
        rng = self.rng
        spans = tuple(self.span_atom() for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))
        condition: Condition = Any(spans) if len(spans) > 1 else spans[0]
        if len(spans) > 1 and rng.random() < 0.3:
            condition = All(spans)
        if rng.random() < 0.4:
            more = self.tree(
                2, spans=True, can_negate_spans=can_negate_spans, has_prompt=has_prompt
            )
            return All((condition, more) if rng.random() < 0.5 else (more, condition))
        return condition

    def tree(
        self, depth: int, *, spans: bool, can_negate_spans: bool, has_prompt: bool
    ) -> Condition:
        """Return any condition of at most this depth."""
        rng = self.rng
        kind = rng.random() if depth else 0.0
        if kind < 0.4:
            return self.atom(spans=spans, has_prompt=has_prompt)
        if kind < 0.55:
            spans = spans and can_negate_spans
            return Negated(
                self.tree(
                    depth - 1,
                    spans=spans,
                    can_negate_spans=can_negate_spans,
                    has_prompt=has_prompt,
                )
            )
        items = tuple(
            self.tree(
                depth - 1, spans=spans, can_negate_spans=can_negate_spans, has_prompt=has_prompt
            )
            for _ in range(rng.choice((2, 2, 3)))
        )
        return All(items) if kind < 0.75 else Any(items)

    def span_atom(self) -> Condition:
        """Return an atom with findings in the text."""
        rng = self.rng
        if self.span_detectors and rng.random() < 0.5:
            return Found(rng.choice(self.span_detectors), rng.choice((1, 1, 1, 2, 3)))
        return self._text_atom("text")

    def atom(self, *, spans: bool, has_prompt: bool) -> Condition:
        """Return any atom that is allowed."""
        rng = self.rng
        if spans and rng.random() < 0.45:
            return self.span_atom()
        if has_prompt and (rng.random() < 0.15 or not self.others):
            return self._text_atom("prompt")
        gives, name = rng.choice(self.others)
        if gives == "label":
            return Is(name, rng.choice(LABELS))
        return Compare(
            name, rng.choice(OPERATORS), rng.choice(LIMITS if gives == "score" else COUNTS)
        )

    def _text_atom(self, subject: Literal["text", "prompt"]) -> Condition:
        rng = self.rng
        kind = rng.random()
        if kind < 0.5:
            return Contains(subject, rng.choice(("any", "any", "all")), rng.choice(self.lists))
        if kind < 0.65:
            return Contains(subject, "phrase", rng.choice(ENTRIES))
        return Matches(subject, rng.choice(self.patterns), rng.random() < 0.2)


def fixpoint_trial(rng: Random) -> Trial:
    """Return a trial of redact rules on whole words, whose templates no rule can match."""
    each = trial(rng)
    patterns = {
        name: _checked_pattern(name, source)
        for name, source in zip(each.policy.patterns, WHOLE_WORD_PATTERNS, strict=False)
    }
    policy = replace(each.policy, patterns=patterns, detectors={})
    atoms = Atoms(rng, policy)
    rules = tuple(
        replace(
            rule,
            on="output",
            condition=_whole_words(rng, atoms),
            is_requirement=False,
            unless=None,
            except_lists=(),
            except_patterns=(),
            actions=Actions(redact=rng.choice(("***", "[#]", "<>"))),
        )
        for rule in policy.rules
    )
    return Trial(replace(policy, rules=rules), "output", Subject(random_text(rng)), {})


def _whole_words(rng: Random, atoms: Atoms) -> Condition:
    spans = [atoms.span_atom() for _ in range(rng.randint(1, 3))]
    items = tuple(
        replace(each, mode="any") if isinstance(each, Contains) and each.mode == "all" else each
        for each in spans
    )
    return Any(items) if len(items) > 1 else items[0]
