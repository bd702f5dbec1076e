"""A diff as JSON-ready data."""

from __future__ import annotations

from dataclasses import asdict

from guardrail.diff.engine import Diff, RuleDiff, SideDiff, Standing, Witness
from guardrail.diff.replay import Replay, counted


def as_json(found: Diff) -> dict[str, object]:
    """Return a diff as data: the relation, each side with its rules, and what reads differently."""
    return {
        "old": _policy(found, "old"),
        "new": _policy(found, "new"),
        "relation": found.relation.value,
        "is_decided": found.is_decided,
        "sides": [_side(side) for side in found.sides],
        "changes": [asdict(change) for change in found.changes],
        "lists": [asdict(change) for change in found.lists],
    }


def _policy(found: Diff, which: str) -> dict[str, object]:
    policy = found.old if which == "old" else found.new
    return {"name": policy.name, "version": policy.version, "digest": policy.digest}


def _side(side: SideDiff) -> dict[str, object]:
    return {
        "side": side.side,
        **_standing(side.standing),
        "rules": [_rule(rule) for rule in side.rules],
    }


def _rule(rule: RuleDiff) -> dict[str, object]:
    return {
        "rule": rule.name,
        "status": rule.status,
        **_standing(rule.standing),
        "same_as": rule.same_as,
        "changes": [asdict(change) for change in rule.changes],
    }


def _standing(standing: Standing) -> dict[str, object]:
    return {
        "relation": standing.relation.value,
        "looser": _witness(standing.looser),
        "stricter": _witness(standing.stricter),
        "undecided": standing.undecided,
    }


def _witness(witness: Witness | None) -> dict[str, object] | None:
    if witness is None:
        return None
    text = witness.text
    return {
        "when": list(witness.when),
        "old": witness.old,
        "new": witness.new,
        "text": None if text is None else text.text,
        "prompt": None if text is None else text.prompt,
        "answers": {} if text is None else dict(text.answers),
    }


def replay_as_json(replay: Replay) -> dict[str, object]:
    """Return a replay as data: counts and places, never a text."""
    return {
        "checked": replay.checked,
        "changed": replay.changed,
        "weaker": replay.weaker,
        "actions": [
            {"old": old, "new": new, "count": replay.actions[old, new]}
            for old, new in counted(replay.actions)
        ],
        "rules": [
            {"rule": rule, "lost": replay.lost[rule], "gained": replay.gained[rule]}
            for rule in sorted({*replay.lost, *replay.gained})
        ],
        "errors": [
            {"policy": which, "detector": detector, "error": error, "count": count}
            for (which, detector, error), count in sorted(replay.errors.items())
        ],
        "examples": [
            {
                "file": each.file,
                "line": each.turn.line,
                "turn": each.turn.turn,
                "old": each.old.action,
                "new": each.new.action,
            }
            for pair in counted(replay.examples)
            for each in replay.examples[pair]
        ],
        "unreadable": replay.unreadable,
        "unreadable_lines": [
            {"file": file, "line": each.line, "reason": each.reason}
            for file, each in replay.unreadable_shown
        ],
    }
