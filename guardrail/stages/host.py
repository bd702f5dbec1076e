"""Detectors and judges that the host registered: `Guard.load(..., detectors={"name": function})`.

A function of the host is called with the text and the arguments of the policy. What it returns
is checked here, so that nothing else ever sees a score of NaN or a finding outside the text.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from operator import index
from typing import Final, TypeAlias

from guardrail.errors import SettingsError
from guardrail.stages.together import Together
from guardrail.values import Failure, Outcome, Span, Subject

HostFunction: TypeAlias = Callable[..., object]

_NOT_A_SCORE: Final = Failure("not a score")
_NOT_A_NUMBER: Final = Failure("not a number")
_NOT_A_LABEL: Final = Failure("not a label")
_BAD_SPAN: Final = Failure("bad span")


class Batched:
    """A function of the host that takes many texts at once, for a detector or a judge.

    It is called with a list of texts and returns a list of answers, in order. Callers that ask at
    the same time, in threads, async checks and streams, are asked about together.

    Args:
        function: `fn(texts, **arguments)`, for a judge `fn(texts, question)`.
        most: how many texts it is given at once; more only where one batch check has more.

    >>> def lengths(texts):
    ...     return [len(text) / 1000 for text in texts]
    >>> Batched(lengths, most=64)(["four"])
    [0.004]

    Raises:
        SettingsError: the function is asynchronous, or `most` is not at least 1.
    """

    def __init__(self, function: Callable[..., Sequence[object]], *, most: int = 32) -> None:
        _refuse_async("a batched function", function)
        if most < 1:
            raise SettingsError("`most` must be 1 or more", help="such as `most=32`")
        self._function = function
        self.most = most

    def __call__(self, texts: Sequence[str], *args: object, **arguments: object) -> list[object]:
        """Return the answers of the function, which must be a list of them."""
        answers = self._function(list(texts), *args, **arguments)
        if not isinstance(answers, list | tuple):
            raise TypeError("a batched function must return a list")
        return list(answers)


class HostDetector:
    """A function of the host as a detector; `gives` says what it returns.

    - `score`: a number from 0 to 1; `number`: any finite number; `label`: a text.
    - `spans`: an iterable of `(start, end)`, `(start, end, type)` or `(start, end, type, score)`,
      or of objects with `start`, `end` and perhaps `type` (or `entity_type`) and `score`, as
      Presidio and spaCy have. A finding may have no type.

    Anything else, NaN, and a finding that is empty or outside the text is an error of the
    detector, as an exception of the function is.

    >>> from guardrail.values import Subject
    >>> shouts = HostDetector("shouts", lambda text: text.isupper() * 0.9, "score", {})
    >>> shouts.run([Subject("HELP"), Subject("help")])
    [0.9, 0.0]

    Raises:
        SettingsError: the function is asynchronous, or nobody knows what it gives.
    """

    def __init__(
        self,
        name: str,
        function: HostFunction,
        gives: str,
        arguments: Mapping[str, object],
    ) -> None:
        _refuse_async(f"the detector `{name}`", function)
        if gives not in _READERS and gives != "spans":
            raise SettingsError(
                f"nobody knows what the detector `{name}` gives",
                help="say spans, score, number or label in `[tool.guardrail.detectors]`",
            )
        self._ask = _asking(function, **arguments)
        self._gives = gives

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: only the host knows what its function looks for."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Ask the function about each text."""
        texts = [subject.text for subject in subjects]
        return [
            self._outcome(text, answer)
            for text, answer in zip(texts, self._ask(texts), strict=True)
        ]

    def _outcome(self, text: str, answer: object) -> Outcome:
        if self._gives == "spans":
            return _spans(answer, len(text))
        return _READERS[self._gives](answer)


class JudgeDetector:
    """A judge of the host, most often another model, with the policy's question.

    >>> from guardrail.values import Subject
    >>> JudgeDetector(lambda text, question: 1.0, "Is it rude?").run([Subject("Go away!")])
    [1.0]
    """

    def __init__(self, function: HostFunction, question: str) -> None:
        _refuse_async("a judge", function)
        self._ask = _asking(function, question)

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: a judge reads the whole text."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Ask the judge about each text."""
        return [_score(answer) for answer in self._ask([subject.text for subject in subjects])]


def _asking(
    function: HostFunction, *args: object, **arguments: object
) -> Callable[[list[str]], list[object]]:
    """Return what asks a function about many texts: one by one, or together with other callers."""
    if isinstance(function, Batched):
        together = Together[str, object](
            lambda texts: function(texts, *args, **arguments), function.most
        )
        return together.ask
    return lambda texts: [function(text, *args, **arguments) for text in texts]


def _refuse_async(what: str, function: HostFunction) -> None:
    if inspect.iscoroutinefunction(function):
        raise SettingsError(
            f"{what} is an async function; detectors are called from synchronous code",
            help="register a plain function, for example one that calls `asyncio.run`",
        )


# ---------------------------------------------------------------- answers


def _number(answer: object) -> Outcome:
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return _NOT_A_NUMBER
    number = float(answer)
    return number if math.isfinite(number) else _NOT_A_NUMBER


def _score(answer: object) -> Outcome:
    number = _number(answer)
    return number if isinstance(number, float) and 0 <= number <= 1 else _NOT_A_SCORE


def _label(answer: object) -> Outcome:
    return str(answer) if isinstance(answer, str) else _NOT_A_LABEL


_READERS: Final[Mapping[str, Callable[[object], Outcome]]] = {
    "score": _score,
    "number": _number,
    "label": _label,
}


def _spans(answer: object, length: int) -> Outcome:
    if not isinstance(answer, Iterable):
        return _BAD_SPAN
    spans = []
    for item in answer:
        span = _span(item)
        if span is None or not 0 <= span.start < span.end <= length:
            return _BAD_SPAN
        spans.append(span)
    return tuple(sorted(spans))


def _span(item: object) -> Span | None:
    """Return one finding as a span; None if it is none."""
    if isinstance(item, tuple | list):
        if not 2 <= len(item) <= 4:  # noqa: PLR2004 - start, end, type, score
            return None
        start, end, type_, score = (*item, None, None)[:4]
    else:
        start, end = getattr(item, "start", None), getattr(item, "end", None)
        type_ = getattr(item, "type", None) or getattr(item, "entity_type", None)
        score = getattr(item, "score", None)
    number = _score(1.0 if score is None else score)
    if isinstance(start, bool) or isinstance(end, bool) or not isinstance(number, float):
        return None
    if not isinstance(type_, str | None):
        return None
    try:
        return Span(index(start), index(end), type_ or "", number)
    except TypeError:
        return None
