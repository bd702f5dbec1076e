"""From a recipe to a model folder that the runtime reads, and a rule that asks it."""

import json
from pathlib import Path

import pytest

from guardrail import Guard
from guardrail.errors import RecipeError
from guardrail.language.source import Source
from guardrail.models import read_model
from guardrail.training.probe.recipe import ProbeRecipe
from guardrail.training.probe.train import train_probe

SHIPPED = Path(__file__).parents[3] / "models_onnx" / "guard-mini"
POLICY = """edition 1
policy songs
  on error treat as violation
detector learned = classifier(model: "sung", label: sung)
reply plain "Please."
rule no_songs on output each sentence
  when learned >= 0.5
  then replace with plain
"""
SUNG = ("Oh silver moon, sing softly.", "The river hums a lullaby.", "Stars dance over the sea.")
PLAIN = ("Open the settings page.", "The parcel comes on Monday.", "Enter the code.")
BENIGN = ("Select the red button.", "The bill is paid.", "Restart the phone.")


@pytest.fixture
def recipe(tmp_path):
    def lines(name, rows):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return tmp_path / name

    rows = [{"text": f"{PLAIN[0]} {text}", "labels": {"sung": 1}} for text in SUNG]
    rows += [{"text": text, "labels": {"sung": 0}} for text in PLAIN]
    return ProbeRecipe(
        name="sung",
        model=SHIPPED,
        layers=("layer_norm_8", "embedding"),
        label="sung",
        unit="sentence",
        examples=lines("examples.jsonl", rows),
        benign=lines("benign.jsonl", [{"text": text} for text in BENIGN]),
    )


def test_a_rule_asks_what_was_made(recipe, tmp_path):
    folder = train_probe(recipe, (), tmp_path / "out")
    made = read_model(folder, is_pinned=False)
    assert [label.name for label in made.manifest.labels] == ["sung"]
    assert len(made.onnx) < len(read_model(SHIPPED, is_pinned=False).onnx)  # two layers are gone
    guard = Guard.load(Source("songs.guard", POLICY), models=tmp_path / "out")
    said = f"{PLAIN[1]} {SUNG[0]}"
    assert [each.rule for each in guard.check(said).fired] == ["no_songs"]
    for text in (*PLAIN, *BENIGN):
        assert not guard.check(text).fired


def test_the_same_examples_give_the_same_bytes(recipe, tmp_path):
    one, other = (train_probe(recipe, (), tmp_path / name) for name in ("one", "other"))
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layers": ("nothing",)}, "no value `nothing`"),
        ({"benign": Path("gone.jsonl")}, "`gone.jsonl` cannot be read"),
    ],
    ids=["layer", "file"],
)
def test_what_cannot_be_used_is_named(recipe, tmp_path, change, said):
    with pytest.raises(RecipeError, match=said):
        train_probe(recipe.model_copy(update=change), (), tmp_path / "out")


def test_a_line_that_is_no_example_is_named_and_not_quoted(recipe, tmp_path):
    recipe.examples.write_text('{"text": "Good.", "labels": {"sung": 0}}\n["secret"]\n')
    with pytest.raises(RecipeError, match=r"examples\.jsonl:2") as caught:
        train_probe(recipe, (), tmp_path / "out")
    assert "secret" not in f"{caught.value} {caught.value.help}"
