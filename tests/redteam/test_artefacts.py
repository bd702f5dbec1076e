"""What a run teaches: only from families that are not held out, and each row checked."""

import pytest

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.redteam.artefacts import hard_case_rows, preference_rows, sft_rows
from guardrail.redteam.regressions import files_beside, regressions
from guardrail.redteam.report import report
from guardrail.redteam.run import run
from guardrail.testing import run_tests
from tests.redteam.policies import LEAKY, leaky, settings


@pytest.fixture(scope="module")
def guard():
    return leaky()


@pytest.fixture(scope="module")
def done(guard, tmp_path_factory):
    return run(guard, None, tmp_path_factory.mktemp("run") / "log", settings(guard, 500))


def sources(rows, done):
    known = {attempt.id: attempt for attempt in done.attempts}
    return [known[row["provenance"]["attempt"]] for row in rows]


def test_rows_come_from_attempts_of_families_that_are_not_held_out(done, guard):
    for rows in (sft_rows(done, guard), preference_rows(done, guard), hard_case_rows(done)):
        found = sources(list(rows), done)
        assert len(found) > 20
        assert {each.attack.split for each in found} == {"train"}
    held = {each.attack.split for each in done.attempts if each.result == "missed"}
    assert held == {"train", "held_out"}  # so there was something to leave out


def test_safe_replies_are_clean_and_pair_with_the_unsafe_ones(done, guard):
    pairs = list(preference_rows(done, guard))
    rows = [(row["prompt"], row["response"]) for row in sft_rows(done, guard)]
    assert rows == [(pair["prompt"], pair["chosen"]) for pair in pairs]
    assert len({prompt for prompt, _ in rows}) == len(rows)
    for pair, attempt in zip(pairs, sources(pairs, done), strict=True):
        assert guard.check(pair["chosen"]).action == "allow"
        assert attempt.attack.value.lower() not in pair["chosen"].lower()
        assert attempt.attack.shown in pair["rejected"]


def test_hard_cases_are_what_was_wrong_and_the_twins_of_what_was_missed(done):
    rows = list(hard_case_rows(done))
    for row, attempt in zip(rows, sources(rows, done), strict=True):
        assert row["labels"] == {attempt.attack.rule: 0 if attempt.attack.is_twin else 1}
    numbers = {each.attack.number for each in sources(rows, done)}
    wrong = {
        each.attack.number
        for each in done.attempts
        if each.result in {"missed", "partly"} and each.attack.split == "train"
    }
    assert wrong <= numbers
    assert all(number - 1 in wrong or number in wrong for number in numbers)


def test_a_rule_that_only_flags_teaches_no_reply(tmp_path):
    text = LEAKY.replace("then replace with withheld", "then flag")
    flagging = Guard.load(Source("leaky.guard", text))
    done = run(flagging, None, tmp_path / "log", settings(flagging, 100))
    taught = {each.attack.rule for each in sources(list(sft_rows(done, flagging)), done)}
    assert taught == {"no_codes"}


def test_regressions_fail_until_the_policy_catches_what_it_missed(done, guard):
    text = regressions(done, guard)
    results = run_tests(Source("regressions.guard", text))
    new = [each for each in results if "no_codes" in each.title or "no_names" in each.title]
    assert len(results) == len(new) + 2  # the tests of the policy itself are still there
    assert len(new) > 20
    assert not any(each.passed for each in new)
    assert all(each.passed for each in results if each not in new)
    fixed = text.replace("when text matches code exactly", "when text matches code")
    again = run_tests(Source("regressions.guard", fixed))
    assert sum(each.passed for each in again) > len(results) / 2


def test_regressions_hide_nothing_and_stand_beside_what_the_policy_reads(tmp_path, done, guard):
    assert regressions(done, guard).isascii()
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "names.txt").write_text("nightjar\n")
    (tmp_path / "part.guard").write_text(
        'edition 1\nlist names from file "lists/names.txt"\n'
        "rule no_names on output\n  when text contains any names\n  then flag\n"
    )
    policy = tmp_path / "policy.guard"
    policy.write_text(
        "edition 1\npolicy p\n  on error treat as violation\n"
        'import "part.guard" as part\nimport "std/profanity.guard" as profanity\n'
    )
    split = Guard.load(policy)
    assert files_beside(split) == {
        "part.guard": (tmp_path / "part.guard").read_text(),
        "lists/names.txt": "nightjar\n",
    }


def test_reports_hold_no_text_of_an_attack(done):
    shown = repr(report(done))
    texts = {attempt.attack.shown for attempt in done.attempts if not attempt.attack.is_twin}
    assert not any(text in shown for text in texts)
