"""The detectors that ask a model: the score of a label, and nearness to examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from guardrail.errors import ModelError
from guardrail.stages.classifier.engine import Answer, Engine
from guardrail.values import Failure, Outcome, Subject


class _ModelDetector(ABC):
    """A detector that reads its outcome from what a model says of the whole text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def gate(self) -> tuple[str, ...]:
        """Nothing: a model reads the whole text."""
        return ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Ask the model about each text; all detectors of one model share a pass."""
        return [self._outcome(answer) for answer in self._answers(subjects)]

    def coverage(self, subjects: Sequence[Subject]) -> list[float]:
        """Return which share of each text the model saw; of one that is too long, nothing."""
        return [
            0.0 if isinstance(answer, Failure) else answer.seen
            for answer in self._answers(subjects)
        ]

    def _answers(self, subjects: Sequence[Subject]) -> list[Answer | Failure]:
        return self._engine.answers([subject.text for subject in subjects])

    @abstractmethod
    def _outcome(self, answer: Answer | Failure) -> Outcome: ...


class ClassifierDetector(_ModelDetector):
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
        super().__init__(engine)
        self._index = labels.index(label)

    def _outcome(self, answer: Answer | Failure) -> Outcome:
        return answer if isinstance(answer, Failure) else answer.scores[self._index]


class SimilarityDetector(_ModelDetector):
    """`similarity(to: LIST, model:)`: how near a text is to its nearest example, from 0 to 1.

    Raises:
        ModelError: the model embeds nothing, or cannot embed one of the examples.
    """

    def __init__(self, engine: Engine, examples: Sequence[str]) -> None:
        import numpy as np

        name = engine.manifest.name
        if engine.manifest.outputs.embedding is None:
            raise ModelError(
                f"the model `{name}` has no sentence embedding", help="choose another `model:`"
            )
        vectors = []
        for answer in engine.answers(examples):
            embedded = answer if isinstance(answer, Failure) else answer.vectors
            if isinstance(embedded, Failure):
                raise ModelError(
                    f"the model `{name}` cannot embed an example: {embedded.kind}",
                    help="shorten the entries of the list",
                )
            vectors.append(embedded)
        super().__init__(engine)
        self._examples = np.concatenate(vectors).T

    def _outcome(self, answer: Answer | Failure) -> Outcome:
        embedded = answer if isinstance(answer, Failure) else answer.vectors
        if isinstance(embedded, Failure):
            return embedded
        nearest = float((embedded @ self._examples).max())
        return min(1.0, max(0.0, nearest))


class NamesDetector(_ModelDetector):
    """The entities of `pii(...)` that a model's token head finds.

    A finding scores at least the threshold of its entity in the manifest, and `min_score`.

    Raises:
        ModelError: the model does not find one of the entities.
    """

    def __init__(
        self, engine: Engine, entities: Sequence[str], min_score: float | None = None
    ) -> None:
        head = engine.manifest.outputs.tokens
        finds = head.entities if head is not None else ()
        for entity in entities:
            if entity not in finds:
                known = f"it finds {', '.join(finds)}" if finds else "it finds no names at all"
                raise ModelError(
                    f"the model `{engine.manifest.name}` does not find {entity}", help=known
                )
        super().__init__(engine)
        self._entities = frozenset(entities)
        self._least = min_score or 0.0

    def _outcome(self, answer: Answer | Failure) -> Outcome:
        if isinstance(answer, Failure) or isinstance(answer.names, Failure):
            return answer if isinstance(answer, Failure) else answer.names
        return tuple(
            span
            for span in answer.names
            if span.type in self._entities and span.score >= self._least
        )
