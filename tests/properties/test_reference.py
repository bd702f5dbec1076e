"""The reference evaluator itself, against the hand-made cases and by hand."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from guardrail.values import NOT_RUN, Action, Failure, Outcome, Span, Subject, Truth
from tests.support.cases import Case, all_cases
from tests.support.generate import trial
from tests.support.reference import (
    Decision,
    decide,
    decided_by,
    filled,
    negated,
    normal,
    occurrences,
    stretches,
)

if TYPE_CHECKING:
    from pathlib import Path

    from guardrail.language.checked import CheckedPolicy

F, T, E, N = Truth.FALSE, Truth.TRUE, Truth.ERROR, Truth.NOT_RUN


@pytest.mark.parametrize(
    ("values", "conjunction", "disjunction"),
    [
        ([T, T], T, T),
        ([T, F], F, T),
        ([F, F], F, F),
        ([T, E], E, T),
        ([F, E], F, E),
        ([T, N], N, T),
        ([F, N], F, N),
        ([E, N], N, N),
        ([E, E], E, E),
        ([N, N], N, N),
        ([E, N, F], F, N),
        ([E, N, T], N, T),
    ],
)
def test_and_and_or_have_four_values(
    values: list[Truth], conjunction: Truth, disjunction: Truth
) -> None:
    for order in (values, values[::-1]):
        assert decided_by(F, order) == conjunction
        assert decided_by(T, order) == disjunction


def test_not_keeps_error_and_not_run() -> None:
    assert [negated(value) for value in (F, T, E, N)] == [T, F, E, N]


def test_entries_are_whole_words_in_any_case() -> None:
    spans = occurrences(["red", "red  blue"], "Red, reddish red\n blue", "X")
    assert [(s.start, s.end, s.entry) for s in spans] == [(0, 3, 0), (13, 16, 0), (13, 22, 1)]


def test_findings_that_share_a_character_merge() -> None:
    spans = [Span(0, 3, "a"), Span(2, 5, "a"), Span(5, 6, "a"), Span(8, 9, "a"), Span(4, 5, "b")]
    assert stretches(spans) == [(0, 5), (5, 6), (8, 9)]


@pytest.mark.parametrize(
    ("template", "value", "shown"),
    [
        ("[{type}]", "x", "[NAME]"),
        ("{last4}", "12-345678", "5678"),
        ("{last4}", "1234567", "****"),
        ("{last4}", "1-2-3-4-", "****"),
        ("{type}_{n}", "x", "NAME_2"),
        ("***", "x", "***"),
    ],
)
def test_templates_are_filled(template: str, value: str, shown: str) -> None:
    assert filled(template, "NAME", value, 2) == shown


def test_values_are_compared_without_case_and_spacing() -> None:
    assert normal("Red\n  BLUE") == normal("red blue")


def _fits(case: Case) -> bool:
    """Whether the reference can decide a case: ASCII, and every detector has a fixed value."""
    declared = case.policy.count("detector ") + sum(
        text.count("detector ") for text in case.files.values()
    )
    is_model_only = "classifier(" in case.policy or "judge(" in case.policy
    return (
        case.want is not None
        and (case.policy + case.text + (case.prompt or "")).isascii()
        and (declared <= len(case.values) or is_model_only)
        and not any(type_ == "PHONE_NUMBER" for _, type_ in _findings(case))
        and not case.name.startswith(("words/symbol", "merge/accent", "pattern/cut_ends"))
    )


def _findings(case: Case) -> list[tuple[str, str | None]]:
    return [each for value in case.values.values() if isinstance(value, tuple) for each in value]


FITTING = [case for case in all_cases() if _fits(case)]


@pytest.mark.parametrize("case", FITTING, ids=[case.name for case in FITTING])
def test_reference_decides_the_cases_as_wanted(case: Case, tmp_path: Path) -> None:
    from guardrail.runtime.compile import diagnose

    policy, diagnostics = diagnose(case.write(tmp_path))
    assert policy is not None, diagnostics
    outcomes = {
        name: _outcome(policy, name, case.text, value) for name, value in case.values.items()
    }
    decision = decide(policy, case.side, Subject(case.text, case.prompt), outcomes)
    assert case.want is not None
    got = _seen(decision)
    wanted = {key: _comparable(value) for key, value in case.want.items() if key in got}
    assert {key: got[key] for key in wanted} == wanted, case.title


def _outcome(policy: CheckedPolicy, name: str, text: str, value: object) -> Outcome:
    match value:
        case None:
            return Failure("fixed")
        case tuple():
            label = policy.detectors[name].label.upper()
            return tuple(
                Span(start, start + len(each), type_ or label)
                for each, type_ in value
                for start in range(len(text))
                if text.startswith(each, start)
            )
        case float() | str():
            return value
    return NOT_RUN


def _seen(decision: Decision) -> dict[str, object]:
    return {
        "action": decision.action.word,
        "output": decision.output,
        "replied": decision.replied,
        "blocked": decision.action is Action.BLOCK,
        "fired": {(rule, action.word) for rule, action in decision.fired},
        "escalations": set(decision.escalations),
    }


def _comparable(value: object) -> object:
    if isinstance(value, list):
        return {tuple(item) if isinstance(item, list) else item for item in value}
    return value


def test_trials_are_dense_and_the_same_for_a_seed() -> None:
    decisions = []
    for seed in range(300):
        each, again = trial(Random(seed)), trial(Random(seed))
        assert each == again or any(value != value for value in each.outcomes.values())  # noqa: PLR0124 - NaN
        decisions.append(decide(each.policy, each.side, each.subject, each.outcomes))
    assert {decision.action for decision in decisions} == set(Action)
    assert sum(len(decision.fired) > 1 for decision in decisions) > 50
