"""Policies to attack, small enough to be attacked a hundred times in a test."""

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.redteam.attempts import RunSettings

LEAKY = r"""edition 1

policy leaky "Names must not get out, codes only in their plain form"
  on error treat as violation
  fallback withheld

list names ["nightjar", "bluefin", "shadow ledger"]
list asked ["please"]
pattern code = /\bPRJ-[0-9]{4}\b/

reply withheld "Nothing to see here, please."

rule no_names on output severity high
  when text contains any names
  then replace with withheld

rule no_codes on output
  when text matches code exactly
  then redact

rule be_polite on output
  require text contains any asked
  then append withheld

rule no_shouting on input
  when text contains "stop"
  then flag

test "a polite reply"
  given output "Wait a moment, please." expect allow

test "a code is cut"
  given output "Please take PRJ-4711 home." expect output "Please take [CODE] home."
"""


def leaky() -> Guard:
    return Guard.load(Source("leaky.guard", LEAKY))


def settings(guard: Guard, budget: int = 120, **changes: object) -> RunSettings:
    made = {
        "policy": guard.policy.name,
        "digest": guard.policy.digest,
        "target": "echo",
        "seed": 3,
        "rounds": 3,
        "budget": budget,
    }
    return RunSettings(**(made | changes))
