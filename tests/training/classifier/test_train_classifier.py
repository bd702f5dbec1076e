"""From a recipe to a model folder, on the CPU and from scratch."""

import json

import numpy as np
import pytest

from guardrail.errors import RecipeError, TrainingError
from guardrail.models import read_model
from guardrail.stages.classifier import engine_of
from guardrail.training.classifier import export
from guardrail.training.classifier.features import Featurizer
from guardrail.training.classifier.names import f1, read_names
from guardrail.training.classifier.pipeline import train_classifier
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.classifier.scoring import onnx_forward, score
from guardrail.training.common.run_folder import RunFolder

from .conftest import name_rows, options, text_rows


def test_the_runtime_loads_the_folder_and_the_model_has_learned(trained):
    _, folder, _ = trained
    rows = text_rows(80, seed=5)
    answers = engine_of(read_model(folder)).answers([row["text"] for row in rows])
    rude = [row["labels"]["rude"] for row in rows]
    scores = [answer.scores[0] for answer in answers]
    right = np.mean(
        [(score >= 0.5) == bool(label) for score, label in zip(scores, rude, strict=True)]
    )
    assert right > 0.9
    assert all(abs(sum(x * x for x in answer.vectors[0]) - 1) < 1e-3 for answer in answers)


def test_names_are_found_where_they_stand(trained):
    from tokenizers import Tokenizer

    recipe, folder, _ = trained
    model = read_model(folder)
    rows = name_rows(60, seed=6)
    tokenizer = Tokenizer.from_str(model.tokenizer.decode())
    scored = score(onnx_forward(model.onnx), tokenizer, [row["text"] for row in rows], recipe)
    head = model.manifest.outputs.tokens
    found = [read_names(each, recipe, head.thresholds) for each in scored]
    assert f1(found, [[tuple(span) for span in row["spans"]] for row in rows]) > 0.9


def test_the_manifest_says_what_was_measured(trained):
    _, folder, _ = trained
    manifest = read_model(folder).manifest
    assert [label.name for label in manifest.labels] == ["rude", "kind"]
    assert manifest.outputs.tokens.tags == ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION")
    assert manifest.parity_error < 1e-3
    assert manifest.metrics["rude"]["auroc"] > 0.95
    assert manifest.metrics["rude"]["held_out_auroc"] > 0.9
    assert manifest.metrics["names"]["all"] > 0.8


def test_the_card_names_licences_and_the_baseline(trained):
    card = (trained[1] / "card.md").read_text("utf-8")
    assert "| texts | 300 | CC0-1.0 | 1 | trained | – |" in card
    assert "| others |" in card
    assert "measured only" in card
    assert "TF-IDF, held out" in card


def test_progress_is_said_and_logged(trained):
    recipe, _, said = trained
    assert any(line.startswith("step 60/60  loss ") and "/s" in line for line in said)
    rows = list(RunFolder(recipe.out).rows())
    assert [row["step"] for row in rows] == [25, 50, 60]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert all(row["examples_per_second"] > 0 for row in rows)
    for picture in ("losses.png", "confusion.png"):
        assert (recipe.out / picture).read_bytes().startswith(b"\x89PNG")


class StoppedError(Exception):
    pass


def test_a_run_that_was_stopped_ends_where_it_would_have(tmp_path, monkeypatch):
    """Same batches, same dropout, same weights as without the stop."""
    import torch

    few = {"steps": 8, "checkpoint_every": 4, "dropout": 0.2}
    whole = Recipe.model_validate(options(tmp_path / "whole", **few))
    parted = Recipe.model_validate(options(tmp_path / "parted", **few))
    monkeypatch.setattr(
        "guardrail.training.classifier.pipeline._Run.hand_over", lambda self: self.recipe.out
    )
    train_classifier(whole, lambda _: None)

    save = RunFolder.save

    def save_and_stop(self, state):
        save(self, state)
        if state["step"] == 4:
            raise StoppedError

    with monkeypatch.context() as stopping:
        stopping.setattr(RunFolder, "save", save_and_stop)
        with pytest.raises(StoppedError):
            train_classifier(parted, lambda _: None)
    assert RunFolder(parted.out).load()["step"] == 4
    train_classifier(parted, lambda _: None, resume=True)

    one, other = (RunFolder(recipe.out).load() for recipe in (whole, parted))
    assert one["step"] == other["step"] == 8
    for name, weights in one["network"].items():
        assert torch.equal(weights, other["network"][name]), name


@pytest.fixture(scope="module")
def again(trained, tmp_path_factory):
    """A run of one step that begins with the finished model, with a graph of 16 bits beside."""
    recipe, folder, _ = trained
    few = {
        "steps": 1,
        "learning_rate": 1e-7,
        "head_learning_rate": 1e-7,
        "initial": str(folder),
        "half": True,
    }
    place = tmp_path_factory.mktemp("again")
    chosen = Recipe.model_validate(options(place, **few))
    (place / "run").mkdir()
    (place / "run" / "tokenizer.json").write_bytes((recipe.out / "tokenizer.json").read_bytes())
    return train_classifier(chosen, lambda _: None)


