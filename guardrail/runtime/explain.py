"""Why this verdict: every rule, the value of its condition, and what its tests saw.

Findings are shown by place and type; the text itself is never quoted.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.plan.explain import expression
from guardrail.plan.logic import count, evaluate, fires
from guardrail.plan.plan import AllOf, AnyOf, Expr, Inverse, Plan
from guardrail.runtime.guard import Guard
from guardrail.runtime.state import State
from guardrail.values import NOT_RUN, BySentence, Failure, Outcome, Side, Subject, Truth, Verdict

_SHOWN_FINDINGS = 5


def explain_verdict(
    guard: Guard,
    text: str,
    *,
    prompt: str | None = None,
    system: str | None = None,
    on: Side = "output",
) -> str:
    """Return, rule by rule, why a text gets its verdict."""
    engine = guard.side(on)
    state = engine.observe([Subject(text, prompt, system)])[0]
    decision = engine.decide(state)
    verdict = engine.verdict(state, decision, None)
    return "\n".join(_lines(engine.plan, state, verdict))


def _lines(plan: Plan, state: State, verdict: Verdict) -> Iterator[str]:
    replied = f", replies with {verdict.replied}" if verdict.replied else ""
    yield f"action: {verdict.action}{replied}"
    actions = {fired.rule: fired.action for fired in verdict.fired}
    for rule in plan.rules:
        value = fires(rule, state.outcomes)
        told = f"fired: {actions[rule.name]}" if rule.name in actions else _word(value)
        yield f"{rule.name} ({rule.severity.word}): {told}"
        yield from _tree(plan, rule.condition, state, "  ")
        if rule.unless is not None:
            yield "  unless"
            yield from _tree(plan, rule.unless, state, "    ")
    for excepted in verdict.excepted:
        place = f"{excepted.start}–{excepted.end}"
        yield f"excepted by {excepted.by}: {excepted.type} at {place} ({excepted.rule})"
    for skipped in verdict.skipped:
        yield f"not run: {skipped.detector} (could not have changed the outcome)"
    for error in verdict.errors:
        yield f"failed: {error.detector}: {error.error}"


def _word(value: Truth) -> str:
    return {
        Truth.TRUE: "fired",
        Truth.FALSE: "did not fire",
        Truth.ERROR: "ended as error",
        Truth.NOT_RUN: "not evaluated",
    }[value]


def _tree(plan: Plan, expr: Expr, state: State, indent: str) -> Iterator[str]:
    value = evaluate(expr, state.outcomes).name.lower().replace("_", "-")
    match expr:
        case AllOf(items) | AnyOf(items):
            word = "all of" if isinstance(expr, AllOf) else "any of"
            yield f"{indent}{value:<7} {word}"
            for item in items:
                yield from _tree(plan, item, state, indent + "  ")
        case Inverse(item):
            yield f"{indent}{value:<7} not"
            yield from _tree(plan, item, state, indent + "  ")
        case _:
            seen = _outcome(state.outcomes[expr.source])
            yield f"{indent}{value:<7} {expression(plan, expr)}{f'  ({seen})' if seen else ''}"


def _outcome(outcome: Outcome) -> str:
    if outcome is NOT_RUN:
        return "not run"
    match outcome:
        case BySentence(outcomes):
            told = [shown for each in outcomes if (shown := _outcome(each)) not in {"", "not run"}]
            ellipsis = ["…"] if len(told) > _SHOWN_FINDINGS else []
            return "; ".join((*told[:_SHOWN_FINDINGS], *ellipsis))
        case tuple():
            if not outcome:
                return ""
            places = [f"{span.type} {span.start}–{span.end}" for span in outcome]
            more = ", …" if len(places) > _SHOWN_FINDINGS else ""
            return f"{count(outcome)} found: {', '.join(places[:_SHOWN_FINDINGS])}{more}"
        case Failure(kind):
            return kind
        case float():
            return f"{outcome:g}"
        case _:
            return f'"{outcome}"'
