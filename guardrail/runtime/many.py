"""Many texts, one by one: those in which nothing is found are scanned several at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Protocol

from guardrail.values import Side, Verdict

if TYPE_CHECKING:
    from guardrail.runtime.guard import Guard

_FEWEST: Final = 2
_MOST: Final = 32
_LONGEST: Final = 4_000
"""So many texts, of so many bytes together, are scanned at once: a longer one is scanned in another
way."""

_BYTES: Final = 3
"""What most characters beyond ASCII have at most."""


class Said(Protocol):
    """A text to check and what stands around it, as a `Subject` has it, or a turn."""

    @property
    def text(self) -> str:
        """The text."""
        ...

    @property
    def prompt(self) -> str | None:
        """What the user said before."""
        ...

    @property
    def system(self) -> str | None:
        """The system prompt."""
        ...


def check_each(guard: Guard, subjects: Sequence[Said], *, on: Side = "output") -> Iterator[Verdict]:
    r"""Yield the verdicts on many texts in order, each the same as that of `Guard.check`.

    Most texts break no rule, and many are short: then calling the scan costs more than the scan.
    So neighbors are looked at together, more of them each time that nothing was found, and fewer
    and less often each time that something was. `ms` is then the share of each.

    >>> from guardrail import Guard
    >>> from guardrail.language.source import Source
    >>> from guardrail.values import Subject
    >>> text = 'edition 1\npolicy tiny\n  on error treat as violation\nrule calm on output\n'
    >>> text += '  when text contains "STOP"\n  then flag\n'
    >>> guard = Guard.load(Source("tiny.guard", text))
    >>> [each.action for each in check_each(guard, [Subject("Hi"), Subject("Yo"), Subject("Stop")])]
    ['allow', 'allow', 'flag']
    """
    glance_at_all = guard.side(on).glance_at_all
    at, most, failed = 0, _FEWEST, 0
    while at < len(subjects):
        texts = _together([each.text for each in subjects[at : at + most]])
        verdicts = glance_at_all(texts) if len(texts) > 1 else None
        if verdicts is not None:
            yield from verdicts
            at, most, failed = at + len(texts), min(len(texts) + 2, _MOST), 0
            continue
        alone = len(texts)
        if alone > 1:
            failed, most = failed + 1, max(alone // 2, _FEWEST)
            alone = max(alone, min(2**failed, _MOST))
        for each in subjects[at : at + alone]:
            yield guard.check(each.text, prompt=each.prompt, system=each.system, on=on)
        at += alone


def _together(texts: list[str]) -> list[str]:
    """Return the first texts, at least one, that fit into one scan."""
    sizes = [len(text) if text.isascii() else _BYTES * len(text) for text in texts]
    return texts[: max(1, bisect_right([*accumulate(sizes)], _LONGEST))]
