"""Personal data: the same findings as Presidio's engine, without its cost, logs or network."""

from __future__ import annotations

import inspect
import logging
import os
import random
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import re2

from guardrail.errors import MissingExtraError, SettingsError
from guardrail.stages.pii import (
    ENTITIES,
    MISSING_ENTITIES,
    PiiDetector,
    context,
    phones,
    recognizers,
)
from guardrail.stages.pii.entities import CLASSES, DEFAULT, default_entities
from guardrail.values import Failure, Span, Subject
from tests.support.presidio import engine_for, findings_of, is_short_phone

presidio = pytest.importorskip("presidio_analyzer")


def engine_findings(engine, text, entities, min_score):
    """What the engine finds, less the one thing that `pii` leaves out."""
    found = findings_of(engine, text, entities, min_score)
    return [each for each in found if not is_short_phone(text, each)]


# ---------------------------------------------------------------- texts with and without findings

WORDS = re.findall(
    r"\S+",
    "phone number call email iban bank account ssn social security visa card credit passport "
    "license driver ip address mac uuid nhs tax id the a is my of re:the be: :) (: dont can't "
    "Number: PHONE steuer claim rx prescription hello world, (see it's naïve 日本 I'll e.g.",
)
GAPS = (*[" "] * 8, "  ", "\n", "\n\n", "\t", " \n ", ": ", ",", ". ", "", " \u00a0", ":")


def digits(rng, count):
    return "".join(rng.choice("0123456789") for _ in range(count))


def letters(rng, count):
    return "".join(rng.choice("ABCDEFGHKLMNPRSTXYZ") for _ in range(count))


def with_check_digit(number):
    values = [int(digit) for digit in number + "0"]
    total = sum(values[-1::-2]) + sum(sum(divmod(2 * value, 10)) for value in values[-2::-2])
    return number + str(-total % 10)


def value(rng):
    gap = rng.choice(["-", " ", ".", "", " - "])
    return rng.choice(
        [
            f"{digits(rng, 3)}{gap}{digits(rng, 3)}{gap}{digits(rng, 4)}",
            f"415{gap}555{gap}2671",
            f"+1 (800) 555-{digits(rng, 4)}",
            f"+44 20 7946 0{digits(rng, 3)}",
            with_check_digit("4" + digits(rng, 14)),
            f"4111 1111 1111 {rng.choice(['1111', '1112'])}",
            f"{digits(rng, 3)}-{digits(rng, 2)}-{digits(rng, 4)}",
            digits(rng, rng.randrange(3, 18)),
            rng.choice(["ann", "bob.lee", "x_y"])
            + rng.choice(["@example.org", "@a-b.co.uk", "@no.tldatall", " at example.org"]),
            f"DE{rng.choice(['89', '88'])} 3704 0044 0532 0130 00",
            ".".join(str(rng.randrange(300)) for _ in range(4)),
            rng.choice(["::1", "2001:db8::1", "fe80::1:2", "1::", "12:30"]),
            ":".join(f"{rng.randrange(256):02x}" for _ in range(6)),
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            letters(rng, 1) + digits(rng, 7),
            letters(rng, 2) + digits(rng, rng.randrange(4, 9)) + letters(rng, rng.randrange(2)),
            f"{letters(rng, 2)}{rng.choice(' -')}{letters(rng, 2)} {digits(rng, 3)}",
            digits(rng, 8) + letters(rng, 1),
            rng.choice(["1690", "1/2/2020", "٤١٥-٥٥٥-٢٦٧١", "４１５ 555 2671"]),
            digits(rng, 6) + rng.choice("-+A") + digits(rng, 3) + letters(rng, 1),
        ]
    )


def text_of(seed):
    rng = random.Random(seed)
    parts = [rng.choice(["", "  "])]
    for _ in range(rng.randrange(1, 14)):
        parts += [value(rng) if rng.random() < 0.35 else rng.choice(WORDS), rng.choice(GAPS)]
    return "".join(parts)


def findings(detector, text):
    (outcome,) = detector.run([Subject(text)])
    return [(span.start, span.end, span.type, span.score) for span in outcome]


def values(detector, text):
    return [(text[start:end], type_) for start, end, type_, _ in findings(detector, text)]


@pytest.fixture(scope="module")
def default():
    return PiiDetector()


# ---------------------------------------------------------------- findings


