"""Runs a network over whole texts, in windows, as the runtime does: the highest window counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from guardrail.training.classifier.features import Featurizer, clean
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.common.padding import padded

Forward: TypeAlias = Callable[[Any, Any], Sequence[Any]]
"""From `input_ids` and `attention_mask`, both N×T int64 arrays, to arrays: logits first, then
`token_logits` if there are any, and the embedding last."""

_TOKENS: Final = 4096
"""So many tokens, padding included, run together at most."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a network says of a text: its logits, and the logits of the tags of all its tokens.

    `logits`: L floats, the highest of the windows. `tags`: tokens×tags, or None. `words` and
    `places`: the number of the word of each token, and where it stands in the text.
    """

    logits: Any
    tags: Any
    words: list[int | None]
    places: list[tuple[int, int]]


def score(forward: Forward, tokenizer: Any, texts: Sequence[str], recipe: Recipe) -> list[Scored]:
    """Return what a network says of each text, in order."""
    featurizer = Featurizer(tokenizer, recipe)
    encoded = tokenizer.encode_batch(list(map(clean, texts)), add_special_tokens=False)
    cut = [_windows(len(each.ids), featurizer, recipe) for each in encoded]
    pieces = [(text, start, end) for text, windows in enumerate(cut) for start, end in windows]
    results: dict[tuple[int, int], tuple[Any, Any]] = {}
    for batch in _batches(pieces):
        ids = [
            [*featurizer.prefix, *encoded[text].ids[start:end], *featurizer.suffix]
            for text, start, end in batch
        ]
        found = _run(forward, ids)
        for row, (text, start, end) in enumerate(batch):
            first = len(featurizer.prefix)
            tags = found[1][row, first : first + end - start] if recipe.tags else None
            results[text, start] = (found[0][row], tags)
    return [
        _joined([(window, results[text, window[0]]) for window in cut[text]], encoded[text])
        for text in range(len(texts))
    ]


def _windows(count: int, featurizer: Featurizer, recipe: Recipe) -> list[tuple[int, int]]:
    room = recipe.max_tokens - len(featurizer.prefix) - len(featurizer.suffix)
    step = max(1, room - recipe.overlap)
    starts = range(0, max(1, count - recipe.overlap), step)
    return [(start, min(start + room, count)) for start in starts]


def _batches(pieces: Sequence[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    batch: list[tuple[int, int, int]] = []
    for piece in sorted(pieces, key=lambda piece: piece[2] - piece[1]):
        if batch and (len(batch) + 1) * (piece[2] - piece[1] + 2) > _TOKENS:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _run(forward: Forward, rows: Sequence[list[int]]) -> Sequence[Any]:
    return forward(*padded(rows, least=2))


def _joined(parts: Sequence[tuple[tuple[int, int], tuple[Any, Any]]], tokens: Any) -> Scored:
    """Join windows; a token in two of them has the tags of the one that it stands deeper in."""
    import numpy as np

    logits = np.max([logits for _, (logits, _) in parts], axis=0)
    tags = None
    if parts[0][1][1] is not None:
        pieces, done = [], 0
        for number, ((start, end), (_, rows)) in enumerate(parts):
            is_last = number + 1 == len(parts)
            until = end if is_last else (end + parts[number + 1][0][0]) // 2
            pieces.append(rows[done - start : until - start])
            done = until
        tags = np.concatenate(pieces)
    return Scored(logits, tags, list(tokens.word_ids), list(tokens.offsets))


def torch_forward(network: Any) -> Forward:
    """Return a forward that runs a network in torch."""
    import torch

    def forward(ids: Any, mask: Any) -> Sequence[Any]:
        with torch.no_grad():
            found = network(torch.from_numpy(ids), torch.from_numpy(mask))
        return [each.numpy() for each in found]

    return forward


def onnx_forward(data: bytes, threads: int = 0) -> Forward:
    """Return a forward that runs an ONNX graph on the CPU; 0 threads are as many as it likes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def forward(ids: Any, mask: Any) -> Sequence[Any]:
        return list(session.run(None, {"input_ids": ids, "attention_mask": mask}))

    return forward
