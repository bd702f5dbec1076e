"""The hooks as strangers get them: pre-commit clones the project and installs it by itself."""

import shutil
import subprocess
import sys

import pytest

from tests.precommit.conftest import POLICY, ROOT, Repository

NO_INDEX = ("No matching distribution found", "Could not find a version", "NewConnectionError")

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs git and a checkout"
)


@pytest.fixture
def project(tmp_path):
    """The project as it stands, uncommitted changes included, as a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    made = Repository(tmp_path / "guardrail", tmp_path / "home")
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, made.folder / name)
    made.git("add", "--all")
    made.git("commit", "--quiet", "-m", "as it stands")
    return made


def test_a_stranger_can_use_the_hooks(project, repository):
    repository.environment["PIP_CONSTRAINT"] = str(ROOT / "constraints.txt")
    repository.write("policies/desk.guard", POLICY.replace("any code_names", "any code_name"))
    command = (sys.executable, "-m", "pre_commit", "try-repo", str(project.folder))
    code, said = repository.run(*command, "guardrail-lint", "--all-files")
    if any(reason in said for reason in NO_INDEX):
        pytest.skip("needs the package index")
    assert code == 1, said
    assert "error[G102]" in said
