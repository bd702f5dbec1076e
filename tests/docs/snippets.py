"""What a block of YAML, TOML, JSON or shell in a page must hold."""

import json
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import yaml
from pydantic import ValidationError

from guardrail.settings import Settings
from tests.support.shell import assert_parses, guardrail_commands

ROOT = Path(__file__).parents[2]
STEP = {"name", "id", "if", "uses", "with", "env", "run", "shell", "working-directory"}
JOB = {
    "name",
    "if",
    "needs",
    "runs-on",
    "permissions",
    "env",
    "steps",
    "strategy",
    "timeout-minutes",
}
WORKFLOW = {"name", "on", "permissions", "env", "jobs", "concurrency", "defaults"}
HOOKS = {
    each["id"] for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}


def check_yaml(text, where):
    """A workflow, steps of one, hooks of pre-commit, or at least YAML with commands that exist."""
    content = yaml.load(text, Loader=yaml.BaseLoader)
    if isinstance(content, dict) and "jobs" in content:
        check_workflow(content, where)
    elif isinstance(content, dict) and "repos" in content:
        check_hooks(text, content, where)
    elif isinstance(content, list) and all(isinstance(each, dict) for each in content):
        check_steps(content, where)
    for script in scripts_of(content):
        check_sh(script, where)


def check_workflow(content, where):
    assert set(content) <= WORKFLOW, f"{where}: {set(content) - WORKFLOW}"
    assert content.get("on"), f"{where}: never runs"
    for job in content["jobs"].values():
        assert set(job) <= JOB, f"{where}: {set(job) - JOB}"
        assert job.get("runs-on"), f"{where}: a job runs nowhere"
        check_steps(job.get("steps", ()), where)


def check_steps(steps, where):
    for step in steps:
        assert set(step) <= STEP, f"{where}: {set(step) - STEP}"
        assert ("uses" in step) != ("run" in step), f"{where}: a step uses or runs: {step}"
        assert "uses" not in step or "@" in step["uses"], f"{where}: no version: {step}"


def check_hooks(text, content, where):
    from pre_commit.clientlib import load_config

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, ".pre-commit-config.yaml")
        file.write_text(text, "utf-8")
        load_config(file)
    for repo in content["repos"]:
        for hook in repo["hooks"]:
            if repo["repo"] == "local":
                names = "" if hook.get("pass_filenames") == "false" else " some-file"
                check_commands(hook["entry"] + names, where)
            else:
                assert hook["id"] in HOOKS, f"{where}: {hook['id']}"
                command = hook["id"].removeprefix("guardrail-")
                assert_parses([command, *hook.get("args", []), "some-file"])


def scripts_of(content) -> Iterator[str]:
    """The scripts of a CI system in a YAML document, wherever they stand."""
    match content:
        case list():
            for each in content:
                yield from scripts_of(each)
        case dict():
            for key, value in content.items():
                if key in {"run", "script", "before_script"}:
                    yield "\n".join(value) if isinstance(value, list) else value
                else:
                    yield from scripts_of(value)


def check_commands(script, where):
    for words in guardrail_commands(script):
        try:
            assert_parses(words)
        except click.ClickException as error:
            raise AssertionError(f"{where}: guardrail {' '.join(words)}: {error}") from error


def check_sh(text, where):
    """Shell that parses, with commands that exist; it is not run."""
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{where}: {done.stderr}"
    check_commands(text, where)


def check_toml(text, where):
    """TOML; its `[tool.guardrail]` is what the settings know."""
    content = tomllib.loads(text)
    settings = content.get("tool", {}).get("guardrail")
    if settings is not None:
        try:
            Settings.model_validate(settings)
        except ValidationError as error:
            raise AssertionError(f"{where}: {error}") from error


def check_json(text, where):
    """One JSON value, or one a line."""
    if not is_json(text):
        for line in text.splitlines():
            assert is_json(line), f"{where}: {line}"


def is_json(text):
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


CHECKS = {"yaml": check_yaml, "sh": check_sh, "toml": check_toml, "json": check_json}
