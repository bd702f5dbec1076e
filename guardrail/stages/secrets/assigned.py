"""Secrets that show by the name they are assigned to: `password: …`, `API_KEY=…`."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import re2

from guardrail.stages.matching import Looks, search
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
_LONGEST_SIGN: Final = 120
"""No name from its first word on, with the sign behind it, is longer."""

_FEWEST: Final = 8
_FEWEST_IN_PASSWORD: Final = 6
_FEWEST_IN_NAMED: Final = 14

_SIGN: Final = "[0-9#$%^&*!@+?=~]"
_NAME: Final = string.ascii_letters + string.digits + "_.-"
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_QUOTED: Final = re.compile(r"[^\s\"'`]+")
_TOKEN: Final = re.compile(r"[\w.=+/~:-]+")
_DIGIT: Final = re.compile(r"\d")
_CLOSED: Final = re.compile(r"(?<![=-])>\s*\n\s*\Z")
"""What ends a placeholder or a tag, not a sign that assigns: the value is on another line."""

_CALL: Final = re.compile(r"[\w.]+[(\[]")


class Assigned(NamedTuple):
    """A secret and where it stands."""

    start: int
    end: int
    type: str
    score: float


@cache
def expression() -> str:
    """Return what stands before every value and as much of it as all have: a digit or a sign.

    Blanks and dashes of all kinds count, as in `as_typed`.
    """
    named = _named(_stems()).replace(r" \t", r"\t\p{Zs}").replace("-]", r"\p{Pd}\x{2212}]")
    return rf"{named}[^\s\"'`]*{_SIGN}"


@cache
def claim() -> str:
    """Return an expression for a name, the sign behind it and all of the value."""
    named = _named(_stems()).replace(r" \t", r"\t\p{Zs}").replace("-]", r"\p{Pd}\x{2212}]")
    return rf"{named}[^\s\"'`]*"


def _stems() -> str:
    words = {*_STEMS, *(word for each in named() for word in each.words)}
    return "|".join(map(re.escape, sorted(words)))


def _named(words: str) -> str:
    return (
        rf"(?i)(?:{words})(?:[\w \t-]|\.\w){{0,24}}"
        r"(?:[\"'`\]).-]{0,3}[ \t]{0,3}(?::{1,3}=|=>|->|\?=|\|\||[:=>]|\bis\b:?)|[\"'][ \t]{0,3},)"
        r"[\s\"'`=(]{0,5}"
    )


def _with(sign: str, char: str, fewest: int) -> str:
    """Return an expression for a value's beginning: so many characters, a sign among them."""
    least = fewest - 1
    places = [rf"{char}{{{at}}}{sign}{char}{{{least - at}}}" for at in range(least)]
    return rf"(?:{'|'.join(places)}|{char}{{{least},}}?{sign})"


@cache
def _candidates() -> Any:
    """Return an expression for what is judged: a name, and enough of a value to be a secret.

    It has no groups, so that RE2 needs nothing but its automata.
    """
    password = _named("pass|pwd") + _with(_SIGN, r"[^\s\"'`]", _FEWEST_IN_PASSWORD)
    secret = _named(_stems()) + _with("[0-9]", "[A-Za-z0-9_.=+/~:-]", _FEWEST)
    return re2.compile(f"(?:{password})|(?:{secret})", options(1 << 26))


@cache
def _names() -> Any:
    return re2.compile(_named(_stems()), options(1 << 26))


def assigned(text: str, data: bytes, looks: Looks) -> Iterator[Assigned]:
    """Yield the secrets that are assigned to a telling name, in the order of the text.

    `data` is the text as `in_bytes` gives it.

    Raises:
        TooManyError: there are more candidates than `looks` allows.
    """
    candidates, names = _candidates(), _names()
    done = 0
    while (place := search(candidates, data, done)) is not None:
        looks.take()
        start, end = place
        at = names.match(data, start, min(end, start + _LONGEST_SIGN)).end()
        done = at
        if end - at > _LONGEST_VALUE:
            done = max(at, end - _LONGEST_VALUE - _LONGEST_SIGN)
            continue
        value = _QUOTED.match(text, at, at + _LONGEST_VALUE)
        if value is None:
            continue
        name = text[start:at]
        if _CLOSED.search(name):
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
    if len(values[-1]) < _FEWEST_IN_NAMED:
        return None
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
