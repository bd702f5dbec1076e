"""Reads a model folder: hashes first, then our own look at the graph, over one same buffer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from guardrail.errors import ModelError
from guardrail.models.lock import LOCK, pinned
from guardrail.models.manifest import HALF, MODEL, TOKENIZER, Manifest
from guardrail.models.walker import FLOAT, INT64, MOST_BYTES, Graph, Port, walk
from guardrail.models.wire import WireError

MANIFEST: Final = "manifest.json"
_MOST_TOKENIZER: Final = 64 * 2**20
_MOST_MANIFEST: Final = 2**20
_KINDS: Final = frozenset({"WordPiece", "BPE", "Unigram", "WordLevel"})
_SCALES: Final = "DynamicQuantizeLinear"


@dataclass(frozen=True, slots=True)
class Model:
    """A model folder that may be loaded: the bytes are those whose hashes were compared."""

    folder: Path
    manifest: Manifest
    onnx: bytes = field(repr=False)
    tokenizer: bytes = field(repr=False)
    digest: str
    """SHA-256 of the manifest, and with it of everything that it pins."""
    half: bytes | None = field(default=None, repr=False)
    """The graph for graphics cards, if there is one."""
    is_scaled_by_batch: bool = False
    """Whether `onnx` chooses its scales of 8 bits by all that it is given at once."""


def read_model(folder: Path, *, is_pinned: bool = True) -> Model:
    """Return a model that may be loaded; `is_pinned=False` looks at no lock, to write a new one.

    Raises:
        ModelError: naming the folder, the file, what is wrong and what to do.
    """
    if not folder.is_dir():
        raise ModelError(
            f"there is no model folder `{folder}`",
            help="`guardrail models list` shows what is here",
        )
    data = _bytes(folder, MANIFEST, _MOST_MANIFEST)
    manifest = _manifest(folder, data)
    digest = hashlib.sha256(data).hexdigest()
    if is_pinned:
        _check_pin(folder, digest)
    onnx, graph = _graph(folder, manifest, MODEL)
    half = _graph(folder, manifest, HALF)[0] if HALF in manifest.files else None
    tokenizer = _checked(folder, manifest, TOKENIZER, _MOST_TOKENIZER)
    _check_tokenizer(folder, manifest, tokenizer)
    is_scaled = _SCALES in graph.operators
    return Model(folder, manifest, onnx, tokenizer, digest, half, is_scaled)


def find_models(folders: Iterable[Path]) -> dict[str, Path]:
    """Return model folders by name; the first folder that has a name wins."""
    found: dict[str, Path] = {}
    for place in folders:
        if place.is_dir():
            for each in sorted(place.iterdir()):
                if (each / MANIFEST).is_file():
                    found.setdefault(each.name, each)
    return found


def read_manifest(folder: Path) -> Manifest:
    """Return what a folder says of itself, with nothing else checked.

    Raises:
        ModelError: there is no manifest, or it is not one.
    """
    return _manifest(folder, _bytes(folder, MANIFEST, _MOST_MANIFEST))


def digest_of(folder: Path) -> str:
    """Return the hash that a lock pins: SHA-256 of the manifest."""
    return hashlib.sha256(_bytes(folder, MANIFEST, _MOST_MANIFEST)).hexdigest()


def _refuse(folder: Path, file: str, why: str, fix: str) -> NoReturn:
    raise ModelError(f"model `{folder.name}`: `{folder / file}` {why}", help=fix)


def _bytes(folder: Path, file: str, most: int) -> bytes:
    path = folder / file
    if not path.is_file():
        _refuse(folder, file, "is missing", "copy the whole model folder again")
    with path.open("rb") as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        _refuse(folder, file, f"is larger than {most} bytes", "use a smaller model")
    return data


def _manifest(folder: Path, data: bytes) -> Manifest:
    fix = "correct the manifest, or copy the whole model folder again"
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        _refuse(folder, MANIFEST, f"is no manifest: {where}: {first['msg']}", fix)
    if manifest.name != folder.name:
        fix = f"rename the folder to `{manifest.name}`"
        _refuse(folder, MANIFEST, f"is that of another model, `{manifest.name}`", fix)
    return manifest


def _check_pin(folder: Path, digest: str) -> None:
    pins = pinned(folder.parent)
    if pins is not None and pins.get(folder.name) != digest:
        why = "is another one than" if folder.name in pins else "is not in"
        fix = "look at what changed; then `guardrail models lock` pins it"
        _refuse(folder, MANIFEST, f"{why} `{folder.parent / LOCK}` says", fix)


def _checked(folder: Path, manifest: Manifest, file: str, most: int) -> bytes:
    data = _bytes(folder, file, most)
    if hashlib.sha256(data).hexdigest() != manifest.files[file]:
        fix = "copy the whole model folder again: the file was changed or cut"
        _refuse(folder, file, "does not have the SHA-256 of the manifest", fix)
    return data


def _graph(folder: Path, manifest: Manifest, file: str) -> tuple[bytes, Graph]:
    """Return a graph that was walked and fits its manifest: its bytes, and what was seen."""
    data = _checked(folder, manifest, file, MOST_BYTES)
    try:
        graph = walk(data)
    except WireError as error:
        _refuse(folder, file, f"is refused: {error}", "export it again with `guardrail train`")
    _check_ports(folder, manifest, file, graph)
    return data, graph


def _check_tokenizer(folder: Path, manifest: Manifest, data: bytes) -> None:
    fix = "use the tokenizer that the model was trained with"
    try:
        document: Any = json.loads(data)
        model = document["model"]
        kind, vocabulary = model["type"], model["vocab"]
        added = {each["content"] for each in document.get("added_tokens") or ()}
        known = vocabulary if isinstance(vocabulary, dict) else {each[0] for each in vocabulary}
        size = len({*known, *added})
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        _refuse(folder, TOKENIZER, "is no tokenizer", fix)
    if kind not in _KINDS:
        _refuse(folder, TOKENIZER, "is a tokenizer of an unknown kind", fix)
    if size != manifest.vocabulary:
        _refuse(folder, TOKENIZER, f"knows {size} tokens, not {manifest.vocabulary}", fix)


def _wanted(manifest: Manifest) -> Iterator[tuple[str, int]]:
    outputs = manifest.outputs
    yield outputs.logits, 2
    if outputs.tokens is not None:
        yield outputs.tokens.output, 3
    if outputs.embedding is not None:
        yield outputs.embedding, 2


def _check_ports(folder: Path, manifest: Manifest, file: str, graph: Graph) -> None:
    fix = "manifest and model belong together: copy the whole model folder again"
    inputs = {name: Port(INT64, 2) for name in manifest.inputs}
    outputs = {name: Port(FLOAT, rank) for name, rank in _wanted(manifest)}
    for what, given, wanted in (
        ("inputs", graph.inputs, inputs),
        ("outputs", graph.outputs, outputs),
    ):
        if dict(given) != wanted:
            _refuse(folder, file, f"has not the {what} {_listed(wanted)}", fix)
    if graph.opset != manifest.opset:
        _refuse(folder, file, f"is of opset {graph.opset}, not {manifest.opset}", fix)


def _listed(ports: Mapping[str, Port]) -> str:
    return ", ".join(f"`{name}` (rank {port.rank})" for name, port in ports.items())
