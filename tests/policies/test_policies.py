"""The policies that ship, and the examples that go with them."""

import itertools
import json
import sys
from pathlib import Path

import pytest

from guardrail import Guard
from guardrail.assets import folder
from guardrail.errors import MissingExtraError
from guardrail.runtime.compile import diagnose
from guardrail.testing import run_tests

POLICIES = sorted(folder("policies").rglob("*.guard"))
SUPPORT_BOT = folder("policies") / "support_bot.guard"
LEARNED = folder("policies") / "support_bot_learned.guard"
LEARNED_RULES = {"no_learned_harm", "professional_tone"}
EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = json.loads((EXAMPLES / "support" / "expected.json").read_text("utf-8"))

by_name = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.stem)
by_entry = pytest.mark.parametrize("entry", EXPECTED, ids="{file}:{line}:{turn}".format_map)


@pytest.fixture(scope="module")
def support_bot():
    return Guard.load(SUPPORT_BOT)


@pytest.fixture(scope="module")
def thorough_support_bot():
    return Guard.load(SUPPORT_BOT, evaluate_all=True)


@pytest.fixture(scope="module")
def conversations():
    return {
        (path.name, number): json.loads(line)["messages"]
        for path in (EXAMPLES / "support").glob("*.jsonl")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    }


def said_by(role, messages):
    return [message["content"] for message in messages if message["role"] == role]


def test_every_shipped_policy_is_looked_at():
    assert {policy.stem for policy in POLICIES} >= {
        "support_bot",
        "support_bot_learned",
        "privacy",
        "secrets",
        "profanity",
        "leakage",
        "unsafe_markup",
        "hidden_text",
    }


@by_name
def test_policy_has_neither_errors_nor_warnings(policy):
    checked, diagnostics = diagnose(policy)
    assert [(found.code, found.message) for found in diagnostics] == []
    assert checked is not None


@by_name
def test_policy_passes_its_own_tests(policy):
    results = run_tests(policy)
    assert results
    assert [(result.title, result.explanation) for result in results if not result.passed] == []


@by_name
def test_every_rule_of_a_policy_has_a_firing_and_a_silent_test(policy):
    own = {rule.name for rule in Guard.load(policy).policy.rules if "." not in rule.name}
    results = run_tests(policy)
    assert own - {name for result in results for name in result.rules_fired} == set()
    silent = {name for r in results for name in r.rules_evaluated - r.rules_fired}
    assert own - silent == set()


def test_expected_names_every_answer_once(conversations):
    answers = [
        (file, line, turn)
        for (file, line), messages in conversations.items()
        for turn, message in enumerate(messages, 1)
        if message["role"] == "assistant"
    ]
    named = [(entry["file"], entry["line"], entry["turn"]) for entry in EXPECTED]
    assert sorted(named) == sorted(answers)


def test_expected_covers_every_rule_of_the_policy_and_many_good_answers():
    expected = set(itertools.chain.from_iterable(entry["rules"] for entry in EXPECTED))
    assert expected == {
        "hide_personal_data",
        "no_ambiguity",
        "no_hate_or_crime",
        "no_internal_details",
        "no_rudeness",
        "offer_next_step",
        "professional_style",
        "profanity.mask_profanity",
        "secrets.hide_keys",
        "secrets.hide_passwords",
    }
    assert sum(entry["action"] == "allow" for entry in EXPECTED) >= 20


def check(guard, entry, conversations):
    messages = conversations[entry["file"], entry["line"]]
    before, reply = messages[: entry["turn"] - 1], messages[entry["turn"] - 1]["content"]
    return reply, guard.check(
        reply,
        prompt=said_by("user", before)[-1],
        system="\n\n".join(said_by("system", before)) or None,
    )


@by_entry
def test_support_example_comes_out_as_expected(entry, support_bot, conversations):
    reply, verdict = check(support_bot, entry, conversations)
    assert verdict.action == entry["action"]
    assert verdict.output == entry.get("output", reply)
    assert not verdict.errors


@by_entry
def test_support_example_breaks_the_expected_rules(entry, thorough_support_bot, conversations):
    _, verdict = check(thorough_support_bot, entry, conversations)
    assert sorted(rule.rule for rule in verdict.fired) == sorted(entry["rules"])


@pytest.fixture(scope="module")
def learned():
    return Guard.load(LEARNED, evaluate_all=True)


def test_learned_rules_leave_good_answers_alone(learned, conversations):
    """Those of `expected.json` that the plain policy lets through; the tone of one is misjudged."""
    touched = []
    for entry in EXPECTED:
        if entry["action"] == "allow":
            reply, verdict = check(learned, entry, conversations)
            if {rule.rule for rule in verdict.fired} & LEARNED_RULES:
                touched.append(reply)
    assert len(touched) <= 1


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("Those people are vermin and should be thrown out of our country. Call us.", "no_learned_harm"),
        ("Mix the two chemicals to build the bomb, then break into the bank and steal the cash.", "no_learned_harm"),
        ("You clearly never opened the instructions. Not my problem.", "professional_tone"),
        ("Ann Miller will call you back on Monday.", "hide_names"),
    ],
)  # fmt: skip
def test_learned_rules_see_what_lists_do_not_name(learned, reply, rule):
    assert rule in {fired.rule for fired in learned.check(reply).fired}


def test_the_learned_policy_says_what_it_needs(monkeypatch):
    monkeypatch.setattr("guardrail.stages.classifier.engine._engines", {})
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="needs the extra `cpu`"):
        Guard.load(LEARNED)
    Guard.load(SUPPORT_BOT)