@pytest.mark.parametrize(
    ("entities", "min_score", "seeds"),
    [(DEFAULT, 0.4, 500), (DEFAULT, 0.0, 200), (tuple(CLASSES), 0.0, 200)],
    ids=["default", "every score", "every entity"],
)
def test_findings_are_those_of_presidios_engine(entities, min_score, seeds):
    engine, detector = engine_for(entities), PiiDetector(entities, min_score)
    total = 0
    for seed in range(seeds):
        text = text_of(seed)
        expected = engine_findings(engine, text, entities, min_score)
        assert findings(detector, text) == expected, seed
        total += len(expected)
    assert total > seeds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ann@example.org.", [("ann@example.org", "EMAIL_ADDRESS")]),
        ("write to ann@example", []),
        ("call 415-555-2671 now", [("415-555-2671", "PHONE_NUMBER")]),
        ("founded in 1690 in 12 days", []),
        ("card 4111 1111 1111 1111", [("4111 1111 1111 1111", "CREDIT_CARD")]),
        ("card 4111 1111 1111 1112", []),
        ("SSN 536-90-4399", [("536-90-4399", "US_SSN")]),
        ("IBAN DE89 3704 0044 0532 0130 00", [("DE89 3704 0044 0532 0130 00", "IBAN_CODE")]),
        ("IBAN DE88 3704 0044 0532 0130 00", []),
        ("from 192.168.0.1:80", [("192.168.0.1", "IP_ADDRESS")]),
        ("version 1.2.3", []),
        ("see https://example.org on 1/2/2020", []),
        ("", []),
    ],
)
def test_default_entities_near_misses(default, text, expected):
    found = [each for each in values(default, text) if each[1] not in {"UK_NHS", "US_BANK_NUMBER"}]
    assert found == expected


def test_context_word_lifts_a_weak_finding_over_the_threshold(default):
    weak, strong = "it is 123456789 here", "bank account 123456789 here"
    assert values(default, weak) == []
    assert ("123456789", "US_BANK_NUMBER") in values(default, strong)


def test_min_score_drops_findings_below_it():
    text = "phone 415-555-2671"
    assert findings(PiiDetector(("PHONE_NUMBER",)), text) == [(6, 18, "PHONE_NUMBER", 0.75)]
    assert findings(PiiDetector(("PHONE_NUMBER",), 0.76), text) == []


def test_lone_surrogate_does_not_move_offsets(default):
    assert findings(default, "\ud800 ann@example.org")[0][:2] == (2, 17)


def test_regions_add_phone_numbers_and_national_papers():
    text = "ring 612 34 56 78"
    assert values(PiiDetector(("PHONE_NUMBER",)), text) == []
    assert values(PiiDetector(("PHONE_NUMBER",), None, ("es",)), text) == [
        ("612 34 56 78", "PHONE_NUMBER")
    ]
    assert set(default_entities(("GB",))) >= {"UK_NINO", "EMAIL_ADDRESS"}
    assert not set(default_entities(("GB",))) & {"US_SSN", "DATE_TIME", "URL"}
    assert set(default_entities(("US",))) == set(DEFAULT) - {"UK_NHS"}


@pytest.mark.parametrize(
    ("entity", "text"),
    [("ES_NIF", "55555555K"), ("IT_FISCAL_CODE", "AAAAAA00B11C333Y"), ("DE_VAT_ID", "DE136695976")],
)
def test_entities_of_other_languages_can_be_asked_for(entity, text):
    assert values(PiiDetector((entity,)), f"x {text} y") == [(text, entity)]


# ---------------------------------------------------------------- names


def test_entities_are_those_of_presidios_recognizers():
    from presidio_analyzer import PatternRecognizer, predefined_recognizers

    phone = predefined_recognizers.PhoneRecognizer
    classes = [
        each
        for _, each in inspect.getmembers(predefined_recognizers, inspect.isclass)
        if issubclass(each, PatternRecognizer | phone) and each is not PatternRecognizer
    ]
    assert {each().supported_entities[0]: each.__name__ for each in classes} == dict(CLASSES)
    named = set(predefined_recognizers.SpacyRecognizer().supported_entities)
    assert named - set(CLASSES) <= set(MISSING_ENTITIES) < ENTITIES


@pytest.mark.parametrize(
    ("entities", "regions", "message"),
    [
        (("PERSON",), (), "needs a model that finds PERSON"),
        (("PHONE",), (), "no such entity"),
        (("PHONE_NUMBER",), ("XX",), "region `XX`"),
    ],
)
def test_what_cannot_be_found_is_refused(entities, regions, message):
    with pytest.raises(SettingsError, match=message):
        PiiDetector(entities, None, regions)


