"""A text for a witness: what a person could type to see the difference.

A witness gives atoms their values. Lists, phrases and patterns find things in a text that is put
together here; detectors are given the answers of the witness. Both policies then really run on it,
and only a text on which they differ as claimed is shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from guardrail.diff.compare import Case, Party
from guardrail.diff.strength import Strength, cuts_of, strength
from guardrail.errors import GuardrailError
from guardrail.language.checked import CheckedPolicy
from guardrail.plan.plan import DetectorSource, ExceptSource, PatternSource, Plan
from guardrail.runtime.build import pipeline_for
from guardrail.runtime.decide import decide
from guardrail.solver.blocks import FOUND, LARGE_EVERY, Block
from guardrail.solver.formula import Variable
from guardrail.solver.sources import Answer, Entries, KeptAnswer, KeptEntries, Meaning
from guardrail.solver.witness import Witness
from guardrail.text.fold import fold
from guardrail.text.pattern_example import matching
from guardrail.values import Failure, Outcome, Side, Span, Subject

_MOST_ENTRIES: Final = 20_000
_MOST_PIECES: Final = 40
_BETWEEN: Final = "; "

Compared: TypeAlias = tuple[CheckedPolicy, Party]
"""A policy, and those of its rules that are compared."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that shows a difference, the prompt before it, and what detectors answer to it."""

    text: str
    prompt: str | None
    answers: Mapping[str, str]


class _NoTextError(Exception):
    """No text is put together for a witness like this."""


def example(old: Compared, new: Compared, case: Case, side: Side) -> Text | None:
    """Return a text on which the policies differ as in the case, None if none was found."""
    if not all(_is_plain(*each) for each in (old, new)):
        return None
    try:
        draft = _Draft(case.witness, (old, new))
        if not any(draft.pieces.values()):
            return None
        subject = draft.subject(side)
        was, now = (
            _strength(*each, draft.answers[number], subject, side)
            for number, each in enumerate((old, new))
        )
    except (_NoTextError, GuardrailError):
        return None
    is_as_claimed = now.is_below(was) == case.new.is_below(case.old)
    if not is_as_claimed or was.is_below(now) != case.old.is_below(case.new):
        return None
    return Text(subject.text, "; ".join(draft.pieces["prompt"]) or None, _told(draft))


def _told(draft: _Draft) -> dict[str, str]:
    """Return what detectors answer, by name; old and new where one name answers twice."""
    before, after = (
        {name: _answer(answers[name]) for name in _asked(party.plan)}
        for (_, party), answers in zip(draft.compared, draft.answers, strict=True)
    )
    told: dict[str, str] = {}
    for name in before | after:
        was, now = before.get(name), after.get(name)
        if was is not None and now is not None and was != now:
            told |= {f"old {name}": was, f"new {name}": now}
        else:
            told[name] = was or now or ""
    return told


def _is_plain(policy: CheckedPolicy, party: Party) -> bool:
    """Whether a text is worth a try: lists of a size to build in passing, and no sentences."""
    is_small = all(len(each.entries) <= _MOST_ENTRIES for each in policy.lists.values())
    return is_small and not any(each.is_each_sentence for each in party.effects.rules)


def _used(plan: Plan) -> frozenset[int]:
    return frozenset(index for rule in plan.rules for index in rule.sources)


def _asked(plan: Plan) -> Iterator[str]:
    for index in sorted(_used(plan)):
        source = plan.sources[index]
        if isinstance(source, ExceptSource):
            source = plan.sources[source.base]
        if isinstance(source, DetectorSource):
            yield source.name


# ---------------------------------------------------------------- what the text must hold


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A span detector that finds what was put into the text for it."""

    texts: tuple[str, ...]
    type: str
    gate: tuple[str, ...] = ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Return the first occurrence of each."""
        return [tuple(self._spans(subject.text)) for subject in subjects]

    def _spans(self, text: str) -> Iterator[Span]:
        for each in self.texts:
            start = text.find(each)
            if start >= 0:
                yield Span(start, start + len(each), self.type)


_Answers: TypeAlias = dict[str, Outcome | _Fixed]


