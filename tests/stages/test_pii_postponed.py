"""Presidio is imported without transformers, whose names still work for who uses them."""

import subprocess
import sys

import pytest

from guardrail.stages.pii.postponed import postponed


def run(code, **options):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


def test_recognizers_are_built_without_transformers():
    code = (
        "import sys\n"
        "from guardrail.stages.pii.recognizers import build\n"
        "build(('EMAIL_ADDRESS',), ())\n"
        "print('presidio_analyzer' in sys.modules, 'transformers' in sys.modules)"
    )
    assert run(code).split() == ["True", "False"]


@pytest.fixture
def heavy(tmp_path, monkeypatch):
    name = "heavy_of_a_test"
    (tmp_path / f"{name}.py").write_text(
        "def twice(number): return 2 * number\nclass Base:\n    kind = 'base'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    yield name
    sys.modules.pop(name, None)


def test_what_is_put_off_is_imported_when_it_is_used(heavy):
    with postponed(heavy):
        from heavy_of_a_test import Base, twice
    assert heavy not in sys.modules
    assert twice(4) == 8
    assert heavy in sys.modules
    real = sys.modules[heavy].Base
    assert Base.kind == "base"
    assert isinstance(real(), Base)
    assert not isinstance(4, Base)
    assert isinstance(Base(), real)
    assert issubclass(_extended(Base), real)


def _extended(base):
    class Own(base):
        pass

    return Own


def test_what_does_not_exist_is_an_error_when_it_is_used(heavy):
    with postponed(heavy):
        from heavy_of_a_test import missing
    with pytest.raises(AttributeError, match="missing"):
        missing()


def test_what_is_loaded_already_stays(heavy):
    module = __import__(heavy)
    with postponed(heavy):
        assert sys.modules[heavy] is module
    assert sys.modules[heavy] is module


def test_what_is_not_installed_stays_missing():
    with postponed("not_installed_anywhere"), pytest.raises(ImportError):
        __import__("not_installed_anywhere")


def test_an_import_that_fails_leaves_nothing_behind(heavy):
    with pytest.raises(ZeroDivisionError), postponed(heavy):
        1 / 0  # noqa: B018 - stands for an import that fails
    assert heavy not in sys.modules
