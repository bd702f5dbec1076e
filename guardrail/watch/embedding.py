"""Texts as vectors: by a model that is here, or by their words alone."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol

from guardrail.errors import MissingExtraError, ModelError
from guardrail.models import read_model
from guardrail.values import Failure

MODEL: Final = "guard-mini"
"""The model that embeds texts, if it is here."""

HASHED: Final = "hashed TF-IDF"
_SIZE: Final = 1024
_WORD: Final = re.compile(r"\w+")


class Embedding(Protocol):
    """Makes vectors of texts. `learn` is told texts that are usual, once, before all others."""

    name: str

    def learn(self, texts: Sequence[str]) -> None:
        """Look at usual texts, to know which words are."""
        ...

    def vectors(self, texts: Sequence[str]) -> Any:
        """Return a float32 array, texts × dimensions; each row has the length 1, or 0 if unknown.

        Rows of length 0 belong to texts without a word, or those that the model could not read.
        """
        ...


def embedding(models: Mapping[str, Path]) -> Embedding:
    """Return the best embedding that is here: that of `guard-mini`, or hashed TF-IDF.

    Args:
        models: the model folders by name.

    Raises:
        MissingExtraError: numpy, which the extra `cpu` brings, is not installed.
        ModelError: the model is not what its manifest says.
    """
    try:
        import numpy as np  # noqa: F401 - the core has none
    except ImportError as error:
        raise MissingExtraError("watching texts", "cpu") from error
    if MODEL in models:
        try:
            return ModelEmbedding(models[MODEL])
        except MissingExtraError:
            pass  # onnxruntime is not here: words alone must do
    return HashedTfIdf()


class ModelEmbedding:
    """The embedding of a model folder: the mean over the windows of a text.

    Raises:
        MissingExtraError: onnxruntime or tokenizers is not installed.
        ModelError: the folder is not what its manifest says, or the model embeds nothing.
    """

    def __init__(self, folder: Path) -> None:
        from guardrail.stages.classifier import engine_of

        self._engine = engine_of(read_model(folder))
        self.name = self._engine.manifest.name
        if self._engine.manifest.outputs.embedding is None:
            raise ModelError(
                f"the model `{self.name}` has no sentence embedding", help="choose another one"
            )

    def learn(self, texts: Sequence[str]) -> None:
        """Do nothing: the model has learnt."""

    def vectors(self, texts: Sequence[str]) -> Any:
        """Return a vector for each text."""
        import numpy as np

        rows = []
        for answer in self._engine.answers(texts):
            found = answer if isinstance(answer, Failure) else answer.vectors
            rows.append(None if isinstance(found, Failure) else found.mean(axis=0))
        size = next((len(row) for row in rows if row is not None), 1)
        blank: Any = np.zeros(size, dtype=np.float32)
        return _units(np.array([blank if row is None else row for row in rows]))


class HashedTfIdf:
    """Words and pairs of words, hashed to 1,024 dimensions; rare ones weigh more.

    >>> words = HashedTfIdf()
    >>> words.learn(["the cat sat", "the dog sat"])
    >>> one, other, third = words.vectors(["the cat", "The cat!", "a walnut"])
    >>> bool(one @ other > 0.999), bool(abs(one @ third) < 0.5)
    (True, True)
    """

    name = HASHED

    def __init__(self) -> None:
        self._weights: Any = 1.0

    def learn(self, texts: Sequence[str]) -> None:
        """Count in how many texts each word is."""
        import numpy as np

        seen = (self._counts(texts) != 0).sum(axis=0)
        self._weights = np.log((1 + len(texts)) / (1 + seen)).astype(np.float32) + 1

    def vectors(self, texts: Sequence[str]) -> Any:
        """Return a vector for each text."""
        import numpy as np

        counts = self._counts(texts)
        return _units(np.sign(counts) * np.log1p(np.abs(counts)) * self._weights)

    def _counts(self, texts: Sequence[str]) -> Any:
        import numpy as np

        counts: Any = np.zeros((len(texts), _SIZE), dtype=np.float32)
        for row, text in enumerate(texts):
            words = _WORD.findall(text.lower())
            for term in (*words, *map(" ".join, pairwise(words))):
                hashed = zlib.crc32(term.encode("utf-8", "replace"))
                counts[row, hashed % _SIZE] += 1 if hashed & 0x80000000 else -1
        return counts


def _units(vectors: Any) -> Any:
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
