"""Model folders: what is read, and every broken or hostile one that is refused before it runs."""

import json

import pytest

from guardrail.errors import ModelError
from guardrail.models import read_model
from guardrail.models.folder import digest_of, find_models
from guardrail.models.lock import write_lock
from tests.support import models as tiny
from tests.support import onnx_bytes as pb


def test_a_good_folder_is_read(tmp_path):
    folder = tiny.write_model(tmp_path)
    model = read_model(folder)
    assert [label.name for label in model.manifest.labels] == ["toxic", "polite"]
    assert model.onnx == tiny.tiny_onnx()
    assert find_models([tmp_path]) == {"tiny": folder}


def built(*, nodes=(), tensors=(), inputs=None, outputs=None, extra=b"", **model):
    return pb.model(
        pb.graph(
            [*tiny.nodes(), *nodes],
            [*tiny.tensors(), *tensors],
            tiny.inputs() if inputs is None else inputs,
            tiny.outputs() if outputs is None else outputs,
            extra,
        ),
        **model,
    )


def nested(depth):
    inner = pb.graph([pb.node("Identity", ["one"], ["x"])])
    for _ in range(depth):
        inner = pb.graph([pb.node("If", ["c"], ["x"], [pb.graph_attribute("then_branch", inner)])])
    return pb.model(inner)


def functions(count):
    """A chain of functions, each of which calls the next."""
    bodies = [
        pb.part(1, f"f{i}") + pb.part(7, pb.node(f"f{i + 1}", ["a"], ["b"], domain="local"))
        for i in range(count)
    ]
    return built(extra=b"") + b"".join(pb.part(25, body) for body in bodies)


