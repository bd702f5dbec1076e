"""The Guard: loading, checking one text or many, sync and async."""

import asyncio
import threading

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


def test_loading_a_policy_that_needs_a_model_names_what_is_missing():
    body = 'detector h = classifier(model: "m", label: hate)\nrule r on output\n  when h > 0.5\n  then block\n'
    with pytest.raises(PolicyError) as caught:
        load(body)
    assert [each.code for each in caught.value.diagnostics] == ["G117"]
    assert "the classifier stage" in str(caught.value)


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
    import time

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
