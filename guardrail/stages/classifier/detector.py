"""The detectors that ask a model: the score of a label, and nearness to examples."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guardrail.errors import ModelError
from guardrail.stages.classifier.engine import Answer, Engine
from guardrail.values import Failure, Outcome, Subject


class ClassifierDetector:
    """`classifier(model:, label:)`: how likely a label holds, from 0 to 1.

    A text is read to its end, in windows. One that is too long, and a score that is not a number,
    is an error of the detector.

    Raises:
        ModelError: the model has no such label.
    """

    def __init__(self, engine: Engine, label: str) -> None:
        labels = [each.name for each in engine.manifest.labels]
        if label not in labels:
            raise ModelError(
                f"the model `{engine.manifest.name}` has no label `{label}`",
                help=f"it has {', '.join(labels)}",
            )
        self._engine = engine
        self._index = labels.index(label)

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: a model reads the whole text."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Score each text; the labels of one model share a pass."""
        answers = self._engine.answers([subject.text for subject in subjects])
        return [self._outcome(answer) for answer in answers]

    def _outcome(self, answer: Answer | Failure) -> Outcome:
        return answer if isinstance(answer, Failure) else answer.scores[self._index]


class SimilarityDetector:
    """`similarity(to: LIST, model:)`: how near a text is to its nearest example, from 0 to 1.

    Raises:
        ModelError: the model embeds nothing, or cannot embed one of the examples.
    """

    def __init__(self, engine: Engine, examples: Sequence[str]) -> None:
        name = engine.manifest.name
        if engine.manifest.outputs.embedding is None:
            raise ModelError(
                f"the model `{name}` has no sentence embedding", help="choose another `model:`"
            )
        vectors: list[tuple[float, ...]] = []
        for answer in engine.answers(examples):
            if isinstance(answer, Failure):
                raise ModelError(
                    f"the model `{name}` cannot embed an example: {answer.kind}",
                    help="shorten the entries of the list",
                )
            vectors += answer.vectors
        self._engine = engine
        self._examples = vectors

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: a model reads the whole text."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Compare each text, window by window, with every example."""
        answers = self._engine.answers([subject.text for subject in subjects])
        return [self._outcome(answer) for answer in answers]

    def _outcome(self, answer: Answer | Failure) -> Outcome:
        if isinstance(answer, Failure):
            return answer
        nearest: float = max(
            math.fsum(a * b for a, b in zip(vector, example, strict=True))
            for vector in answer.vectors
            for example in self._examples
        )
        return min(1.0, max(0.0, nearest))
