"""What the folder of an exported language model says of itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guardrail.errors import ModelError
from guardrail.models.walker import MOST_BYTES, walk
from guardrail.models.wire import WireError

MANIFEST: Final = "manifest.json"
TOKENIZER: Final = "tokenizer.json"
MOST_TOKENIZER: Final = 64 * 2**20
_STRICT: Final = ConfigDict(frozen=True, extra="forbid")


class Affixes(BaseModel):
    """What stands before and after the words of a role."""

    model_config = _STRICT

    before: str
    after: str


class Chat(BaseModel):
    """How a conversation is written: a chat template without a program in it.

    >>> user, bot = Affixes(before="U:", after="."), Affixes(before="B:", after=".")
    >>> chat = Chat(start="", roles={"user": user, "assistant": bot}, answer="B:")
    >>> chat.write([("user", "Hi")])
    'U:Hi.B:'
    """

    model_config = _STRICT

    start: str
    roles: dict[str, Affixes]
    answer: str = Field(description="What a reply is written behind.")

    def write(self, messages: list[tuple[str, str]]) -> str:
        """Return a conversation of (role, words), ready to be answered.

        Raises:
            ModelError: the model knows no such role.
        """
        parts = [self.start]
        for role, words in messages:
            affixes = self.roles.get(role)
            if affixes is None:
                known = ", ".join(self.roles)
                raise ModelError(f"the model knows no role `{role}`", help=f"it knows {known}")
            parts += (affixes.before, words, affixes.after)
        return "".join([*parts, self.answer])


class Manifest(BaseModel):
    """`manifest.json` of an exported language model."""

    model_config = _STRICT

    edition: Literal[1] = 1
    kind: Literal["causal-lm"] = "causal-lm"
    name: str
    files: dict[str, str] = Field(description="SHA-256 of each file, by name.")
    graphs: dict[str, str] = Field(description="File of each precision, the default first.")
    chat: Chat
    context: int = Field(gt=0, description="Tokens of prompt and reply together.")
    layers: int = Field(gt=0)
    kv_heads: int = Field(gt=0)
    head_size: int = Field(gt=0)
    vocabulary: int = Field(gt=0)
    end_tokens: tuple[int, ...] = Field(min_length=1)
    pad_token: int
    opset: int
    parity: dict[str, dict[str, float]] = Field(description="By precision, against torch.")
    sources: tuple[str, ...] = ()
    genai: str | None = Field(
        default=None, description="Precision of the form for onnxruntime-genai, if it was built."
    )


@dataclass(frozen=True)
class Folder:
    """A folder that may be loaded: the bytes are those whose hashes were compared."""

    path: Path
    manifest: Manifest
    onnx: bytes = field(repr=False)


def read_manifest(path: Path) -> Manifest:
    """Return what a folder says of itself.

    Raises:
        ModelError: there is no manifest, or it is none of a language model.
    """
    try:
        return Manifest.model_validate_json((path / MANIFEST).read_bytes())
    except OSError:
        raise ModelError(
            f"`{path}` holds no exported language model", help="`guardrail export` makes one"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelError(
            f"`{path / MANIFEST}` is no manifest of a language model: {where}: {first['msg']}",
            help="export the model again with `guardrail export`",
        ) from None


def read_folder(path: Path, precision: str | None = None) -> Folder:
    """Return an exported language model, looked through before any runtime sees it.

    Args:
        path: the folder.
        precision: which graph; the manifest's first by default.

    Raises:
        ModelError: naming the folder, the file, what is wrong and what to do.
    """
    manifest = read_manifest(path)
    chosen = precision or next(iter(manifest.graphs))
    if chosen not in manifest.graphs:
        raise ModelError(
            f"`{path}` has no precision `{chosen}`", help=f"it has {', '.join(manifest.graphs)}"
        )
    onnx = checked(path, manifest, manifest.graphs[chosen], MOST_BYTES)
    _look_through(path / manifest.graphs[chosen], onnx, manifest)
    return Folder(path, manifest, onnx)


def cache_names(layers: int, side: Literal["input", "output"]) -> list[str]:
    """Return the names of the key and value caches of a graph, in order."""
    return [
        f"{side}.past_key_values.layers.{layer}.{part}"
        for layer in range(layers)
        for part in ("keys", "values")
    ]


def checked(path: Path, manifest: Manifest, file: str, most: int) -> bytes:
    """Return the bytes of a file of a folder, if they are those of the manifest.

    Raises:
        ModelError: they are not, or the file is too large.
    """
    if Path(file).name != file:
        raise ModelError(
            f"`{path / MANIFEST}` names a file outside its folder", help="export again"
        )
    place = path / file
    data = place.read_bytes() if place.is_file() and place.stat().st_size <= most else b""
    if hashlib.sha256(data).hexdigest() != manifest.files.get(file):
        raise ModelError(
            f"`{place}` does not have the SHA-256 of the manifest",
            help="copy the whole folder again: the file is missing, was changed or cut",
        )
    return data


def _look_through(place: Path, onnx: bytes, manifest: Manifest) -> None:
    inputs = {"input_ids", "attention_mask", "position_ids", *cache_names(manifest.layers, "input")}
    outputs = {"logits", *cache_names(manifest.layers, "output")}
    try:
        graph = walk(onnx)
    except WireError as error:
        raise ModelError(
            f"`{place}` is refused: {error}", help="export it again with `guardrail export`"
        ) from None
    if (set(graph.inputs), set(graph.outputs)) != (inputs, outputs):
        raise ModelError(
            f"`{place}` has not the inputs and outputs of a language model with "
            f"{manifest.layers} layers",
            help="manifest and model belong together: export them again",
        )
