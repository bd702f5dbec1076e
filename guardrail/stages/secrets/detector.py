"""`secrets(min_score:)`: keys, tokens and passwords in a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import re2

from guardrail.stages.matching import Looks, TooManyError, as_typed, in_bytes
from guardrail.stages.secrets.assigned import SECRET, assigned, claim, expression
from guardrail.stages.secrets.judging import (
    entropy,
    is_encoded,
    is_jwt,
    is_placeholder,
    is_token,
)
from guardrail.stages.secrets.tables import Format, formats
from guardrail.text.prefilter import options, prefilter
from guardrail.values import Failure, Outcome, Span, Subject

_DEFAULT_MIN_SCORE: Final = 0.4
_LEAST_ENTROPY: Final = 2.0
_ENOUGH: Final = 500
_MEMORY: Final = 1 << 25
_PLAIN: Final = "plain"


def _is_random(value: str) -> bool:
    value = value[:_ENOUGH]
    return not is_placeholder(value) and entropy(value) >= _LEAST_ENTROPY


def _is_anything(value: str) -> bool:
    return bool(value)


def _is_not_placeholder(value: str) -> bool:
    return not is_placeholder(value)


_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "PRIVATE_KEY": _is_anything,
        "JWT": is_jwt,
        "AUTHORIZATION": is_token,
        "CURL_HEADER": is_token,
        "URL_PASSWORD": _is_not_placeholder,
        "CURL_PASSWORD": _is_not_placeholder,
        "NUGET_PASSWORD": _is_not_placeholder,
        "KUBERNETES_SECRET": is_encoded,
    }
)
"""How a match of a format is checked; the others must not be placeholders or repeat a letter."""


class SecretsDetector:
    """Finds keys, tokens, private keys, and passwords where they are named.

    A finding covers the secret, not the name it is assigned to; its type says what it is. Findings
    below `min_score` (0.4 unless given) are dropped: forms that only one provider has score 0.8 to
    1, values with a provider's name before them 0.7, passwords 0.6, other random values 0.5.

    Its time grows with the length of the text and with nothing else.

    >>> from guardrail.values import Subject
    >>> text = "password: " + "-".join(["correct", "horse", "9"])
    >>> SecretsDetector().run([Subject(text)])
    [(Span(start=10, end=25, type='PASSWORD', score=0.6, view='plain', entry=-1),)]
    """

    def __init__(self, min_score: float | None = None) -> None:
        self._min_score = _DEFAULT_MIN_SCORE if min_score is None else min_score

    @property
    def gate(self) -> tuple[str, ...]:
        """The beginnings of keys, and names with a sign that assigns behind them."""
        return _search().gate

    @property
    def claims(self) -> tuple[str, ...]:
        """The forms of keys, and names with what is assigned to them."""
        return (*(each.pattern for each in formats()), claim())

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find the secrets in each text and in the views of it."""
        return [self._outcome(subject) for subject in subjects]

    def _outcome(self, subject: Subject) -> Outcome:
        """Look at a text, then at its views; a whole text is one finding if it is too much."""
        found: list[Span] = []
        try:
            plain = _search().places(subject.text)
            found += (span for span in plain if span.score >= self._min_score)
            for view in subject.views:
                for span in _search().places(view.text):
                    if span.score >= self._min_score:
                        start, end = view.original_span(span.start, span.end)
                        found.append(Span(start, end, span.type, span.score, view.name))
        except TooManyError:
            return (_whole(subject.text),) if found else Failure("too many candidates")
        return tuple(_merged(found))


def _whole(text: str) -> Span:
    return Span(0, len(text), SECRET)


class _Rule(NamedTuple):
    """A format, its pattern compiled, and the check of what it matches."""

    format: Format
    pattern: Any
    check: Callable[[str], bool]


def _rule(form: Format) -> _Rule:
    pattern = re2.compile(form.pattern, options(_MEMORY))
    return _Rule(form, pattern, _CHECKS.get(form.type, _is_random))


class _Search:
    """All formats and the one look at a text that says which of them to try."""

    def __init__(self) -> None:
        rules = [_rule(each) for each in formats()]
        self.gate = tuple(
            dict.fromkeys([*(g for each in formats() for g in each.gates), expression()])
        )
        self._behind = [[rule for rule in rules if gate in rule.format.gates] for gate in self.gate]
        self._assignment = len(self.gate) - 1
        self._occurring = prefilter(self.gate)

    def places(self, text: str) -> Iterator[Span]:
        """Yield every secret, overlapping ones included.

        Raises:
            TooManyError: there are more candidates than are judged.
        """
        hits = [hit for hit in self._occurring(text) if hit < len(self.gate)]
        if not hits:
            return
        text = as_typed(text)
        data, looks = in_bytes(text), Looks()
        for rule in {rule.format.type: rule for hit in hits for rule in self._behind[hit]}.values():
            group = rule.pattern.groupindex.get("secret", 0)
            for match in rule.pattern.finditer(data):
                looks.take()
                start, end = match.span(group)
                if start < end and rule.check(text[start:end]):
                    yield Span(start, end, rule.format.type, rule.format.score)
        if self._assignment in hits:
            for found in assigned(text, data, looks):
                yield Span(found.start, found.end, found.type, found.score)


@cache
def _search() -> _Search:
    """Return the search; it is compiled once and shared, since no policy changes it."""
    return _Search()


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield overlapping findings as one, with the type of the surest.

    It is a finding of the plain text where one covers all of it, else of the surest one's view.
    """
    together: list[Span] = []
    end = 0
    for span in sorted(spans):
        if together and span.start >= end:
            yield _one(together)
            together = []
        together.append(span)
        end = max(end, span.end) if len(together) > 1 else span.end
    if together:
        yield _one(together)


def _one(spans: Sequence[Span]) -> Span:
    if len(spans) == 1:
        return spans[0]
    start, end = spans[0].start, max(span.end for span in spans)
    whole = [span for span in spans if (span.start, span.end) == (start, end)]
    best = max(spans, key=lambda span: (span.score, span.view == _PLAIN))
    view = _PLAIN if any(span.view == _PLAIN for span in whole) else best.view
    return Span(start, end, best.type, best.score, view)
