"""Secrets by their form and by their name. All of them are made here, from seeds."""

from __future__ import annotations

import base64
import string
from random import Random
from urllib.parse import urlsplit

import pytest
import re2

from guardrail.stages.secrets import SecretsDetector
from guardrail.stages.secrets.judging import entropy, is_jwt
from guardrail.stages.secrets.tables import formats, named
from guardrail.text.prefilter import prefilter
from guardrail.text.view import View
from guardrail.values import Span, Subject
from tests.support import keys
from tests.support.keys import grown, letters

WRITTEN = {
    "JWT": keys.jwt,
    "ENCODED_JWT": keys.encoded_jwt,
    "PRIVATE_KEY": keys.private_key,
    "KUBERNETES_SECRET": keys.kubernetes,
    "CURL_PASSWORD": keys.curl_user,
}
HEX = "0123456789abcdef"
dice = Random("tests of secrets")
RANDOM = letters(dice, 24)
OCCURRING = prefilter(SecretsDetector().gate)
by_format = pytest.mark.parametrize("form", formats(), ids=lambda form: form.type)
by_name = pytest.mark.parametrize("form", named(), ids=lambda form: form.type)


@pytest.fixture(scope="module")
def detector():
    return SecretsDetector()


def spans(detector, text):
    """What is found in a text; everything that is found opens the gate."""
    (outcome,) = detector.run([Subject(text)])
    assert not outcome or len(OCCURRING(text)) > 1
    return outcome


def found(detector, text):
    return [(text[each.start : each.end], each.type) for each in spans(detector, text)]


def made(form, dice):
    """A text with a secret of a form, with more in what may go on than the least."""
    if form.type in WRITTEN:
        return WRITTEN[form.type](dice)
    pattern = re2.compile(form.pattern)
    while True:
        text = grown(form.pattern, dice)
        if pattern.search(text) and entropy(text) > 2.5 and any(map(str.isdigit, text)):
            return text


# ---------------------------------------------------------------- the tables


def test_tables_name_their_sources():
    every = [*formats(), *named()]
    assert len({each.type for each in every}) == len(every)
    assert len({each.provider for each in every}) >= 120
    assert all(urlsplit(each.source).scheme == "https" for each in every)
    assert all(each.type.replace("_", "").isalnum() and each.type.isupper() for each in every)


@by_format
def test_secret_is_found_by_its_form(form, detector):
    dice = Random(f"form {form.type}")
    for _ in range(10):
        key = made(form, dice)
        text = f"Here:\n{key}\nThat is all."
        assert any(each.score >= min(form.score, 0.7) for each in spans(detector, text)), text


@by_format
def test_gate_lets_every_secret_pass(form):
    dice = Random(f"gate {form.type}")
    gates = [re2.compile(gate) for gate in form.gates]
    pattern = re2.compile(form.pattern)
    for _ in range(20):
        key = made(form, dice)
        if pattern.search(key):
            assert any(gate.search(key) for gate in gates), key


@pytest.mark.parametrize(
    "form", [each for each in formats() if each.score >= 0.9 and "secret" not in each.pattern]
)
def test_beginning_of_a_key_is_no_key(form, detector):
    dice = Random(f"near {form.type}")
    pattern = re2.compile(form.pattern)
    for _ in range(10):
        key = made(form, dice)
        if pattern.match(key):
            start = key[: next(at for at in range(len(key)) if not pattern.match(key[: at + 2]))]
            assert form.type not in [each.type for each in spans(detector, start[:12])]


