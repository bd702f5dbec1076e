"""One model, loaded once per process: texts to windows, windows to batches, batches to answers.

Detectors of one model share its engine. What one thread asked last is remembered by keyed hash, so
that the second label of a model costs nothing; no text is kept. Threads that ask at the same time
are answered together: whoever comes while a batch runs is in the next one.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from guardrail.errors import MissingExtraError, ModelError
from guardrail.models import Manifest, Model
from guardrail.values import Failure

MOST_WINDOWS: Final = 512
"""How many windows one text may have; a longer text is an error."""
_BATCH: Final = 8
_SPREAD: Final = 8
"""Windows in one batch differ by at most so many tokens from its longest, or by an eighth."""
_PROVIDERS: Final = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of one text: a score per label (or why not), a unit vector per window."""

    scores: tuple[float | Failure, ...]
    vectors: tuple[tuple[float, ...], ...]
    windows: int


_engines: dict[tuple[str, str], Engine] = {}
_loading: Final = threading.Lock()


def engine_of(model: Model, provider: str = "cpu") -> Engine:
    """Return the engine of a model; it is loaded once per process.

    Raises:
        MissingExtraError: onnxruntime or tokenizers is not installed.
        ModelError: the runtime refuses the model, or does not run where it should.
    """
    key = (model.digest, provider)
    with _loading:
        if key not in _engines:
            _engines[key] = Engine(model, provider)
        return _engines[key]


