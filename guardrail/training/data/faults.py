"""What makes a row unfit to be trained on: one reason for each, the first that applies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from guardrail.training.data.duplicates import near, plain
from guardrail.training.data.rows import BadRow, Kind, Row, choice_of
from guardrail.training.grade import Grader, cost, is_violation

KINDS: Final = {
    "unreadable": "the line is no JSON object",
    "wrong-columns": "there is no prompt with what the other rows have",
    "no-reply": "the conversation ends without a reply",
    "empty-prompt": "the prompt is empty",
    "empty-reply": "the reply, or the chosen one, is empty",
    "broken-text": "characters were lost (U+FFFD)",
    "same-replies": "`chosen` and `rejected` are the same",
    "inverted-pair": "the policy orders the pair the other way",
    "violating-reply": "the policy would change or stop the reply, or the chosen one",
    "personal-data": "the prompt holds somebody's personal data",
    "label-conflict": "the same row has another label elsewhere",
    "contradiction": "another pair orders the same replies the other way",
    "duplicate": "an earlier row says the same",
    "near-duplicate": "an earlier row says nearly the same",
}
MARGIN: Final = 0.2
"""By how much the chosen reply must cost more for a pair to be inverted."""


@dataclass(frozen=True)
class Fault:
    """Why a row is unfit; `detail` names rules or the other line, and quotes nothing."""

    line: int
    kind: str
    detail: str = ""


PersonalData = Callable[[Sequence[str]], list[bool]]
"""Tells for each prompt whether it holds personal data."""


def find_faults(
    rows: Sequence[Row | BadRow], kind: Kind, grader: Grader | None, personal: PersonalData | None
) -> list[Fault]:
    """Return the faults of rows by line; a row has one at most."""
    found: dict[int, Fault] = {}
    _add(found, (fault for row in rows if (fault := _by_itself(row, kind))))
    if grader is not None:
        _add(found, _by_policy(_sound(rows, found), grader))
    if personal is not None:
        sound = _sound(rows, found)
        hits = personal([row.prompt for row in sound]) if sound else []
        pairs = zip(sound, hits, strict=True)
        _add(found, (Fault(row.line, "personal-data") for row, is_hit in pairs if is_hit))
    for look in (_label_conflicts, _contradictions, _duplicates, _near_duplicates):
        _add(found, look(_sound(rows, found)))
    return sorted(found.values(), key=lambda fault: fault.line)


def _add(found: dict[int, Fault], faults: Iterable[Fault]) -> None:
    for fault in list(faults):
        found.setdefault(fault.line, fault)


def _sound(rows: Sequence[Row | BadRow], found: dict[int, Fault]) -> list[Row]:
    return [row for row in rows if isinstance(row, Row) and row.line not in found]


# ---------------------------------------------------------------- one row


def _by_itself(row: Row | BadRow, kind: Kind) -> Fault | None:
    if isinstance(row, BadRow):
        name = "unreadable" if "JSON" in row.reason else "wrong-columns"
        return Fault(row.line, name, row.reason)
    said = [message["content"] for message in row.messages] + list(row.replies)
    checks = {
        "no-reply": "messages" in row.columns and row.kind == "prompts" and kind == "sft",
        "wrong-columns": row.kind != kind,
        "empty-prompt": not row.prompt.strip(),
        "empty-reply": bool(row.replies) and not row.replies[0].strip(),
        "broken-text": any("\ufffd" in text for text in said),
        "same-replies": row.chosen is not None and row.chosen == row.rejected,
    }
    return next((Fault(row.line, name) for name, is_so in checks.items() if is_so), None)


def _by_policy(rows: Sequence[Row], grader: Grader) -> Iterable[Fault]:
    best = [row for row in rows if row.replies]
    verdicts = grader.verdicts([row.replies[0] for row in best], [row.prompt for row in best])
    pairs = [row for row in best if row.rejected is not None]
    worse = grader.costs([row.rejected or "" for row in pairs], [row.prompt for row in pairs])
    rejected = dict(zip((row.line for row in pairs), worse, strict=True))
    for row, verdict in zip(best, verdicts, strict=True):
        rules = ", ".join(fired.rule for fired in verdict.fired)
        if cost(verdict) - rejected.get(row.line, cost(verdict)) >= MARGIN:
            yield Fault(row.line, "inverted-pair", rules)
        elif is_violation(verdict):
            yield Fault(row.line, "violating-reply", rules)


# ---------------------------------------------------------------- rows beside each other


def _label_conflicts(rows: Sequence[Row]) -> Iterable[Fault]:
    labels: defaultdict[Any, set[str]] = defaultdict(set)
    labelled = [row for row in rows if label_of(row) is not None]
    for row in labelled:
        labels[_said(row)].add(str(label_of(row)))
    for row in labelled:
        if len(labels[_said(row)]) > 1:
            yield Fault(row.line, "label-conflict")


def _contradictions(rows: Sequence[Row]) -> Iterable[Fault]:
    pairs = [row for row in rows if row.kind == "preferences"]
    lines = {choice_of(row): row.line for row in pairs}
    for row in pairs:
        prompt, chosen, rejected = choice_of(row)
        other = lines.get((prompt, rejected, chosen))
        if other is not None:
            yield Fault(row.line, "contradiction", f"line {other}")


def _duplicates(rows: Sequence[Row]) -> Iterable[Fault]:
    first: dict[Any, int] = {}
    for row in rows:
        line = first.setdefault(_said(row), row.line)
        if line != row.line:
            yield Fault(row.line, "duplicate", f"line {line}")


def _near_duplicates(rows: Sequence[Row]) -> Iterable[Fault]:
    # Which reply is which must not be lost: a marker stands between them.
    texts = [" 0 ".join((row.prompt, *row.replies)) for row in rows]
    for at, other in near(texts).items():
        yield Fault(rows[at].line, "near-duplicate", f"line {rows[other].line}")
    seen: dict[str, int] = {}
    for row, text in zip(rows, texts, strict=True):
        line = seen.setdefault(plain(text), row.line)
        if line != row.line:
            yield Fault(row.line, "near-duplicate", f"line {line}")


def label_of(row: Row) -> object:
    """Return the label of a row, from its column `label`; None if it has none."""
    return row.columns.get("label")


def _said(row: Row) -> tuple[Any, ...]:
    return tuple(each["content"] for each in row.messages), row.replies
