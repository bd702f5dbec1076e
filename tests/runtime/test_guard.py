"""The Guard: loading, checking one text or many, sync and async."""

import asyncio
import threading
import time

import pytest

from guardrail import (
    Conversation,
    Guard,
    PolicyError,
    ReplyTypeError,
    SettingsError,
    Subject,
)
from guardrail.language.source import Source

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"


def load(body, **options):
    return Guard.load(Source("p.guard", HEAD + body), **options)


HOSTS = 'rule hosts on output\n  when text contains "db7.internal"\n  then redact as "[host]"\n'


def test_check_redacts_and_leaves_the_rest_alone():
    verdict = load(HOSTS).check("  Use db7.internal, now\n")
    assert (verdict.action, verdict.output) == ("redact", "  Use [host], now\n")
    assert verdict.fired[0].spans[0].start == 6
    assert verdict.ms > 0


def test_check_of_a_clean_text_returns_it_untouched():
    verdict = load(HOSTS).check("nothing here")
    assert (verdict.action, verdict.output, verdict.fired) == ("allow", "nothing here", ())


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a\ud800b db7.internal", "é" * 10])
def test_check_takes_any_text(text):
    verdict = load(HOSTS).check(text)
    assert verdict.output == text.replace("db7.internal", "[host]")


def test_check_takes_a_reply_of_ten_megabytes():
    text = "word " * 2_000_000 + "db7.internal"
    verdict = load(HOSTS).check(text)
    assert verdict.output == text.replace("db7.internal", "[host]")


@pytest.mark.parametrize("value", [None, b"bytes", 3, ["a"]])
def test_check_refuses_what_is_not_text(value):
    with pytest.raises(ReplyTypeError, match="must be text"):
        load(HOSTS).check(value)


def test_check_refuses_an_unknown_side():
    with pytest.raises(SettingsError, match="'output' or 'input'"):
        load(HOSTS).check("x", on="both")


def test_guard_is_frozen():
    guard = load(HOSTS)
    with pytest.raises(AttributeError):
        guard.policy = None


def test_batch_equals_one_by_one():
    guard = load(
        HOSTS + "detector n = length(unit: words)\nrule long on output\n  when n > 3\n  then flag\n"
    )
    texts = ["a", "db7.internal", "one two three four", "one two db7.internal four", ""]
    singles = [guard.check(text) for text in texts]
    for one, many in zip(singles, guard.check_batch(texts), strict=True):
        assert one.record() | {"ms": 0} == many.record() | {"ms": 0}


def test_batch_takes_subjects_with_prompts():
    guard = load('rule r on output\n  when prompt contains "secret"\n  then flag\n')
    asked, other = guard.check_batch([Subject("ok", "the secret?"), "ok"])
    assert (asked.action, other.action) == ("flag", "allow")


def test_acheck_runs_host_detectors_off_the_loop():
    seen = []

    def slow(text):
        seen.append(threading.current_thread())
        return 0.9

    guard = load(
        "detector d = slow()\nrule r on output\n  when d >= 0.5\n  then block\n",
        detectors={"slow": slow},
    )
    assert asyncio.run(guard.acheck("x")).action == "block"
    assert seen[0] is not threading.main_thread()


def test_acheck_of_a_fast_policy_stays_on_the_loop():
    guard = load(HOSTS)
    assert asyncio.run(guard.acheck("on db7.internal")).output == "on [host]"
    assert not guard.blocks("output")


def test_many_threads_share_a_guard():
    guard = load(HOSTS)
    wrong = []

    def work(number):
        for turn in range(200):
            text = f"{number} {turn} db7.internal"
            if guard.check(text).output != f"{number} {turn} [host]":
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


HOST = "detector d = mine()\nrule r on output\n  when d >= 0.5\n  then block\n"


@pytest.mark.parametrize(
    "answer", [float("nan"), float("inf"), "text", None, [(0, 1)], 1.5], ids=repr
)
def test_a_wrong_answer_of_a_host_detector_is_an_error(answer):
    verdict = load(HOST, detectors={"mine": ("score", lambda text: answer)}).check("x")
    assert verdict.action == "block"
    assert verdict.errors[0].detector == "d"


def test_an_exception_never_quotes_the_text():
    def fail(text):
        raise ValueError(text)

    verdict = load(HOST, detectors={"mine": fail}).check("my secret")
    assert verdict.errors[0].error == "ValueError"
    assert "my secret" not in str(verdict.record(text=False))


