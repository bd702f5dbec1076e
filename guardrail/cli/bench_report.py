"""The figures of `bench` for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.console import columns, count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrail.bench import Figures

_WIDTH: Final = 40
_RULES: Final = 15
_NUMBERS: Final = frozenset(range(1, 8))


def report(figures: Figures, policy: str, *, are_made_up: bool) -> str:
    """Return the figures as text; the dearest rules only."""
    return "\n".join(_lines(figures, policy, are_made_up=are_made_up))


def _lines(figures: Figures, policy: str, *, are_made_up: bool) -> Iterator[str]:
    texts, check = figures.texts, figures.check
    noun = "replies" if texts.side == "output" else "prompts"
    made_up = " made-up" if are_made_up else ""
    yield (
        f"{printable(policy)}: {texts.count:,}{made_up} {noun}, "
        f"{texts.mean_characters:,.0f} characters on average"
    )
    yield _machine(figures.machine)
    yield ""
    yield _title("a check, warm")
    yield (
        f"  p50 {_us(check.p50_us)}   p90 {_us(check.p90_us)}   p99 {_us(check.p99_us)}   "
        f"longest {_us(check.max_us)}   mean {_us(check.mean_us)}"
    )
    yield from (f"  {line}" for line in _bars(figures))
    yield ""
    yield _title("a new process")
    yield f"  {_start(figures)}"
    yield ""
    yield _title("stages")
    yield from (f"  {line}" for line in _stages(figures))
    yield ""
    yield _title("rules, beside the scan")
    yield from (f"  {line}" for line in _rules(figures))
    yield ""
    yield from _defeated(figures)


def _title(text: str) -> str:
    return click.style(text, bold=True)


def _us(us: float) -> str:
    """Return a duration with three digits or so.

    >>> _us(3.14159), _us(1234.5), _us(2_500_000)
    ('3.1 µs', '1.2 ms', '2.5 s')
    """
    for limit, unit in ((1e3, "µs"), (1e6, "ms")):
        if us < limit:
            return f"{us * 1e3 / limit:.1f} {unit}"
    return f"{us / 1e6:.1f} s"


def _machine(machine: dict[str, str | int]) -> str:
    return (
        f"Python {machine['python']} on {machine['system']} {machine['architecture']}, "
        f"{count(int(machine['processors']), 'processor')}; "
        f"google-re2 {machine['google-re2']}, regex {machine['regex']}"
    )


def _bars(figures: Figures) -> list[str]:
    most = max(bar.count for bar in figures.histogram)
    rows = [
        [
            f"< {_us(bar.below_us)}",
            f"{bar.count / figures.check.count:.1%}",
            "█" * max(round(bar.count / most * _WIDTH), 1 if bar.count else 0),
        ]
        for bar in figures.histogram
    ]
    return columns(rows, frozenset({0, 1}))


def _start(figures: Figures) -> str:
    start = figures.start
    if start is None:
        return "could not be started"
    memory = "" if start.peak_mib is None else f", {start.peak_mib:.0f} MiB"
    return (
        f"import {start.import_ms:.0f} ms, load the policy {start.load_ms:.0f} ms, "
        f"first check {start.first_check_ms:.1f} ms{memory}"
    )


def _stages(figures: Figures) -> list[str]:
    rows = [["", "of texts", "p50", "p99", "mean of all", "of the time"]]
    rows += [
        [
            printable(stage.name),
            f"{stage.share_of_texts:.1%}",
            _us(stage.latency.p50_us),
            _us(stage.latency.p99_us),
            _us(stage.mean_us),
            f"{stage.share_of_time:.0%}",
        ]
        for stage in figures.stages
    ]
    return columns(rows, _NUMBERS)


def _rules(figures: Figures) -> Iterator[str]:
    if not figures.rules:
        yield "none on this side: every text passes"
        return
    rows = [["", "fires on", "asked on", "mean of all"]]
    for rule in figures.rules[:_RULES]:
        asked = max((source.asked for source in rule.sources), default=0.0)
        name = printable(rule.name)
        rows.append([name, f"{rule.fires:.1%}", f"{asked:.1%}", _us(rule.mean_us)])
    yield from columns(rows, _NUMBERS)
    if len(figures.rules) > _RULES:
        yield f"… and {count(len(figures.rules) - _RULES, 'rule')} that cost no more"


def _defeated(figures: Figures) -> Iterator[str]:
    """Yield the rules for which something is looked for in vain."""
    defeating = [rule for rule in figures.rules if rule.defeating]
    if defeating:
        yield _title("what the scan cannot leave out")
    for rule in defeating:
        yield f"  {printable(rule.name)} fires on {rule.fires:.1%} of the texts"
        for source in rule.defeating:
            why = (
                f"looked for in {source.asked:.1%}, found in {source.found:.1%}"
                if source.has_gate
                else f"asked about {source.asked:.1%}: nothing in a text says that it finds nothing"
            )
            yield f"    {printable(source.name)}: {why}"
    rest = "" if defeating else "; no rule makes it look in vain"
    yield f"The scan alone decides {figures.quiet:.1%} of the texts{rest}."
