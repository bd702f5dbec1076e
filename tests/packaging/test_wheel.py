"""The wheel carries all it needs: it runs away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the wheel and unpack it where no checkout is near."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site, cwd, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "guardrail", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_wheel_holds_grammar_policies_and_types(site):
    package = site / "guardrail"
    assert (package / "_grammar" / "policy.lark").is_file()
    assert (package / "_policies" / "std" / "privacy.guard").is_file()
    assert (package / "py.typed").is_file()
    assert list((package / "language" / "codes").glob("G*.md"))


def test_wheel_checks_with_the_standard_library(site, tmp_path):
    (tmp_path / "p.guard").write_text(
        'edition 1\nimport "std/privacy.guard" as privacy\n'
        "policy p\n  on error treat as violation\n"
    )
    (tmp_path / "reply.txt").write_text("Write to ann@example.org today.")
    done = run(site, tmp_path, "check", "reply.txt", "-p", "p.guard", "--format", "jsonl")
    assert done.returncode == 1, done.stderr
    assert '"action":"redact"' in done.stdout.replace(" ", "")
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import guardrail; print(guardrail.__file__)"],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site))