@by_name
def test_secret_is_found_by_its_name(form, detector):
    dice = Random(f"name {form.type}")
    for _ in range(10):
        value = ""
        while not any(map(str.isdigit, value)) or not value[-1].isalnum() or value[0] in "=/":
            value = grown(form.value, dice)
        word = form.words[0]
        for text in (
            f"{word}_x = '{value}'",
            f'"{word}.key": "{value}",',
            f"{word.upper()}={value}",
        ):
            assert [each[0] for each in found(detector, text)] == [value], text
        if not any(word in value for word in ("key-", "squ_", "sqp_", "sqa_")):
            assert found(detector, f"heron {value}") == []


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("before", "after", "type_"),
    [
        ("password: ", "", "PASSWORD"),
        ("DB_PASSWORD=", " ", "PASSWORD"),
        ("Your password is ", ". Keep it.", "PASSWORD"),
        ('{"password": "', '"}', "PASSWORD"),
        ("pwd = '", "';", "PASSWORD"),
        ("userPassword: ", ",", "PASSWORD"),
        ("setenv('DB_PASSWORD', '", "')", "PASSWORD"),
        ("api_key = ", "\n", "SECRET"),
        ('"apiKey": "', '"', "SECRET"),
        ("CLIENT_SECRET=", "", "SECRET"),
        ("export AUTH_TOKEN=", "\n", "SECRET"),
        ("access key: ", ".", "SECRET"),
        ("postgres://ann:", "@db.test/x", "URL_PASSWORD"),
        ("Server=x;User=y;Password=", ";", "PASSWORD"),
        ("Authorization: Bearer ", "\n", "AUTHORIZATION"),
        ("https://x.test/?access_token=", "&y=1", "SECRET"),
    ],
)
def test_finding_is_the_value_without_its_name(before, after, type_, detector):
    dice = Random(before)
    value = letters(dice, 22) + "7b"
    assert found(detector, f"{before}{value}{after}") == [(value, type_)]


@pytest.mark.parametrize(
    "before", ["password:\u3000", "api\u2011key\u2003=\u2003", "Authorization:\xa0Bearer\u202f"]
)
def test_blanks_and_dashes_of_all_kinds_count(before, detector):
    gates = [re2.compile(gate) for gate in detector.gate]
    text = f"{before}{RANDOM}1 é"
    assert [value for value, _ in found(detector, text)] == [f"{RANDOM}1"]
    assert any(gate.search(text) for gate in gates)


def test_what_is_assigned_is_found_in_every_view(detector):
    """Also in one that is a guess, as where lines are joined."""
    text = f"password: {RANDOM}1"
    view = View("guess", text, (), (), (), (), is_trial=True)
    (outcome,) = detector.run([Subject("…" * len(text), views=(view,))])
    assert [(each.start, each.end, each.view) for each in outcome] == [(10, len(text), "guess")]


@pytest.mark.parametrize("name", ["password: ", "api_key = ", 'SECRET_TOKEN="'])
@pytest.mark.parametrize(
    "value",
    [
        "changeme", "change-me-1", "<password>", "<your-key-1>", "${DB_PASS1}", "$PASSWORD", "{{ key1 }}",
        "xxxxxxxx1", "XXXX-1234", "********", "your_api_key_1", "example1key", "placeholder1", "%PASS1%",
        "REDACTED", "none", "password", "...", "os.environ['K1']", "process.env.KEY1", "getenv(K1)",
    ],
)  # fmt: skip
def test_placeholders_are_left_alone(name, value, detector):
    assert found(detector, f"{name}{value}") == []


@pytest.mark.parametrize("value", ["password", "<password>", "${PASS1}", "{pass1}", "***", "xxxx"])
def test_addresses_with_placeholders_are_left_alone(value, detector):
    assert found(detector, f"postgres://ann:{value}@db.test/x") == []


# ---------------------------------------------------------------- near misses

IMAGE = base64.b64encode(Random(1).randbytes(600)).decode()
UUID = "-".join(letters(Random(2), count, HEX) for count in (8, 4, 4, 4, 12))


