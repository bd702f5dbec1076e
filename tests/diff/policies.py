"""Small policies for comparisons, and a short way to compare two of them."""

from __future__ import annotations

from guardrail.diff.engine import Diff, diff
from guardrail.language.checked import CheckedPolicy
from guardrail.language.source import Source
from guardrail.runtime.compile import diagnose

HEAD = """edition 1
policy p
  on error treat as violation
  fallback sorry
list colors ["red", "green"]
list ours ["555-0100"]
pattern ticket = /\\bT-[0-9]{4}\\b/
detector hate = classifier(model: "m", label: hate)
detector mail = pii(entities: [EMAIL_ADDRESS])
detector web = links()
detector size = length(unit: words)
reply sorry "Sorry."
reply other "Ask somebody else."
reply same "Sorry."
rewriter again = regenerate(attempts: 1, otherwise: sorry)
"""


def policy(*rules: str, head: str = HEAD) -> CheckedPolicy:
    """Return a policy with these rules: `name side … then …`, without the word `rule`."""
    text = head + "\n".join(f"rule {rule}" for rule in rules) + "\n"
    checked, diagnostics = diagnose(Source("p.guard", text))
    errors = [each for each in diagnostics if each.level == "error"]
    assert checked is not None, errors
    assert not errors, errors
    return checked


def compare(old: str, new: str) -> Diff:
    """Compare two policies of one rule, `r on output`, given what follows that."""
    return diff(policy(f"r on output {old}"), policy(f"r on output {new}"))
