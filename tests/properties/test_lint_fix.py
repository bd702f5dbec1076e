"""Fixing a policy never changes what it does.

The full count is 600 policies, each with 3 texts (`make properties`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guardrail.language.load import inspect
from guardrail.lint.engine import lint_file
from guardrail.lint.fix import fix_files
from guardrail.runtime.host import vocabulary
from guardrail.values import Subject
from tests.support.engine import essence, seeds, verdict_of
from tests.support.generate import Trial, random_outcome, random_text, trial
from tests.support.show import policy_text

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from guardrail.language.checked import CheckedPolicy

pytestmark = pytest.mark.properties

ATOM = re.compile(r'(?<=when )text contains "[^"]*"|(?:text|prompt) (?:contains any|matches) \w+')
LIST = re.compile(r"(?m)^(list \w+ \[)(.*)\]$")


def worse(rng: Random, text: str) -> str:
    """Say some of it twice: entries, `not`, and entries with others inside them."""

    def listed(match: re.Match[str]) -> str:
        entries = match[2].split(", ")
        for entry in rng.sample(entries, rng.randint(0, len(entries))):
            bare = entry.strip('"')
            another = rng.choice((bare, bare.upper(), f"{bare} elm", f"a  {bare}"))
            entries.insert(rng.randint(0, len(entries)), f'"{another}"')
        return f"{match[1]}{', '.join(entries)}]"

    text = LIST.sub(listed, text)
    text = ATOM.sub(lambda match: f"{rng.choice(('', '', 'not not '))}{match[0]}", text)
    if rng.random() < 0.5:
        text = text.replace("rule ", "# guardrail: allow[G406] because it was so\nrule ", 1)
    return text


def policy_in(path: Path) -> CheckedPolicy:
    policy = inspect(path, vocabulary()).policy
    assert policy is not None
    return policy


def test_fixing_keeps_every_verdict(tmp_path: Path) -> None:
    path = tmp_path / "p.guard"
    changed = refused = 0
    for seed, rng in seeds("lint-fix", 30):
        each = trial(rng)
        text = re.sub(r"(?m)^(rule \w+)\.", r"\1_", policy_text(each.policy))
        text = worse(rng, text)
        path.write_text(text, "utf-8")
        before = policy_in(path)
        mended = fix_files([str(path)])
        for file, new in mended.texts.items():
            file.write_text(new, "utf-8")
        after = policy_in(path)
        shown = f"seed {seed!r}\n{text}\n# ---- fixed\n{path.read_text('utf-8')}"
        for _ in range(3):
            compare(before, after, each, rng, shown)
        changed += bool(mended.texts)
        dropped = {found.diagnostic.code for found in mended.dropped}
        again = [found for found in lint_file(path) if found.edits]
        assert {found.diagnostic.code for found in again} <= dropped, shown
        refused += bool(dropped)
    assert changed > 0
    assert refused < changed


def compare(
    before: CheckedPolicy, after: CheckedPolicy, each: Trial, rng: Random, shown: str
) -> None:
    text = random_text(rng)
    subject = Subject(text, each.subject.prompt)
    outcomes = {name: random_outcome(rng, it, text) for name, it in before.detectors.items()}
    old, new = (
        verdict_of(replace(each, policy=policy, subject=subject, outcomes=outcomes))
        for policy in (before, after)
    )
    assert essence(old) == essence(new), f"{shown}\n# text {text!r}"
    assert {(one.rule, one.action) for one in old.fired} == {
        (one.rule, one.action) for one in new.fired
    }, f"{shown}\n# text {text!r}"
