"""The fast path: the same replies through onnxruntime-genai, and folders not to be trusted."""

import hashlib
import json
import shutil
import sys

import pytest

from guardrail.errors import MissingExtraError, ModelError, SettingsError
from guardrail.generation import Generator
from guardrail.training.export import graph
from guardrail.training.export.run import ExportRecipe, export_model
from tests.training.conftest import PROMPTS, write_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train


@pytest.fixture(scope="module")
def fast(tiny_model, exported, tmp_path_factory):
    place = tmp_path_factory.mktemp("fast")
    recipe = ExportRecipe(
        model=str(tiny_model),
        prompts=write_rows(place / "p.jsonl", [{"prompt": each} for each in PROMPTS]),
        out=place / "bot",
        precisions=("fp32",),
        genai="fp32",
        max_tokens=16,
    )
    with pytest.MonkeyPatch.context() as patch:  # the usual graph is there already
        patch.setattr(graph, "export_lm", lambda _lm, to: shutil.copy(exported / "model.onnx", to))
        return export_model(recipe, say=lambda _line: None)


def changed(fast, tmp_path, file, change):
    """Return a copy of a folder with one file changed, and the manifest telling the new hash."""
    folder = tmp_path / "bot"
    shutil.copytree(fast, folder)
    (folder / file).write_bytes(change((folder / file).read_bytes()))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][file] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_it_says_what_onnxruntime_says(fast):
    asked = [*PROMPTS, "Hi", "A much longer question, which needs more tokens than the others do"]
    usual = Generator.load(fast, threads=1).with_sampling(max_tokens=20)
    other = Generator.load(fast, engine="genai", threads=1).with_sampling(max_tokens=20)
    assert other.batch(asked) == usual.batch(asked)
    assert "".join(other.stream(asked[0])) == usual(asked[0])
    warm = {"temperature": 1.0, "seed": 3}
    assert other.with_sampling(**warm).batch(asked) == usual.with_sampling(**warm).batch(asked)


def test_its_parity_is_part_of_the_export(fast):
    manifest = json.loads((fast / "manifest.json").read_text())
    assert manifest["genai"] == "fp32"
    assert manifest["parity"]["genai-fp32"]["logits"] < 1e-4
    assert manifest["parity"]["genai-fp32"]["same_replies"] == 1
    assert {"model-genai.onnx", "genai_config.json"} <= set(manifest["files"])


def with_library(config):
    document = json.loads(config)
    document["model"]["decoder"]["session_options"]["custom_ops_library"] = "evil.so"
    return json.dumps(document).encode()


def with_provider(config):
    document = json.loads(config)
    document["model"]["decoder"]["session_options"]["provider_options"] = [{"other": {}}]
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("genai_config.json", with_library, "asks for more than to run the graph"),
        ("genai_config.json", with_provider, "asks for more than to run the graph"),
        ("genai_config.json", lambda _config: b"{}", "asks for more than to run the graph"),
        ("model-genai.onnx", lambda _graph: b"\x08\x08", "is refused"),
    ],
)
def test_folders_that_ask_for_more_are_refused(fast, tmp_path, file, change, said):
    with pytest.raises(ModelError, match=said):
        Generator.load(changed(fast, tmp_path, file, change), engine="genai")


def test_changed_files_are_refused(fast, tmp_path):
    folder = tmp_path / "bot"
    shutil.copytree(fast, folder)
    (folder / "genai_config.json").write_text("{}")
    with pytest.raises(ModelError, match="does not have the SHA-256"):
        Generator.load(folder, engine="genai")


def test_what_is_not_there_is_said(fast, exported, monkeypatch):
    with pytest.raises(ModelError, match="was not built for onnxruntime-genai"):
        Generator.load(exported, engine="genai")
    with pytest.raises(SettingsError, match="no engine `vllm`"):
        Generator.load(fast, engine="vllm")
    with pytest.raises(SettingsError, match="the precision of its export"):
        Generator.load(fast, engine="genai", precision="fp32")
    monkeypatch.setitem(sys.modules, "onnxruntime_genai", None)
    with pytest.raises(MissingExtraError, match="genai"):
        Generator.load(fast, engine="genai")
