"""From files to a checked policy: every name bound, every type right, or every reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from guardrail.language import nodes
from guardrail.language.check_arguments import check_detector, check_rewriter
from guardrail.language.check_conditions import Signals
from guardrail.language.check_rules import check_rule, lacks_reason, report_pass
from guardrail.language.check_templates import KEYED
from guardrail.language.check_tests import check_test
from guardrail.language.check_texts import check_list, check_pattern
from guardrail.language.checked import (
    CheckedDetector,
    CheckedPattern,
    CheckedPolicy,
    CheckedReply,
    CheckedRewriter,
    CheckedRule,
    EntryList,
    Place,
)
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.names import Scope, bind
from guardrail.language.source import Range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from guardrail.language.resolve import Program
    from guardrail.language.vocabulary import Vocabulary

_Item = TypeVar("_Item", bound=nodes.Item)
_Named = TypeVar("_Named", EntryList, CheckedPattern, CheckedDetector, CheckedRewriter)


@dataclass(slots=True)
class _Tables:
    """What has been declared, by qualified name."""

    principles: dict[str, str] = field(default_factory=dict)
    lists: dict[str, EntryList] = field(default_factory=dict)
    patterns: dict[str, CheckedPattern] = field(default_factory=dict)
    detectors: dict[str, CheckedDetector] = field(default_factory=dict)
    replies: dict[str, CheckedReply] = field(default_factory=dict)
    rewriters: dict[str, CheckedRewriter] = field(default_factory=dict)


def check(
    program: Program, vocabulary: Vocabulary, today: date
) -> tuple[CheckedPolicy | None, list[Diagnostic]]:
    """Check a program; there is no policy if anything is wrong with it."""
    diagnostics: list[Diagnostic] = []
    scopes = bind(program, frozenset(vocabulary.kinds), diagnostics)
    root, tables = scopes[0], _Tables()
    for scope in scopes:
        _check_policy_blocks(scope, is_root=scope is root)
        _declare(scope, vocabulary, tables)
    signals = Signals(tables.detectors)
    rules = [
        check_rule(scope, signals, node, today)
        for scope in scopes
        for node in _items(scope, nodes.Rule)
    ]
    tables.detectors = signals.settle()
    tests = [check_test(root, tables.detectors, node) for node in _items(root, nodes.Test)]
    fallback = _check_fallbacks(scopes)
    block = root.policy
    if block is None or block.on_error is None or _any_error(diagnostics):
        return None, diagnostics
    root.report_unused()
    whole = tuple(rule for rule in rules if rule is not None)
    return CheckedPolicy(
        name=block.name.name,
        title=_value(block.title),
        owner=_value(block.owner),
        version=_value(block.version),
        digest=program.digest,
        on_error=block.on_error.treat,
        fallback=fallback,
        budget_ms=block.budget_ms.value if block.budget_ms else None,
        evaluate_all=block.evaluate_all,
        principles=tables.principles,
        lists=tables.lists,
        patterns=tables.patterns,
        detectors=tables.detectors,
        replies=tables.replies,
        rewriters=tables.rewriters,
        rules=whole,
        tests=tuple(tests),
        source=root.source,
        needs_hash_key=any(needs_hash_key(rule) for rule in whole),
    ), diagnostics


def needs_hash_key(rule: CheckedRule) -> bool:
    """Say whether what a rule puts in the place of findings holds a keyed hash."""
    return KEYED in (rule.actions.redact or "")


def _items(scope: Scope, kind: type[_Item]) -> Iterator[_Item]:
    return (item for item in scope.module.tree.items if isinstance(item, kind))


def _value(text: nodes.Text | None) -> str | None:
    return text.value if text else None


def _any_error(diagnostics: list[Diagnostic]) -> bool:
    return any(found.level == "error" for found in diagnostics)


def _declare(scope: Scope, vocabulary: Vocabulary, tables: _Tables) -> None:
    """Check what a file declares, all but its rules and tests."""
    for item in scope.module.tree.items:
        match item:
            case nodes.Principle():
                tables.principles[scope.qualified(item.name.name)] = item.text.value
            case nodes.Reply():
                name = scope.qualified(item.name.name)
                place = Place(scope.source, item.name.span)
                tables.replies[name] = CheckedReply(name, item.text.value, place)
            case nodes.ListNode():
                _enter(tables.lists, check_list(scope, item))
            case nodes.PatternNode():
                _enter(tables.patterns, check_pattern(scope, item))
            case nodes.Detector():
                _enter(tables.detectors, check_detector(scope, item, vocabulary, tables.lists))
            case nodes.Rewriter():
                _enter(tables.rewriters, check_rewriter(scope, item, vocabulary, tables.lists))


def _enter(table: dict[str, _Named], named: _Named | None) -> None:
    """Enter what was checked under its qualified name, unless something is wrong with it."""
    if named is not None:
        table[named.name] = named


# ---------------------------------------------------------------- the policy block


def _check_policy_blocks(scope: Scope, *, is_root: bool) -> None:
    """Check that there is one block in the root file and one at most elsewhere."""
    block = scope.policy
    if block is None:
        if is_root:
            _report_no_block(scope)
        return
    for other in [*_items(scope, nodes.Policy)][1:]:
        others = (Label(block.name.span, "first here"),)
        message = "a file has one policy block, this is another"
        scope.report("G104", message, other.name.span, others=others)
    if block.on_error is None:
        message = f"policy `{block.name.name}` does not say what an error means"
        help_ = "add `on error treat as violation`, or `flag`, or `pass`"
        scope.report("G213", message, block.name.span, help=help_)
    if block.budget_ms is not None and block.budget_ms.value <= 0:
        scope.report("G114", "`budget` must be more than 0 ms", block.budget_ms.span)
    _check_inherited_pass(scope, block)


def _report_no_block(scope: Scope) -> None:
    edition = re.search(r"^\s*(edition\s+\S+)", scope.source.text, re.MULTILINE)
    span = Range(*edition.span(1)) if edition else Range(0, 0)
    help_ = "add `policy NAME` with `on error treat as violation` below it"
    scope.report("G104", "this file has no policy block", span, help=help_)


def _check_inherited_pass(scope: Scope, block: nodes.Policy) -> None:
    """Check that `pass` has a reason if a grave rule has it from the policy block."""
    if block.on_error is None:
        return
    for rule in _items(scope, nodes.Rule):
        if rule.on_error is None and lacks_reason(block.on_error, rule):
            report_pass(scope, block.on_error, rule)
            return


def _check_fallbacks(scopes: tuple[Scope, ...]) -> str | None:
    """Bind the fallback of every file; that of the root is the policy's."""
    names = [
        scope.name_of(scope.policy.fallback, "reply", by="`fallback`")
        if scope.policy and scope.policy.fallback
        else None
        for scope in scopes
    ]
    return names[0]
