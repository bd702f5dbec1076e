"""The plan as text."""

from pathlib import Path

from guardrail.language.source import Source
from guardrail.plan.explain import explain_plan
from guardrail.plan.lower import lower
from guardrail.runtime.compile import diagnose

CASES = Path(__file__).parents[1] / "cases" / "plan"

POLICY = """edition 1
policy shop "Shop"
  version "2"
  on error treat as violation
  budget 50 ms
  fallback sorry
principle calm "Stay calm"
list words ["secret plan", "codename"]
list ours ["shop.example"]
pattern id = /ID-\\d{4}/
pattern tail = /begin \\w+/
detector web = links(allow: ours)
detector n = length(unit: words)
detector hate = classifier(model: "m", label: hate)
detector fair = judge(model: "j", question: "fair?")
reply sorry "Sorry."
reply more "More."
rewriter again = regenerate(attempts: 1, otherwise: sorry)
rule a on output severity high
  when text contains any words or text matches id exactly
  except ours
  then redact as "[{type}]" and append more
rule b on output
  enforces calm
  when (hate >= 0.8 and not fair < 0.5) or n > 200
  unless prompt contains all words
  then block and escalate to "desk"
rule c on both
  when web found at least 2 times
  then flag
  on error treat as pass
rule d on output
  require text contains "please" or text matches tail
  then rewrite using again
"""


def test_plan_text_of_each_side(golden):
    policy, _ = diagnose(Source("shop.guard", POLICY))
    text = "\n\n".join(explain_plan(lower(policy, side)) for side in ("output", "input"))
    golden(CASES / "explain.txt", text.replace(policy.digest, "sha256:…"))


def test_plan_of_a_side_without_rules_says_so():
    policy, _ = diagnose(Source("p.guard", "edition 1\npolicy p\n  on error treat as flag\n"))
    assert "no rules" in explain_plan(lower(policy, "input"))


def test_equal_sources_are_shared():
    policy, _ = diagnose(Source("shop.guard", POLICY))
    names = [type(source).__name__ + source.name for source in lower(policy, "output").sources]
    assert len([name for name in names if name == "EntriesSourcewords"]) == 2  # text and prompt
    assert len(names) == len(set(names)) + 1
