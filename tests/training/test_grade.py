"""The graded verdict: what a reply costs under a policy."""

import itertools

import pytest

from guardrail.errors import RecipeError, TrainingError
from guardrail.language.source import Source
from guardrail.training.grade import WEIGHTS, Grader, cost, is_violation
from guardrail.values import Fired, PolicyId, Verdict

POLICY = """edition 1
policy graded
  on error treat as violation
  fallback no
reply no "No."
rule low on output severity low
  when text contains "meh"
  then append no
rule grave on output severity critical
  when text contains "crime"
  then block with no
rule noted on output severity high
  when text contains "note"
  then flag
"""


def verdict(*severities, action="rewrite"):
    fired = tuple(Fired(f"r{at}", (), each, action, ()) for at, each in enumerate(severities))
    return Verdict(action if fired else "allow", "", PolicyId("p", None, ""), fired=fired)


@pytest.fixture(scope="module")
def grader():
    return Grader.load(Source("graded.guard", POLICY))


def test_every_further_rule_costs_more_and_none_costs_one():
    for size in range(1, 4):
        for rules in itertools.combinations_with_replacement(WEIGHTS, size):
            assert cost(verdict(*rules[:-1])) < cost(verdict(*rules)) < 1


def test_graver_rules_cost_more():
    assert [cost(verdict(each)) for each in WEIGHTS] == pytest.approx(sorted(WEIGHTS.values()))


def test_a_flag_is_no_violation(grader):
    (noted,) = grader.verdicts(["take note"], ["Hi"])
    assert (noted.action, cost(noted), is_violation(noted)) == ("flag", 0.0, False)


def test_all_broken_rules_count_although_one_would_decide(grader):
    both, grave = grader.costs(["crime, meh", "crime"], ["Hi", "Hi"])
    assert both > grave > 0


def test_a_failing_detector_stops_the_grading():
    text = (
        POLICY + "detector strange = odd()\nrule r on output\n  when strange >= 0.5\n  then flag\n"
    )

    def fails(_text):
        raise OSError("no")

    from guardrail import Guard

    guard = Guard.load(
        Source("odd.guard", text), detectors={"odd": ("score", fails)}, evaluate_all=True
    )
    with pytest.raises(TrainingError, match="the detector `strange` failed"):
        Grader(guard).costs(["hello"], ["Hi"])


def test_a_policy_without_rules_for_replies_grades_nothing():
    text = 'edition 1\npolicy p\n  on error treat as violation\nrule r on input\n  when text contains "x"\n  then flag\n'
    with pytest.raises(RecipeError, match="no rule for replies"):
        Grader.load(Source("p.guard", text))
