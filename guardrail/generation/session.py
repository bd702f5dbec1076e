"""A graph with its cache: feeds tokens, keeps keys and values where they are computed."""

from __future__ import annotations

from typing import Any, Final

from guardrail.errors import MissingExtraError, ModelError
from guardrail.generation.manifest import Folder, cache_names

_PROVIDERS: Final = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class Session:
    """A loaded graph; `begin` gives the state of one batch."""

    def __init__(self, folder: Folder, provider: str = "cpu", threads: int = 0) -> None:
        """Load the graph.

        Raises:
            MissingExtraError: onnxruntime is not installed.
            ModelError: it cannot be loaded, or would run somewhere else than was asked.
        """
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtraError("a generator", "cpu") from None
        if provider not in _PROVIDERS:
            known = ", ".join(_PROVIDERS)
            raise ModelError(f"there is no provider `{provider}`", help=f"choose {known}")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads
        wanted = _PROVIDERS[provider]
        try:
            self._session = onnxruntime.InferenceSession(folder.onnx, options, providers=[wanted])
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            raise ModelError(
                f"`{folder.path}` cannot be loaded: {type(error).__name__}",
                help="export the model again with `guardrail export`",
            ) from None
        if self._session.get_providers()[0] != wanted:
            raise ModelError(
                f"{wanted} was asked for, but {self._session.get_providers()[0]} would run",
                help="`guardrail doctor` shows what is installed; or choose the provider `cpu`",
            )
        self.device = "cuda" if provider == "cuda" else "cpu"
        self.manifest = folder.manifest
        self._half = any(port.type == "tensor(float16)" for port in self._session.get_inputs())

    def begin(self, batch: int) -> Cache:
        """Return the empty state of a batch."""
        return Cache(self, batch)

    @property
    def onnx(self) -> Any:
        """The session of onnxruntime."""
        return self._session

    @property
    def kind(self) -> str:
        """The number type of the cache, as numpy names it."""
        return "float16" if self._half else "float32"


class Cache:
    """Keys and values of a batch; they stay on the device, only logits come back."""

    def __init__(self, session: Session, batch: int) -> None:
        import numpy as np
        from onnxruntime import OrtValue

        manifest = session.manifest
        shape = (batch, manifest.kv_heads, 0, manifest.head_size)
        self._session = session
        self._names = cache_names(manifest.layers, "input")
        self._made = cache_names(manifest.layers, "output")
        empty: Any = np.zeros(shape, session.kind)
        self._values = [OrtValue.ortvalue_from_numpy(empty, session.device) for _ in self._names]

    def feed(self, ids: Any, mask: Any) -> Any:
        """Return the logits behind each of the given tokens.

        Args:
            ids: the new tokens (batch × new), int64.
            mask: 1 for every token so far, new ones included, 0 for padding (batch × all), int64.

        Returns:
            Logits (batch × new × vocabulary), float32.
        """
        import numpy as np

        places = np.clip(np.cumsum(mask, axis=1) - 1, 0, None)[:, -ids.shape[1] :]
        binding = self._session.onnx.io_binding()
        binding.bind_cpu_input("input_ids", np.ascontiguousarray(ids))
        binding.bind_cpu_input("attention_mask", np.ascontiguousarray(mask))
        binding.bind_cpu_input("position_ids", np.ascontiguousarray(places))
        for name, value in zip(self._names, self._values, strict=True):
            binding.bind_ortvalue_input(name, value)
        binding.bind_output("logits", "cpu")
        for name in self._made:
            binding.bind_output(name, self._session.device)
        self._session.onnx.run_with_iobinding(binding)
        logits, *self._values = binding.get_outputs()
        return logits.numpy().astype(np.float32, copy=False)
