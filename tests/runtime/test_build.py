"""What only an engine can say about a policy, as its author reads it."""

from pathlib import Path

import pytest

from guardrail import Guard, PolicyError
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.render import render_all
from guardrail.language.source import Source
from guardrail.runtime.compile import diagnose

CASES = Path(__file__).parents[1] / "cases"

NEEDS_A_MODEL = """edition 1
policy p
  on error treat as violation
detector hate = classifier(model: "guard-mini", label: hate)
detector names = pii(entities: [PERSON, EMAIL_ADDRESS])
detector unused = classifier(model: "guard-mini", label: crime)
rule no_hate on output
  when hate >= 0.8
  then block
rule no_names on output
  when names found
  then redact
"""

FILTERED = """edition 1
policy p
  on error treat as violation
  fallback sorry
list words ["codename"]
list steps ["call us"]
reply sorry "The codename stays secret. Call us."
reply more "Call us."
reply bare "No."
rule a on output severity high
  when text contains any words
  then redact
rule b on output
  require text contains any steps
  then append more
rule c on output
  when text contains "bomb"
  then block with bare
rule d on input
  when text contains "attack"
  then block with bare
"""


def test_what_cannot_run_here_is_named_where_it_stands(golden, monkeypatch):
    monkeypatch.setattr("guardrail.runtime.host.models_in", lambda _: {})  # as if none shipped
    assert diagnose(Source("p.guard", NEEDS_A_MODEL))[0] is not None
    with pytest.raises(PolicyError) as caught:
        Guard.load(Source("p.guard", NEEDS_A_MODEL))
    golden(CASES / "load" / "G117.txt", str(caught.value))


def test_replies_that_the_policy_would_change_are_errors(golden):
    _, diagnostics = diagnose(Source("p.guard", FILTERED))
    golden(CASES / "load" / "G501.txt", render_all(diagnostics))
    with pytest.raises(PolicyError, match="G501"):
        Guard.load(Source("p.guard", FILTERED))


def test_a_huge_policy_is_refused_unread(golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("huge.guard").write_bytes(b"# " + b"x" * 100_000_000)
    _, diagnostics = diagnose("huge.guard")
    golden(CASES / "load" / "G118.txt", render_all(diagnostics))


def test_every_code_has_a_golden_file():
    shown = "".join(path.read_text("utf-8", "replace") for path in CASES.rglob("*.txt"))
    assert [code for code in CATALOGUE if f"[{code}]" not in shown] == []
