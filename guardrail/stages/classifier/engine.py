"""One model, loaded once per process: texts to windows, windows to batches, batches to answers.

Detectors of one model share its engine, and one run gives all that the model says of a window:
scores, names and embedding. What one thread asked last is remembered by keyed hash, so that the
second detector costs nothing; no text is kept. Threads that ask at the same time are answered
together.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail.errors import ModelError
from guardrail.models import Manifest, Model
from guardrail.stages.classifier.cache import Cache
from guardrail.stages.classifier.names import NOT_A_NUMBER, TagReader
from guardrail.stages.classifier.session import (
    PROVIDERS,
    Session,
    around,
    open_session,
    open_tokenizer,
)
from guardrail.stages.classifier.windows import BATCH, Window, batches, owned, seen, windows
from guardrail.stages.together import Together
from guardrail.text.reading import as_read
from guardrail.values import Failure, Span

MOST_WINDOWS: Final = 512
"""How many windows one text may have; a longer text is an error."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a model says of one text; a part of it may have failed.

    `scores` has one per label, `names` the findings of the token head, `vectors` the embedding
    (windows by dimensions, each of length 1; None without one). `seen` is the share of the text
    that the windows held, from 0 to 1.
    """

    scores: tuple[float | Failure, ...]
    names: tuple[Span, ...] | Failure
    vectors: Any
    seen: float


_engines: dict[tuple[str, str], Engine] = {}
_loading: Final = threading.Lock()


def engine_of(model: Model, provider: str = "cpu", cache: int = 0) -> Engine:
    """Return the engine of a model, which is loaded and warmed up once per process.

    Args:
        model: a model folder that was read.
        provider: where it runs: `cpu`, `cuda` or `tensorrt`.
        cache: of how many texts the answers are kept, by keyed hash; none by default.

    Raises:
        MissingExtraError: onnxruntime or tokenizers is not installed.
        ModelError: the runtime refuses the model, or does not run where it should.
    """
    key = (model.digest, provider)
    with _loading:
        if key not in _engines:
            engine = Engine(model, provider)
            engine.warm_up()
            _engines[key] = engine
        _engines[key].cache.grow(cache)
        return _engines[key]


class Engine:
    """A loaded model; threads may share it."""

    def __init__(self, model: Model, provider: str = "cpu", cache: int = 0) -> None:
        self.manifest: Manifest = model.manifest
        self.cache: Cache[Answer | Failure] = Cache(cache)
        self._tokenizer = open_tokenizer(model)
        self._session: Session = open_session(model, provider)
        self._prefix, self._suffix = around(self._tokenizer)
        self._room = self.manifest.max_tokens - len(self._prefix) - len(self._suffix)
        outputs = self.manifest.outputs
        self._reader = TagReader(outputs.tokens) if outputs.tokens is not None else None
        tokens = outputs.tokens.output if outputs.tokens is not None else None
        self._wanted = [each for each in (outputs.logits, tokens, outputs.embedding) if each]
        # A text has one score, whoever else asks: such scales would mix those of a batch.
        is_mixed = model.is_scaled_by_batch and (provider == "cpu" or model.half is None)
        self._most = 1 if is_mixed else BATCH
        self._key = os.urandom(16)
        self._last = threading.local()
        self._together = Together[str, Answer | Failure](self._run)

    @property
    def provider(self) -> str:
        """Where it really runs, as the runtime names it."""
        return self._session.provider

    def warm_up(self) -> None:
        """Run with a short and a full window, so that the first text does not wait for that.

        On a card the full window runs as a full batch: what is prepared there depends on shapes.

        Raises:
            ModelError: the runtime cannot run the model.
        """
        many = 1 if self.provider == PROVIDERS["cpu"] else self._most
        try:
            self._run(["a"])
            self._run(["a " * self._room] * many)
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            raise ModelError(
                f"the model `{self.manifest.name}` cannot run: {type(error).__name__}",
                help="export the model again with `guardrail train`",
            ) from None

    def answers(self, texts: Sequence[str]) -> list[Answer | Failure]:
        """Return what the model says of each text, in order; a text that is asked again, once."""
        digests = [self._digest(text) for text in texts]
        held: dict[bytes, Answer | Failure] = getattr(self._last, "held", {})
        if not all(digest in held for digest in digests):
            held = {each: held[each] for each in digests if each in held}
            held |= self.cache.get(each for each in digests if each not in held)
            missing = {
                digest: text
                for digest, text in zip(digests, texts, strict=True)
                if digest not in held
            }
            if missing:
                new = dict(zip(missing, self._asked(list(missing.values())), strict=True))
                self.cache.put(new)
                held |= new
            self._last.held = held
        return [held[digest] for digest in digests]

    def _asked(self, texts: list[str]) -> list[Answer | Failure]:
        """Ask about texts, and about those that are read as something else than they are typed."""
        readings = list(map(as_read, texts))
        others = list(map(self._differ, texts, readings))
        found = iter(self._together.ask([*texts, *itertools.compress(readings, others)]))
        typed = [next(found) for _ in texts]
        return [
            _both(answer, next(found)) if is_other else answer
            for answer, is_other in zip(typed, others, strict=True)
        ]

    def _differ(self, text: str, reading: str) -> bool:
        """Say whether the model sees something else in a reading; many tokenizers drop accents."""
        return text != reading and self._ids(text) != self._ids(reading)

    def _ids(self, text: str) -> list[int]:
        whole = _SURROGATE.sub("\ufffd", text)
        return list(self._tokenizer.encode(whole, add_special_tokens=False).ids)

    def _digest(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=16, key=self._key).digest()

    # ------------------------------------------------------------ running

    def _run(self, texts: Sequence[str]) -> list[Answer | Failure]:
        encoded = self._tokenizer.encode_batch(
            [_SURROGATE.sub("\ufffd", text) for text in texts], add_special_tokens=False
        )
        read = [_Read(each, self.windows(len(each.ids))) for each in encoded]
        pieces = [(each, at) for each in read if not each.is_too_long for at in each.windows]
        for batch in batches([end - start for _, (start, end) in pieces], self._most):
            chosen = [pieces[number] for number in batch]
            for (each, at), row in zip(chosen, self._batch(chosen), strict=True):
                each.rows[at] = row
        return [Failure("too long") if each.is_too_long else self._pooled(each) for each in read]

    def windows(self, count: int) -> list[Window]:
        """Return the windows over so many tokens of a text."""
        return windows(count, self._room, self.manifest.overlap)

    def _batch(self, pieces: Sequence[tuple[_Read, Window]]) -> list[_Row]:
        import numpy as np

        rows = [
            [*self._prefix, *each.encoded.ids[start:end], *self._suffix]
            for each, (start, end) in pieces
        ]
        longest = max(map(len, rows))
        ids: Any = np.zeros((len(rows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = dict(
            zip(
                self._wanted,
                self._session.run(
                    self._wanted, {name: given[name] for name in self.manifest.inputs}
                ),
                strict=True,
            )
        )
        return self._rows(found, [len(row) for row in rows], longest)

    def _rows(self, found: dict[str, Any], sizes: Sequence[int], longest: int) -> list[_Row]:
        outputs = self.manifest.outputs
        logits, tokens = found[outputs.logits], None
        if logits.shape != (len(sizes), len(self.manifest.labels)):
            raise ValueError("the logits have another shape than the labels")
        if outputs.tokens is not None:
            tokens = found[outputs.tokens.output]
            if tokens.shape != (len(sizes), longest, len(outputs.tokens.tags)):
                raise ValueError("the logits of tokens have another shape than the tags")
        vectors = found[outputs.embedding] if outputs.embedding is not None else None
        before, behind = len(self._prefix), len(self._suffix)
        return [
            _Row(
                logits[number].tolist(),
                None if tokens is None else tokens[number, before : size - behind],
                None if vectors is None else vectors[number],
            )
            for number, size in enumerate(sizes)
        ]

    def _pooled(self, read: _Read) -> Answer | Failure:
        import numpy as np

        rows = [read.rows[at] for at in read.windows]
        vectors = None
        if self.manifest.outputs.embedding is not None:
            vectors = _units(np.array([row.vector for row in rows], dtype=np.float32))
            vectors = vectors if np.isfinite(vectors).all() else NOT_A_NUMBER
        share = seen(len(read.encoded.ids), read.windows)
        return Answer(self._scores(rows), self._names(read, rows), vectors, share)

    def _scores(self, rows: Sequence[_Row]) -> tuple[float | Failure, ...]:
        scores: list[float | Failure] = []
        for index, label in enumerate(self.manifest.labels):
            each = [_sigmoid(row.logits[index] / label.temperature) for row in rows]
            pooled = max(each) if self.manifest.pool == "max" else sum(each) / len(each)
            is_number = all(map(math.isfinite, each))
            scores.append(pooled if is_number else NOT_A_NUMBER)
        return tuple(scores)

    def _names(self, read: _Read, rows: Sequence[_Row]) -> tuple[Span, ...] | Failure:
        import numpy as np

        if self._reader is None:
            return ()
        parts = [
            row.tokens[first - start : last - start]
            for row, (start, _), (first, last) in zip(
                rows, read.windows, owned(read.windows), strict=True
            )
        ]
        encoded = read.encoded
        return self._reader.read(np.concatenate(parts), encoded.word_ids, encoded.offsets)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a model says of one window: logits, those of its tokens, its vector."""

    logits: list[float]
    tokens: Any
    vector: Any


