"""Verdict records with rates that are known, and texts with a topic of their own."""

import json
from random import Random

POLICY = {"name": "desk", "version": None, "digest": "sha256:" + "0" * 64}
USUAL = [f"w{number}" for number in range(300)]
OTHER = [f"n{number}" for number in range(40)]


def record(line, *, rules=(), errors=(), skipped=(), text="Hello.", **changes):
    action = "redact" if rules else "allow"
    made = {
        "file": "chat.jsonl", "line": line, "turn": 2, "role": "assistant", "action": action,
        "output": text, "blocked": False, "fired": [fired(rule) for rule in rules],
        "excepted": [], "escalations": [], "replied": None, "policy": POLICY, "ms": 0.1,
        "skipped": [{"detector": name, "rules": []} for name in skipped],
        "errors": [{"detector": name, "rules": [], "error": "timeout"} for name in errors],
    }  # fmt: skip
    return made | changes


def fired(rule):
    return {
        "rule": rule, "principles": [], "severity": "low", "action": "redact", "spans": [],
        "message": None,
    }  # fmt: skip


def encoded(records):
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


def said(dice, words=USUAL, kinds=30):
    """A text of one of some kinds: six of seven words are those of the kind."""
    base = Random(dice.randrange(kinds)).sample(words, 8)
    return " ".join(word if dice.random() < 0.85 else dice.choice(USUAL) for word in base)
