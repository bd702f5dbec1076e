"""What `check` found, in the terms of reports for CI: SARIF results, JUnit cases, annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from guardrail.cli.console import count
from guardrail.cli.excerpts import masked_excerpt
from guardrail.cli.tally import Excerpt, Tally
from guardrail.reports.result import Level, Location, Result, RuleInfo
from guardrail.reports.sarif import digest, encode_result, frame
from guardrail.values import Action, Severity

if TYPE_CHECKING:
    from guardrail.cli.checking import FileSummary, Summary
    from guardrail.language.checked import CheckedPolicy, CheckedRule
    from guardrail.reports.junit import CaseResult
    from guardrail.transcripts import Turn
    from guardrail.values import Fired, Verdict

ANNOTATIONS: Final = 10
"""How many examples of a rule are kept for annotations; GitHub shows no more of a level."""

PLACES: Final = 20
"""How many places a failed case lists."""

_LEVELS: Final[dict[Severity, Level]] = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_WHOLE: Final = "the same with --format jsonl shows every verdict"


def level_of(severity: Severity, action: str) -> Level:
    """Return how a report ranks a rule: by its severity, but a mere flag is never an error.

    >>> level_of(Severity.HIGH, "redact"), level_of(Severity.HIGH, "flag")
    ('error', 'warning')
    """
    level = _LEVELS[severity]
    return "warning" if level == "error" and action == "flag" else level


def rule_infos(policy: CheckedPolicy) -> list[RuleInfo]:
    """Return every rule of a policy as reports describe it."""
    return [
        RuleInfo(
            rule.name,
            rule.name,
            meaning(rule, policy),
            _help(rule, policy),
            level_of(rule.severity, action_of(rule)),
            tags_of(rule),
        )
        for rule in policy.rules
    ]


def action_of(rule: CheckedRule) -> str:
    """Return the strongest action of a rule, `flag` where it only escalates."""
    actions = rule.actions
    parts = {
        "block": actions.block,
        "replace": actions.replace,
        "rewrite": actions.rewrite,
        "append": actions.append,
        "redact": actions.redact,
    }
    return next((word for word, value in parts.items() if value is not None), "flag")


def tags_of(rule: CheckedRule) -> tuple[str, ...]:
    """Return the values of `meta tag`."""
    return tuple(value for key, value in rule.meta if key == "tag")


def meaning(rule: CheckedRule, policy: CheckedPolicy) -> str:
    """Say in one line what it means that a rule fired: its message, or what it enforces."""
    principles = "; ".join(policy.principles.get(name, name) for name in rule.principles)
    return rule.message or principles or f"the rule {rule.name} fired"


def _help(rule: CheckedRule, policy: CheckedPolicy) -> str:
    line, _ = rule.place.source.position(rule.place.span.start)
    lines = [f"A rule of the policy `{policy.name}`: severity {rule.severity.word}."]
    lines += [f"Enforces: {policy.principles.get(name, name)}" for name in rule.principles]
    lines += [f"Action: {action_of(rule)}. Line {line} of `{rule.place.source.name}`."]
    return "\n\n".join(lines)


# ---------------------------------------------------------------- SARIF


def encoded_results(
    file: str, turn: Turn, verdict: Verdict, policy: CheckedPolicy, places: Mapping[str, int]
) -> list[bytes]:
    """Return one SARIF result for each rule that fired."""
    known = {rule.name: rule for rule in policy.rules}
    return [
        encode_result(_result(file, turn, verdict, fired, known[fired.rule], policy), places)
        for fired in verdict.fired
    ]


def _result(
    file: str,
    turn: Turn,
    verdict: Verdict,
    fired: Fired,
    rule: CheckedRule,
    policy: CheckedPolicy,
) -> Result:
    shown = masked_excerpt(turn.text, fired, verdict)
    properties: dict[str, object] = {
        "turn": turn.turn,
        "role": turn.role,
        "action": fired.action,
        "verdict": verdict.action,
        "severity": fired.severity,
        "principles": list(fired.principles),
        "findings": dict(Counter(span.type for span in fired.spans)),
        "excerpt": shown,
    }
    if turn.part is not None:
        properties["part"] = turn.part
    if tags := tags_of(rule):
        properties["tags"] = list(tags)
    return Result(
        fired.rule,
        level_of(rule.severity, fired.action),
        f"{meaning(rule, policy)} ({fired.action}, turn {turn.turn}): {shown}",
        Location(file, turn.line),
        properties,
        digest(policy.name, fired.rule, file, turn.line, turn.turn, turn.part),
    )


def sarif_frame(policy: CheckedPolicy, summary: Summary) -> tuple[bytes, bytes]:
    """Return what stands before and after the results of a SARIF log.

    The first part depends on the policy alone, so it can be written before anything is checked.
    """
    tally = summary.tally
    notifications = [
        (item.reason, Location(file, item.line)) for file, item in tally.unreadable_shown
    ]
    more = tally.unreadable - len(notifications)
    properties = {
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
        "checked": tally.checked,
        "verdicts": dict(tally.actions),
        "unreadable": tally.unreadable,
        "detectorErrors": {f"{name}: {kind}": n for (name, kind), n in tally.errors.items()},
    }
    left_out = [(f"{more:,} more lines could not be read", None)] if more else []
    return frame(
        rule_infos(policy),
        notifications=[*notifications, *left_out],
        properties=properties,
        category=f"guardrail/{policy.name}",
    )


# ---------------------------------------------------------------- GitHub


def github(summary: Summary, policy: CheckedPolicy) -> str:
    """Return annotations: lines that could not be read first, then the strongest rules.

    A rule gives its second example only after every other rule has given its first, because few
    are shown.
    """
    from guardrail.reports.github import annotations

    tally = summary.tally
    results = [
        Result("unreadable", "error", item.reason, Location(file, item.line))
        for file, item in tally.unreadable_shown
    ]
    results += _in_turns(tally, policy)
    every = tally.unreadable + sum(tally.rules.values())
    return annotations(results, left_out=every - len(results), whole=_WHOLE)


def _in_turns(tally: Tally, policy: CheckedPolicy) -> Iterator[Result]:
    known = {rule.name: rule for rule in policy.rules}
    columns = [
        [(known[rule], each) for each in excerpts]
        for (_, rule), excerpts in sorted(
            tally.excerpts.items(), key=lambda item: (-_strength(item[1]), item[0])
        )
    ]
    for row in zip_longest(*columns):
        for rule, each in filter(None, row):
            place = f"turn {each.turn}{f', {each.part}' if each.part else ''}"
            text = f"{meaning(rule, policy)} ({each.action}, {place}): {each.shown}"
            level = level_of(rule.severity, each.action)
            yield Result(each.rule, level, text, Location(each.file, each.line))


def _strength(excerpts: list[Excerpt]) -> int:
    return max(Action[each.action.upper()] for each in excerpts)


# ---------------------------------------------------------------- JUnit


def junit(summary: Summary, policy: CheckedPolicy, limit: str) -> bytes:
    """Return a suite for each file with a case for each rule, and one for reading the file.

    The names of the cases stay the same from run to run, so that a CI server can tell which rule
    is new among those that fail. A rule fails when its action reaches `limit`.
    """
    from guardrail.reports.junit import Suite
    from guardrail.reports.junit import junit as as_xml

    suites = []
    for name in dict.fromkeys(file.name for file in summary.files):
        files = [file for file in summary.files if file.name == name]
        cases = [_reading(name, files, summary.tally)]
        cases += [_case(name, files, rule, summary.tally, policy, limit) for rule in policy.rules]
        seconds = sum(file.ms for file in files) / 1000
        suites.append(Suite(_shown(name), tuple(cases), seconds))
    return as_xml(suites)


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name


def _reading(name: str, files: list[FileSummary], tally: Tally) -> CaseResult:
    from guardrail.reports.junit import CaseResult

    lost = sum(file.unreadable for file in files)
    shown = [
        f"{name}:{item.line}: {item.reason}" for f, item in tally.unreadable_shown if f == name
    ]
    error = None
    if lost:
        more = [f"and {lost - len(shown):,} more"] if lost > len(shown) else []
        error = "\n".join([f"{count(lost, 'line')} could not be read", *shown, *more])
    checked = count(sum(file.checked for file in files), "text")
    return CaseResult(
        "every line can be read", _shown(name), file=name, error=error, output=f"{checked} checked"
    )


def _case(
    name: str,
    files: list[FileSummary],
    rule: CheckedRule,
    tally: Tally,
    policy: CheckedPolicy,
    limit: str,
) -> CaseResult:
    from guardrail.reports.junit import CaseResult

    fired: Counter[str] = Counter()
    for file in files:
        for (fired_name, action), number in file.rules.items():
            if fired_name == rule.name:
                fired[action] += number
    if not fired:
        return CaseResult(rule.name, _shown(name), file=name)
    excerpts = tally.excerpts.get((name, rule.name), [])
    text = _story(rule, fired, excerpts, policy)
    is_reached = limit != "never" and any(
        Action[action.upper()] >= Action[limit.upper()] for action in fired
    )
    return CaseResult(
        rule.name,
        _shown(name),
        file=name,
        line=excerpts[0].line if excerpts else None,
        failure=text if is_reached else None,
        output=None if is_reached else f"below --fail-on {limit}: {text}",
    )


def _story(
    rule: CheckedRule, fired: Counter[str], excerpts: list[Excerpt], policy: CheckedPolicy
) -> str:
    actions = ", ".join(f"{number:,} {action}" for action, number in fired.most_common())
    lines = [f"{meaning(rule, policy)}: fired {count(fired.total(), 'time')} ({actions})"]
    lines += [
        f"line {each.line}, turn {each.turn}{f', {each.part}' if each.part else ''}: {each.shown}"
        for each in excerpts
    ]
    if more := fired.total() - len(excerpts):
        lines.append(f"and {more:,} more; {_WHOLE}")
    return "\n".join(lines)