@dataclass(slots=True)
class _Read:
    """A text as tokens, in windows, and what came of each window."""

    encoded: Any
    windows: list[Window]
    rows: dict[Window, _Row] = field(default_factory=dict)

    @property
    def is_too_long(self) -> bool:
        return len(self.windows) > MOST_WINDOWS


def _both(typed: Answer | Failure, read: Answer | Failure) -> Answer | Failure:
    """Join what a model says of a text and of the same text as it is read: the highest counts.

    Names have places, so they are those of the text as it is typed.
    """
    if isinstance(typed, Failure) or isinstance(read, Failure):
        return typed if isinstance(typed, Failure) else read
    vectors = typed.vectors
    if not isinstance(vectors, Failure) and vectors is not None:
        other = read.vectors
        vectors = other if isinstance(other, Failure) else _stacked(vectors, other)
    scores = tuple(map(_highest, typed.scores, read.scores))
    return Answer(scores, typed.names, vectors, min(typed.seen, read.seen))


def _highest(one: float | Failure, other: float | Failure) -> float | Failure:
    if isinstance(one, Failure) or isinstance(other, Failure):
        return one if isinstance(one, Failure) else other
    return max(one, other)


def _stacked(one: Any, other: Any) -> Any:
    import numpy as np

    return np.concatenate([one, other])


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    small = math.exp(x)
    return small / (1 + small)


def _units(vectors: Any) -> Any:
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=vectors, where=norms != 0)