class Engine:
    """A loaded model; threads may share it."""

    def __init__(self, model: Model, provider: str = "cpu") -> None:
        self.manifest: Manifest = model.manifest
        self._tokenizer = _tokenizer(model)
        self._session, self.provider = _session(model, provider)
        self._prefix, self._suffix = _special(self._tokenizer)
        self._key = os.urandom(16)
        self._last = threading.local()
        self._queue: list[_Asked] = []
        self._guard = threading.Lock()
        self._turn = threading.Lock()

    def answers(self, texts: Sequence[str]) -> list[Answer | Failure]:
        """Return what the model says of each text, in order."""
        digest = self._digest(texts)
        known: list[Answer | Failure]
        last, known = getattr(self._last, "held", (b"", []))
        if last != digest:
            known = self._ask(texts)
            self._last.held = digest, known
        return list(known)

    def _digest(self, texts: Sequence[str]) -> bytes:
        hashed = hashlib.blake2b(key=self._key)
        for text in texts:
            data = text.encode("utf-8", "surrogatepass")
            hashed.update(len(data).to_bytes(8, "big") + data)
        return hashed.digest()

    def _ask(self, texts: Sequence[str]) -> list[Answer | Failure]:
        """Answer at once, together with whoever asked while another batch ran."""
        asked = _Asked(texts)
        with self._guard:
            self._queue.append(asked)
        with self._turn:
            if asked.answers is None and asked.error is None:
                with self._guard:
                    together, self._queue = self._queue, []
                self._answer(together)
        if asked.answers is None:
            raise asked.error or RuntimeError("nobody answered")
        return asked.answers

    def _answer(self, together: Sequence[_Asked]) -> None:
        try:
            found = iter(self._run([text for asked in together for text in asked.texts]))
            for asked in together:
                asked.answers = [next(found) for _ in asked.texts]
        except Exception as error:  # noqa: BLE001 - everybody who waits must hear of it
            for asked in together:
                asked.answers, asked.error = None, RuntimeError(type(error).__name__)

    def _run(self, texts: Sequence[str]) -> list[Answer | Failure]:
        encoded = self._tokenizer.encode_batch(
            [_SURROGATE.sub("\ufffd", text) for text in texts], add_special_tokens=False
        )
        pieces = [self._windows(each.ids) for each in encoded]
        flat = [
            (len(window), which, number, window)
            for which, windows in enumerate(pieces)
            if len(windows) <= MOST_WINDOWS
            for number, window in enumerate(windows)
        ]
        results: dict[tuple[int, int], tuple[list[float], list[float]]] = {}
        for batch in _batches(sorted(flat)):
            rows = self._batch([window for *_, window in batch])
            for (_, which, number, _), row in zip(batch, rows, strict=True):
                results[which, number] = row
        return [
            self._pooled([results[which, number] for number in range(len(windows))])
            if len(windows) <= MOST_WINDOWS
            else Failure("too long")
            for which, windows in enumerate(pieces)
        ]

    def _windows(self, ids: Sequence[int]) -> list[list[int]]:
        room = self.manifest.max_tokens - len(self._prefix) - len(self._suffix)
        step = max(1, room - self.manifest.overlap)
        starts = range(0, max(1, len(ids) - self.manifest.overlap), step)
        return [[*self._prefix, *ids[at : at + room], *self._suffix] for at in starts]

    def _batch(self, windows: Sequence[list[int]]) -> list[tuple[list[float], list[float]]]:
        import numpy as np

        longest = max(map(len, windows))
        ids: Any = np.zeros((len(windows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        outputs = self.manifest.outputs
        wanted = [outputs.logits, *([outputs.embedding] if outputs.embedding else [])]
        found = self._session.run(wanted, {name: given[name] for name in self.manifest.inputs})
        shape = (len(windows), len(self.manifest.labels))
        if found[0].shape != shape:
            raise ValueError("the logits have another shape than the labels")
        vectors = found[1].tolist() if outputs.embedding else [[]] * len(windows)
        return list(zip(found[0].tolist(), vectors, strict=True))

    def _pooled(self, rows: Sequence[tuple[list[float], list[float]]]) -> Answer | Failure:
        scores: list[float | Failure] = []
        for index, label in enumerate(self.manifest.labels):
            each = [_sigmoid(logits[index] / label.temperature) for logits, _ in rows]
            pooled = max(each) if self.manifest.pool == "max" else sum(each) / len(each)
            is_number = all(map(math.isfinite, each))
            scores.append(pooled if is_number else Failure("not a number"))
        vectors = tuple(_unit(vector) for _, vector in rows)
        if any(not math.isfinite(x) for vector in vectors for x in vector):
            return Failure("not a number")
        return Answer(tuple(scores), vectors, len(rows))


class _Asked:
    """Texts that wait for a batch, and then their answers or what went wrong."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.answers: list[Answer | Failure] | None = None
        self.error: Exception | None = None


def _batches(
    windows: Sequence[tuple[int, int, int, list[int]]],
) -> Iterator[list[tuple[int, int, int, list[int]]]]:
    """Yield batches of windows that are about as long as each other, shortest first."""
    batch: list[tuple[int, int, int, list[int]]] = []
    for window in windows:
        is_far = bool(batch) and window[0] - batch[0][0] > max(_SPREAD, window[0] // 8)
        if is_far or len(batch) == _BATCH:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    small = math.exp(x)
    return small / (1 + small)


def _unit(vector: Sequence[float]) -> tuple[float, ...]:
    norm = math.sqrt(sum(x * x for x in vector))
    return tuple(x / norm for x in vector) if norm else tuple(vector)


# ---------------------------------------------------------------- loading


def _tokenizer(model: Model) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("classifier(...)", "cpu") from error
    try:
        tokenizer = Tokenizer.from_str(model.tokenizer.decode("utf-8"))
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        raise _refused(model, "tokenizer.json", error) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _special(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens before and after a text."""
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    for at in range(len(whole) - len(plain) + 1):
        if whole[at : at + len(plain)] == plain:
            return whole[:at], whole[at + len(plain) :]
    return [], []


def _session(model: Model, provider: str) -> tuple[Any, str]:
    """Return a session over the bytes that were checked, and where it really runs."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("classifier(...)", "cpu") from error
    if not hasattr(onnxruntime, "InferenceSession"):
        raise ModelError(
            "onnxruntime is broken: its CPU and GPU packages share a folder, and one was removed",
            help="uninstall onnxruntime and onnxruntime-gpu, then install one of them",
        )
    if provider not in _PROVIDERS:
        raise ModelError(
            f"there is no provider `{provider}`", help=f"choose {', '.join(_PROVIDERS)}"
        )
    wanted = _PROVIDERS[provider]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.onnx, options, providers=[wanted])
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        raise _refused(model, "model.onnx", error) from None
    runs = session.get_providers()[0]
    if runs != wanted:
        raise ModelError(
            f"model `{model.manifest.name}`: {wanted} was asked for, but {runs} would run",
            help="`guardrail doctor` shows what is installed; or choose the provider `cpu`",
        )
    return session, runs


def _refused(model: Model, file: str, error: Exception) -> ModelError:
    return ModelError(
        f"model `{model.manifest.name}`: `{model.folder / file}` cannot be loaded:"
        f" {type(error).__name__}",
        help="export the model again with `guardrail train`",
    )


def provider_here() -> str | None:
    """Return the provider that a model runs on here; None if no runtime is installed.

    What the runtime lists is what it was compiled with, so a graph of one node is loaded.
    """
    try:
        import onnxruntime
    except ImportError:
        return None
    if not hasattr(onnxruntime, "InferenceSession"):
        return None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    listed = onnxruntime.get_available_providers()
    wanted = [each for each in (_PROVIDERS["cuda"], _PROVIDERS["cpu"]) if each in listed]
    session = onnxruntime.InferenceSession(_IDENTITY, options, providers=wanted)
    return str(session.get_providers()[0])


_PORT: Final = b"\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"
"""A tensor of one float."""
_GRAPH: Final = (
    b"\x0a\x10\x0a\x01x\x12\x01y\x22\x08Identity\x12\x01g"
    b"\x5a\x0f\x0a\x01x" + _PORT + b"\x62\x0f\x0a\x01y" + _PORT
)
_IDENTITY: Final = b"\x08\x08\x3a" + bytes([len(_GRAPH)]) + _GRAPH + b"\x42\x04\x0a\x00\x10\x0d"
"""An ONNX file of one node that hands its input on."""
