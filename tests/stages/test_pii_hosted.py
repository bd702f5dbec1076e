"""Presidio recognizers of the host, as objects and from YAML: they run as in Presidio's engine."""

from __future__ import annotations

import copy
import logging
import re
import socket
from textwrap import dedent

import pytest

from guardrail.errors import MissingExtraError, SettingsError
from guardrail.stages.pii import PiiDetector
from guardrail.stages.pii.hosted import offered_by, recognizers_of
from guardrail.values import Failure, Subject
from tests.support.presidio import engine_for, findings_of

presidio = pytest.importorskip("presidio_analyzer")

from presidio_analyzer import (  # noqa: E402
    EntityRecognizer,
    LocalRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerResult,
    predefined_recognizers,
)


def result(entity, start, end, score=0.5, **metadata):
    return RecognizerResult(entity, start, end, score, recognition_metadata=metadata or None)


class Tokens(LocalRecognizer):
    """Finds tokens of four capitals among those that it is handed; the score is the length."""

    def load(self):
        self.shortest = 4

    def analyze(self, text, entities, nlp_artifacts):
        pairs = zip(nlp_artifacts.tokens, nlp_artifacts.lemmas, strict=True)
        return [
            result("SHOUT", token.idx, token.idx + len(token), min(len(lemma), 10) / 10)
            for token, lemma in pairs
            if token.text.isupper() and len(token) >= self.shortest
        ]


class Near(PatternRecognizer):
    """Is sure of itself where the text speaks of badges, or holds a number of the staff."""

    def enhance_using_context(
        self,
        text,
        raw_recognizer_results,
        other_raw_recognizer_results,
        nlp_artifacts,
        context=None,
    ):
        raised = copy.deepcopy(raw_recognizer_results)
        others = {each.entity_type for each in other_raw_recognizer_results}
        for each in raised:
            if "badge" in nlp_artifacts.keywords or "STAFF_ID" in others:
                each.score = 0.9
                each.recognition_metadata[RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY] = True
        return raised


class Checked(PatternRecognizer):
    """Keeps what adds up."""

    def validate_result(self, pattern_text):
        return sum(int(char) for char in pattern_text if char.isdigit()) % 2 == 0


def pattern(entity, regex, score=0.2, cls=PatternRecognizer, **more):
    return cls(supported_entity=entity, patterns=[Pattern("p", regex, score)], **more)


STAFF = pattern("STAFF_ID", r"\bE-\d{4}\b", context=["employee", "staff"])
TITLE = PatternRecognizer(supported_entity="TITLE", deny_list=["Mr.", "Dr."])
BADGE = pattern("BADGE", r"\b\d{3}\b", 0.1, Near)
EVEN = pattern("EVEN", r"\b\d{2}\b", 0.3, Checked)
SURE = pattern("SURE", r"\bs\d\b", 0.6)
SURE.score_thresholds = {"SURE": 0.7}
HOSTS = (STAFF, TITLE, BADGE, EVEN, SURE, Tokens(["SHOUT"], name="tokens"))

TEXTS = (
    "Ask employee E-1234, or E-9999 of STAFF, about s1.",
    "Dr. No wrote to Mr. Bond: ann@example.org, 415-555-2671.",
    "His badge is 123; room 456. LOUD NOISE at 12 and 13, 0007.",
    "The employees: E-0001, E-0002,E-0003 STAFF E-0004",
    "nothing of the kind",
    "DR. EVIL, mr. t, s2 staff: s3",
    "E-1234 has 123, and the room 456",
    "123 and 456",
    "",
)


def values(detector, text):
    (outcome,) = detector.run([Subject(text)])
    return [(text[span.start : span.end], span.type) for span in outcome]


def scored(detector, text):
    (outcome,) = detector.run([Subject(text)])
    return [(span.start, span.end, span.type, span.score) for span in outcome]


# ---------------------------------------------------------------- as in Presidio's engine


