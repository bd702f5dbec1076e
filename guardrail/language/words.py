"""The words that the language keeps for itself, and those that begin a clause."""

from __future__ import annotations

from typing import Final

TOP_LEVEL: Final = (
    "edition",
    "policy",
    "import",
    "principle",
    "list",
    "pattern",
    "detector",
    "reply",
    "rewriter",
    "rule",
    "test",
)
"""A declaration starts with one of these; parsing goes on at the next one after a mistake."""

RESERVED: Final = frozenset({*TOP_LEVEL, "text", "prompt", "not", "and", "or", "error"})
"""No declaration may take one of these as its name; every other word is free."""

MODIFIERS: Final = frozenset({"late", "each", "severity"})
"""What may stand in the head of a rule, before its clauses."""

CLAUSES: Final = {
    "rule": frozenset(
        {"enforces", "when", "require", "unless", "except", "then", "message", "meta", "on"}
    ),
    "policy": frozenset({"owner", "version", "on", "fallback", "budget", "evaluate"}),
    "test": frozenset({"given", "with", "expect", "cases"}),
}
"""The words that begin the clauses of each declaration that has clauses."""

ACTIONS: Final = frozenset({"redact", "append", "rewrite", "replace", "block", "flag", "escalate"})
"""The words that begin an action."""
