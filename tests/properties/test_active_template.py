"""Where `active-template` is silent, redacting twice is redacting once: law 6 of the language.

The full count is 4,000 policies, each with 8 texts (`make properties`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrail.language.source import Source
from guardrail.lint.catalogue import RULES
from guardrail.lint.engine import look
from guardrail.lint.rule import Options
from guardrail.runtime.build import pipeline_for
from guardrail.values import Subject
from tests.support.engine import seeds
from tests.support.generate import WORDS

if TYPE_CHECKING:
    from random import Random

pytestmark = pytest.mark.properties

ONLY = Options(disabled=frozenset(rule.code for rule in RULES) - {"G504"})
ENTRIES = (*WORDS, "red blue", "oak [x", "y] elm", "[hid", "[hid] fox", "fox ***", "red fox 42")
PATTERNS = (
    *(r"\bblu[a-z]{0,5}\b", r"\b[0-9]{1,4}\b", r"\[[a-z]{1,4}\b", r"\bfox \*{1,3}", r"\bx\] elm\b"),
    *(r"\bred\b.{1,4}", r"\b[A-Z]{3,9}\b", r"\bowl: \S{1,9}", r"\bred\b[ ,]{1,3}\boak\b"),
)
TEMPLATES = ("[{type}]", "***", "[hid]", "red", "oak [x]", "<{n}>", "elm", "[y]", "fox", "**", "1")
PIECES = (*WORDS, "[x", "y]", "[hid]", "***", "owl:", "fox ***", ",", ".", "abc", "17")


def policy_text(rng: Random) -> str:
    """Return a policy whose rules redact entries and patterns, with templates of all sorts."""
    lines = ["edition 1", "policy p on error treat as violation"]
    for number in range(rng.randint(1, 3)):
        entries = ", ".join(f'"{each}"' for each in rng.sample(ENTRIES, rng.randint(1, 3)))
        template = rng.choice(TEMPLATES)
        if rng.random() < 0.5:
            lines.append(f"list hidden_{number} [{entries}]")
            what = f"text contains any hidden_{number}"
        else:
            lines.append(f"pattern hidden_{number} = /{rng.choice(PATTERNS)}/")
            what = f"text matches hidden_{number}"
        lines.append(f'rule r{number} on output when {what} then redact as "{template}"')
    return "\n".join(lines)


def test_silence_means_that_a_second_pass_changes_nothing() -> None:
    silent = active = 0
    for seed, rng in seeds("active-template", 200):
        text = policy_text(rng)
        inspection, findings = look(Source("p.guard", text), options=ONLY)
        assert inspection.policy is not None
        pipeline = pipeline_for(inspection.policy, "output", {})
        is_silent = not any(each.diagnostic.code == "G504" for each in findings)
        silent += is_silent
        for _ in range(8):
            given = " ".join(rng.choice(PIECES) for _ in range(rng.randint(1, 9)))
            once = pipeline.check(Subject(given)).output
            twice = pipeline.check(Subject(once)).output
            if is_silent:
                assert once == twice, f"seed {seed!r}\n{text}\n# text {given!r}"
            active += once != twice
    assert silent > 20
    assert active > 20, "the lint rule has something to say"