def test_one_failing_text_does_not_fail_its_batch():
    def picky(text):
        if text == "bad":
            raise ValueError
        return 0.0

    verdicts = load(HOST, detectors={"mine": picky}).check_batch(["a", "bad", "b"])
    assert [verdict.action for verdict in verdicts] == ["allow", "block", "allow"]


def test_host_detector_that_is_not_callable_is_refused():
    with pytest.raises(SettingsError, match="not callable"):
        load(HOST, detectors={"mine": 3})


def test_host_detector_cannot_take_a_name_of_the_language():
    with pytest.raises(SettingsError, match="cannot be named `pii`"):
        load(HOST, detectors={"pii": lambda text: 0.0})


def test_loading_a_policy_that_needs_a_model_names_what_is_missing(monkeypatch):
    monkeypatch.setattr("guardrail.runtime.host.models_in", lambda _: {})  # as if none shipped
    body = 'detector h = classifier(model: "m", label: hate)\nrule r on output\n  when h > 0.5\n  then block\n'
    with pytest.raises(PolicyError) as caught:
        load(body)
    assert [each.code for each in caught.value.diagnostics] == ["G117"]
    assert "needs a model, and none is installed" in str(caught.value)


def test_a_judge_is_called_with_text_and_question():
    asked = []

    def judge(text, question):
        asked.append((text, question))
        return 0.9

    body = 'detector j = judge(model: "small", question: "rude?")\nrule r on output\n  when j > 0.5\n  then block\n'
    assert load(body, judges={"small": judge}).check("hi").action == "block"
    assert asked == [("hi", "rude?")]
    with pytest.raises(PolicyError, match="needs a judge `small`"):
        load(body, judges={"other": judge})


def test_conversation_keeps_numbers():
    body = 'pattern mail = /\\w+@example\\.org/\nrule r on output\n  when text matches mail\n  then redact as "{type}_{n}"\n'
    guard, conversation = load(body), Conversation()
    first = guard.check("a@example.org b@example.org a@example.org", conversation=conversation)
    second = guard.check("b@example.org c@example.org", conversation=conversation)
    alone = guard.check("b@example.org")
    assert first.output == "MAIL_1 MAIL_2 MAIL_1"
    assert second.output == "MAIL_2 MAIL_3"
    assert alone.output == "MAIL_1"


def test_hash_needs_a_key_and_is_stable():
    body = 'rule r on output\n  when text contains "ann"\n  then redact as "{hash}"\n'
    with pytest.raises(PolicyError, match="G217"):
        load(body)
    one, other = load(body, hash_key="k"), load(body, hash_key=b"other")
    assert one.check("ann").output == one.check("Ann").output != other.check("ann").output


def test_budget_turns_the_rest_into_errors():

    def slow(text):
        time.sleep(0.02)
        return 0.0

    body = (
        "edition 1\npolicy p\n  on error treat as flag\n  budget 5 ms\n"
        'detector a = one()\ndetector b = two()\nlist words ["hit"]\n'
        "rule r on output\n  when a > 0.5 or b > 0.5 or text contains any words\n  then block\n"
    )
    guard = Guard.load(Source("p.guard", body), detectors={"one": slow, "two": slow})
    verdict = guard.check("x")
    assert [(error.detector, error.error) for error in verdict.errors] == [("b", "budget")]
    assert verdict.action == "flag"
    assert guard.check("hit").action == "block"


def test_early_stop_skips_and_says_so():
    calls = []
    body = 'detector d = mine()\nrule a on output\n  when text contains "stop"\n  then block\nrule b on output\n  when d > 0.5\n  then flag\n'
    guard = load(body, detectors={"mine": lambda text: calls.append(text) or 0.9})
    verdict = guard.check("stop")
    assert (verdict.action, calls) == ("block", [])
    assert [(skip.detector, skip.rules) for skip in verdict.skipped] == [("d", ("b",))]
    every = load(body, detectors={"mine": lambda text: 0.9}, evaluate_all=True).check("stop")
    assert (every.skipped, every.signals) == ((), {"d": 0.9})


def test_record_leaves_the_text_out_on_request():
    record = load(HOSTS).check("db7.internal").record(text=False)
    assert "output" not in record
    assert record["fired"][0]["rule"] == "hosts"


