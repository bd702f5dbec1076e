"""An answer of the solver: values of variables, in the policy's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail.plan.plan import DetectorSource
from guardrail.solver.blocks import LARGE_EVERY, Block
from guardrail.solver.formula import Formula, Variable
from guardrail.solver.search import is_true, value
from guardrail.solver.sources import Answer, Entries, KeptAnswer, KeptEntries, Meaning
from guardrail.values import Failure

MOST_QUIET: Final = 8
"""How much is said of what is not found."""

_FOUND_SOME: Final = (1, 4)


@dataclass(frozen=True, slots=True)
class Witness:
    """Values that make a formula true; variables without a value are quiet."""

    values: Mapping[Variable, int]
    formula: Formula = field(repr=False)
    meanings: tuple[Meaning, ...] = field(repr=False)

    def satisfies(self, formula: Formula) -> bool:
        """Whether another formula is true for these values too."""
        return is_true(formula, self.values)

    def words(self) -> tuple[str, ...]:
        """Return what must be so for the formula to hold, what is found first.

        Nothing is said of what makes no difference, and of long lists of what is not found only the
        first. Words are those of the policy: entries,
        names and limits; `space.outcomes` gives the same to a machine.
        """
        loud: dict[str, None] = {}
        quiet: dict[str, None] = {}
        for words, is_quiet in _words(self.meanings, self._needed()):
            (quiet if is_quiet else loud)[words] = None
        if len(quiet) <= MOST_QUIET:
            return (*loud, *quiet)
        shown = list(quiet)[: MOST_QUIET - 1]
        return (*loud, *shown, f"{len(quiet) - len(shown)} more find nothing")

    def _needed(self) -> dict[Variable, int]:
        """Drop the values that the formula is true without."""
        domains = {each: 1 << number for each, number in self.values.items()}
        for variable in sorted(domains, key=lambda each: self.values[each] != 0):
            left = {each: mask for each, mask in domains.items() if each is not variable}
            if value(self.formula, left):
                domains = left
        return {each: self.values[each] for each in domains}


def _words(
    meanings: Sequence[Meaning], values: Mapping[Variable, int]
) -> Iterator[tuple[str, bool]]:
    """Yield what is said of each value, and whether that is quiet."""
    told: set[Variable] = set()
    for meaning in meanings:
        if isinstance(meaning, Entries):
            yield from _empty(meaning, values, told)
    for meaning in meanings:
        match meaning:
            case Answer(variable=variable) if variable in values and variable not in told:
                told.add(variable)
                yield _answer(meaning, values[variable]), values[variable] == 0
            case Entries(blocks=blocks):
                yield from _entries(blocks, values, told)
            case KeptAnswer(variable=variable, base=base) if variable in values:
                yield _kept(_name(base), meaning, values[variable]), values[variable] == 0
            case KeptEntries():
                for block, kept in zip(meaning.base.blocks, meaning.variables, strict=True):
                    if kept in values:
                        name = f"`{block.examples[0]}`"
                        yield _kept(name, meaning, values[kept]), values[kept] == 0
            case _:
                continue


def _name(answer: Answer) -> str:
    return f"`{answer.source.name}`"


def _answer(answer: Answer, number: int) -> str:
    name = _name(answer)
    outcome = answer.domain.outcome(number, "")
    if not isinstance(answer.source, DetectorSource):
        exactly = " exactly" if answer.source.is_exact else ""
        subject = answer.source.subject
        if isinstance(outcome, Failure):
            return f"looking for {name} in the {subject} fails"
        verb = "matches" if outcome else "does not match"
        return f"{subject} {verb} {name}{exactly}"
    match outcome:
        case tuple():
            return f"{name} finds {_times(len(outcome))}"
        case float():
            return f"{name} is {_number(outcome, is_whole=answer.source.detector.kind == 'length')}"
        case str():
            return (
                f'{name} is "{outcome}"' if _is_tested(answer, number) else f"{name} is {outcome}"
            )
        case _:
            return f"{name} fails"


def _is_tested(answer: Answer, number: int) -> bool:
    """Whether a label is one a policy names or a detector can give, not made up here."""
    detector = answer.source.detector if isinstance(answer.source, DetectorSource) else None
    return number > 0 or (detector is not None and detector.labels is not None)


def _times(count: int) -> str:
    return "nothing" if not count else "something" if count == 1 else f"{count} things"


def _number(number: float, *, is_whole: bool) -> str:
    if is_whole or (number.is_integer() and abs(number) > 1):
        return f"{number:.0f}"
    text = repr(number)
    return f"{text}0" if len(text.partition(".")[2]) == 1 else text


def _empty(
    meaning: Entries, values: Mapping[Variable, int], told: set[Variable]
) -> Iterator[tuple[str, bool]]:
    """Say in one word that nothing of a list is found."""
    source = meaning.source
    variables = {block.variable for block in meaning.blocks}
    if (
        source.mode != "phrase"
        and not variables <= told
        and all(values.get(variable) == 0 for variable in variables)
    ):
        told |= variables
        yield f"{source.subject} contains nothing of `{source.name}`", True


def _entries(
    blocks: tuple[Block, ...], values: Mapping[Variable, int], told: set[Variable]
) -> Iterator[tuple[str, bool]]:
    """Yield what is said of the blocks of a list."""
    for block in blocks:
        if block.variable in values and block.variable not in told:
            told.add(block.variable)
            yield _block(block, values[block.variable]), values[block.variable] == 0


def _block(block: Block, number: int) -> str:
    first = f"`{block.examples[0]}`"
    every = ", ".join(f"`{each}`" for each in block.examples)
    if block.count > len(block.examples):
        every += f" and {block.count - len(block.examples)} more"
    if not number:
        return f"{block.subject} does not contain {every.replace(', ', ' or ')}"
    if number in _FOUND_SOME:
        others = " but not all of the others" if block.is_large and number == 1 else ""
        return f"{block.subject} contains {first}{others}"
    if block.is_large and number == LARGE_EVERY:
        return f"{block.subject} contains {every}"
    return f"looking for {first} in the {block.subject} fails"


def _kept(name: str, meaning: KeptAnswer | KeptEntries, number: int) -> str:
    excuses = ", ".join(f"`{each}`" for each in (*meaning.source.lists, *meaning.source.patterns))
    if not number:
        return f"`except` {excuses} drops all that is found of {name}"
    count = meaning.counts[number] if isinstance(meaning, KeptAnswer) else 1
    return f"`except` {excuses} leaves {_times(count)} of {name}"
