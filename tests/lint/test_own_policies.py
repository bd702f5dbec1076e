"""What ships is an example of what the linter asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail.assets import folder
from guardrail.cli.main import main
from guardrail.language.render import render_all
from guardrail.lint.catalogue import RULES
from guardrail.lint.engine import lint_file
from guardrail.lint.rule import Options

POLICIES = sorted(folder("policies").rglob("*.guard"))
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.guard"))
STYLE_HAS_NO_TAG = "G705"
"""No public scheme has an id for an answer that is whimsical or unclear."""

EVERY = Options(frozenset(rule.code for rule in RULES) - {STYLE_HAS_NO_TAG})


@pytest.mark.parametrize("policy", [*POLICIES, *EXAMPLES], ids=lambda policy: policy.stem)
def test_shipped_policy_is_clean_with_every_rule_on(policy):
    assert render_all(each.diagnostic for each in lint_file(policy, options=EVERY)) == ""


def test_there_are_shipped_policies():
    assert len(POLICIES) >= 4


def test_policy_that_init_writes_is_clean(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["init", "."]).exit_code == 0
    result = CliRunner().invoke(main, ["lint", "--strict", "."])
    assert (result.exit_code, result.output) == (0, "0 errors and 0 warnings in 1 file\n")
