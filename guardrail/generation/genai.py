"""The optional fast path: the same model through onnxruntime-genai, whose cache does not grow.

It keeps keys and values in one buffer and fuses attention. Each reply of a batch is made by itself.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from guardrail.errors import MissingExtraError, ModelError
from guardrail.generation.manifest import MANIFEST, Manifest, checked
from guardrail.models.walker import MOST_BYTES, walk
from guardrail.models.wire import WireError

GRAPH: Final = "model-genai.onnx"
CONFIG: Final = "genai_config.json"
"""How onnxruntime-genai reads the graph; its library knows the file by this name."""
NAMED: Final = "model.onnx"
"""What the configuration calls the graph."""
_MOST_CONFIG: Final = 2**20
_HARMLESS: Final = {"log_id": str, "provider_options": list}
_FUSED: Final = (
    "GroupQueryAttention",
    "MatMulNBits",
    "RotaryEmbedding",
    "SimplifiedLayerNormalization",
    "SkipSimplifiedLayerNormalization",
)
"""Operators of onnxruntime that its builder uses, beside those of any other graph."""


class FastSession:
    """A loaded graph for onnxruntime-genai; `begin` gives the state of one batch."""

    def __init__(self, path: Path, manifest: Manifest, threads: int = 0) -> None:
        """Load what `guardrail export` built with `genai:`.

        Raises:
            MissingExtraError: onnxruntime-genai is not installed.
            ModelError: the folder has no such form, is not what its manifest says, or does not run.
        """
        try:
            import onnxruntime_genai as genai
        except ImportError:
            raise MissingExtraError("the engine `genai`", "genai") from None
        if manifest.genai is None:
            raise ModelError(
                f"`{path}` was not built for onnxruntime-genai",
                help="export it again with `genai: fp32`, or leave out the engine",
            )
        onnx = checked(path, manifest, GRAPH, MOST_BYTES)
        config = checked(path, manifest, CONFIG, _MOST_CONFIG)
        _look_through(path, onnx, config)
        genai.disable_telemetry_events()
        try:
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / CONFIG).write_bytes(config)
                read = genai.Config(folder)
            read.overlay(_options({"intra_op_num_threads": threads}))
            read.add_model_data(NAMED, onnx)
            self._model = genai.Model(read)
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            raise ModelError(
                f"`{path}` cannot be loaded by onnxruntime-genai: {type(error).__name__}",
                help="export the model again with `guardrail export`",
            ) from None
        self._genai = genai
        self._context = manifest.context
        self._vocabulary = manifest.vocabulary

    def begin(self, batch: int) -> FastCache:
        """Return the empty state of a batch."""
        return FastCache([self._generator() for _ in range(batch)], self._vocabulary)

    def _generator(self) -> Any:
        params = self._genai.GeneratorParams(self._model)
        params.set_search_options(max_length=self._context, batch_size=1)
        return self._genai.Generator(self._model, params)


class FastCache:
    """The states of the replies of a batch, each with a buffer of its own."""

    def __init__(self, generators: list[Any], vocabulary: int) -> None:
        self._generators = generators
        self._vocabulary = vocabulary

    def feed(self, ids: Any, mask: Any) -> Any:
        """Return the logits behind each of the given tokens, 0 behind padding.

        Args:
            ids: the new tokens (batch × new), int64, padded on the left.
            mask: 1 for every token so far, new ones included, 0 for padding (batch × all), int64.

        Returns:
            Logits (batch × new × vocabulary), float32.
        """
        import numpy as np

        width = ids.shape[1]
        logits: Any = np.zeros((*ids.shape, self._vocabulary), np.float32)
        for row, generator in enumerate(self._generators):
            new = ids[row, mask[row, -width:] == 1]
            generator.append_tokens(np.ascontiguousarray(new[None], dtype=np.int32))
            logits[row, width - len(new) :] = generator.get_output("logits")[0]
        return logits


def _options(session: dict[str, Any]) -> str:
    return json.dumps({"model": {"decoder": {"session_options": session}}})


def _look_through(path: Path, onnx: bytes, config: bytes) -> None:
    """Refuse a graph with operators of others, and a configuration that loads more than it."""
    try:
        walk(onnx, also=_FUSED)
        decoder = json.loads(config)["model"]["decoder"]
        options = decoder["session_options"]
    except WireError as error:
        raise ModelError(
            f"`{path / GRAPH}` is refused: {error}", help="export it again with `guardrail export`"
        ) from None
    except (ValueError, LookupError, TypeError):
        options, decoder = None, {}
    plain = isinstance(options, dict) and all(
        isinstance(value, _HARMLESS.get(name, ())) and (name == "log_id" or not value)
        for name, value in options.items()
    )
    if not plain or decoder.get("filename") != NAMED:
        raise ModelError(
            f"`{path / CONFIG}` asks for more than to run the graph on the processor",
            help=f"{MANIFEST} and configuration come from `guardrail export`: export again",
        )
