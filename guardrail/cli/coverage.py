"""What `guardrail test --coverage` shows: a table of rules, what is missing, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.console import columns, printable

if TYPE_CHECKING:
    from guardrail.coverage import Coverage, PrincipleCoverage, RuleCoverage, Share

_MOST_LINES: Final = 60


def coverage_text(file: str, found: Coverage) -> str:
    """Return the coverage of one policy for people, styled."""
    blocks = [
        [click.style(f"coverage of {printable(file)}", bold=True)],
        _table(found.rules),
        _missing(file, found),
        [_totals(found)],
        _imported(found.imported),
    ]
    return "\n".join(line for block in blocks for line in block)


def _table(rules: tuple[RuleCoverage, ...]) -> list[str]:
    if not rules:
        return []
    rows = [
        [
            rule.name,
            str(rule.line),
            str(rule.fired),
            str(rule.silent),
            f"{sum(clause.is_covered for clause in rule.clauses)}/{len(rule.clauses)}",
        ]
        for rule in rules
    ]
    head, *lines = columns(
        [["rule", "line", "fired", "did not fire", "clauses"], *rows], frozenset({1, 2, 3, 4})
    )
    return [head, *(_colored(line, rule) for line, rule in zip(lines, rules, strict=True))]


def _colored(line: str, rule: RuleCoverage) -> str:
    if not rule.is_covered:
        return click.style(line, fg="red")
    is_whole = all(clause.is_covered for clause in rule.clauses)
    return line if is_whole else click.style(line, fg="yellow")


def _missing(file: str, found: Coverage) -> list[str]:
    lines = [
        *(line for rule in found.rules for line in _missing_of(rule)),
        *(
            f"  {printable(file)}:{principle.line}  principle {principle.name}: {_lack(principle)}"
            for principle in found.principles
            if not principle.is_covered
        ),
    ]
    if len(lines) > _MOST_LINES:
        more = len(lines) - _MOST_LINES
        lines = [*lines[:_MOST_LINES], f"  and {more:,} more: --format json shows all"]
    return ["missing", *lines] if lines else []


def _missing_of(rule: RuleCoverage) -> Iterator[str]:
    """Yield what tests have not seen of a rule; what follows from another line is left out."""
    file = printable(rule.source.name)
    if not rule.evaluated:
        yield f"  {file}:{rule.line}  {rule.name}: no test evaluates it"
        return
    for clause in rule.gaps:
        missing = "; ".join(clause.missing)
        yield printable(f"  {file}:{clause.line}  {rule.name}, {clause.kind}: {missing}")
    for atom in rule.atoms:
        yield printable(f"  {file}:{rule.line}  {rule.name}, atom: {atom}")


def _lack(principle: PrincipleCoverage) -> str:
    if not principle.rules:
        return "no rule enforces it"
    return f"no test fires {' or '.join(principle.rules)}"


def _totals(found: Coverage) -> str:
    shares = [f"{_of(share)} {thing}" for thing, share in found.shares.items() if share.total]
    return f"covered: {', '.join(shares) or 'nothing, there are no rules'}"


def _of(share: Share) -> str:
    text = f"{share.covered:,} of {share.total:,}"
    color = "green" if share.covered == share.total else "yellow"
    return click.style(f"{text} ({percent(share)})", fg=color)


def percent(share: Share) -> str:
    """Return a share in percent, never rounded up to what it does not reach.

    >>> from guardrail.coverage import Share
    >>> percent(Share(1999, 2000)), percent(Share(2, 2))
    ('99.9 %', '100 %')
    """
    if share.covered == share.total:
        return "100 %"
    return f"{share.covered * 1000 // share.total / 10:g} %"


def _imported(rules: tuple[RuleCoverage, ...]) -> list[str]:
    if not rules:
        return []
    fired = [f"{rule.name} ({rule.fired} fired)" if rule.fired else rule.name for rule in rules]
    return [f"not counted, tested in their own files: {', '.join(fired)}"]


# ---------------------------------------------------------------- data


def coverage_data(file: str, found: Coverage) -> dict[str, object]:
    """Return the coverage of one policy as JSON-ready data."""
    return {
        "file": file,
        "cases": found.cases,
        "totals": {
            thing: {"covered": share.covered, "total": share.total, "percent": share.percent}
            for thing, share in found.shares.items()
        },
        "rules": [_rule_data(rule) for rule in found.rules],
        "principles": [
            {
                "name": principle.name,
                "line": principle.line,
                "covered": principle.is_covered,
                "rules": list(principle.rules),
                "fired": list(principle.fired),
            }
            for principle in found.principles
        ],
        "imported": [_rule_data(rule) for rule in found.imported],
    }


def _rule_data(rule: RuleCoverage) -> dict[str, object]:
    return {
        "name": rule.name,
        "file": rule.source.name,
        "line": rule.line,
        "covered": rule.is_covered,
        "evaluated": rule.evaluated,
        "fired": rule.fired,
        "did_not_fire": rule.silent,
        "principles": list(rule.principles),
        "clauses": [
            {
                "clause": clause.kind,
                "line": clause.line,
                "covered": clause.is_covered,
                "missing": list(clause.missing),
            }
            for clause in rule.clauses
        ],
        "atoms": list(rule.atoms),
    }
