"""What `check` found, as its page shows it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from guardrail.cli.exports import meaning, tags_of
from guardrail.cli.tally import HITS, LAST_TURN, Hit, Tally
from guardrail.reports.html.check_page import check_page
from guardrail.reports.html.check_report import CheckPage, FileRow, HitRow, RuleRow
from guardrail.values import Action

if TYPE_CHECKING:
    from guardrail.cli.batch import Job
    from guardrail.cli.checking import Summary
    from guardrail.language.checked import CheckedPolicy

_NOUNS: Final = {
    "output": ("reply", "replies"),
    "input": ("prompt", "prompts"),
    "both": ("text", "texts"),
}


def html_report(summary: Summary, policy: CheckedPolicy, job: Job) -> bytes:
    """Return the page: counts of everything, and the strongest hits up to `HITS`."""
    tally = summary.tally
    files = tuple(
        FileRow(
            _shown(file.name), file.shape.value, file.conversations, file.checked, file.unreadable
        )
        for file in summary.files
    )
    return check_page(
        CheckPage(
            title=policy.title or policy.name,
            policy=f"{policy.name} {policy.version}" if policy.version else policy.name,
            file=job.guard.policy,
            digest=policy.digest,
            noun=_NOUNS[job.on],
            files=files,
            verdicts=dict(tally.actions),
            principles=_principles(tally, policy),
            rules=_rules(tally, policy),
            turns=_turns(tally),
            hits=_hits(summary, policy, job),
            notes=_notes(tally),
        )
    )


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name


def _principles(tally: Tally, policy: CheckedPolicy) -> tuple[tuple[str, int], ...]:
    return tuple(
        (policy.principles.get(name, name), number)
        for name, number in tally.principles.most_common()
    )


def _rules(tally: Tally, policy: CheckedPolicy) -> tuple[RuleRow, ...]:
    fired: dict[str, Counter[str]] = {}
    for (name, action), number in tally.rules.items():
        fired.setdefault(name, Counter())[action] += number
    rows = [
        RuleRow(
            rule.name,
            rule.severity.word,
            meaning(rule, policy),
            fired.get(rule.name, Counter()),
            tags_of(rule),
        )
        for rule in policy.rules
    ]
    return tuple(sorted(rows, key=lambda row: (-sum(row.fired.values()), row.name)))


def _turns(tally: Tally) -> tuple[tuple[str, dict[str, int]], ...]:
    turns: dict[int, dict[str, int]] = {}
    for (turn, action), number in sorted(tally.turns.items()):
        turns.setdefault(turn, {})[action] = number
    return tuple(
        (f"{turn}+" if turn == LAST_TURN else str(turn), parts) for turn, parts in turns.items()
    )


def _hits(summary: Summary, policy: CheckedPolicy, job: Job) -> tuple[HitRow, ...]:
    """Return the strongest hits, in the order of the input."""
    kept: list[Hit] = []
    for action in reversed(Action):
        kept += summary.tally.hits.get(action.word, ())[: HITS - len(kept)]
    places = {file.name: index for index, file in reversed(list(enumerate(summary.files)))}
    kept.sort(key=lambda hit: (places[hit.file], hit.line, hit.turn))
    severities = {rule.name: rule.severity.word for rule in policy.rules}
    return tuple(
        HitRow(
            _shown(hit.file),
            hit.line,
            hit.turn,
            " · ".join(filter(None, (hit.role if job.on == "both" else None, hit.part))) or None,
            hit.action,
            hit.replied,
            tuple((name, severities[name], action) for name, action in hit.rules),
            hit.length,
            hit.pieces,
        )
        for hit in kept
    )


def _notes(tally: Tally) -> tuple[str, ...]:
    notes = [f"{_shown(file)}:{item.line}: {item.reason}" for file, item in tally.unreadable_shown]
    if more := tally.unreadable - len(notes):
        notes.append(f"and {more:,} more lines")
    notes += [
        f"the detector {name} failed {number:,} times ({kind}); the policy's `on error` decided"
        for (name, kind), number in tally.errors.most_common()
    ]
    return tuple(notes)
