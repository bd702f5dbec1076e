"""Secrets that show by the name they are assigned to: `password: …`, `API_KEY=…`."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import re2

from guardrail.stages.secrets.judging import is_password, is_placeholder, is_secret
from guardrail.stages.secrets.tables import named
from guardrail.text.prefilter import options

PASSWORD: Final = "PASSWORD"  # noqa: S105 - the name of a type
SECRET: Final = "SECRET"  # noqa: S105

_PASSWORD_WORDS: Final = frozenset(
    {"password", "passwd", "passphrase", "passcode", "pwd", "pass", "passwort"}
)
_SECRET_WORDS: Final = frozenset(
    {"access", "api", "apikey", "auth", "cred", "credential", "credentials", "creds", "key"}
    | {"secret", "secrets", "token", "authtoken", "accesskey", "secretkey", "authorization"}
)
_STRONG_WORDS: Final = frozenset({"secret", "credential", "credentials", "creds", "apikey"})
_PUBLIC_WORDS: Final = frozenset(
    {"public", "pub", "primary", "foreign", "partition", "sort", "natural", "cache", "hash", "sha"}
    | {"sha1", "sha256", "checksum", "digest", "integrity", "fingerprint", "version", "url", "uri"}
    | {"endpoint", "name", "path", "file", "count", "length", "limit", "type", "author", "id"}
)
_STEMS: Final = ("pass", "pwd", "secret", "token", "key", "auth", "cred", "access", "api")

_SCORES: Final = {PASSWORD: 0.6, SECRET: 0.5}
_PROVIDER_SCORE: Final = 0.7
_LEAST: Final = 3.5
_LEAST_WHEN_SURE: Final = 2.75
_LONGEST_NAME: Final = 60
_LONGEST_VALUE: Final = 200

_NAME: Final = string.ascii_letters + string.digits + "_.-"
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_QUOTED: Final = re.compile(r"[^\s\"'`]+")
_TOKEN: Final = re.compile(r"[\w.=+/~:-]+")
_DIGIT: Final = re.compile(r"\d")
_OF_PASSWORD: Final = re.compile("pass|pwd", re.IGNORECASE)
_CALL: Final = re.compile(r"[\w.]+[(\[]")


class Assigned(NamedTuple):
    """A secret and where it stands."""

    start: int
    end: int
    type: str
    score: float


@cache
def expression() -> str:
    """Return what stands before a value: a name with one of the words, and a sign that assigns."""
    words = sorted({*_STEMS, *(word for each in named() for word in each.words)})
    return (
        rf"(?i)(?:{'|'.join(map(re.escape, words))})(?:[\w \t-]|\.\w){{0,24}}"
        r"(?:[\"'`\])]{0,3}[ \t]{0,3}(?::{1,3}=|=>|->|\?=|\|\||[:=>]|\bis\b:?)|[\"'][ \t]{0,3},)"
        r"[\s\"'`=(]{0,5}"
    )


@cache
def _names() -> Any:
    return re2.compile(expression(), options(1 << 26))


def assigned(text: str) -> Iterator[Assigned]:
    """Yield the secrets that are assigned to a telling name, in the order of the text."""
    done = 0
    for match in _names().finditer(text):
        start, at = match.span()
        value = _QUOTED.match(text, at, at + _LONGEST_VALUE)
        if at < done or value is None:
            continue
        name = match[0]
        if not _DIGIT.search(value[0]) and not _OF_PASSWORD.search(name):
            continue
        name = _before(text[max(0, start - _LONGEST_NAME) : start]) + name
        found = _judge(name, value[0], at, is_quoted=name[-1:] in "\"'`")
        if found is not None:
            done = found.end
            yield found


def _before(text: str) -> str:
    """Return the beginning of a name that goes on behind a text, with the word before it."""
    rest = text.rstrip(_NAME)
    if not rest.endswith(" "):
        return text[len(rest) :]
    return text[len(rest[:-1].rstrip(string.ascii_letters)) :]


def _judge(name: str, value: str, at: int, *, is_quoted: bool) -> Assigned | None:
    """Return what is found at `at`, None if nothing."""
    has_digit = _DIGIT.search(value) is not None
    words = {word.lower() for word in _WORD.findall(name)}
    if not has_digit and words.isdisjoint(_PASSWORD_WORDS):
        return None
    token = _TOKEN.match(value)
    whole = token[0] if token else ""
    key = whole.rstrip(".:-")
    if has_digit and (type_ := _provided(name.lower(), (whole, key))) is not None:
        kept, form = type_
        return Assigned(at, at + len(kept), form, _PROVIDER_SCORE)
    if not words.isdisjoint(_PASSWORD_WORDS):
        kept = value if is_quoted else value.rstrip(".,;:)]}>")
        if is_password(kept):
            return Assigned(at, at + len(kept), PASSWORD, _SCORES[PASSWORD])
    if not has_digit or words.isdisjoint(_SECRET_WORDS) or not words.isdisjoint(_PUBLIC_WORDS):
        return None
    is_sure = len(words & _SECRET_WORDS) > 1 or not words.isdisjoint(_STRONG_WORDS)
    least, fewest = (_LEAST_WHEN_SURE, 8) if is_sure else (_LEAST, 12)
    if _CALL.match(value) or not is_secret(key, least, fewest):
        return None
    return Assigned(at, at + len(key), SECRET, _SCORES[SECRET])


def _provided(name: str, values: Sequence[str]) -> tuple[str, str] | None:
    """Return the value that has the form of a provider in the name, and what it then is."""
    by_word, words = _providers()
    for word in dict.fromkeys(words.findall(name)):
        for form in by_word[word]:
            for value in values:
                if form.pattern.fullmatch(value) and not is_placeholder(value):
                    return value, form.type
    return None


class _Form(NamedTuple):
    type: str
    pattern: re.Pattern[str]


@cache
def _providers() -> tuple[Mapping[str, Sequence[_Form]], re.Pattern[str]]:
    """Return the forms by the word that a name must hold, and a pattern of all the words."""
    by_word: dict[str, list[_Form]] = {}
    for each in named():
        form = _Form(each.type, re.compile(each.value, re.IGNORECASE | re.ASCII))
        for word in each.words:
            by_word.setdefault(word, []).append(form)
    longest_first = sorted(by_word, key=lambda word: (-len(word), word))
    return by_word, re.compile("|".join(map(re.escape, longest_first)))
