"""Rules: what they look at, what they do, and whether the two fit."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from guardrail.language import nodes
from guardrail.language.check_conditions import GIVES, Conditions, Signals, atoms_of, has_spans
from guardrail.language.check_templates import check_template
from guardrail.language.checked import Actions, CheckedRule, Condition, Place
from guardrail.language.diagnostics import Label
from guardrail.language.shape import keyword
from guardrail.language.source import Range
from guardrail.values import Severity, Treat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrail.language.names import Scope

_ON_INPUT: Final = (nodes.Flag, nodes.Redact, nodes.Replace, nodes.Block, nodes.Escalate)
_LATE: Final = (nodes.Rewrite, nodes.Replace, nodes.Block)


def check_rule(scope: Scope, signals: Signals, node: nodes.Rule, today: date) -> CheckedRule | None:
    """Check one rule; None if anything in it is wrong."""
    conditions = Conditions(scope, signals)
    written = node.when or node.require
    condition = conditions.check(written) if written else None
    unless = _check_unless(conditions, node.unless, today)
    principles = [scope.name_of(ref, "principle", by="`enforces`") for ref in node.enforces]
    excepted = [scope.find(ref, "list", "pattern", by="`except`") for ref in node.except_]
    actions = _check_actions(scope, node)
    _check_side(scope, node)
    _check_late(scope, node)
    treat = _check_on_error(scope, node)
    if condition is None:
        return None
    _check_redact(scope, node)
    _check_except(scope, signals, node)
    return CheckedRule(
        name=scope.qualified(node.name.name),
        on=node.on,
        severity=_severity(node),
        principles=tuple(name for name in principles if name),
        condition=condition,
        is_requirement=node.require is not None,
        unless=unless,
        except_lists=tuple(item.name for item in excepted if item and item.sort == "list"),
        except_patterns=tuple(item.name for item in excepted if item and item.sort == "pattern"),
        actions=actions,
        on_error=treat,
        message=node.message.value if node.message else None,
        meta=tuple((meta.key, meta.value.value) for meta in node.meta),
        is_late=node.late,
        is_each_sentence=node.each_sentence,
        place=Place(scope.source, node.name.span),
    )


def _severity(node: nodes.Rule) -> Severity:
    return Severity.MEDIUM if node.severity is None else node.severity


def _check_unless(
    conditions: Conditions, node: nodes.Unless | None, today: date
) -> Condition | None:
    """Check an `unless`; it is gone when its last day has passed."""
    if node is None:
        return None
    condition = conditions.check(node.condition)
    is_over = node.until is not None and date.fromisoformat(node.until.value) < today
    return None if is_over else condition


# ---------------------------------------------------------------- actions


def _check_actions(scope: Scope, node: nodes.Rule) -> Actions:
    parts: dict[str, str | None] = {}
    for action in node.then:
        match action:
            case nodes.Redact():
                parts["redact"] = check_template(scope, action.template)
            case nodes.Append():
                parts["append"] = scope.name_of(action.reply, "reply", by="`append`")
            case nodes.Rewrite():
                by = "`rewrite using`"
                parts["rewrite"] = scope.name_of(action.rewriter, "rewriter", by=by)
            case nodes.Replace():
                parts["replace"] = scope.name_of(action.reply, "reply", by="`replace with`")
            case nodes.Block(reply=None):
                parts["block"] = ""
            case nodes.Block(reply=nodes.Ref() as reply):
                parts["block"] = scope.name_of(reply, "reply", by="`block with`")
            case nodes.Escalate():
                parts["escalate"] = action.queue.value
    return Actions(**parts)


def _check_side(scope: Scope, node: nodes.Rule) -> None:
    """Check what a rule on input cannot do, and what it cannot see."""
    if node.on == "output":
        return
    for action in node.then:
        if not isinstance(action, _ON_INPUT):
            word = _word(scope, action)
            message = f"`{scope.text(word)}` is not possible in a rule on {node.on}"
            label = "the input can be flagged, redacted, replaced, blocked and escalated"
            scope.report("G207", message, word, label)
    for atom in _all_atoms(node):
        if isinstance(atom, (nodes.Contains, nodes.Matches)) and atom.subject == "prompt":
            span = Range(atom.span.start, atom.span.start + len("prompt"))
            message = f"`prompt` is not possible in a rule on {node.on}"
            scope.report("G208", message, span, "where the input is checked, `text` is the prompt")


def _check_late(scope: Scope, node: nodes.Rule) -> None:
    """Check that a late rule can still do what it does when text has been released."""
    if not node.late:
        return
    if node.on != "output":
        message = f"`late` is for rules on output, this one is on {node.on}"
        scope.report("G209", message, node.name.span)
    elif node.then and not any(isinstance(action, _LATE) for action in node.then):
        word = _word(scope, node.then[0])
        message = f"`late` needs replace, block or rewrite, not {scope.text(word)}"
        label = "this cannot be done once the text is released"
        others = (Label(node.name.span, "this rule is `late`"),)
        scope.report("G209", message, word, label, others=others)


def _word(scope: Scope, action: nodes.ActionNode) -> Range:
    return keyword(scope.source, action.span, type(action).__name__.lower())


def _all_atoms(node: nodes.Rule) -> Iterator[nodes.Atom]:
    """Yield every atom of a rule, those of `unless` included."""
    unless = node.unless.condition if node.unless else None
    for expr in (node.when, node.require, unless):
        if expr is not None:
            yield from (atom for atom, _ in atoms_of(expr))


# ---------------------------------------------------------------- findings


def _check_redact(scope: Scope, node: nodes.Rule) -> None:
    """Check that a rule which redacts cannot fire without something to cut."""
    redact = next((action for action in node.then if isinstance(action, nodes.Redact)), None)
    written = node.when or node.require
    if redact is None or written is None:
        return
    lacking = _without_finding(written, fires=node.require is None)
    if lacking is None:
        return
    expr, is_true = lacking
    reason = "this is enough for it to fire" if is_true else "it fires when this is false"
    message = "`redact` needs findings, but this rule can fire without one"
    others = (Label(expr.span, reason),)
    scope.report(
        "G206", message, _word(scope, redact), "there may be nothing to cut", others=others
    )


def _without_finding(expr: nodes.Expr, *, fires: bool) -> tuple[nodes.Expr, bool] | None:
    """Return what can make a condition true (`fires`) or false without a finding, if anything.

    With it comes whether it must be true for that. Atoms are taken as independent of each other,
    which can only find too much.
    """
    match expr:
        case nodes.Not():
            return _without_finding(expr.item, fires=not fires)
        case nodes.And() | nodes.Or():
            ways = [_without_finding(item, fires=fires) for item in expr.items]
            if isinstance(expr, nodes.And) == fires:
                return None if None in ways else (expr, fires)
            return next((way for way in ways if way is not None), None)
    return None if fires and has_spans(expr) else (expr, fires)


def _check_except(scope: Scope, signals: Signals, node: nodes.Rule) -> None:
    """Check that there are findings to drop, and that dropping one cannot make the rule fire."""
    written = node.when or node.require
    if not node.except_ or written is None:
        return
    atoms = list(atoms_of(written, positive=node.require is None))
    start = scope.source.text.rfind("except", 0, node.except_[0].span.start)
    word = Range(start, start + len("except"))
    for atom, positive in atoms:
        if has_spans(atom) and not positive:
            message = "`except` drops findings, but this rule fires when there are none"
            others = (Label(atom.span, "dropping what is found here would make it fire"),)
            scope.report("G210", message, word, others=others)
            return
    if any(has_spans(atom) for atom, _ in atoms):
        return
    label = "works with pii, secrets, links, lists and patterns"
    help_ = "to switch the whole rule off in some case, use `unless`"
    message, other = _positionless(scope, signals, atoms[0][0])
    scope.report("G201", message, word, label, others=(other,), help=help_)


def _positionless(scope: Scope, signals: Signals, atom: nodes.Atom) -> tuple[str, Label]:
    """Say why an atom has no findings."""
    if isinstance(atom, (nodes.Contains, nodes.Matches)):
        message = "`except` needs findings in the text, but this rule looks at the prompt"
        return message, Label(atom.span, "nothing in the prompt is cut")
    symbol = scope.peek(atom.detector.name)
    gives = GIVES[(signals.gives(symbol.name) if symbol else None) or "unknown"]
    message = f"`except` needs findings, but `{atom.detector.name}` gives {gives}"
    return message, Label(atom.detector.span, f"{gives} has no position in the text")


# ---------------------------------------------------------------- errors


def _check_on_error(scope: Scope, node: nodes.Rule) -> Treat:
    """Return what an error of this rule means: as it says, as its file says, or a violation."""
    own = node.on_error
    if own is not None:
        if lacks_reason(own, node):
            report_pass(scope, own, node)
        return own.treat
    inherited = scope.policy.on_error if scope.policy else None
    return inherited.treat if inherited else "violation"


def lacks_reason(on_error: nodes.OnError, node: nodes.Rule) -> bool:
    """Say whether errors of a grave rule would pass without a word of why."""
    return on_error.treat == "pass" and on_error.reason is None and _severity(node) >= Severity.HIGH


def report_pass(scope: Scope, on_error: nodes.OnError, node: nodes.Rule) -> None:
    """Report `pass` on a grave rule, wherever the rule has it from."""
    message = f"`pass` on a {_severity(node).word} rule needs a reason"
    others = (Label(node.name.span, f"severity {_severity(node).word}"),)
    help_ = 'on error treat as pass reason "…"'
    scope.report("G214", message, on_error.span, others=others, help=help_)
