"""A tiny model folder: each word has a logit per label, and a text has that of its worst word."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import onnx_bytes as pb

LABELS = ("toxic", "polite")
TAGS = ("O", "B-PERSON", "I-PERSON", "B-LOCATION")
WORDS: dict[str, tuple[float, float]] = {
    "[PAD]": (-9, -9), "[UNK]": (-4, -4), "[CLS]": (-4, -4), "[SEP]": (-4, -4),
    "idiot": (4, -4), "please": (-4, 4), "fine": (-1, 1), "broken": (0, 0),
    "ann": (-4, -4), "paris": (-4, -4), "lee": (-4, -4),
}  # fmt: skip
_TAG_OF = {"ann": 1, "lee": 2, "paris": 3}


def tokenizer(**changes: Any) -> bytes:
    words = {word: index for index, word in enumerate(WORDS)}
    special = [{"id": words[each], "content": each, "single_word": False, "lstrip": False,
                "rstrip": False, "normalized": False, "special": True}
               for each in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")]  # fmt: skip
    pieces = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]  # fmt: skip
    document = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {"type": "TemplateProcessing", "single": pieces, "pair": [
            *pieces, {"Sequence": {"id": "B", "type_id": 0}}], "special_tokens": {
            each: {"id": each, "ids": [words[each]], "tokens": [each]} for each in ("[CLS]", "[SEP]")}},
        "decoder": None, "model": {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"},
    }  # fmt: skip
    return json.dumps(document | changes).encode()


def inputs() -> list[bytes]:
    return [pb.value(name, pb.INT64, ("b", "s")) for name in ("input_ids", "attention_mask")]


def outputs() -> list[bytes]:
    return [
        pb.value("logits", pb.FLOAT, ("b", len(LABELS))),
        pb.value("tokens", pb.FLOAT, ("b", "s", len(TAGS))),
        pb.value("embedding", pb.FLOAT, ("b", len(WORDS))),
    ]


def tensors(*, spoilt_tags: bool = False) -> list[bytes]:
    count = len(WORDS)
    tags = [4.0 * (_TAG_OF.get(word, 0) == tag) for word in WORDS for tag in range(len(TAGS))]
    if spoilt_tags:
        tags[list(WORDS).index("broken") * len(TAGS)] = float("nan")
    # A maximum swallows what is not a number, a mean does not.
    poison = [float("nan") if word == "broken" else 0.0 for word in WORDS for _ in LABELS]
    unit = [float(i == j and i > 3) for i in range(count) for j in range(count)]
    return [
        pb.tensor("table", (count, 2), pb.floats([x for pair in WORDS.values() for x in pair])),
        pb.tensor("tags", (count, len(TAGS)), pb.floats(tags)),
        pb.tensor("unit", (count, count), pb.floats(unit)),
        pb.tensor("poison", (count, 2), pb.floats(poison)),
        pb.tensor("last", (1,), pb.longs([2]), pb.INT64),
        pb.tensor("one", (), pb.floats([1.0])),
        pb.tensor("hundred", (), pb.floats([100.0])),
    ]


def nodes() -> list[bytes]:
    over = [pb.ints_attribute("axes", [1]), pb.int_attribute("keepdims", 0)]
    return [
        pb.node("Gather", ["table", "input_ids"], ["each"]),
        pb.node("Cast", ["attention_mask"], ["mask"], [pb.int_attribute("to", pb.FLOAT)]),
        pb.node("Unsqueeze", ["mask", "last"], ["wide"]),
        pb.node("Sub", ["wide", "one"], ["off"]),
        pb.node("Mul", ["off", "hundred"], ["far"]),
        pb.node("Add", ["each", "far"], ["kept"]),
        pb.node("ReduceMax", ["kept"], ["worst"], over),
        pb.node("Gather", ["poison", "input_ids"], ["poisons"]),
        pb.node("ReduceMean", ["poisons"], ["spoilt"], over),
        pb.node("Add", ["worst", "spoilt"], ["logits"]),
        pb.node("Gather", ["tags", "input_ids"], ["tokens"]),
        pb.node("Gather", ["unit", "input_ids"], ["vectors"]),
        pb.node("Mul", ["vectors", "wide"], ["seen"]),
        pb.node("ReduceMean", ["seen"], ["embedding"], over),
    ]


def tiny_onnx(*, spoilt_tags: bool = False) -> bytes:
    return pb.model(pb.graph(nodes(), tensors(spoilt_tags=spoilt_tags), inputs(), outputs()))


def mute_onnx() -> bytes:
    """Return a graph with labels alone."""
    return pb.model(pb.graph(nodes(), tensors(), inputs(), outputs()[:1]))


def manifest(contents: Mapping[str, bytes], /, **changes: Any) -> dict[str, Any]:
    return {
        "name": "tiny",
        "files": {file: hashlib.sha256(data).hexdigest() for file, data in contents.items()},
        "labels": [{"name": label, "threshold": 0.5} for label in LABELS],
        "outputs": {
            "logits": "logits",
            "tokens": {
                "output": "tokens",
                "tags": list(TAGS),
                "thresholds": {"PERSON": 0.5, "LOCATION": 0.5},
            },
            "embedding": "embedding",
        },
        "max_tokens": 16,
        "overlap": 4,
        "opset": 13,
        "vocabulary": len(WORDS),
    } | changes


def write_model(
    place: Path,
    onnx: bytes | None = None,
    words: bytes | None = None,
    more: Mapping[str, bytes] | None = None,
    **changes: Any,
) -> Path:
    """Write a model folder under a place; return it. `more` are files besides the two."""
    files = {
        "model.onnx": tiny_onnx() if onnx is None else onnx,
        "tokenizer.json": tokenizer() if words is None else words,
        **(more or {}),
    }
    folder = place / "tiny"
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(manifest(files, **changes)))
    return folder
