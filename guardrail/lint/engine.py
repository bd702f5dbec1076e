"""Runs the lint rules over a policy and leaves out what its author allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Final

from guardrail.language import nodes
from guardrail.language.load import Inspection, inspect
from guardrail.language.source import Source
from guardrail.lint.catalogue import RULES
from guardrail.lint.rule import Context, Finding, Options
from guardrail.lint.suppressions import Suppression
from guardrail.runtime.compile import PolicyPath, filtered_replies
from guardrail.runtime.host import Host, vocabulary

_LAST: Final = "G708"
"""The rule that looks at what the others left unused."""


def lint_file(
    path: PolicyPath,
    host: Host | None = None,
    options: Options | None = None,
    *,
    today: date | None = None,
) -> list[Finding]:
    """Return everything that is wrong with a policy: mistakes, and opinions if there are none.

    `today` (UTC) decides which exceptions have expired.

    >>> from guardrail.language.source import Source
    >>> source = Source("a.guard", "edition 1 policy p on error treat as flag")
    >>> [found.diagnostic.code for found in lint_file(source)]
    ['G302']
    """
    return look(path, host, options, today=today)[1]


def look(
    path: PolicyPath,
    host: Host | None = None,
    options: Options | None = None,
    *,
    today: date | None = None,
) -> tuple[Inspection, list[Finding]]:
    """Return what `lint_file` returns, and the policy that it is about."""
    inspection = inspect(path, vocabulary(host), today=today)
    found = [Finding(each) for each in inspection.diagnostics]
    if inspection.policy is not None:
        found += [Finding(each) for each in filtered_replies(inspection.policy, host)]
        found += lint_policy(inspection, options=options, today=today)
    return inspection, _in_order(found)


def lint_policy(
    inspection: Inspection,
    *,
    options: Options | None = None,
    today: date | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> list[Finding]:
    """Return the opinions about a policy; none as long as it has mistakes.

    `is_wanted` is asked before each lint rule; an editor whose text has changed wants no more, and
    throws away what there is.
    """
    if inspection.program is None or inspection.policy is None:
        return []
    day = today or datetime.now(UTC).date()
    context = Context(inspection.program, inspection.policy, options or Options(), day)
    rules = [rule for rule in RULES if context.options.runs(rule)]
    context.running = frozenset(rule.code for rule in rules)
    rules.sort(key=lambda rule: rule.code == _LAST)
    wanted = takewhile(lambda _: is_wanted(), rules)
    return _in_order([found for rule in wanted for found in _kept(context, rule.check(context))])


def _kept(context: Context, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that no comment allows, and note which comments were needed."""
    for found in findings:
        allowing = _allowing(context, found)
        if not allowing:
            yield found
        context.used.update((each, found.diagnostic.code) for each in allowing)


def _allowing(context: Context, found: Finding) -> list[Suppression]:
    if not context.suppressions:
        return []
    diagnostic = found.diagnostic
    places = _places(context, diagnostic.source, diagnostic.primary.span.start)
    return [
        suppression
        for suppression in context.suppressions
        if any(suppression.allows(diagnostic.code, source, at) for source, at in places)
    ]


def _places(context: Context, source: Source, at: int) -> list[tuple[Source, int]]:
    """Return where a finding may be allowed: there, or where the list of that file is declared."""
    if any(part.source is source for part in context.parts):
        return [(source, at)]
    return [
        (part.source, node.span.start)
        for part in context.parts
        for node in part.items(nodes.ListNode)
        if node.file is not None and part.module.lists[node.file.value].source is source
    ]


def _in_order(findings: list[Finding]) -> list[Finding]:
    def place(found: Finding) -> tuple[str, object, str]:
        diagnostic = found.diagnostic
        return diagnostic.source.name, diagnostic.primary.span, diagnostic.code

    return sorted(findings, key=place)
