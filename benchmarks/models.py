"""`python -m benchmarks.models`: the classifier stage beside bare onnxruntime, in one run.

Without `--model FOLDER` a graph of an encoder's size is used: six layers of 384 by 1,536, random
weights, no attention. It learns nothing and costs about what a small encoder costs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import numpy as np

from guardrail.models import read_model
from guardrail.stages.classifier import ClassifierDetector, Engine
from guardrail.values import Subject
from tests.support import models as tiny
from tests.support import onnx_bytes as pb

WIDTH, LAYERS = 384, 6


def encoder() -> bytes:
    random = np.random.default_rng(1)

    def tensor(name: str, *dims: int) -> bytes:
        values = random.normal(0, 0.02, dims).astype("<f4")
        return pb.tensor(name, dims, values.tobytes())

    tensors = [tensor("table", len(tiny.WORDS), WIDTH), tensor("head", WIDTH, len(tiny.LABELS))]
    nodes = [pb.node("Gather", ["table", "input_ids"], ["x0"])]
    for i in range(LAYERS):
        tensors += [tensor(f"up{i}", WIDTH, 4 * WIDTH), tensor(f"down{i}", 4 * WIDTH, WIDTH)]
        nodes += [
            pb.node("MatMul", [f"x{i}", f"up{i}"], [f"u{i}"]),
            pb.node("Relu", [f"u{i}"], [f"r{i}"]),
            pb.node("MatMul", [f"r{i}", f"down{i}"], [f"d{i}"]),
            pb.node("Add", [f"x{i}", f"d{i}"], [f"x{i + 1}"]),
        ]
    over = [pb.ints_attribute("axes", [1]), pb.int_attribute("keepdims", 0)]
    nodes += [
        pb.node("ReduceMean", [f"x{LAYERS}"], ["mean"], over),
        pb.node("MatMul", ["mean", "head"], ["logits"]),
    ]
    return pb.model(pb.graph(nodes, tensors, tiny.inputs(), tiny.outputs()[:1]))


def best(run: Callable[[], object], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def bare(engine: Engine, texts: Sequence[str], batch: int) -> None:
    """Tokenize and run, padded to the longest of each batch; no windows, no thresholds."""
    for at in range(0, len(texts), batch):
        rows = [each.ids for each in engine._tokenizer.encode_batch(list(texts[at : at + batch]))]
        ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(rows):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        engine._session.run(None, {name: given[name] for name in engine.manifest.inputs})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", type=Path)
    options.add_argument("--texts", type=int, default=64)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = chosen.model or tiny.write_model(
            Path(place), encoder(), max_tokens=512, overlap=32, outputs={}
        )
        engine = Engine(read_model(folder))
    labels = [label.name for label in engine.manifest.labels]
    random = Random(1)
    room = engine.manifest.max_tokens // 2
    words = ("fine", "please", "paris")
    equal = [" ".join(random.choices(words, k=100)) for _ in range(chosen.texts)]
    mixed = [
        " ".join(random.choices(words, k=random.choice((5, 20, 60, room))))
        for _ in range(chosen.texts)
    ]

    def stage(texts: Sequence[str], count: int) -> None:
        engine._last.held = (b"", [])
        for label in labels[:count]:
            ClassifierDetector(engine, label).run([Subject(text) for text in texts])

    floor = best(lambda: bare(engine, equal, 8))
    one = best(lambda: stage(equal, 1))
    every = best(lambda: stage(equal, len(labels)))
    padded = best(lambda: bare(engine, mixed, 32))
    sorted_ = best(lambda: stage(mixed, 1))
    micro = 1e6 / chosen.texts
    print(f"bare onnxruntime, batches of 8   {floor * micro:8.1f} us a text")
    print(f"stage, one label                 {one * micro:8.1f} us a text")
    print(f"stage throughput / bare          {floor / one:8.2f}")
    print(f"{len(labels)} labels / one label             {every / one:8.2f}")
    print(f"mixed lengths, pad-to-longest / stage {padded / sorted_:5.2f}")


if __name__ == "__main__":
    main()
