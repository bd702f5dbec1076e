"""Presidio recognizers of the host, from `Guard.load` to the verdict."""

from pathlib import Path

import pytest

from guardrail import Guard, PolicyError, SettingsError
from guardrail.language.source import Source
from guardrail.lint.engine import lint_file
from guardrail.runtime.compile import diagnose
from guardrail.runtime.host import host_of
from guardrail.testing import check_with, run_tests

presidio = pytest.importorskip("presidio_analyzer")

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
STAFF = (
    "detector ids = pii(entities: [STAFF_ID])\nrule r on output\n  when ids found\n  then redact\n"
)
TESTED = STAFF + (
    'test "t" cases\n  given output "Ask E-1234." expect output "Ask [STAFF_ID]."\n'
    '  given output "Ask us." expect allow\n'
)


def source(body):
    return Source("p.guard", HEAD + body)


def recognizer(entity="STAFF_ID", score=0.6):
    found = presidio.Pattern("p", r"\bE-\d{4}\b", score)
    return presidio.PatternRecognizer(supported_entity=entity, patterns=[found])


def test_policy_may_name_what_a_recognizer_finds():
    guard = Guard.load(source(STAFF), recognizers=[recognizer()])
    verdict = guard.check("Ask E-1234 or ann@example.org.")
    assert verdict.output == "Ask [STAFF_ID] or ann@example.org."
    assert "STAFF_ID" not in repr(guard)


def test_policy_may_not_name_it_otherwise():
    with pytest.raises(PolicyError, match="G115"):
        Guard.load(source(STAFF))
    with pytest.raises(PolicyError, match="G115"):
        Guard.load(source(STAFF), recognizers=[recognizer("STAFF")])


def test_file_of_recognizers_is_read(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(
        "recognizers: [{name: s, supported_language: en, supported_entity: STAFF_ID,"
        " deny_list: [Ann]}]",
        "utf-8",
    )
    for given in (path, str(path)):
        assert Guard.load(source(STAFF), recognizers=given).check("Ann.").output == "[STAFF_ID]."
    with pytest.raises(SettingsError, match="cannot be read"):
        Guard.load(source(STAFF), recognizers=Path("nowhere.yaml"))


def test_detector_without_entities_finds_it_too():
    body = "detector all = pii()\nrule r on output\n  when all found\n  then redact\n"
    guard = Guard.load(source(body), recognizers=[recognizer()])
    assert guard.check("E-1234, ann@example.org").output == "[STAFF_ID], [EMAIL_ADDRESS]"


def test_name_that_needs_a_model_here_can_come_from_the_host(monkeypatch):
    monkeypatch.setattr("guardrail.runtime.host.models_in", lambda _: {})  # as if none shipped
    body = "detector names = pii(entities: [PERSON])\nrule r on output\n  when names found\n  then redact\n"
    with pytest.raises(PolicyError, match="G117"):
        Guard.load(source(body))
    guard = Guard.load(source(body), recognizers=[recognizer("PERSON")])
    assert guard.check("E-1234").output == "[PERSON]"


def test_disguised_value_is_found_and_cut_in_the_original():
    guard = Guard.load(source(STAFF), recognizers=[recognizer()])
    assert guard.check("Ask \uff25-\uff11234!").output == "Ask [STAFF_ID]!"
    assert guard.check("Ask E-1\u200b234!").output == "Ask [STAFF_ID]!"


def test_except_compares_values():
    body = 'list ours ["e-0001"]\n' + STAFF.replace("then", "except ours\n  then")
    guard = Guard.load(source(body), recognizers=[recognizer()])
    assert guard.check("E-0001 and E-0002").output == "E-0001 and [STAFF_ID]"


def test_recognizer_that_fails_is_an_error_of_the_detector():
    class Broken(presidio.LocalRecognizer):
        def load(self):
            pass

        def analyze(self, text, entities, nlp_artifacts):
            raise ValueError(text)

    guard = Guard.load(source(STAFF), recognizers=[Broken(["STAFF_ID"], name="broken")])
    verdict = guard.check("secret words")
    assert (verdict.action, verdict.output) == ("replace", "This reply was withheld.")
    assert "secret" not in repr(verdict.errors)
    assert [(each.detector, each.error) for each in verdict.errors] == [("ids", "ValueError")]


# ---------------------------------------------------------------- tests, lint, canned replies


def test_tests_of_a_policy_run_them():
    given = [recognizer()]
    assert [each.passed for each in run_tests(source(TESTED), recognizers=given)] == [True, True]
    assert check_with(source(STAFF), "E-1234", recognizers=given).output == "[STAFF_ID]"
    weak = run_tests(source(TESTED), recognizers=[recognizer(score=0.1)])
    assert [each.passed for each in weak] == [False, True]


def test_reply_that_they_would_change_is_an_error():
    body = (
        'reply no "Ask E-1234."\n'
        + STAFF
        + ('rule s on output\n  when text contains "bomb"\n  then block with no\n')
    )
    with pytest.raises(PolicyError, match="G501"):
        Guard.load(source(body), recognizers=[recognizer()])
    host = host_of(recognizers=[recognizer()])
    for codes in (
        [each.code for each in diagnose(source(body), host)[1]],
        [each.diagnostic.code for each in lint_file(source(body), host)],
    ):
        assert "G501" in codes


# ---------------------------------------------------------------- scores of single entities


def test_each_detector_has_a_least_score_of_its_own():
    """A policy that wants one for each entity names a detector for each."""
    body = (
        "detector sure = pii(entities: [US_SSN], min_score: 0.6)\n"
        "detector any  = pii(entities: [US_PASSPORT], min_score: 0.05)\n"
        "rule r on output\n  when sure found or any found\n  then redact\n"
    )
    guard = Guard.load(source(body))
    assert guard.check("It is 536-90-4399 or 536904398.").output == (
        "It is 536-90-4399 or [US_PASSPORT]."
    )
    assert guard.check("My SSN is 536-90-4399.").output == "My SSN is [US_SSN]."


def test_least_score_of_a_recognizer_holds_where_the_policy_says_none():
    strict = recognizer(score=0.6)
    strict.score_thresholds = {"STAFF_ID": 0.7}
    said = STAFF.replace("[STAFF_ID]", "[STAFF_ID], min_score: 0.5")
    assert Guard.load(source(STAFF), recognizers=[strict]).check("E-1234").action == "allow"
    assert Guard.load(source(said), recognizers=[strict]).check("E-1234").action == "redact"
