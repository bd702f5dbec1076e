"""The filter of a round: the policy with a rule that asks what was learnt, in a folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from guardrail.errors import RecipeError
from guardrail.language.format import format_policy
from guardrail.language.source import Source
from guardrail.models import read_model
from guardrail.redteam.judge import judged
from guardrail.redteam.regressions import files_beside
from guardrail.redteam.run import Run
from guardrail.rounds.recipe import THRESHOLD, ClassifierStep, ProbeStep
from guardrail.runtime.guard import Guard

POLICY: Final = "policy.guard"
_TEST: Final = re.compile(r'^test ".*\n(?:(?:[ \t].*)?\n)*', re.MULTILINE)
"""A test of a policy as the formatter writes it: its first line, and what is indented behind."""


def load(guard: Guard, step: ClassifierStep | ProbeStep, model: Path, folder: Path) -> Guard:
    """Write the filter of a round, with what it reads beside it, and load it.

    Raises:
        PolicyError: the rule of the recipe is wrong.
        RecipeError: the model has not the label.
        ModelError: the folder is no model.
    """
    for name, text in files_beside(guard).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    path = folder / POLICY
    path.write_text(with_rule(guard.policy.source, step, model), "utf-8")
    return Guard.load(path, models=model.parent, evaluate_all=True)


def with_rule(policy: Source, step: ClassifierStep | ProbeStep, model: Path) -> str:
    """Return the text of a policy with the learned rule behind it, and without its tests.

    Tests run no model: each would have to say what this one answers.
    """
    labels = {each.name: each for each in read_model(model, is_pinned=False).manifest.labels}
    if step.label not in labels:
        raise RecipeError(
            f"the model `{model.name}` has no label `{step.label}`", help="correct `label`"
        )
    rule = step.rule.replace(THRESHOLD, f"{labels[step.label].threshold:.4f}")
    bare = _TEST.sub("", format_policy(policy) + "\n")
    return f"{bare.rstrip()}\n\n{rule.strip()}\n"


def look_back(run: Run, guard: Guard, path: Path) -> None:
    """Write how many of the bypasses so far a filter stops, by part."""
    found = {}
    for split in ("train", "held_out"):
        missed = [e for e in run.attempts if e.result == "missed" and e.attack.split == split]
        again = [judged(each.attack, each.reply, guard, prompt=None) for each in missed]
        stopped = sum(each.result == "caught" for each in again)
        found[split] = {"bypasses": len(missed), "stopped": stopped}
    path.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
