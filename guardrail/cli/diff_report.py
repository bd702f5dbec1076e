"""The text report of `diff`: relations, witnesses, and what reads differently."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.console import columns, count, printable
from guardrail.diff.relation import Relation

if TYPE_CHECKING:
    from guardrail.diff.changes import Change, ListChange
    from guardrail.diff.engine import Diff, RuleDiff, SideDiff, Standing, Witness
    from guardrail.diff.replay import Example, Replay

_COLORS: Final = {
    Relation.EQUAL: "green",
    Relation.STRICTER: "green",
    Relation.LOOSER: "red",
    Relation.INCOMPARABLE: "red",
}
_SAYS: Final = {
    Relation.EQUAL: "is as strict as {old} in every case",
    Relation.STRICTER: "does all that {old} does, and more in some cases",
    Relation.LOOSER: "does less than {old} in some cases, and more in none",
    Relation.INCOMPARABLE: "does less than {old} in some cases and more in others",
}
_ABSENT: Final = re.compile(
    r"(?:text|prompt) (?:contains nothing (?:else )?of|does not) |"
    r"(?:`[\w.]+`|\d+ more) finds? nothing"
)
_ABSENT_SHOWN: Final = 2
_WIDTH: Final = 160
_ENTRIES: Final = 3


def report(found: Diff, replay: Replay | None, old: str, new: str) -> str:
    """Return the whole report, styled; `old` and `new` are the names the user gave."""
    old, new = printable(old), printable(new)
    blocks = [
        list(_head(found, old, new)),
        *(list(_side(side)) for side in found.sides),
        list(_lists(found.lists)),
        list(_changes(found)),
        list(_replayed(replay)) if replay is not None else [],
        [_next(found, replay, old, new)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _relation(relation: Relation) -> str:
    return click.style(relation.value, fg=_COLORS[relation], bold=True)


def _head(found: Diff, old: str, new: str) -> Iterator[str]:
    says = _SAYS[found.relation].format(old=old)
    if not found.is_decided:
        says = f"may do less than {old}: not everything could be decided"
    yield f"{_relation(found.relation)}: {new} {says}"


# ---------------------------------------------------------------- rules


def _side(side: SideDiff) -> Iterator[str]:
    name = click.style(f"on {side.side}", bold=True)
    yield f"{name}: {_relation(side.standing.relation)} as a whole"
    yield from _witnesses(side.standing, "  ")
    order = (Relation.LOOSER, Relation.INCOMPARABLE, Relation.STRICTER, Relation.EQUAL)
    shown = [rule for rule in side.rules if rule.status != "unchanged"]
    for rule in sorted(shown, key=lambda rule: order.index(rule.standing.relation)):
        yield from _rule(rule)
    if same := len(side.rules) - len(shown):
        yield f"  {count(same, 'rule')} unchanged"


def _rule(rule: RuleDiff) -> Iterator[str]:
    notes: list[str] = [rule.status] if rule.status != "changed" else []
    if rule.same_as is not None:
        now = "now" if rule.status == "removed" else "before"
        notes.append(f"the same as `{rule.same_as}` {now}: renamed?")
    elif rule.status == "changed" and rule.standing.relation is Relation.EQUAL:
        notes.append("reads differently")
    note = f" ({'; '.join(notes)})" if notes else ""
    yield f"  {_relation(rule.standing.relation)} rule {printable(rule.name)}{note}"
    yield from _witnesses(rule.standing, "      ")
    yield from (f"      {_change(change, is_brief=True)}" for change in rule.changes)


def _witnesses(standing: Standing, indent: str) -> Iterator[str]:
    both = standing.looser is not None and standing.stricter is not None
    for word, witness in (("looser", standing.looser), ("stricter", standing.stricter)):
        if witness is not None:
            if both:
                yield f"{indent}{word} in one case:"
            yield from (f"{indent}{'  ' if both else ''}{line}" for line in _witness(witness))
    if standing.undecided is not None:
        yield f"{indent}{click.style('not decided', fg='yellow')}: {standing.undecided}"


def _witness(witness: Witness) -> Iterator[str]:
    yield f"when  {printable(_words(witness.when))}"
    yield f"old   {printable(witness.old)}"
    yield f"new   {printable(witness.new)}"
    text = witness.text
    if text is None:
        return
    answers = [f"{name} = {answer}" for name, answer in text.answers.items() if answer != "nothing"]
    given = f"  with {', '.join(answers)}" if answers else ""
    if text.prompt is not None:
        yield printable(f'prompt "{text.prompt}"')
    yield printable(f'text  "{text.text}"{given}')


def _words(when: tuple[str, ...]) -> str:
    """Return what must be so; many things that must not be found are one."""
    absent = [each for each in when if _ABSENT.match(each)]
    if len(absent) <= _ABSENT_SHOWN:
        return ", ".join(when) or "nothing is found"
    present = [each for each in when if each not in absent]
    return ", ".join([*present, "nothing else is found" if present else "nothing is found"])


# ---------------------------------------------------------------- what reads differently


def _change(change: Change, *, is_brief: bool = False) -> str:
    """Return a change in a line; texts and tests are named, and said once."""
    if change.old is None or change.new is None:
        verb = "added" if change.old is None else "removed"
        is_named = change.what.startswith("test ")
        value = "" if is_named else f": {_short(change.new or change.old or '')}"
        return printable(f"{change.what} {verb}{value}")
    if change.what.startswith("test "):
        return printable(f"{change.what} changed")
    if is_brief and change.what.startswith("reply "):
        return printable(f"{change.what} says something else")
    return printable(f"{change.what}: {_short(change.old)} → {_short(change.new)}")


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _lists(lists: tuple[ListChange, ...]) -> Iterator[str]:
    if lists:
        yield click.style("lists", bold=True)
    for each in lists:
        if each.old is None or each.new is None:
            verb, entries = ("added", each.new) if each.old is None else ("removed", each.old)
            yield f"  {each.name} {verb}, with {count(entries or 0, 'entry', 'entries')}"
            continue
        moved = [
            f"{verb} {len(entries):,}: {_some(entries)}"
            for verb, entries in (("added", each.added), ("removed", each.removed))
            if entries
        ]
        yield printable(f"  {each.name}: {'; '.join(moved)}")


def _some(entries: tuple[str, ...]) -> str:
    shown = ", ".join(f'"{_short(entry)}"' for entry in entries[:_ENTRIES])
    return shown if len(entries) <= _ENTRIES else f"{shown}, …"


def _changes(found: Diff) -> Iterator[str]:
    if found.changes:
        yield click.style("outside the rules", bold=True)
    yield from (f"  {_change(change)}" for change in found.changes)


# ---------------------------------------------------------------- replay


def _replayed(replay: Replay) -> Iterator[str]:
    from guardrail.diff.replay import counted

    checked = count(replay.checked, "text")
    title = f"replay: {replay.changed:,} of {checked} changed, {replay.weaker:,} to a weaker action"
    yield click.style(title, bold=True)
    if replay.actions:
        rows = [
            [old, "→", new if new != old else f"{new}, with another output or queue", f"{number:,}"]
            for old, new in counted(replay.actions)
            for number in [replay.actions[old, new]]
        ]
        yield from (f"  {line}" for line in columns(rows, frozenset({3})))
    rules = sorted({*replay.lost, *replay.gained})
    if rules:
        rows = [[name, f"-{replay.lost[name]:,}", f"+{replay.gained[name]:,}"] for name in rules]
        yield "  what rules no longer do there (-) and do instead (+):"
        yield from (f"    {line}" for line in columns(rows, frozenset({1, 2})))
    yield from _examples(replay)
    for (which, detector, error), number in sorted(replay.errors.items()):
        yield f"  {which} policy: `{printable(detector)}` failed ({error}) {number:,} times"
    if replay.unreadable:
        yield click.style(f"  {count(replay.unreadable, 'line')} could not be read", fg="red")
        for file, each in replay.unreadable_shown:
            yield f"    {printable(file)}:{each.line}: {printable(each.reason)}"


def _examples(replay: Replay) -> Iterator[str]:
    from guardrail.diff.replay import counted

    if not replay.examples:
        return
    yield "  examples (findings by type, all other words as stars):"
    rows = []
    for pair in counted(replay.examples):
        for each in replay.examples[pair]:
            shown = _excerpt(each)
            place = f"{printable(each.file)}:{each.turn.line}"
            rows.append([place, f"turn {each.turn.turn}", " → ".join(pair), printable(shown)])
    yield from (f"    {line}" for line in columns(rows))


def _excerpt(each: Example) -> str:
    """Return the shape of a text around what one of the policies found and the other did not."""
    from guardrail.cli.excerpts import masked_excerpt

    both = {(fired.rule, fired.action) for fired in each.old.fired}
    both &= {(fired.rule, fired.action) for fired in each.new.fired}
    firings = [(fired, verdict) for verdict in (each.old, each.new) for fired in verdict.fired]
    firings.sort(key=lambda firing: (firing[0].rule, firing[0].action) in both)
    for fired, verdict in firings[:1]:
        return masked_excerpt(each.turn.text, fired, verdict)
    return ""


def _next(found: Diff, replay: Replay | None, old: str, new: str) -> str:
    old, new = shlex.quote(old), shlex.quote(new)
    if replay is None:
        command = f"guardrail diff {old} {new} --replay TRANSCRIPTS"
        return f"Next: {command} counts the verdicts that change."
    if found.relation.is_safe:
        return f"Next: guardrail test {new} runs the new policy's own tests."
    return "Next: see whether each looser case is meant; a test in the policy then says so."
