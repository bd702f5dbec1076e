"""A skipped test is named with its reason, and is a failure where CI has all that tests need."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_that_runs():
    pass

@pytest.fixture
def browser():
    pytest.skip("needs a browser")

def test_that_looks(browser):
    pass
"""
MODULE = """
import pytest

pytest.importorskip("no_such_extra", reason="needs an extra")
"""


@pytest.fixture
def folder(tmp_path):
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_some.py").write_text(TESTS, "utf-8")
    (tmp_path / "test_extra.py").write_text(MODULE, "utf-8")
    return tmp_path


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["here", "in a worker"])
def test_skip_is_named_and_fails_in_ci_only(folder, workers):
    for ci, code in ("", 0), ("true", 1):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers]
        environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment | {"CI": ci},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        assert "skipped: test_some.py::test_that_looks (needs a browser)" in done.stdout
        assert "skipped: test_extra.py (needs an extra)" in done.stdout
        assert ("a skip is a failure" in done.stdout) == bool(ci)