@pytest.mark.parametrize("min_score", [0.0, 0.25, 0.4, 0.6])
def test_findings_are_those_of_presidios_engine(min_score):
    entities = (*offered_by(HOSTS), "EMAIL_ADDRESS", "PHONE_NUMBER")
    engine = engine_for(("EMAIL_ADDRESS", "PHONE_NUMBER"), HOSTS)
    detector = PiiDetector(entities, min_score, (), HOSTS)
    total = 0
    for text in TEXTS:
        expected = findings_of(engine, text, entities, min_score)
        assert scored(detector, text) == expected
        total += len(expected)
    assert total >= 8


def test_context_words_of_a_pattern_count():
    detector = PiiDetector(("STAFF_ID",), None, (), [STAFF])
    assert values(detector, "employee E-1234") == [("E-1234", "STAFF_ID")]
    assert values(detector, "order E-1234") == []


def test_least_score_is_the_policys_then_the_recognizers_then_the_usual_one():
    text = "it is s1"
    assert values(PiiDetector(("SURE",), None, (), [SURE]), text) == []
    assert values(PiiDetector(("SURE",), 0.5, (), [SURE]), text) == [("s1", "SURE")]
    weak = pattern("WEAK", r"\bs\d\b", 0.3)
    assert values(PiiDetector(("WEAK",), None, (), [weak]), text) == []
    weak.score_thresholds = {"default": 0.3}
    assert values(PiiDetector(("WEAK",), None, (), [weak]), text) == [("s1", "WEAK")]


def test_without_entities_all_that_is_offered_is_looked_for():
    found = values(PiiDetector(None, None, (), [STAFF]), "employee E-1234, ann@example.org")
    assert found == [("E-1234", "STAFF_ID"), ("ann@example.org", "EMAIL_ADDRESS")]


def test_only_what_is_asked_for_is_found():
    two = PatternRecognizer(supported_entity="TITLE", deny_list=["Mr."])
    detector = PiiDetector(("EMAIL_ADDRESS",), None, (), [two])
    assert values(detector, "Mr. A: a@example.org") == [("a@example.org", "EMAIL_ADDRESS")]


def test_shipped_recognizer_set_up_by_the_host_stands_in_place_of_ours():
    strict = predefined_recognizers.CreditCardRecognizer()
    strict.score_thresholds = {"CREDIT_CARD": 1.0}
    never = predefined_recognizers.IpRecognizer(patterns=[Pattern("p", r"\blocalhost\b", 0.6)])
    detector = PiiDetector(("CREDIT_CARD", "IP_ADDRESS"), None, (), [strict, never])
    assert values(detector, "10.0.0.1 localhost") == []  # Presidio invalidates what is no address
    french = predefined_recognizers.PhoneRecognizer(supported_regions=("FR",))
    only = PiiDetector(("PHONE_NUMBER",), None, (), [french])
    assert values(only, "415-555-2671") == []
    assert values(only, "01 70 18 99 00") == [("01 70 18 99 00", "PHONE_NUMBER")]
    beside = PiiDetector(("PHONE_NUMBER",), None, ("ES",), [french])
    assert values(beside, "415-555-2671 or 612 34 56 78") == [
        ("415-555-2671", "PHONE_NUMBER"),
        ("612 34 56 78", "PHONE_NUMBER"),
    ]


def test_shipped_recognizer_under_another_name_leaves_ours_alone():
    card = predefined_recognizers.CreditCardRecognizer(supported_entity="OUR_CARD")
    detector = PiiDetector(("CREDIT_CARD", "OUR_CARD"), None, (), [card])
    assert values(detector, "4111 1111 1111 1111") == [
        ("4111 1111 1111 1111", "CREDIT_CARD"),
        ("4111 1111 1111 1111", "OUR_CARD"),
    ]


def test_addresses_with_patterns_of_the_host_keep_their_own_gate():
    odd = [Pattern("p", r"\bintranet/\w+", 0.6)]
    url = predefined_recognizers.UrlRecognizer(patterns=odd)
    assert values(PiiDetector(("URL",), None, (), [url]), "see intranet/wiki") == [
        ("intranet/wiki", "URL")
    ]


