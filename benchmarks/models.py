"""`python -m benchmarks.models`: the classifier stage beside bare onnxruntime, in one run.

Figures are processor time, the least of five rounds in which all take turns: on a busy machine the
clock on the wall says more about the neighbours.

Without `--model FOLDER` a graph of an encoder's size is used: six layers of 384 by 1,536, random
weights, no attention, with labels, a token head and an embedding. It learns nothing and costs about
what a small encoder costs.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np

from guardrail import Batched, Guard
from guardrail.language.source import Source
from guardrail.models import Model, read_model
from guardrail.stages.classifier import ClassifierDetector, Engine, NamesDetector
from guardrail.values import Subject
from tests.support import models as tiny
from tests.support import onnx_bytes as pb

WIDTH, LAYERS = 384, 6


def encoder() -> bytes:
    random = np.random.default_rng(1)

    def tensor(name: str, *dims: int) -> bytes:
        values = random.normal(0, 0.02, dims).astype("<f4")
        return pb.tensor(name, dims, values.tobytes())

    tensors = [
        tensor("table", len(tiny.WORDS), WIDTH),
        tensor("head", WIDTH, len(tiny.LABELS)),
        tensor("tags", WIDTH, len(tiny.TAGS)),
    ]
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
        pb.node("ReduceMean", [f"x{LAYERS}"], ["embedding"], over),
        pb.node("MatMul", ["embedding", "head"], ["logits"]),
        pb.node("MatMul", [f"x{LAYERS}", "tags"], ["tokens"]),
    ]
    return pb.model(pb.graph(nodes, tensors, tiny.inputs(), tiny.outputs()))


def best(run: Callable[[], object], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def in_turns(runs: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Return the least processor time of each, in seconds; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.process_time()
            run()
            times[name].append(time.process_time() - started)
    return {name: min(each) for name, each in times.items()}


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
        engine._session.run(
            [engine.manifest.outputs.logits],
            {name: given[name] for name in engine.manifest.inputs},
        )


def first_and_warm(model: Model, text: str, *, is_warmed_up: bool) -> tuple[float, float]:
    """Return what the first text after a load costs and what the same costs later, in seconds."""
    engine = Engine(model)
    if is_warmed_up:
        engine.warm_up()
    subject = [Subject(text)]
    detector = ClassifierDetector(engine, model.manifest.labels[0].name)
    first = best(lambda: detector.run(subject), rounds=1)

    def again() -> None:
        engine._last.held = {}
        detector.run(subject)

    return first, best(again, rounds=9)


def loads(model: Model, text: str) -> None:
    """Print the first text after a load beside later ones, with the warm-up and without."""
    for is_warmed_up in (False, True):
        pairs = [first_and_warm(model, text, is_warmed_up=is_warmed_up) for _ in range(5)]
        more = sorted(first - warm for first, warm in pairs)[2]
        ratio = sorted(first / warm for first, warm in pairs)[2]
        what = "warmed up" if is_warmed_up else "not warmed up"
        print(f"first text / later, {what:<14} {ratio:6.2f}   ({more * 1000:+.1f} ms)")


def together(callers: int = 64) -> None:
    """Print what async checks cost whose detector takes as long for many texts as for one."""
    text = """edition 1
policy p
  on error treat as flag
detector slow = slow()
rule r on output
  when slow >= 0.5
  then flag
"""

    def many(texts: Sequence[str]) -> list[float]:
        time.sleep(0.005)
        return [0.1] * len(texts)

    def one(text: str) -> float:
        return many([text])[0]

    async def every(guard: Guard) -> None:
        await asyncio.gather(*(guard.acheck("Hello.") for _ in range(callers)))

    costs = [
        best(lambda guard=guard: asyncio.run(every(guard)))
        for guard in (
            Guard.load(Source("p.guard", text), detectors={"slow": ("score", each)})
            for each in (Batched(one_by_one(one)), Batched(many))
        )
    ]
    print(f"{callers} async checks, one by one / together {costs[0] / costs[1]:5.1f}")


def one_by_one(one: Callable[[str], float]) -> Callable[[Sequence[str]], list[float]]:
    return lambda texts: [one(text) for text in texts]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", type=Path)
    options.add_argument("--texts", type=int, default=64)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = chosen.model or tiny.write_model(
            Path(place), encoder(), max_tokens=512, overlap=32
        )
        model = read_model(folder)
    engine = Engine(model)
    head = engine.manifest.outputs.tokens
    labels = [label.name for label in engine.manifest.labels]
    random = Random(1)
    room = engine.manifest.max_tokens // 2
    words = ("fine", "please", "paris")
    equal = [" ".join(random.choices(words, k=100)) for _ in range(chosen.texts)]
    mixed = [
        " ".join(random.choices(words, k=random.choice((5, 20, 60, room))))
        for _ in range(chosen.texts)
    ]

    def stage(texts: Sequence[str], count: int, *, with_names: bool = False) -> None:
        engine._last.held = {}
        subjects = [Subject(text) for text in texts]
        for label in labels[:count]:
            ClassifierDetector(engine, label).run(subjects)
        if with_names and head is not None:
            NamesDetector(engine, head.entities).run(subjects)

    costs = in_turns({
        "floor": lambda: bare(engine, equal, 8),
        "one": lambda: stage(equal, 1),
        "every": lambda: stage(equal, len(labels)),
        "names": lambda: stage(equal, len(labels), with_names=True),
        "padded": lambda: bare(engine, mixed, 32),
        "sorted": lambda: stage(mixed, 1),
    })  # fmt: skip
    floor, one, every = costs["floor"], costs["one"], costs["every"]
    names, padded, sorted_ = costs["names"], costs["padded"], costs["sorted"]
    micro = 1e6 / chosen.texts
    print(f"bare onnxruntime, batches of 8   {floor * micro:8.1f} us a text")
    print(f"stage, one label                 {one * micro:8.1f} us a text")
    print(f"stage throughput / bare          {floor / one:8.2f}")
    print(f"{len(labels)} labels / one label             {every / one:8.2f}")
    print(f"labels and names / one label     {names / one:8.2f}")
    print(f"mixed lengths, pad-to-longest / stage {padded / sorted_:5.2f}")
    loads(model, equal[0])
    together()


if __name__ == "__main__":
    main()
