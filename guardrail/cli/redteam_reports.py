"""What a red-team run found, as its page and its SARIF log show it: masked, never quoted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from guardrail.cli.excerpts import Piece, masked_pieces
from guardrail.cli.exports import action_of, level_of, meaning, rule_infos
from guardrail.redteam.attackers import NO_PROMPT
from guardrail.redteam.scores import Cell, Rate, Scores, grouped
from guardrail.reports.html.redteam_page import percent, redteam_page
from guardrail.reports.html.redteam_report import (
    CellRow,
    ExampleRow,
    RedteamPage,
    ScoreRow,
    Share,
)
from guardrail.reports.result import Location, Result
from guardrail.reports.sarif import digest, sarif
from guardrail.values import Span

if TYPE_CHECKING:
    from guardrail.language.checked import CheckedPolicy
    from guardrail.redteam.attempts import Attempt
    from guardrail.redteam.report import Report
    from guardrail.redteam.run import Run

_EXAMPLES: Final = 5
"""How many examples the page shows of a rule and a technique."""

_WIDTH: Final = 80
_WRONG: Final = ("missed", "partly", "over_block")


def problems(report: Report) -> list[str]:
    """Say what the target could not be asked, and what the attacker did not write."""
    return [
        f"the attacker wrote no prompt {number:,} times"
        if name == NO_PROMPT
        else f"the target raised {name} {number:,} times"
        for name, number in report.errors.items()
    ]


def in_words(rate: Rate) -> str:
    """Return a rate as a summary says it."""
    return f"{rate.count:,} of {rate.of:,} ({percent(_share(rate))})"


# ---------------------------------------------------------------- the page


def html(run: Run, report: Report, policy: CheckedPolicy) -> bytes:
    """Return the page."""
    examples, left_out = _examples(run)
    settings = report.settings
    return redteam_page(
        RedteamPage(
            title=policy.title or policy.name,
            policy=f"{policy.name} {policy.version}" if policy.version else policy.name,
            digest=settings.digest,
            target=settings.target,
            seed=settings.seed,
            attempts=len(run.attempts),
            total=_row("drawn evenly", report.whole.even),
            parts=tuple(_parts(report)),
            cells=tuple(map(_cell, report.cells)),
            examples=tuple(examples),
            left_out=left_out,
            rounds=tuple(
                _row(f"round {number}", part.held_out)
                for number, part in enumerate(report.rounds, start=1)
            ),
            is_retrained=bool(settings.recipe),
            problems=tuple(problems(report)),
            notes=tuple(f"{rule}: {reason}" for rule, reason in report.untried.items()),
        )
    )


def _parts(report: Report) -> Iterator[ScoreRow]:
    yield _row("of those, families to learn from", report.whole.train)
    yield _row("of those, families held out", report.whole.held_out)
    for number, part in enumerate(report.rounds, start=1):
        yield _row(f"round {number}", part.even)
        yield _row(f"round {number}, families held out", part.held_out)
    yield _row("built on what got through", report.whole.stacked)
    if report.whole.people.attempts:
        yield _row("made by people", report.whole.people)
    if report.whole.attacker.attempts:
        yield _row("written by the attacker", report.whole.attacker)


def _row(name: str, found: Scores) -> ScoreRow:
    rates = (found.model_unsafe, found.filter_miss, found.partly, found.over_block)
    return ScoreRow(name, *map(_share, rates))


def _share(rate: Rate) -> Share:
    return Share(rate.count, rate.of, rate.low, rate.high)


def _cell(cell: Cell) -> CellRow:
    return CellRow(
        cell.rule,
        cell.technique,
        cell.family,
        cell.split == "held_out",
        _share(cell.scores.filter_miss),
        _share(cell.scores.over_block),
    )


def _wrong(run: Run) -> dict[tuple[str, str], list[Attempt]]:
    """Return what the filter got wrong, by rule and technique."""
    wrong = (each for each in run.attempts if each.result in _WRONG)
    found = grouped(wrong, lambda each: (each.attack.rule, each.attack.technique))
    return dict(sorted(found.items()))


def _examples(run: Run) -> tuple[list[ExampleRow], int]:
    groups = _wrong(run)
    shown = [
        ExampleRow(
            each.id,
            rule,
            technique,
            each.attack.names,
            each.result,
            each.attack.carrier,
            each.attack.source,
            _pieces(each),
        )
        for (rule, technique), found in groups.items()
        for each in found[:_EXAMPLES]
    ]
    return shown, sum(map(len, groups.values())) - len(shown)


def _pieces(attempt: Attempt) -> tuple[Piece, ...]:
    if attempt.place is None:
        return ()
    return masked_pieces(attempt.reply, [Span(*attempt.place, attempt.attack.kind)], _WIDTH)


# ---------------------------------------------------------------- SARIF


def sarif_log(report: Report, policy: CheckedPolicy) -> dict[str, object]:
    """Return the log: a result for each rule and technique that the filter got wrong."""
    return sarif(
        rule_infos(policy),
        _results(report, policy),
        notifications=[(problem, None) for problem in problems(report)],
        properties={
            "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
            "attempts": report.attempts,
            "target": report.settings.target,
            "seed": report.settings.seed,
        },
        category=f"guardrail-redteam/{policy.name}",
    )


def _results(report: Report, policy: CheckedPolicy) -> Iterator[Result]:
    known = {rule.name: rule for rule in policy.rules}
    for cell in report.cells:
        rule = known[cell.rule]
        line, column = rule.place.source.position(rule.place.span.start)
        place = Location(rule.place.source.name, line, column)
        by = f"{cell.technique} ({cell.family})"
        missed, blocked = cell.scores.filter_miss, cell.scores.over_block
        for name, rate, said in (
            ("filter-miss", missed, f"{by} got past this rule: {meaning(rule, policy)}"),
            ("over-block", blocked, f"this rule stops harmless texts with {by}"),
        ):
            if rate.count:
                is_miss = name == "filter-miss"
                yield Result(
                    cell.rule,
                    level_of(rule.severity, action_of(rule)) if is_miss else "note",
                    f"{said}; {rate.count} of {rate.of}, {percent(_share(rate))}",
                    place,
                    {"score": name, "technique": cell.technique, "split": cell.split},
                    digest(policy.name, cell.rule, cell.technique, cell.split, name),
                )