def test_recognizer_of_the_host_stays_as_it_is():
    mine = predefined_recognizers.EmailRecognizer()
    before = {**vars(mine)}
    PiiDetector(("EMAIL_ADDRESS",), None, (), [mine]).run([Subject("ann@example.org")])
    assert vars(mine) == before


def test_subclass_of_the_mail_recognizer_opens_no_socket(monkeypatch):
    class Mail(predefined_recognizers.EmailRecognizer):
        pass

    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    mine = Mail(supported_entity="MAIL")
    detector = PiiDetector(("MAIL",), None, (), [mine])
    assert values(detector, "ann@example.org") == [("ann@example.org", "MAIL")]


def test_validation_that_the_host_replaced_is_kept():
    mine = predefined_recognizers.EmailRecognizer()
    mine.validate_result = lambda address: address.endswith(".test")
    detector = PiiDetector(("EMAIL_ADDRESS",), None, (), [mine])
    assert values(detector, "a@b.test c@example.org") == [("a@b.test", "EMAIL_ADDRESS")]


def test_backreference_to_one_character_of_a_set_keeps_the_gate_closed():
    twice = pattern("TWICE", r"\b\d([-.])\d\1\d\b", 0.6)
    other = pattern("OTHER", r"\b(\d)([-.])\d\2\d\1\b", 0.6)
    detector = PiiDetector(("TWICE",), None, (), [twice])
    assert [re.search(r"\(\?s:\.\*\)", gate) for gate in detector.gate] == [None]
    assert values(detector, "1-2-3 1.2.3 1-2.3") == [("1-2-3", "TWICE"), ("1.2.3", "TWICE")]
    assert values(PiiDetector(("OTHER",), None, (), [other]), "x 1.2.31 y") == [("1.2.31", "OTHER")]


# ---------------------------------------------------------------- what may go wrong


class Says(LocalRecognizer):
    """Answers with what it was given."""

    def __init__(self, answer):
        super().__init__(["SAID"], name="says")
        self.answer = answer

    def load(self):
        pass

    def analyze(self, text, entities, nlp_artifacts):
        return self.answer(text) if callable(self.answer) else self.answer


def leak(text):
    raise ValueError(text)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([result("SAID", 3, 99)], "bad span"),
        ([result("SAID", 3, 3)], "bad span"),
        ([result(None, 0, 3)], "bad span"),
        ([result("SAID", 0, 3, float("nan"))], "not a score"),
        ([result("SAID", 0, 3, 1.5)], "not a score"),
        ([result("OTHER", 0, 3)], "an entity that it does not announce"),
        (leak, "ValueError"),
    ],
)
def test_answer_that_cannot_be_one_is_a_failure_that_quotes_nothing(answer, kind):
    detector = PiiDetector(("SAID",), None, (), [Says(answer)])
    assert detector.run([Subject("secret words")]) == [Failure(kind)]


def test_no_answer_finds_nothing():
    assert PiiDetector(("SAID",), None, (), [Says(None)]).run([Subject("x")]) == [()]


def test_slow_pattern_of_the_host_is_a_failure(monkeypatch):
    monkeypatch.setattr("guardrail.stages.pii.recognizers.TIMEOUT_SECONDS", 0.01)
    slow = pattern("SLOW", r"(a|aa)+\d$", 0.6)
    detector = PiiDetector(("SLOW",), None, (), [slow])
    assert detector.run([Subject("a" * 40 + "1" + "a" * 4000 + "!1x")]) == [Failure("timeout")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["STAFF_ID"], "`str` is not a recognizer"),
        ([predefined_recognizers.SpacyRecognizer()], "needs a language model"),
    ],
)
def test_what_cannot_run_is_refused(given, message):
    with pytest.raises(SettingsError, match=message):
        recognizers_of(given)


def test_presidio_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtraError, match="extra `pii`"):
        recognizers_of([STAFF])
    assert recognizers_of(None) == ()


# ---------------------------------------------------------------- files

