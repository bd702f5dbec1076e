"""Policies with rules of every hold, for texts of the corpus and the battery."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from guardrail import Guard
from guardrail.language.source import Source
from tests.evasion import battery

_HEAD: Final = """edition 1
policy p
  on error treat as violation
  fallback sorry
list words ["bomb", "red kite", "C++", "stra\u00dfe", "\u9ec4\u91d1"]
pattern code   = /\\bPRJ-\\d{4}-[A-Z]{2}\\b/
pattern grows  = /\\bx[0-9a-f]+/
pattern number = /\\b\\d{3}-\\d{3}-\\d{4}\\b/
list planted ["kestrel-7431", "red kite owl"]
detector keys = secrets()
detector leak = canary(planted)
reply sorry "Sorry."
reply note "Ask us."
"""
_RULES: Final = {
    "cuts": """
list ours ["415-555-9999"]
rule a on output severity high
  when text contains any words or text matches code or text matches grows
  then redact as "<{n}>"
rule b on output
  when text matches number or keys found
  except ours
  then redact as "{type}:{last4}" and append note
""",
    "blocks": """
rule a on output
  when text contains any words
  then redact
rule b on output severity critical
  when text matches code or text matches number
  then block
rule c on output
  when keys found
  then replace with sorry
rule d on output
  when leak found
  then redact
""",
    "sentences": """
rule a on output each sentence
  when text contains any words and not text contains "x"
  then redact
rule b on output
  when text matches code or text matches number
  then redact as "#"
rule c on output late severity low
  when text contains "Wait"
  then replace with note
""",
}


@functools.cache
def guards() -> Mapping[str, Guard]:
    """Return one guard for each kind of policy."""
    made = {
        name: Guard.load(Source(f"{name}.guard", _HEAD + rules)) for name, rules in _RULES.items()
    }
    return {"battery": battery.guard(), **made}
