"""From the tags of tokens to findings in the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from guardrail.models.manifest import TokenHead
from guardrail.values import Failure, Span

NOT_A_NUMBER: Final = Failure("not a number")


class TagReader:
    """Reads names from the logits of a token head; `manifest.TokenHead` says how.

    Words of one entity that follow each other are one finding, unless one begins anew; its score
    is the mean of theirs.

    >>> import numpy as np
    >>> head = TokenHead(tags=("O", "B-PERSON", "I-PERSON"), thresholds={"PERSON": 0.6})
    >>> logits = np.array([[4, 0, 0], [0, 4, 0], [0, 0, 4]])
    >>> found = TagReader(head).read(logits, [0, 1, 2], [(0, 3), (4, 7), (8, 11)])
    >>> [(span.start, span.end, span.type) for span in found]
    [(4, 11, 'PERSON')]
    """

    def __init__(self, head: TokenHead) -> None:
        self._temperature = head.temperature
        self._entities = head.entities
        self._least = [head.thresholds[entity] for entity in head.entities]
        self._entity_of = [self._entities.index(tag[2:]) if tag != "O" else -1 for tag in head.tags]
        self._begins = [head.tags.index(f"B-{entity}") for entity in self._entities]

    def read(
        self, logits: Any, words: Sequence[int | None], places: Sequence[tuple[int, int]]
    ) -> tuple[Span, ...] | Failure:
        """Return the findings in a text.

        Args:
            logits: tokens by tags, those of the whole text.
            words: the number of the word of each token.
            places: where each token begins and ends in the text, in characters.
        """
        import numpy as np

        if not len(words):
            return ()
        if not np.isfinite(logits).all():
            return NOT_A_NUMBER
        numbers = np.array([-1 if word is None else word for word in words])
        firsts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
        tags = _softmax(logits[firsts] / self._temperature)
        scores = np.zeros((len(firsts), len(self._entities)))
        for tag, entity in enumerate(self._entity_of):
            if entity >= 0:
                scores[:, entity] += tags[:, tag]
        best = scores.argmax(axis=1)
        top = scores[np.arange(len(firsts)), best]
        lasts = [*(firsts[1:] - 1).tolist(), len(words) - 1]
        found: list[_Name] = []
        for word in np.flatnonzero(top >= np.array(self._least)[best]).tolist():
            entity, begins = best[word], self._begins[best[word]]
            start, end = places[int(firsts[word])][0], places[lasts[word]][1]
            is_next = bool(found) and (found[-1].entity, found[-1].word) == (entity, word - 1)
            # Together, the tags weigh more than twice `B-` where `I-` is the likelier.
            if is_next and scores[word, entity] > 2 * tags[word, begins]:
                found[-1].grow(word, end, top[word])
            else:
                found.append(_Name(entity, word, start, end, top[word]))
        return tuple(each.span(self._entities) for each in found if each.start < each.end)


class _Name:
    """A finding that grows word by word."""

    def __init__(self, entity: int, word: int, start: int, end: int, score: float) -> None:
        self.entity, self.word, self.start, self.end = entity, word, start, end
        self._scores = [float(score)]

    def grow(self, word: int, end: int, score: float) -> None:
        self.word, self.end = word, end
        self._scores.append(float(score))

    def span(self, entities: Sequence[str]) -> Span:
        score = min(1.0, sum(self._scores) / len(self._scores))
        return Span(self.start, self.end, entities[self.entity], score)


def _softmax(logits: Any) -> Any:
    import numpy as np

    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
