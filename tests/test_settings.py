"""`[tool.guardrail]`."""

import pytest

from guardrail.errors import SettingsError
from guardrail.settings import HostDetector, Settings, load_settings, settings_file


def write(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_settings_are_found_upward_and_paths_are_relative_to_the_file(tmp_path):
    write(
        tmp_path,
        '[tool.guardrail]\npolicy = "p/bot.guard"\nfail-on = "block"\njobs = 2\n'
        '[tool.guardrail.detectors]\nmood = "label"\nodd = { gives = "score", run = "a.b:c" }\n',
    )
    inner = write(tmp_path / "inner", "[tool.other]\n")
    settings = load_settings(inner)
    assert settings_file(inner) == tmp_path / "pyproject.toml"
    assert settings.policy == tmp_path / "p/bot.guard"
    assert (settings.fail_on, settings.jobs) == ("block", 2)
    assert settings.detectors == {
        "mood": HostDetector(gives="label"),
        "odd": HostDetector(gives="score", run="a.b:c"),
    }


def test_file_of_recognizers_is_beside_the_settings(tmp_path):
    write(tmp_path, '[tool.guardrail]\nrecognizers = "r.yaml"\n')
    assert load_settings(write(tmp_path / "a", "")).recognizers == tmp_path / "r.yaml"


def test_settings_default_where_there_is_no_file(tmp_path):
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('polcy = "x"', ["unknown setting `polcy`", "did you mean `policy`?"]),
        ('fail_on = "block"', ["unknown setting `fail_on`", "did you mean `fail-on`?"]),
        ('fail-on = "sometimes"', ["`fail-on`", "'redact'", "got 'sometimes'"]),
        ("jobs = 0", ["`jobs`", "greater than or equal to 1", "got 0"]),
        ('detectors = { a = "colour" }', ["`detectors.a.gives`", "'spans'"]),
        ('detectors = { a = { gives = "score", run = "nope" } }', ["`module:function`"]),
        (
            'detectors = { a = { gives = "score", go = "x:y" } }',
            ["unknown setting `detectors.a.go`"],
        ),
        ("detectors = 3", ["`detectors`"]),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path, text, words):
    write(tmp_path, f"[tool.guardrail]\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    for word in ["pyproject.toml", "= help:", *words]:
        assert word in str(caught.value)


def test_settings_file_that_is_no_toml_is_named(tmp_path):
    write(tmp_path, "[tool.guardrail\n")
    with pytest.raises(SettingsError, match="line 1"):
        load_settings(tmp_path)


def test_models_run_where_the_settings_say(tmp_path):
    write(tmp_path, '[tool.guardrail]\nprovider = "cuda"\nmodel-cache = 100\n')
    settings = load_settings(tmp_path)
    assert (settings.provider, settings.model_cache) == ("cuda", 100)
    write(tmp_path, '[tool.guardrail]\nprovider = "gpu"\n')
    with pytest.raises(SettingsError, match="provider") as caught:
        load_settings(tmp_path)
    assert caught.value.help == 'write for example provider = "cpu", "cuda" or "tensorrt"'
