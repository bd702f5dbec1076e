"""Loads a model that was looked through: its tokenizer, and a session of onnxruntime.

Which provider really runs is asked after loading, since the runtime falls back to the processor
and only logs it.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, get_args

from guardrail.errors import MissingExtraError, ModelError
from guardrail.models import Model
from guardrail.settings import Provider

PROVIDERS: Final[Mapping[str, str]] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
"""Where models may run, and what the runtime calls it."""

_PACKAGES: Final = ("onnxruntime", "onnxruntime-gpu")
_ON_CARD: Final = frozenset({"cuda", "tensorrt"})


class Session:
    """A session of onnxruntime; `provider` is where it really runs.

    On a graphics card inputs and outputs are bound: outputs that nobody asked for stay there.
    """

    def __init__(self, session: Any, provider: Provider) -> None:
        self._session = session
        self._provider = provider
        self.provider = str(session.get_providers()[0])

    def run(self, wanted: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
        """Return the wanted outputs for inputs by name, both arrays of numpy."""
        if self._provider == "cpu":
            return list(self._session.run(list(wanted), dict(given)))
        return _run_bound(self._session, wanted, given, "cuda")


def _run_bound(
    session: Any, wanted: Sequence[str], given: Mapping[str, Any], device: str
) -> list[Any]:
    from onnxruntime import OrtValue

    binding = session.io_binding()
    for name, array in given.items():
        binding.bind_ortvalue_input(name, OrtValue.ortvalue_from_numpy(array, device, 0))
    for name in wanted:
        binding.bind_output(name, device)
    session.run_with_iobinding(binding)
    return list(binding.copy_outputs_to_cpu())


def open_session(model: Model, provider: str) -> Session:
    """Return a session over the bytes that were checked.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ModelError: no such provider, one that does not run here, a graph that is refused.
    """
    runtime = _runtime()
    if provider not in PROVIDERS:
        raise ModelError(
            f"there is no provider `{provider}`", help=f"choose {', '.join(PROVIDERS)}"
        )
    chosen: Provider = next(each for each in get_args(Provider) if each == provider)
    onnx = model.half if chosen in _ON_CARD and model.half is not None else model.onnx
    try:
        session = _session(runtime, onnx, chosen)
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        raise refused(model, "model.onnx", error) from None
    runs = session.get_providers()[0]
    if runs != PROVIDERS[chosen]:
        raise ModelError(
            f"model `{model.manifest.name}`: {PROVIDERS[chosen]} was asked for, but {runs} would"
            " run",
            help=_both_installed()
            or "`guardrail doctor` shows what is installed; or choose the provider `cpu`",
        )
    return Session(session, chosen)


def _session(runtime: Any, onnx: bytes, provider: Provider) -> Any:
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    chain: dict[Provider, list[object]] = {
        "cpu": [PROVIDERS["cpu"]],
        "cuda": [PROVIDERS["cuda"]],
        "tensorrt": [(PROVIDERS["tensorrt"], {"trt_fp16_enable": True}), PROVIDERS["cuda"]],
    }
    if provider == "cpu":
        session = runtime.InferenceSession(onnx, options, providers=chain[provider])
    else:
        with contextlib.redirect_stdout(io.StringIO()):  # where it prints what it does not find
            if hasattr(runtime, "preload_dlls"):
                runtime.preload_dlls()
            session = runtime.InferenceSession(onnx, options, providers=chain[provider])
    session.disable_fallback()  # a run that fails would go on elsewhere, and only print it
    return session


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("classifier(...)", "cpu") from error
    if not hasattr(onnxruntime, "InferenceSession"):
        raise ModelError(
            "onnxruntime is broken: its CPU and GPU packages share a folder, and one was removed",
            help="uninstall onnxruntime and onnxruntime-gpu, then install one of them",
        )
    return onnxruntime


def _both_installed() -> str | None:
    """Say what to do where the two packages lie in one folder; None where they do not."""
    if len(installed_runtimes()) < len(_PACKAGES):
        return None
    return (
        "onnxruntime and onnxruntime-gpu are both installed and share a folder, so that one has"
        " overwritten the other: uninstall both, then install one"
    )


def installed_runtimes() -> tuple[str, ...]:
    """Return which of the two packages of the runtime are installed; both are one too many."""
    found = []
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            version(package)
            found.append(package)
    return tuple(found)


def refused(model: Model, file: str, error: Exception) -> ModelError:
    """Return the error of a file that a library does not take."""
    return ModelError(
        f"model `{model.manifest.name}`: `{model.folder / file}` cannot be loaded:"
        f" {type(error).__name__}",
        help="export the model again with `guardrail train`",
    )


# ---------------------------------------------------------------- tokens


def open_tokenizer(model: Model) -> Any:
    """Return the tokenizer of a model, without padding or truncation.

    Raises:
        MissingExtraError: tokenizers is not installed.
        ModelError: the library refuses the file.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("classifier(...)", "cpu") from error
    try:
        tokenizer = Tokenizer.from_str(model.tokenizer.decode("utf-8"))
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        raise refused(model, "tokenizer.json", error) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens before and after a text."""
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    for at in range(len(whole) - len(plain) + 1):
        if whole[at : at + len(plain)] == plain:
            return whole[:at], whole[at + len(plain) :]
    return [], []


# ---------------------------------------------------------------- what runs here


@dataclass(frozen=True, slots=True)
class Runs:
    """Where models run when a provider is asked for; `runs` is None where they do not."""

    asked: str
    runs: str | None
    why: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether what was asked for runs."""
        return self.runs == PROVIDERS[self.asked]


def provider_here(asked: Provider = "cpu") -> Runs:
    """Find out where models run here when a provider is asked for.

    What the runtime lists is what it was compiled with, so a graph of one node is loaded.

    >>> provider_here("cpu").asked
    'cpu'
    """
    try:
        session = _session(_runtime(), _IDENTITY, asked)
        runs = str(session.get_providers()[0])
    except MissingExtraError:
        return Runs(asked, None, "without the extra cpu or gpu")
    except ModelError as error:
        return Runs(asked, None, f"{error.message}; {error.help}")
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        return Runs(asked, None, _both_installed() or type(error).__name__)
    return Runs(asked, runs, "" if runs == PROVIDERS[asked] else _both_installed() or "")


_PORT: Final = b"\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"
"""A tensor of one float."""
_GRAPH: Final = (
    b"\x0a\x10\x0a\x01x\x12\x01y\x22\x08Identity\x12\x01g"
    b"\x5a\x0f\x0a\x01x" + _PORT + b"\x62\x0f\x0a\x01y" + _PORT
)
_IDENTITY: Final = b"\x08\x08\x3a" + bytes([len(_GRAPH)]) + _GRAPH + b"\x42\x04\x0a\x00\x10\x0d"
"""An ONNX file of one node that hands its input on."""
