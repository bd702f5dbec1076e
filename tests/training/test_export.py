"""Export of language and reward models: parity, the folder, and what is refused."""

import json
from pathlib import Path

import pytest

from guardrail.errors import ModelError, ParityError, RecipeError
from guardrail.generation import Generator
from guardrail.training.export import parity as parities
from guardrail.training.export.chat import chat_of
from guardrail.training.export.run import ExportRecipe, _gate, export_model
from guardrail.training.lm.load import load_lm
from guardrail.training.lm.sample import sample
from guardrail.training.reward import RewardRecipe, train_reward
from tests.training.conftest import PROMPTS, write_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train


def quiet(_line):
    """Say nothing."""


@pytest.fixture
def prompts_file(tmp_path):
    return write_rows(tmp_path / "prompts.jsonl", [{"prompt": each} for each in PROMPTS])


def test_the_folder_says_what_it_holds(exported):
    manifest = json.loads((exported / "manifest.json").read_text())
    assert list(manifest["graphs"]) == ["fp32", "fp16", "int8"]
    assert manifest["parity"]["fp32"]["logits"] < 1e-4
    assert manifest["parity"]["fp32"]["same_replies"] == 1
    assert 0 < manifest["parity"]["fp16"]["logits"] < 0.1
    assert manifest["parity"]["fp16"]["same_tokens"] >= 0.99
    assert manifest["parity"]["int8"]["logits"] > 0
    graphs = {"model.onnx", "model-fp16.onnx", "model-int8.onnx"}
    assert set(manifest["files"]) == {*graphs, "tokenizer.json", "card.md"}
    sizes = {name: (exported / name).stat().st_size for name in graphs}
    assert sizes["model-fp16.onnx"] < 0.7 * sizes["model.onnx"]
    assert "| fp32 |" in (exported / "card.md").read_text()
    assert not list(exported.parent.glob(".*.part"))


def test_a_batch_of_unequal_prompts_says_what_torch_says(exported, tiny_model):
    lm, tokenizer = load_lm(str(tiny_model))
    asked = [*PROMPTS, "Hi", "A much longer question, which needs more tokens than the others do"]
    messages = [[{"role": "user", "content": each}] for each in asked]
    expected = [
        sample(lm, tokenizer, [each], seed=0, max_tokens=20, temperature=0)[0] for each in messages
    ]
    generator = Generator.load(exported).with_sampling(max_tokens=20)
    assert generator.batch(asked) == expected
    assert [generator(each) for each in asked] == expected


def test_a_graph_that_answers_otherwise_is_not_written(
    tiny_model, prompts_file, tmp_path, monkeypatch
):
    seen = parities.Parity(prompts=4, logits=0.5, same_tokens=0.5, same_replies=0.5)
    monkeypatch.setattr(parities, "lm_parity", lambda *_: seen)
    for precisions, said in (
        (("fp32",), "fp32: logits differ by 0.5"),
        (("int8",), "int8: 50.0%"),
    ):
        recipe = ExportRecipe(
            model=str(tiny_model), prompts=prompts_file, out=tmp_path / "o", precisions=precisions
        )
        with pytest.raises(ParityError, match=said):
            export_model(recipe, say=quiet)
        assert {each.name for each in tmp_path.iterdir()} == {"prompts.jsonl"}


@pytest.mark.parametrize(
    ("precision", "tokens", "said"),
    [
        ("fp16", 0.98, "fp16: 98.0% of tokens are the same .`fp16_same` 0.99"),
        ("int4", 0.96, "int4: 96.0% of tokens are the same .`int8_same` 0.97"),
        ("fp16", 0.99, None),
    ],
)
def test_each_precision_has_its_gate(precision, tokens, said):
    recipe = ExportRecipe(model="m", prompts="p", out="o")
    seen = parities.Parity(prompts=4, logits=0.5, same_tokens=tokens, same_replies=0.5)
    if said is None:
        assert _gate(recipe, precision, precision, seen) is None
        return
    with pytest.raises(ParityError, match=said):
        _gate(recipe, precision, precision, seen)


def test_a_folder_that_is_not_empty_is_kept(exported, tiny_model, prompts_file):
    before = sorted(exported.iterdir())
    with pytest.raises(RecipeError, match="is not empty"):
        export_model(
            ExportRecipe(model=str(tiny_model), prompts=prompts_file, out=exported), say=quiet
        )
    assert sorted(exported.iterdir()) == before


def test_a_reward_model_scores_as_it_did(tiny_model, pairs_file, prompts_file, tmp_path):
    scorer = train_reward(
        RewardRecipe(model=str(tiny_model), data=pairs_file, out=tmp_path / "rm", steps=2, batch=4),
        say=quiet,
    )
    said = []
    out = export_model(
        ExportRecipe(
            model=str(scorer), kind="reward", prompts=prompts_file, out=tmp_path / "rm-onnx"
        ),
        say=said.append,
    )
    assert {each.name for each in out.iterdir()} == {"model.onnx", "tokenizer.json", "card.md"}
    assert said[0].startswith("fp32: prompts 4")


TEMPLATES = {
    "chatml": (
        (
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
            "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
        ),
        None,
    ),
    "begins": (
        (
            "<s>{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
            "{% if add_generation_prompt %}[assistant]{% endif %}"
        ),
        None,
    ),
    "no system": (
        (
            "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
            "<{{ m.role }}>{{ m.content }}</>{% endfor %}"
            "{% if add_generation_prompt %}<assistant>{% endif %}"
        ),
        None,
    ),
    "counts": (
        (
            "{% for m in messages %}{{ loop.index }}{{ m.role }}{{ m.content }}{% endfor %}"
            "{% if add_generation_prompt %}assistant{% endif %}"
        ),
        "does more than",
    ),
    "drops": ("{{ messages[-1].content }}", "does more than"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_chat_templates_become_affixes_or_are_refused(tiny_model, name):
    template, refused = TEMPLATES[name]
    _, tokenizer = load_lm(str(tiny_model))
    tokenizer.chat_template = template
    if refused:
        with pytest.raises(RecipeError, match=refused):
            chat_of(tokenizer, "m")
        return
    chat = chat_of(tokenizer, "m")
    said = [("user", "a"), ("assistant", "b"), ("user", "c")]
    messages = [{"role": role, "content": words} for role, words in said]
    assert chat.write(said) == tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True
    )
    assert ("system" in chat.roles) == (name != "no system")
    with pytest.raises(ModelError, match="no role `judge`"):
        chat.write([("judge", "a")])


def test_a_graph_tells_nothing_of_the_machine_it_was_made_on():
    import onnx
    from onnx import helper

    from guardrail.training.common.traces import without_traces

    node = helper.make_node("Identity", ["x"], ["y"])
    entry = node.metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.stack_trace", 'File "/home/ann/model.py"'
    some = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    model = helper.make_model(helper.make_graph([node], "g", some[:1], some[1:]))
    assert b"/home/ann" in model.SerializeToString()
    assert b"/home/ann" not in without_traces(model).SerializeToString()


def test_the_model_that_ships_tells_nothing_of_one_either():
    shipped = Path(__file__).parents[2] / "models_onnx" / "guard-mini" / "model.onnx"
    assert b"site-packages" not in shipped.read_bytes()