EXTERNAL = pb.part(13, pb.part(1, "location") + pb.part(2, "../../etc/passwd"))
BAD_ONNX = {
    "empty": (b"", "no `graph`|no version"),
    "text": (b"this is no model at all", "field|wire|ends"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00", "field|wire|ends"),
    "cut": (tiny.tiny_onnx()[:-40], "ends in the middle"),
    "trailing": (tiny.tiny_onnx() + b"\xff", "ends in the middle"),
    "external data": (built(tensors=[pb.tensor("x", (4,), extra=EXTERNAL)]), "outside the file"),
    "external by location": (
        built(tensors=[pb.tensor("x", (1,), bytes(4), extra=pb.num(14, 1))]),
        "outside the file",
    ),
    "external in an attribute": (
        built(
            nodes=[
                pb.node(
                    "Constant",
                    [],
                    ["x"],
                    [pb.part(1, "value") + pb.part(5, pb.tensor("x", (4,), extra=EXTERNAL))],
                )
            ]
        ),
        "outside the file",
    ),
    "deep graphs": (nested(17), "nested deeper than 16"),
    "very deep graphs": (nested(900), "nested deeper than 16"),
    "functions": (functions(3000), "functions"),
    "training": (tiny.tiny_onnx() + pb.part(20, b""), "training"),
    "other domain": (built(nodes=[pb.node("Add", ["a"], ["b"], domain="evil.ops")]), "domain"),
    "unknown operator": (built(nodes=[pb.node("PyOp", ["a"], ["b"])]), "operator 'PyOp'"),
    "loop": (built(nodes=[pb.node("Loop", ["a"], ["b"])]), "operator 'Loop'"),
    "operator inside a graph": (
        built(
            nodes=[
                pb.node(
                    "If",
                    ["c"],
                    ["x"],
                    [pb.graph_attribute("then_branch", pb.graph([pb.node("Loop", [], [])]))],
                )
            ]
        ),
        "operator 'Loop'",
    ),
    "too few bytes": (built(tensors=[pb.tensor("x", (4,), bytes(15))]), "as many bytes"),
    "too many bytes": (built(tensors=[pb.tensor("x", (4,), bytes(17))]), "as many bytes"),
    "huge shape": (built(tensors=[pb.tensor("x", (2**40, 2**40))]), "impossible shape"),
    "product wraps": (built(tensors=[pb.tensor("x", [2**16] * 4)]), "as many bytes"),
    "negative shape": (built(tensors=[pb.tensor("x", (-1,), bytes(4))]), "impossible shape"),
    "many dimensions": (built(tensors=[pb.tensor("x", [1] * 9, bytes(4))]), "impossible shape"),
    "strings": (built(tensors=[pb.tensor("x", (), type_=pb.STRING)]), "type of element"),
    "data twice": (
        built(tensors=[pb.tensor("x", (1,), bytes(4), extra=pb.part(4, bytes(4)))]),
        "two places",
    ),
    "data in the wrong list": (
        built(tensors=[pb.tensor("x", (1,), bytes(4), extra=pb.part(7, b"\x01"))]),
        "two places|wrong one|unknown|wrong wire",
    ),
    "sparse": (built(extra=pb.part(15, b"")), "sparse"),
    "two graphs": (tiny.tiny_onnx() + pb.part(7, pb.graph([])), "`graph` twice"),
    "unknown field": (tiny.tiny_onnx() + pb.num(99, 1), "unknown field"),
    "group": (tiny.tiny_onnx() + pb.varint(14 << 3 | 3), "groups"),
    "wrong wire type": (tiny.tiny_onnx() + pb.num(14, 1), "wrong wire type"),
    "endless number": (b"\xff" * 11, "longer than 64 bits"),
    "too large a part": (pb.varint(7 << 3 | 2) + pb.varint(2**62), "ends in the middle"),
    "no opset": (pb.num(1, 8) + pb.part(7, pb.graph(tiny.nodes())), "no version"),
    "another opset": (built(opset=17), "opset 17, not 13"),
    "missing input": (built(inputs=tiny.inputs()[:1]), "inputs"),
    "more inputs": (built(inputs=[*tiny.inputs(), pb.value("x", pb.FLOAT, (1,))]), "inputs"),
    "input of another rank": (
        built(inputs=[tiny.inputs()[0], pb.value("attention_mask", pb.INT64, ("b",))]),
        "inputs",
    ),
    "input of another type": (
        built(inputs=[tiny.inputs()[0], pb.value("attention_mask", pb.FLOAT, ("b", "s"))]),
        "inputs",
    ),
    "missing output": (built(outputs=tiny.outputs()[:2]), "outputs"),
    "output of another rank": (
        built(outputs=[pb.value("logits", pb.FLOAT, ("b",)), *tiny.outputs()[1:]]),
        "outputs",
    ),
}


@pytest.mark.parametrize("name", BAD_ONNX)
def test_a_bad_graph_is_refused(tmp_path, name):
    onnx, why = BAD_ONNX[name]
    folder = tiny.write_model(tmp_path, onnx)
    with pytest.raises(ModelError, match=why) as caught:
        read_model(folder)
    assert str(folder / "model.onnx") in caught.value.message
    assert caught.value.help


def test_the_deepest_graphs_that_are_allowed_are_walked(tmp_path):
    with pytest.raises(ModelError, match="inputs"):
        read_model(tiny.write_model(tmp_path, nested(15)))


BAD_TOKENIZERS = {
    "no json": (b"{", "no tokenizer"),
    "deep json": (b"[" * 100_000, "no tokenizer"),
    "a list": (b"[]", "no tokenizer"),
    "no model": (b"{}", "no tokenizer"),
    "unknown kind": (tiny.tokenizer(model={"type": "Script", "vocab": {}}), "unknown kind"),
    "another vocabulary": (
        tiny.tokenizer(model={"type": "WordLevel", "vocab": {"a": 0}}),
        "tokens, not",
    ),
}


@pytest.mark.parametrize("name", BAD_TOKENIZERS)
def test_a_bad_tokenizer_is_refused(tmp_path, name):
    words, why = BAD_TOKENIZERS[name]
    folder = tiny.write_model(tmp_path, words=words)
    with pytest.raises(ModelError, match=why) as caught:
        read_model(folder)
    assert str(folder / "tokenizer.json") in caught.value.message


def head(**changes):
    good = {"output": "tokens", "tags": ["O", "B-PERSON"], "thresholds": {"PERSON": 0.5}}
    return {"outputs": {"tokens": good | changes}}


BAD_MANIFESTS = {
    "another name": ({"name": "other"}, "another model"),
    "path for a name": ({"name": "../x"}, "name"),
    "unknown key": ({"run": "x.so"}, "run"),
    "no labels": ({"labels": []}, "labels"),
    "threshold above one": ({"labels": [{"name": "toxic", "threshold": 2}]}, "threshold"),
    "temperature of nought": (
        {"labels": [{"name": "toxic", "threshold": 0.5, "temperature": 0}]},
        "temperature",
    ),
    "label twice": ({"labels": [{"name": "a", "threshold": 0.5}] * 2}, "one name"),
    "overlap": ({"overlap": 15}, "overlap"),
    "files elsewhere": ({"files": {"../model.onnx": "0" * 64}}, "files"),
    "no hash": ({"files": {"model.onnx": "0"}}, "files"),
    "inputs": ({"inputs": ["input_ids", "secret"]}, "inputs"),
    "O is not first": (head(tags=["B-PERSON", "O"]), "tags must be O"),
    "tag twice": (head(tags=["O", "B-PERSON", "B-PERSON"]), "tags must be O"),
    "tag of no entity": (head(tags=["O", "PERSON"]), "tags"),
    "goes on without a beginning": (head(tags=["O", "B-PERSON", "I-PLACE"]), "none B-"),
    "entity without threshold": (head(thresholds={}), "thresholds must name"),
    "threshold without entity": (head(thresholds={"PERSON": 1, "AGE": 1}), "thresholds must name"),
    "threshold of an entity": (head(thresholds={"PERSON": 1.5}), "PERSON"),
}


@pytest.mark.parametrize("name", BAD_MANIFESTS)
def test_a_bad_manifest_is_refused(tmp_path, name):
    changes, why = BAD_MANIFESTS[name]
    folder = tiny.write_model(tmp_path, **changes)
    with pytest.raises(ModelError, match=why) as caught:
        read_model(folder)
    assert str(folder / "manifest.json") in caught.value.message


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_missing_file_is_named(tmp_path, file):
    folder = tiny.write_model(tmp_path)
    (folder / file).unlink()
    with pytest.raises(ModelError, match="is missing") as caught:
        read_model(folder)
    assert str(folder / file) in caught.value.message


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_one_changed_byte_is_noticed(tmp_path, file):
    folder = tiny.write_model(tmp_path)
    data = bytearray((folder / file).read_bytes())
    data[-1] ^= 1
    (folder / file).write_bytes(data)
    with pytest.raises(ModelError, match="SHA-256"):
        read_model(folder)


def test_a_lock_pins_the_manifest(tmp_path):
    folder = tiny.write_model(tmp_path)
    write_lock(tmp_path, {"tiny": digest_of(folder)})
    assert read_model(folder).digest == digest_of(folder)
    document = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(document | {"overlap": 3}))
    with pytest.raises(ModelError, match="is another one than"):
        read_model(folder)
    write_lock(tmp_path, {})
    with pytest.raises(ModelError, match="is not in"):
        read_model(folder)
    (tmp_path / "guardrail.lock").write_text("{}")
    with pytest.raises(ModelError, match="no lock"):
        read_model(folder)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ModelError, match="no model folder"):
        read_model(tmp_path / "absent")
