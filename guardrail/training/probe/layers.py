"""What layers of a model folder compute of texts, and the graph that ends in a new label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.models import read_model
from guardrail.training.common.padding import padded

OUTPUT: Final = "probe_logits"
"""The output of a graph with the logit of the new label."""

_VALUES: Final = "probe_values"
_BY_TOKEN: Final = 3
_BATCH: Final = 64


class Layers:
    """Turns texts into vectors: the named values of a graph, those of tokens averaged, in a row.

    What was computed is kept, by text. Texts are cut at what fits into one window.

    Raises:
        ModelError: the folder is no model.
        RecipeError: its graph has not one of the values, or it is no row of numbers.
    """

    def __init__(self, folder: Path, names: Sequence[str], threads: int = 1) -> None:
        import onnx
        import onnxruntime as ort
        from tokenizers import Tokenizer

        self.model = read_model(folder, is_pinned=False)
        self._tokenizer = Tokenizer.from_str(self.model.tokenizer.decode())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.model.manifest.max_tokens)
        self._graph = onnx.load_from_string(self.model.onnx)
        known = {output for node in self._graph.graph.node for output in node.output}
        if unknown := [name for name in names if name not in known]:
            raise RecipeError(
                f"the graph of `{folder}` has no value `{unknown[0]}`", help="correct `layers`"
            )
        ranks = _ranks(self._graph, names, ort, threads)
        if wrong := [name for name, rank in ranks.items() if rank not in {2, _BY_TOKEN}]:
            raise RecipeError(
                f"`{wrong[0]}` holds no numbers for texts or tokens", help="correct `layers`"
            )
        _join(self._graph, ranks)
        self._session = _session(_pruned(self._graph, _VALUES), ort, threads)
        self._kept: dict[str, Any] = {}

    def vectors(self, texts: Sequence[str]) -> Any:
        """Return a float32 array, texts × numbers."""
        import numpy as np

        new = sorted({text for text in texts if text not in self._kept}, key=len)
        for start in range(0, len(new), _BATCH):
            some = new[start : start + _BATCH]
            found = self._session.run([_VALUES], self._inputs(some))[0]
            self._kept.update(zip(some, found, strict=True))
        return np.array([self._kept[text] for text in texts], dtype=np.float32)

    def logits(self, graph: bytes, texts: Sequence[str]) -> Any:
        """Return what a graph of `with_label` says of texts, as an array of one number each."""
        import onnxruntime as ort

        found = _session(graph, ort, 1).run([OUTPUT], self._inputs(texts))[0]
        return found[:, 0]

    def _inputs(self, texts: Sequence[str]) -> dict[str, Any]:
        return _fed([each.ids for each in self._tokenizer.encode_batch(list(texts))])

    def with_label(self, weights: Any, offset: float) -> bytes:
        """Return the graph that computes the logit `values @ weights + offset`, and no more."""
        import numpy as np
        from onnx import helper, numpy_helper

        graph = type(self._graph)()
        graph.CopyFrom(self._graph)
        column = np.asarray(weights, dtype=np.float32).reshape(-1, 1)
        graph.graph.initializer.extend(
            [
                numpy_helper.from_array(column, "probe_weights"),
                numpy_helper.from_array(np.array([offset], dtype=np.float32), "probe_offset"),
            ]
        )
        graph.graph.node.extend(
            [
                helper.make_node("MatMul", [_VALUES, "probe_weights"], ["probe_product"]),
                helper.make_node("Add", ["probe_product", "probe_offset"], [OUTPUT]),
            ]
        )
        return _pruned(graph, OUTPUT, 1)


def _fed(rows: Sequence[Sequence[int]]) -> dict[str, Any]:
    return dict(zip(("input_ids", "attention_mask"), padded(rows), strict=True))


def _session(data: bytes, ort: Any, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def _ranks(model: Any, names: Sequence[str], ort: Any, threads: int) -> dict[str, int]:
    """Return how many axes each value has; a text is run to see."""
    from onnx import TensorProto, helper

    asked = type(model)()
    asked.CopyFrom(model)
    del asked.graph.output[:]
    asked.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    found = _session(asked.SerializeToString(), ort, threads).run(
        list(names), _fed([[1, 2, 3], [1, 2]])
    )
    return {name: value.ndim for name, value in zip(names, found, strict=True)}


def _join(model: Any, ranks: dict[str, int]) -> None:
    """Add the nodes that put the values of all layers in one row, `probe_values`."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([-1], dtype=np.int64), "probe_last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "probe_tokens"),
        ]
    )
    make = helper.make_node
    graph.node.extend(
        [
            make("Cast", ["attention_mask"], ["probe_is"], to=TensorProto.FLOAT),
            make("Unsqueeze", ["probe_is", "probe_last"], ["probe_mask"]),
            make("ReduceSum", ["probe_mask", "probe_tokens"], ["probe_count"], keepdims=0),
        ]
    )
    joined = []
    for at, (name, rank) in enumerate(ranks.items()):
        if rank != _BY_TOKEN:
            joined.append(name)
            continue
        seen, total, mean = (f"probe_{part}_{at}" for part in ("seen", "total", "mean"))
        graph.node.extend(
            [
                make("Mul", [name, "probe_mask"], [seen]),
                make("ReduceSum", [seen, "probe_tokens"], [total], keepdims=0),
                make("Div", [total, "probe_count"], [mean]),
            ]
        )
        joined.append(mean)
    graph.node.append(make("Concat", joined, [_VALUES], axis=-1))


def _pruned(model: Any, output: str, width: int | None = None) -> bytes:
    """Return the graph with one output, without what that does not need."""
    from onnx import TensorProto, helper

    made = type(model)()
    made.CopyFrom(model)
    needed, nodes = {output}, []
    for node in reversed(made.graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            nodes.append(node)
    kept = [each for each in made.graph.initializer if each.name in needed]
    new = helper.make_graph(
        nodes[::-1], made.graph.name, made.graph.input,
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])], kept,
    )  # fmt: skip
    made.graph.CopyFrom(new)
    data: bytes = made.SerializeToString()
    return data
