"""Recipes and examples that cannot be used: one error that names the place and the fix."""

import json

import pytest
import yaml
from click.testing import CliRunner

from guardrail.cli.main import main

from .conftest import options, write_rows

SECRET = "zebra-crossing-42"


def run(*args):
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


def train(place, **changes):
    path = place / "recipe.yaml"
    path.write_text(yaml.safe_dump(options(place, **changes)), "utf-8")
    return run("train", "classifier", "--recipe", path)


WRONG = {
    "unknown key": ({"stepz": 3}, "there is no key `stepz`"),
    "no steps": ({"steps": 0}, "`steps`"),
    "label": ({"labels": ["Not A Label"]}, "`labels.0`"),
    "two labels": ({"labels": ["rude", "rude"]}, "two labels have one name"),
    "overlap": ({"overlap": 30}, "overlap must be at most half of max_tokens"),
    "disguise": ({"disguises": ["cape"]}, "there is no disguise `cape`"),
    "no disguise": ({"disguises": []}, "disguised needs names"),
    "heads": (
        {"encoder": {"hidden": 33, "layers": 1, "heads": 2}},
        "hidden must be a multiple of heads",
    ),
    "encoder": ({"encoder": "no/such/folder"}, "no/such/folder"),
    "file": (
        {"sources": [{"file": "no-such.jsonl", "licence": "MIT"}]},
        "there is no file `no-such.jsonl`",
    ),
    "all held out": (
        {"sources": [{"file": "a.jsonl", "licence": "MIT", "hold_out": True}]},
        "every source is held out",
    ),
    "no licence": ({"sources": [{"file": "a.jsonl"}]}, "`sources.0.licence`"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_recipe_is_refused(tmp_path, changes, said):
    code, output = train(tmp_path, **changes)
    assert code == 2
    assert said in output
    assert "= help: " in output
    assert "Traceback" not in output


TEXTS = {
    "missing": (None, "no such file"),
    "no mapping": ("- a\n- b\n", "has no keys"),
    "no yaml": ("name: [\nsteps: {", "is no YAML"),
}


@pytest.mark.parametrize(("text", "said"), TEXTS.values(), ids=TEXTS)
def test_a_file_that_is_no_recipe_is_refused(tmp_path, text, said):
    path = tmp_path / "recipe.yaml"
    if text is not None:
        path.write_text(text)
    code, output = run("train", "classifier", "--recipe", path)
    assert code == 2
    assert said in output
    assert "recipe.yaml" in output


LINES = {
    "no json": f"{{{SECRET}",
    "no text": json.dumps({"labels": {"rude": 1}, "note": SECRET}),
    "label": json.dumps({"text": SECRET, "labels": {"rude": 0.5}}),
    "label is a word": json.dumps({"text": SECRET, "labels": {"rude": "yes"}}),
    "label is true": json.dumps({"text": SECRET, "labels": {"rude": True}}),
    "labels": json.dumps({"text": SECRET, "labels": ["rude"]}),
    "span outside": json.dumps({"text": SECRET, "spans": [[0, 99, "PERSON"]]}),
    "span": json.dumps({"text": SECRET, "spans": [["0", 3, "PERSON"]]}),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_wrong_line_is_named_and_never_quoted(tmp_path, line):
    rows = write_rows(tmp_path / "rows.jsonl", [{"text": "fine", "labels": {"rude": 0}}])
    rows.write_text(rows.read_text() + "\n" + line + "\n")
    code, output = train(tmp_path, sources=[{"file": str(rows), "licence": "MIT"}])
    assert code == 2
    assert "rows.jsonl` line 3: " in output
    assert SECRET not in output


def test_an_empty_file_is_refused(tmp_path):
    rows = write_rows(tmp_path / "rows.jsonl", [])
    code, output = train(tmp_path, sources=[{"file": str(rows), "licence": "MIT"}])
    assert (code, "has no examples" in output) == (2, True)


def test_too_few_examples_are_refused(tmp_path):
    rows = write_rows(tmp_path / "rows.jsonl", [{"text": "fine", "labels": {"rude": 0}}])
    code, output = train(tmp_path, sources=[{"file": str(rows), "licence": "MIT"}])
    assert (code, "no examples are left for" in output) == (2, True)


def test_a_folder_with_a_run_is_not_written_over(tmp_path):
    (tmp_path / "run").mkdir(parents=True)
    (tmp_path / "run" / "recipe.json").write_text("{}")
    code, output = train(tmp_path)
    assert (code, "holds a run already" in output) == (2, True)
    code, output = run("train", "classifier", "--recipe", tmp_path / "recipe.yaml", "--resume")
    assert (code, "holds the run of another recipe" in output) == (2, True)