# ---------------------------------------------------------------- what a careful reviewer asks


def test_a_reason_for_the_rewriter_is_not_skipped():
    body = (
        'reply sorry "Sorry."\nrewriter again = regenerate(otherwise: sorry)\n'
        "detector one = first()\ndetector two = second()\n"
        'rule a on output\n  when text contains "x"\n  then flag\n'
        'rule b on output\n  when one >= 0.5\n  then flag\n  message "Be B"\n'
        'rule c on output\n  when two >= 0.5\n  then rewrite using again\n  message "Be C"\n'
    )
    guard = load(body, detectors={"first": lambda text: 0.9, "second": lambda text: 0.9})
    assert {fired.rule for fired in guard.check("x").fired} == {"a", "b", "c"}


def test_budget_of_one_text_is_not_spent_by_its_neighbors():
    def slow(text):
        if text == "slow":
            time.sleep(0.2)
        return 0.0

    body = (
        "edition 1\npolicy p\n  on error treat as violation\n  budget 50 ms\n"
        "detector d = one()\ndetector e = two()\n"
        "rule r on output\n  when d > 0.5 or e > 0.5\n  then block\n"
    )
    guard = Guard.load(Source("p.guard", body), detectors={"one": slow, "two": lambda text: 0.0})
    texts = ["slow", "ok", "ok"]
    actions = [verdict.action for verdict in guard.check_batch(texts)]
    assert actions == [guard.check(text).action for text in texts] == ["block", "allow", "allow"]


def test_signals_of_one_verdict_are_its_own():
    guard = load(
        "detector n = links()\nrule r on output\n  when n found\n  then flag\n", evaluate_all=True
    )
    guard.check("hello").signals["n"] = 999
    assert guard.check("other").signals == {"n": 0}


def test_guard_and_subject_show_no_text():
    guard = load(HOSTS)
    assert repr(guard).startswith("Guard('p', 1 rules, sha256:")
    assert "secret" not in repr(Subject("secret", "secret"))
    assert {guard: 1}[guard] == 1


@pytest.mark.parametrize("texts", ["abc", [3], [Subject(5)]])
def test_batch_refuses_what_is_not_texts(texts):
    with pytest.raises(ReplyTypeError):
        load(HOSTS).check_batch(texts)


def test_prompt_must_be_text():
    with pytest.raises(ReplyTypeError, match="the prompt"):
        load(HOSTS).check("x", prompt=["parts"])


def test_except_compares_list_values_as_text():
    body = (
        'list my_terms ["C++", "C#"]\nlist ok ["C"]\n'
        "rule r on output\n  when text contains any my_terms\n  except ok\n  then redact\n"
    )
    assert load(body).check("I know C++ and C#").output == "I know [MY_TERMS] and [MY_TERMS]"


def test_except_over_many_findings_stays_exact():
    body = (
        'pattern n = /\\d{6}/\npattern low = /[0-4]\\d{5}/\nlist one ["999999"]\n'
        'rule r on output\n  when text matches n\n  except low, one\n  then redact as "_"\n'
    )
    numbers = [f"{number:06d}" for number in range(0, 1_000_000, 97)]
    wanted = " ".join("_" if number >= "500000" else number for number in numbers)
    verdict = load(body).check(" ".join([*numbers, "999999"]))
    assert verdict.output == f"{wanted} 999999"
    assert {excepted.by for excepted in verdict.excepted} == {"low", "one"}


def test_an_accepted_rewrite_brings_its_own_errors_and_escalations():
    def picky(text):
        if text == "legal text":
            raise ValueError
        return 0.0

    body = (
        'reply sorry "Sorry."\nrewriter w = polish(otherwise: sorry)\ndetector d = picky()\n'
        'rule a on output\n  when text contains "argh"\n  then rewrite using w\n'
        'rule b on output\n  when text contains "legal"\n  then flag and escalate to "lawyers"\n'
        "rule c on output\n  when d >= 0.5\n  then append sorry\n  on error treat as pass\n"
    )
    guard = load(body, detectors={"picky": picky}, rewriters={"polish": lambda text: "legal text"})
    verdict = guard.check("argh")
    assert (verdict.action, verdict.output) == ("rewrite", "legal text")
    assert verdict.escalations == ("lawyers",)
    assert [(error.detector, error.error) for error in verdict.errors] == [("d", "ValueError")]