def test_a_run_begins_with_the_weights_of_another_model(trained, again):
    rows = text_rows(80, seed=5)
    texts = [row["text"] for row in rows]
    one, other = (
        np.array([answer.scores[0] for answer in engine_of(read_model(folder)).answers(texts)])
        for folder in (trained[1], again)
    )
    rude = np.array([row["labels"]["rude"] for row in rows])
    assert np.mean((other >= 0.5) == rude) > 0.9
    assert np.abs(one - other).mean() < 0.1
    assert "begins with the weights of `tiny`" in (again / "card.md").read_text("utf-8")


def test_a_model_of_another_shape_is_no_beginning(trained, tmp_path):
    from guardrail.training.classifier.initial import begin_with
    from guardrail.training.classifier.network import new_encoder, new_network

    recipe = Recipe.model_validate(options(tmp_path, labels=["rude"]))
    network = new_network(recipe, new_encoder(recipe, 400))
    with pytest.raises(RecipeError, match=r"has no weight `.*` of the shape"):
        begin_with(network, trained[1])


def test_a_graph_of_16_bits_computes_the_same_and_is_handed_over(again):
    model = read_model(again)
    assert model.half is not None
    rows = [[2, 9, 3], [2, 5, 6, 7, 3]]
    fp32 = export.with_offsets((again.parent / "fp32.onnx").read_bytes(), [0.0, 0.0])
    assert 0 < export.check_half(fp32, export.to_half(fp32), rows) < 0.05
    with pytest.raises(TrainingError, match="16 bits differ from 32"):
        export.check_half(fp32, export.with_offsets(fp32, [1.0, 0.0]), rows)


def test_a_text_of_8_bits_has_one_score_alone_and_among_others(trained):
    model = read_model(trained[1])
    assert not model.is_scaled_by_batch
    rows = [[2, 9, 3], [2, 5, 6, 7, 3], [2, *range(5, 40), 3]]
    assert export.check_alone(model.onnx, rows) < 1e-4


def test_a_graph_whose_scales_are_those_of_a_batch_is_not_handed_over(trained, tmp_path):
    from onnxruntime.quantization import quantize_dynamic

    mixed = tmp_path / "mixed.onnx"
    quantize_dynamic(trained[0].out / "fp32.onnx", mixed)
    rows = [[2, 9, 3], [2, 5, 6, 7, 3], [2, *range(5, 40), 3]]
    with pytest.raises(TrainingError, match="between a text alone and among others"):
        export.check_alone(mixed.read_bytes(), rows)


def test_a_graph_that_computes_something_else_is_not_handed_over(trained):
    import torch

    from guardrail.training.classifier.network import new_encoder, new_network

    recipe, folder, _ = trained
    fp32 = (recipe.out / "fp32.onnx").read_bytes()
    torch.manual_seed(0)
    other = new_network(recipe, new_encoder(recipe, read_model(folder).manifest.vocabulary)).eval()
    with pytest.raises(TrainingError, match="differs from the network"):
        export.check_parity(other, fp32, [[2, 9, 3], [2, 5, 6, 7, 3]])


def test_a_model_that_is_too_large_is_not_handed_over(trained):
    from guardrail.training.classifier.handover import hand_over

    recipe, folder, _ = trained
    model = read_model(folder)
    small = recipe.model_copy(update={"max_megabytes": 0.01})

    class Made:
        onnx = model.onnx

    with pytest.raises(TrainingError, match=r"more than 0\.01"):
        hand_over(small, Made())


def test_windows_of_a_long_text_are_all_seen(trained):
    """What is rude stands behind the first window."""
    _, folder, _ = trained
    engine = engine_of(read_model(folder))
    long = "the box arrived on time " * 30
    calm, rude = engine.answers(
        [long, f"{long} {'shut up you fool go away you clown ' * 4} {long}"]
    )
    assert rude.scores[0] > 0.5 > calm.scores[0]


def test_features_tag_the_first_token_of_each_word(trained):
    from tokenizers import Tokenizer

    from guardrail.training.classifier.examples import Example

    recipe, folder, _ = trained
    tokenizer = Tokenizer.from_str(read_model(folder).tokenizer.decode())
    example = Example("ann lives in oslo", {}, ((0, 3, "PERSON"), (13, 17, "LOCATION")), "names")
    feature = Featurizer(tokenizer, recipe).features([example])[0]
    tags = [recipe.tags[tag] for tag in feature.tags if tag >= 0]
    assert tags == ["B-PERSON", "O", "O", "B-LOCATION"]
    assert feature.labels == [None, None]
    assert len(feature.ids) == len(feature.tags)


def test_the_log_survives_a_line_that_was_cut(tmp_path):
    folder = RunFolder(tmp_path)
    folder.log({"step": 1})
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 2, "lo')
    assert list(folder.rows()) == [{"step": 1}]
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0]) == {"step": 1}
