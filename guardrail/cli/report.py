"""The text report of `check`: counts, rules, masked excerpts, and where to look next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.console import columns, count, printable
from guardrail.transcripts import Shape
from guardrail.values import Action

if TYPE_CHECKING:
    from collections import Counter

    from guardrail.cli.batch import Job
    from guardrail.cli.checking import FileSummary, Summary
    from guardrail.cli.tally import Tally
    from guardrail.language.checked import CheckedPolicy

_TEXTS: Final = {
    "output": ("reply", "replies"),
    "input": ("prompt", "prompts"),
    "both": ("text", "texts"),
}
_COLORS: Final = {"allow": "green", "flag": "yellow", "redact": "yellow", "append": "yellow"}
_PRINCIPLE: Final = 60
_EXCERPTS: Final = 10


def report(summary: Summary, policy: CheckedPolicy, job: Job) -> str:
    """Return the whole report, styled; no reply is quoted in it.

    Args:
        summary: what the run came to.
        policy: gives severities and principles.
        job: what was asked for.
    """
    tally = summary.tally
    version = f" {policy.version}" if policy.version else ""
    blocks = [
        [printable(f"policy {policy.name}{version} ({job.guard.policy})")],
        [_file_line(file, job.on) for file in summary.files],
        _verdicts(tally, job.on),
        _rules(tally, policy),
        _excerpts(summary),
        _counted("escalations", tally.escalations),
        _counted("findings dropped by except", tally.excepted),
        _errors(tally),
        _counted("not asked, because no answer could have mattered", tally.skipped),
        _unreadable(tally),
        [_next(summary, job)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def brief(summary: Summary, job: Job) -> str:
    """Return the few lines that go to standard error beside records."""
    actions = ", ".join(f"{number:,} {word}" for word, number in _by_strength(summary.tally))
    blocks = [
        [_file_line(file, job.on) for file in summary.files],
        [f"verdicts: {actions}"] if actions else [],
        _unreadable(summary.tally),
    ]
    return "\n".join(line for block in blocks for line in block)


def _file_line(file: FileSummary, on: str) -> str:
    name = click.style(printable(file.name if file.name != "-" else "standard input"), bold=True)
    if file.shape is Shape.EMPTY:
        return f"{name}: empty, nothing to check"
    if file.shape is Shape.REFUSED:
        return f"{name}: {file.shape.value}, nothing was checked"
    parts = [file.shape.value]
    if file.shape is not Shape.PLAIN:
        parts.append(count(file.conversations, "conversation"))
    parts.append(f"{count(file.checked, *_TEXTS[on])} checked")
    if file.unreadable:
        parts.append(f"{count(file.unreadable, 'line')} could not be read")
    return f"{name}: {', '.join(parts)}"


def _by_strength(tally: Tally) -> Iterator[tuple[str, int]]:
    for action in Action:
        if tally.actions[action.word]:
            yield action.word, tally.actions[action.word]


def _verdicts(tally: Tally, on: str) -> list[str]:
    rows = [[word, f"{number:,}"] for word, number in _by_strength(tally)]
    if not rows:
        return []
    head, *lines = columns([["verdict", _TEXTS[on][1]], *rows], frozenset({1}))
    styled = [
        click.style(line, fg=_COLORS.get(row[0], "red"))
        for line, row in zip(lines, rows, strict=True)
    ]
    return [click.style(head, bold=True), *styled]


def _rules(tally: Tally, policy: CheckedPolicy) -> list[str]:
    if not tally.rules:
        return []
    known = {rule.name: rule for rule in policy.rules}
    rows = []
    for (name, action), number in sorted(
        tally.rules.items(), key=lambda item: (-Action[item[0][1].upper()], -item[1], item[0])
    ):
        rule = known[name]
        rows.append(
            [name, rule.severity.word, action, f"{number:,}", _principles(rule.principles, policy)]
        )
    head, *lines = columns(
        [["rule", "severity", "action", "fired", "enforces"], *rows], frozenset({3})
    )
    quiet = len(known) - len({name for name, _ in tally.rules})
    rest = [f"{count(quiet, 'rule')} did not fire"] if quiet else []
    return [click.style(head, bold=True), *lines, *rest]


def _principles(names: tuple[str, ...], policy: CheckedPolicy) -> str:
    text = "; ".join(printable(policy.principles.get(name, name)) for name in names)
    return text if len(text) <= _PRINCIPLE else text[: _PRINCIPLE - 1] + "…"


def _excerpts(summary: Summary) -> list[str]:
    """Return some examples of each rule, in the order of the input."""
    every = summary.tally.excerpts.values()
    shown = [excerpt for excerpts in every for excerpt in excerpts][:_EXCERPTS]
    if not shown:
        return []
    place = {file.name: index for index, file in enumerate(summary.files)}
    shown.sort(key=lambda each: (place[each.file], each.line, each.turn))
    rows = [
        [
            f"{printable(each.file)}:{each.line}",
            f"turn {each.turn}",
            each.rule,
            each.action,
            printable(each.shown),
        ]
        for each in shown
    ]
    title = "examples (findings by type, all other words as stars)"
    return [click.style(title, bold=True), *columns(rows)]


def _counted(title: str, counter: Counter[str]) -> list[str]:
    if not counter:
        return []
    rows = [[printable(name), f"{number:,}"] for name, number in counter.most_common()]
    return [click.style(title, bold=True), *columns(rows, frozenset({1}))]


def _errors(tally: Tally) -> list[str]:
    if not tally.errors:
        return []
    rows = [
        [detector, error, f"{number:,}"] for (detector, error), number in tally.errors.most_common()
    ]
    title = "detectors that failed (the policy's `on error` decided)"
    return [click.style(title, fg="red", bold=True), *columns(rows, frozenset({2}))]


def _unreadable(tally: Tally) -> list[str]:
    if not tally.unreadable:
        return []
    lines = [
        f"{printable(file)}:{item.line}: {printable(item.reason)}"
        for file, item in tally.unreadable_shown
    ]
    if more := tally.unreadable - len(lines):
        lines.append(f"and {more:,} more")
    title = f"{count(tally.unreadable, 'line')} could not be read"
    return [click.style(title, fg="red", bold=True), *lines]


def _next(summary: Summary, job: Job) -> str:
    tally = summary.tally
    policy = printable(job.guard.policy)
    if tally.unreadable:
        name, item = tally.unreadable_shown[0]
        file = name if name != "-" else "standard input"
        rest = "everything else was checked" if tally.checked else "nothing was checked"
        return f"Next: mend {printable(file)}, line {item.line}; {rest}."
    if not tally.checked:
        return "Nothing was checked: no reply was found. Is it the right file, and the right --on?"
    if tally.errors:
        return "Next: find out why detectors failed; `guardrail doctor` shows what is installed."
    if tally.rules:
        return "Next: the same with --format jsonl shows every verdict whole."
    return f"Nothing fired. Next: guardrail test {policy} shows that the rules can."