def test_missing_presidio_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtraError, match="extra `pii`"):
        PiiDetector(("EMAIL_ADDRESS",))


# ---------------------------------------------------------------- gates


def test_gates_let_clean_text_pass_without_running_anything(default):
    options = re2.Options()
    scan = re2.Set.SearchSet(options)
    for gate in default.gate:
        scan.Add(gate)
    scan.Compile()
    assert not scan.Match("In 2019, 30 of 40 people paid $3.50 at 10 a.m. (see page 12).")
    assert scan.Match("call 415-555-2671")


def test_gate_of_phones_knows_every_digit_and_all_punctuation():
    from phonenumbers import phonenumberutil

    digit, between = (re2.compile(f"(?:{source})") for source in (phones.DIGIT, phones.BETWEEN))
    every = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    assert [char for char in every if re.match(r"\d", char) and not digit.fullmatch(char)] == []
    punctuation = re.compile(f"[{phonenumberutil._VALID_PUNCTUATION}]")
    marks = [chr(code) for code in range(0xFFFF) if punctuation.match(chr(code))]
    assert [mark for mark in marks if not between.fullmatch(mark)] == []


def test_shortest_numbers_of_the_default_regions_have_five_digits_or_are_years():
    from phonenumbers import PhoneNumberMatcher

    regions = recognizers._phone_regions(presidio.predefined_recognizers.PhoneRecognizer, ())
    found = {
        number
        for region in regions
        for number in map("{:04d}".format, range(1000, 2100))
        if PhoneNumberMatcher(number, region, leniency=1).has_next()
    }
    assert found <= set(map(str, range(1600, 1700)))


# ---------------------------------------------------------------- errors, logs, memory, network


def test_timeout_of_a_pattern_is_a_failure(monkeypatch, default):
    monkeypatch.setattr(recognizers, "TIMEOUT_SECONDS", 0.01)
    assert default.run([Subject("a." * 50_000 + " ann@example.org")]) == [Failure("timeout")]


def test_answer_that_took_presidios_own_timeout_is_a_failure(monkeypatch):
    monkeypatch.setattr("presidio_analyzer.pattern_recognizer.REGEX_TIMEOUT_SECONDS", 0)
    detector = PiiDetector(("IBAN_CODE",))
    assert detector.run([Subject("DE89370400440532013000")]) == [Failure("timeout")]


def test_more_numbers_than_phonenumbers_tries_are_a_failure(default):
    assert default.run([Subject("1a" * 10_001 + " 415-555-2671")]) == [Failure("too many numbers")]


def test_failure_does_not_quote_the_text(monkeypatch, default):
    def fail(text, found):
        raise ValueError(text)

    monkeypatch.setattr("guardrail.stages.pii.detector.boost", fail)
    assert default.run([Subject("ann@example.org")]) == [Failure("ValueError")]


def test_nothing_is_logged_and_the_hosts_own_use_still_is(caplog, default):
    caplog.set_level(logging.DEBUG, logger="presidio-analyzer")
    default.run([Subject("my phone is 415-555-2671, SSN 536-90-4399, IBAN DE89370400440532013000")])
    assert caplog.records == []
    presidio.predefined_recognizers.PhoneRecognizer()
    assert caplog.records != []


def test_tokenizer_forgets_the_words_it_saw(default):
    default.run([Subject("my phone Zyxwvut415 is 415-555-2671")])
    strings = context._blank_pipeline().vocab.strings
    assert "Zyxwvut415" not in strings
    assert "2671" not in strings


def test_threads_share_a_detector(default):
    subjects = [Subject(text_of(seed)) for seed in range(60)]
    alone = default.run(subjects)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda subject: default.run([subject])[0], subjects * 4))
    assert together == alone * 4


def test_package_is_light_and_detector_opens_no_socket_and_writes_no_cache(tmp_path):
    script = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("a socket was opened")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from guardrail.stages.pii import ENTITIES, PiiDetector
assert not {"presidio_analyzer", "spacy", "phonenumbers", "tldextract"} & set(sys.modules)
from guardrail.values import Subject
detector = PiiDetector(("EMAIL_ADDRESS", "URL"))
print(len(detector.run([Subject("ann@example.co.uk https://example.org")])[0]))
"""
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == ("3", "")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_findings_are_spans_in_order(default):
    (outcome,) = default.run([Subject("ann@example.org and bob@example.org")])
    assert [type(span) for span in outcome] == [Span, Span]
    assert outcome == tuple(sorted(outcome))
