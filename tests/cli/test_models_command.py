"""`guardrail models list|verify|lock`."""

import json

import pytest

from tests.support import models as tiny


@pytest.fixture
def folder(place, tmp_path_factory, monkeypatch):
    here = tmp_path_factory.mktemp("models")
    monkeypatch.setattr("guardrail.runtime.host.folder", lambda _: here / "ships-none")
    tiny.write_model(here)
    return here


def test_models_are_listed_with_their_labels(place, folder):
    result = place.run("models", "list", "--folder", str(folder))
    assert result.exit_code == 0
    assert "tiny" in result.stdout
    assert "toxic, polite" in result.stdout


def test_a_good_model_is_verified(place, folder):
    result = place.run("models", "verify", "tiny", "--folder", str(folder))
    assert result.exit_code == 0
    assert "1 model checked, 0 refused" in result.stdout


def test_a_changed_model_is_refused(place, folder):
    (folder / "tiny" / "model.onnx").write_bytes(b"x")
    result = place.run("models", "verify", "--folder", str(folder))
    assert result.exit_code == 2
    assert "SHA-256" in result.stderr
    assert "1 model checked, 1 refused" in result.stdout


def test_a_model_that_is_not_there_is_refused(place, folder):
    result = place.run("models", "verify", "tony", "--folder", str(folder))
    assert result.exit_code == 2
    assert "no model `tony`" in result.stderr


def test_a_lock_refuses_another_manifest_until_it_is_written_again(place, folder):
    assert place.run("models", "lock", "--folder", str(folder)).exit_code == 0
    manifest = folder / "tiny" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"overlap": 3}))
    refused = place.run("models", "verify", "--folder", str(folder))
    assert refused.exit_code == 2
    assert "guardrail.lock" in refused.stderr
    assert place.run("models", "lock", "--folder", str(folder)).exit_code == 0
    assert place.run("models", "verify", "--folder", str(folder)).exit_code == 0


def test_nothing_is_locked_if_a_model_is_broken(place, folder):
    (folder / "tiny" / "model.onnx").write_bytes(b"x")
    assert place.run("models", "lock", "--folder", str(folder)).exit_code == 2
    assert not (folder / "guardrail.lock").exists()


def test_a_lock_needs_a_folder_that_is_there(place):
    assert place.run("models", "lock").exit_code == 2
    assert place.run("models", "list", "--folder", "absent").exit_code == 2


def test_doctor_names_the_provider_that_runs(place):
    pytest.importorskip("onnxruntime", reason="the extra `cpu` is not installed")
    assert "ExecutionProvider" in place.run("doctor").stdout


def test_doctor_explains_two_runtimes(place, monkeypatch):
    monkeypatch.setattr("guardrail.cli.doctor._version", lambda _: "1.0")
    assert "CONFLICT" in place.run("doctor").stdout


def test_a_broken_model_is_named_and_the_others_are_shown(place, folder):
    broken = folder / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{}")
    result = place.run("models", "list", "--folder", str(folder))
    assert result.exit_code == 2
    assert "toxic, polite, PERSON, LOCATION" in result.stdout
    assert "BROKEN" in result.stdout
    assert "is no manifest" in result.stderr
    result = place.run("models", "verify", "--folder", str(folder))
    assert result.exit_code == 2
    assert "2 models checked, 1 refused" in result.stdout