@dataclass(slots=True)
class _Draft:
    """The pieces of a text, and what the detectors of each policy answer to it."""

    witness: Witness
    compared: tuple[Compared, Compared]
    pieces: dict[str, dict[str, None]] = field(default_factory=lambda: {"text": {}, "prompt": {}})
    answers: tuple[_Answers, _Answers] = field(default_factory=lambda: ({}, {}))
    excused: dict[Variable, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    kept: dict[Variable, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = len(self.compared[0][1].plan.sources)
        meanings = [
            (0 if index < first else 1, meaning)
            for index, meaning in enumerate(self.witness.meanings)
        ]
        used = [_used(party.plan) for _, party in self.compared]
        for index, (number, meaning) in enumerate(meanings):
            if index - number * first in used[number]:
                self._excuse(self.compared[number][0], meaning)
        for index, (number, meaning) in enumerate(meanings):
            source = self.compared[number][1].plan.sources[index - number * first]
            name = source.name if isinstance(source, DetectorSource) else ""
            self._write(meaning, name, number)
        if sum(map(len, self.pieces.values())) > _MOST_PIECES:
            raise _NoTextError

    def subject(self, side: Side) -> Subject:
        """Return the text with its prompt."""
        text, prompt = (_BETWEEN.join(self.pieces[on]) for on in ("text", "prompt"))
        return Subject(text, prompt if side == "output" else None)

    def _excuse(self, policy: CheckedPolicy, meaning: Meaning) -> None:
        """Remember what an `except` must drop, and what may be written to have it dropped."""
        values = self.witness.values
        if isinstance(meaning, KeptEntries):
            for block, kept in zip(meaning.base.blocks, meaning.variables, strict=True):
                if values.get(block.variable, 0):
                    dropped = int(not values.get(kept, 0))
                    self._remember(block.variable, dropped, policy, meaning.source)
        elif isinstance(meaning, KeptAnswer):
            found = meaning.base.outcome(values)
            if isinstance(found, tuple) and found:
                dropped = len(found) - meaning.counts[values.get(meaning.variable, 0)]
                self._remember(meaning.base.variable, dropped, policy, meaning.source)

    def _remember(
        self, base: Variable, dropped: int, policy: CheckedPolicy, source: ExceptSource
    ) -> None:
        entries = [entry for name in source.lists for entry in policy.lists[name].entries]
        if dropped > 0:
            self.excused.setdefault(base, (dropped, tuple(entries)))
        else:
            self.kept.setdefault(base, set()).update(entries)

    def _excuses(self, base: Variable) -> tuple[int, tuple[str, ...]]:
        """Return how many findings must be dropped, and what is dropped and not kept elsewhere."""
        dropped, entries = self.excused.get(base, (0, ()))
        kept = self.kept.get(base, set())
        return dropped, tuple(entry for entry in entries if entry not in kept)

    def _write(self, meaning: Meaning, name: str, number: int) -> None:
        match meaning:
            case Entries(blocks=blocks, source=source):
                for block in blocks:
                    self.pieces[source.subject] |= dict.fromkeys(self._entries(block))
            case Answer(source=PatternSource() as source):
                if found := meaning.outcome(self.witness.values):
                    self.pieces[source.subject][self._match(meaning, source, found)] = None
            case Answer():
                answer = self._detected(meaning, name)
                if isinstance(answer, _Fixed):
                    self.pieces["text"] |= dict.fromkeys(answer.texts)
                self.answers[number][name] = answer
            case _:
                return

    def _entries(self, block: Block) -> Sequence[str]:
        value = self.witness.values.get(block.variable, 0)
        if not value:
            return ()
        is_every = block.is_large and value == LARGE_EVERY
        if not is_every and value != FOUND:
            raise _NoTextError
        if is_every and block.count > len(block.examples):
            raise _NoTextError
        entries = block.examples if is_every else block.examples[:1]
        if block.variable in self.excused:
            return [self._inside(block.variable, entry) for entry in entries]
        return entries

    def _inside(self, variable: Variable, entry: str) -> str:
        """Return what an `except` names that an entry lies in."""
        _, excuses = self._excuses(variable)
        for excuse in excuses:
            if fold(entry) in fold(excuse):
                return excuse
        raise _NoTextError

    def _match(self, answer: Answer, source: PatternSource, found: Outcome) -> str:
        if not isinstance(found, tuple):
            raise _NoTextError
        if answer.variable in self.excused:
            _, excuses = self._excuses(answer.variable)
            compiled = source.pattern.compiled()
            text = next((each for each in excuses if compiled.search(each)), None)
        else:
            text = matching(source.pattern)
        if text is None:
            raise _NoTextError
        return text

    def _detected(self, answer: Answer, name: str) -> Outcome | _Fixed:
        outcome = answer.outcome(self.witness.values)
        if not isinstance(outcome, tuple):
            return outcome
        dropped, excuses = self._excuses(answer.variable)
        if dropped > len(excuses):
            raise _NoTextError
        written = [f"<{answer.source.name} {at}>" for at in range(1, len(outcome) - dropped + 1)]
        return _Fixed((*excuses[:dropped], *written), name.upper())


# ---------------------------------------------------------------- running both policies on it


def _strength(
    policy: CheckedPolicy,
    party: Party,
    answers: Mapping[str, Outcome | _Fixed],
    subject: Subject,
    side: Side,
) -> Strength:
    names = {rule.name for rule in party.plan.rules}
    rules = tuple(rule for rule in policy.rules if rule.name in names)
    pipeline = pipeline_for(
        replace(policy, rules=rules), side, answers, has_hash_key=True, evaluate_all=True
    )
    state = pipeline.observe([subject])[0]
    decision = decide(pipeline.plan, state.outcomes)

    def found(index: int) -> Sequence[Span]:
        outcome = state.outcomes[index]
        return outcome if isinstance(outcome, tuple) else ()

    places: dict[Hashable, int] = {
        (span.start, span.end): level
        for span, level in cuts_of(decision, found).items()
        if isinstance(span, Span)
    }
    return strength(decision, places, party.ways)


def _answer(answer: Outcome | _Fixed) -> str:
    match answer:
        case _Fixed(texts):
            return ", ".join(texts) or "nothing"
        case Failure():
            return "error"
        case float():
            return f"{answer:g}"
        case _:
            return f'"{answer}"'