SIMPLE = """
recognizers:
  - name: staff
    supported_language: en
    supported_entity: STAFF_ID
    patterns: [{name: p, regex: '\\bE-\\d{4}\\b', score: 0.2}]
    context: [employee]
    score_thresholds: {STAFF_ID: 0.5}
  - name: titles
    supported_language: de
    supported_entity: TITLE
    deny_list: [Mr., Dr.]
"""
REGISTRY = """
supported_languages: [en]
global_regex_flags: 26
recognizers:
  - name: CreditCardRecognizer
    type: predefined
    supported_languages: [{language: en, context: [plastic]}]
  - name: UrlRecognizer
    type: predefined
    enabled: false
  - name: staff
    type: custom
    supported_languages: [{language: en}]
    supported_entity: STAFF_ID
    patterns: [{name: p, regex: '\\bE-\\d{4}\\b', score: 0.6}]
"""


def file_of(tmp_path, text):
    path = tmp_path / "recognizers.yaml"
    path.write_text(dedent(text), "utf-8")
    return path


def test_file_is_read_as_presidio_reads_it(tmp_path):
    from presidio_analyzer import RecognizerRegistry

    path = file_of(tmp_path, SIMPLE)
    registry = RecognizerRegistry()
    registry.add_recognizers_from_yaml(path)
    expected = [(each.name, each.to_dict()) for each in registry.recognizers]
    found = recognizers_of(path)
    assert [(each.name, each.to_dict()) for each in found] == expected
    assert recognizers_of(str(path))[0].score_thresholds == {"STAFF_ID": 0.5}


def test_patterns_of_a_file_are_found(tmp_path):
    detector = PiiDetector(None, None, (), recognizers_of(file_of(tmp_path, SIMPLE)))
    assert values(detector, "Order E-1234 of Dr. No: the employee is E-1234") == [
        ("Dr.", "TITLE"),
        ("E-1234", "STAFF_ID"),
    ]


def test_file_of_a_registry_says_which_recognizers_there_are(tmp_path):
    found = recognizers_of(file_of(tmp_path, REGISTRY))
    assert [type(each).__name__ for each in found] == ["CreditCardRecognizer", "PatternRecognizer"]
    detector = PiiDetector(None, None, (), found)
    assert ("E-1234", "STAFF_ID") in values(detector, "is E-1234")
    (card,) = [each for each in found if each.name == "CreditCardRecognizer"]
    assert card.context == ["plastic"]


def test_example_of_presidio_can_be_read():
    from pathlib import Path

    path = Path(presidio.__file__).parent / "conf" / "example_recognizers.yaml"
    assert offered_by(recognizers_of(path)) == ("ZIP", "TITLE")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file"),
        ("recognizers: [", "does not describe recognizers: ParserError"),
        ("", "does not describe recognizers: TypeError"),
        ("- a", "does not describe recognizers: TypeError"),
        ("other: 1", "does not describe recognizers: KeyError"),
        ("recognizers: [{name: x}]", "does not describe recognizers: "),
        ("recognizers: [{name: Nobody, type: predefined}]", "does not describe recognizers: "),
    ],
)
def test_file_that_cannot_be_read_is_named(tmp_path, text, message, capsys):
    path = tmp_path / "recognizers.yaml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=re.escape(message)):
        recognizers_of(path)
    assert capsys.readouterr() == ("", "")


def test_very_long_file_is_not_read(tmp_path):
    path = tmp_path / "recognizers.yaml"
    with path.open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(SettingsError, match="longer than 10 MB"):
        recognizers_of(path)


def test_reading_a_file_logs_nothing(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    PiiDetector(None, None, (), recognizers_of(file_of(tmp_path, REGISTRY)))
    assert [record for record in caplog.records if record.name == "presidio-analyzer"] == []


def test_engine_of_the_tests_has_what_it_is_given():
    assert issubclass(Tokens, EntityRecognizer)
    engine = engine_for(("EMAIL_ADDRESS",), HOSTS)
    assert set(engine.get_supported_entities("en")) == {*offered_by(HOSTS), "EMAIL_ADDRESS"}
