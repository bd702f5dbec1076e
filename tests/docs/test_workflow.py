"""The workflow to copy: its commands run, in a repository laid out as it says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / "examples" / "ci" / "github.yml").read_text("utf-8"))
SCRIPTS = {
    step["name"]: step["run"]
    for job in WORKFLOW["jobs"].values()
    for step in job["steps"]
    if "run" in step and "name" in step
}
POLICY = "policies/support_bot.guard"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


class Checkout:
    """A repository whose base branch holds what is in it now."""

    def __init__(self, folder):
        self.folder = folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        names = {
            f"GIT_{who}_{what}": "ann"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        self.environment = (
            os.environ | names | {"PATH": path, "BASE": "main", "GIT_CONFIG_GLOBAL": os.devnull}
        )

    def run(self, script):
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def change(self, old, new):
        file = self.folder / POLICY
        text = file.read_text("utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path / "project")
    shutil.copytree(ROOT / "policies", made.folder / "policies")
    (made.folder / "chats").mkdir()
    shutil.copy(ROOT / "examples" / "support" / "good.jsonl", made.folder / "chats")
    done = made.run(
        "git init -q && git add . && git commit -q -m base && git update-ref refs/remotes/origin/main HEAD"
    )
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize("name", SCRIPTS)
def test_step_passes_over_the_shipped_policy(checkout, name):
    done = checkout.run(SCRIPTS[name])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Layout", "  on error treat as violation", "    on error treat as violation"),
        ("Mistakes and opinions", "fallback declined", "fallback declin"),
        (
            "Tests of the policies",
            "rule hide_personal_data on output",
            "rule hide_personal_data on input",
        ),
        ("Compare with the base branch", '"fellow traveler", ', ""),
    ],
)
def test_step_stops_a_bad_change(checkout, name, old, new):
    checkout.change(old, new)
    done = checkout.run(SCRIPTS[name])
    assert done.returncode in {1, 2}, done.stdout + done.stderr


def test_conversations_that_break_the_policy_stop_it(checkout):
    shutil.copy(ROOT / "examples" / "support" / "harm.jsonl", checkout.folder / "chats")
    assert checkout.run(SCRIPTS["Conversations that must stay clean"]).returncode == 1
    assert (checkout.folder / "check.sarif").is_file()