@pytest.mark.parametrize(
    "text",
    [
        f"commit {letters(dice, 40, HEX)}\nAuthor: Ann",
        f"Merged in {letters(dice, 8, HEX)}.",
        f"request id: {UUID}",
        f"<img src='data:image/png;base64,{IMAGE}'>",
        f'"integrity": "sha512-{IMAGE[:86]}=="',
        f"requests==2.31.0 --hash=sha256:{letters(dice, 64, HEX)}",
        f"public_key = {letters(dice, 40, HEX)}",
        f"primary key: {letters(dice, 20)}1a",
        "body { color: #a1b2c3; background: #1f2e3d4c }",
        "The primary key: user_id_2 and the foreign key: order_id_7.",
        "password: required, 8-16 characters",
        "DATABASE_URL=postgres://<user>:<password>@localhost:5432/heron7",
        "<password>@db7.example.com/heron",
        "TOKEN=<token-7>\n\nheron=h3r0nl4k3w1nd0w",
        '<div data-key="handler-96772" data-token="heron_lake-1234">',
        "Reset your password: 1. Open the app. 2. Tap Profile.",
        "Password: help@example.com will tell you.",
        "Password: https://example.com/reset2 is the page.",
        "max_tokens: 4096, tokens: 12, token_count=1024",
        "The key: value pairs. Keyboard: qwerty101 layout12",
        "key = lambda item: item[1]",
        "api_key = config.get_api_key2(1)",
        "auth: src/auth/token_utils2.py",
        "access: 2024-05-06T10:00:00",
        "A key begins with AKIA, sk_live_, ghp_ or xoxb-.",
        "-----BEGIN PUBLIC KEY-----\n" + IMAGE[:64] + "\n-----END PUBLIC KEY-----",
        "Paste it from -----BEGIN PRIVATE " + "KEY----- to -----END PRIVATE " + "KEY-----.",
        "eyJ" + letters(dice, 30) + ".eyJ" + letters(dice, 30) + "." + letters(dice, 43),
        "http://user:password@host.test/ and ftp://ann@host.test",
        "sk_live_" + "x" * 24 + " and AKIA" + "EXAMPLE" * 2 + "EX",
        "SK" + "A" * 32 + " " + "ghp" + "_" + "a" * 36,
    ],
)
def test_what_looks_like_a_secret_is_left_alone(text, detector):
    assert found(detector, text) == []


@pytest.mark.parametrize("header", ["x", "e30", "eyJh", "bnVsbA", "/w", "W10", "eyJmb28iOjF9"])
def test_a_header_of_something_else_is_no_jwt(header):
    assert not is_jwt(f"{header}.eyJ.x")


# ---------------------------------------------------------------- scores, places, time


def test_min_score_drops_what_is_less_sure():
    text = f"api_key = {RANDOM}1 and password = {RANDOM}2 and " + "gh" + f"p_{letters(dice, 36)}"
    types = {
        score: [each.type for each in spans(SecretsDetector(score), text)]
        for score in (None, 0.6, 0.9, 1.0)
    }
    assert types[None] == ["SECRET", "PASSWORD", "GITHUB_TOKEN"]
    assert (types[0.6], types[0.9], types[1.0]) == (types[None][1:], types[None][2:], [])


def test_overlapping_findings_are_one_with_the_surest_type(detector):
    key = "AK" + "IA" + letters(dice, 16, string.ascii_uppercase + "234567")
    text = f"aws_access_key = {key}"
    assert found(detector, text) == [(key, "AWS_ACCESS_KEY")]
    assert isinstance(spans(detector, text)[0], Span)


def test_private_key_that_is_cut_off_is_found(detector):
    key = keys.private_key(Random(3)).replace("\\n", "\n")
    text = key[: key.index("-----END")]
    assert found(detector, f"x {text}y?") != []
    assert found(detector, keys.pgp_key(Random(4)))[0][1] == "PRIVATE_KEY"


def test_places_are_characters_and_lone_surrogates_do_no_harm(detector):
    text = f"é😀\ud800 password: {RANDOM}3 \udfff"
    assert found(detector, text) == [(f"{RANDOM}3", "PASSWORD")]


def test_clean_text_opens_no_gate(detector):
    gates = [re2.compile(gate) for gate in detector.gate]
    text = (
        "On the password page, reset it. Access to the API needs a key; keys and "
        "tokens are secret. See https://example.com/a?b=c, call 415-555-2671, 10:30, a = b, x/y."
    )
    assert [gate.pattern for gate in gates if gate.search(text)] == []
