"""A git repository of somebody who keeps policies, and the real `pre-commit` in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
AUTHOR = {
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}

POLICY = """edition 1

policy desk "Help desk"
  on error treat as violation
  fallback declined

reply declined "I can't help with that."

list code_names from file "lists/code_names.txt"

rule no_code_names on output severity high
  when text contains any code_names
  then block

test "a code name is blocked"
  given output "Bluebird is late."
  expect block by no_code_names

test "a bird is no code name"
  given output "Birds are blue."
  expect allow
"""
HARMLESS = '{"prompt": "When?", "response": "On Monday."}\n'


class Repository:
    """A folder under git in which commands run as their user would run them."""

    def __init__(self, folder, home):
        self.folder = folder
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT"))
        }
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        self.environment = inherited | AUTHOR | {"PRE_COMMIT_HOME": str(home), "PATH": path}
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet")

    def run(self, *command):
        """Run a command; return its exit code and what it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def git(self, *arguments):
        code, said = self.run("git", *arguments)
        assert code == 0, said

    def write(self, name, text):
        """Write a file and stage it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        self.git("add", name)

    def read(self, name):
        return (self.folder / name).read_text("utf-8")

    def hook(self, name, *arguments):
        """Run one hook over what is staged."""
        return self.run(sys.executable, "-m", "pre_commit", "run", name, *arguments)


@pytest.fixture
def repository(tmp_path):
    """A repository with a policy that is clean."""
    made = Repository(tmp_path / "desk", tmp_path / "home")
    made.write("policies/desk.guard", POLICY)
    made.write("policies/lists/code_names.txt", "bluebird\n")
    made.write("chats/monday.jsonl", HARMLESS)
    return made
