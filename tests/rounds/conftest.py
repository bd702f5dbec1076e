"""A small policy with recipes that train on what gets past it, in a few steps."""

import sys

import pytest
import yaml
from click.testing import CliRunner

from guardrail.cli.main import main
from tests.redteam.policies import LEAKY

RULE = """
detector learned = classifier(model: "forbidden", label: forbidden)

rule learned_forms on output severity medium
  when learned >= {threshold}
  then replace with withheld
"""
CLASSIFIER = {
    "name": "forbidden", "encoder": {"hidden": 32, "layers": 1, "heads": 2, "vocabulary": 1500},
    "labels": ["forbidden"], "sources": [{"file": "benign.jsonl", "licence": "CC0-1.0"}],
    "steps": 60, "batch": 16, "learning_rate": 5e-3, "head_learning_rate": 5e-3,
    "embedding_weight": 0, "max_tokens": 96, "overlap": 8, "validation": 0.3, "test": 0.1,
    "threads": 1, "out": "unused",
}  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "leaky.guard").write_text(LEAKY)
    (tmp_path / "benign.jsonl").write_text(
        "".join(
            f'{{"text": "Please take the {n} o\'clock train.", "labels": {{"forbidden": 0}}}}\n'
            for n in range(1, 13)
        )
    )
    (tmp_path / "classifier.yaml").write_text(yaml.safe_dump(CLASSIFIER))
    write(
        tmp_path / "rounds.yaml",
        classifier={"recipe": "classifier.yaml", "label": "forbidden", "rule": RULE},
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def write(path, **keys):
    path.write_text(yaml.safe_dump(keys))


def call(*words, target="echo", out="out", rounds=2, budget=240):
    command = ["redteam", "--target", target, "-p", "leaky.guard", "--out", out, "--seed", "3"]
    command += ["--rounds", str(rounds), "--budget", str(budget), "--retrain", "rounds.yaml"]
    return CliRunner().invoke(main, [*command, *words])
