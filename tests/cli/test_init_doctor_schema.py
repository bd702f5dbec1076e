"""`guardrail init`, `doctor` and `schema`."""

import json

import pytest

from guardrail.stages.classifier import Runs
from tests.support import models as tiny


def test_init_makes_a_project_that_lints_tests_and_checks(place):
    result = place.run("init", "project")
    assert result.exit_code == 0
    assert "Next: guardrail test project/policy.guard" in result.stdout
    assert place.run("lint", "project", "--strict").exit_code == 0
    assert "3 passed" in place.run("test", "project").stdout


def test_init_hides_addresses_with_a_plus_or_percent(place):
    place.run("init")
    place.write("r.txt", "Ask ann+x%y@example.org.")
    result = place.run("check", "r.txt", "--format", "jsonl")
    assert json.loads(result.stdout)["output"] == "Ask [EMAIL_ADDRESS]."


def test_init_keeps_what_is_there(place):
    place.write("pyproject.toml", "[project]\n")
    place.write("README.md", "mine")
    result = place.run("init")
    assert "kept  README.md" in result.stdout
    assert "[tool.guardrail]" in result.stdout
    assert (place.folder / "README.md").read_text() == "mine"
    assert (place.folder / "pyproject.toml").read_text() == "[project]\n"


def test_init_of_a_file_gives_2(place):
    assert place.run("init", "demo.guard").exit_code == 2


def test_doctor_shows_what_is_there(place):
    place.write("pyproject.toml", '[tool.guardrail]\npolicy = "gone.guard"\n')
    result = place.run("doctor")
    assert result.exit_code == 0
    for words in ("python", "google-re2", "gone.guard  (MISSING)"):
        assert words in result.stdout


def test_doctor_says_how_to_get_an_extra_unless_it_is_reserved(place, monkeypatch):
    monkeypatch.setattr("guardrail.cli.doctor._version", lambda _: None)
    lines = place.run("doctor").stdout.splitlines()
    assert any("pii" in line and "pip install 'guardrail-sdk[pii]'" in line for line in lines)
    reserved = [line for line in lines if "reserved" in line]
    assert [line.split()[0] for line in reserved] == ["genai"]
    assert not any("pip install" in line for line in reserved)


def test_doctor_bears_settings_that_are_wrong(place):
    place.write("pyproject.toml", "[tool.guardrail]\nnonsense = 1\n")
    result = place.run("doctor")
    assert "unknown setting `nonsense`" in result.stdout
    assert result.exit_code == 2


def test_doctor_shows_where_models_run_and_which_are_broken(place, monkeypatch):
    pytest.importorskip("onnxruntime", reason="the extra `cpu` is not installed")
    tiny.write_model(place.folder / "models")
    (place.folder / "models" / "broken").mkdir()
    place.write("models/broken/manifest.json", "{}")
    place.write("pyproject.toml", '[tool.guardrail]\nmodels = "models"\n')
    lines = [line.split() for line in place.run("doctor").stdout.splitlines()]
    assert ["run", "on", "CPUExecutionProvider"] in lines
    assert ["tiny", "present", "2", "labels"] in lines
    assert any(line[:2] == ["broken", "BROKEN"] for line in lines)

    def falls_back(asked):
        return Runs(asked, "CPUExecutionProvider", "both are installed")

    monkeypatch.setattr("guardrail.runtime.host.provider_here", falls_back)
    place.write("pyproject.toml", '[tool.guardrail]\nprovider = "cuda"\n')
    shown = " ".join(place.run("doctor").stdout.split())
    assert "cannot run cuda is asked for, CPUExecutionProvider would run" in shown
    assert "both are installed" in shown


@pytest.mark.parametrize("what", ["verdict", "record", "settings"])
def test_schema_is_a_valid_schema(place, what):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(place.run("schema", what).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_schema_of_settings_uses_the_names_of_the_file(place):
    assert "fail-on" in json.loads(place.run("schema", "settings").stdout)["properties"]
