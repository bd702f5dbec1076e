"""Whether a value is a secret, or a placeholder, a word, an address or a name in code."""

from __future__ import annotations

import base64
import binascii
import json
import math
import operator
import re
from functools import cache
from typing import Any, Final

import re2

from guardrail.text.prefilter import options

_PLACEHOLDER: Final = (
    r"(?i)change[-_ ]?(?:me|it|this)|placeholder|example|redacted|xxxx|\*{3}|\.{3}|\x{2026}"
    r"|\x{2022}|"
    r"your[-_ ]?|\$\{|\$\(|\{\{|%\(|<[\w .-]+>|dummy|sample|insert|replace|fixme|1234567890|"
    r"abcdefgh|abc(?:def)?123|"
    r"\A(?:\$\w+|%\w+%?|@\w+@|\{\d*\}|none|null|nil|undefined|true|false|pass(?:word|wd)?|pwd|"
    r"secret|token|todo|test|string|\[.*|\(.*|<.*|\{.*\}|[\w.]*\benv(?:iron)?\b[.\[(].*)\z"
)
_ADDRESS_OR_DATE: Final = (
    r"(?:[a-z][a-z0-9+.-]*:)?//.*|www\..*|[^@]*@[\w-]+\.[\w.-]+(?:[:/]\S*)?"
    r"|@[\w.-]+(?::\d{2,5}(?:/\S*)?|/\S*)"
    r"|\d{4}-\d\d-\d\d(?:[T _-].*)?|v?\d+(?:\.\d+)+(?:[-+]\w{0,8})?"
)
_NAME_IN_CODE: Final = (
    r"[a-z_$]+\d{0,2}(?:[._-]+[a-z_]*\d{0,2})*(?:[._-]\d{1,6})?"  # words and small numbers
    r"|[\w.-]*\benv(?:iron)?\b.*|[\w./~-]*/[\w.-]+\.[a-z]{1,5}"
)
_NO_PASSWORD: Final = rf"(?is)\A(?:{_ADDRESS_OR_DATE})\z"
_NO_SECRET: Final = rf"(?is)\A(?:{_ADDRESS_OR_DATE}|{_NAME_IN_CODE})\z"
_LETTER: Final = re.compile("[A-Za-z]")
_DIGIT: Final = re.compile("[0-9]")
_SIGN: Final = re.compile(r"[0-9#$%^&*!@+?=~](?=.)|[0-9#$%^&]")
_HEADER_FIELDS: Final = frozenset({"alg", "enc", "typ", "kid", "cty", "jku", "x5c"})
_FEWEST_CHARACTERS: Final = 8
_FEWEST_IN_PASSWORD: Final = 6
_LONGEST_HEADER: Final = 4096


def entropy(value: str) -> float:
    """Return Shannon's entropy of the characters, in bits per character.

    >>> entropy("aaaa"), entropy("abab"), entropy("abcd")
    (0.0, 1.0, 2.0)
    """
    counts = [*map(value.count, set(value))]
    return math.log2(len(value)) - math.fsum(map(operator.mul, counts, map(math.log2, counts))) / (
        len(value)
    )


def is_placeholder(value: str) -> bool:
    """Tell whether a value stands for another one, as in documentation.

    >>> [is_placeholder(each) for each in ("changeme", "<password>", "${TOKEN}", "hunter2")]
    [True, True, True, False]
    """
    return _is(_PLACEHOLDER, value)


def _is(expression: str, value: str) -> bool:
    return _compiled(expression).search(value.encode("utf-8", "replace")) is not None


@cache
def _compiled(expression: str) -> Any:
    """Return an expression for RE2: values come from replies, so they may be made to be slow."""
    return re2.compile(expression, options(1 << 24))


def is_password(value: str) -> bool:
    """Tell whether a value that a password's name was given may be one.

    It has a letter and a digit or a sign, so that "required" and "8-16" are left alone.
    """
    return (
        len(value) >= _FEWEST_IN_PASSWORD
        and _LETTER.search(value) is not None
        and _SIGN.search(value) is not None
        and "(" not in value[:-1]
        and not value.startswith(("/", "./", "~/"))
        and not is_placeholder(value)
        and not _is(_NO_PASSWORD, value)
    )


def is_secret(value: str, least: float, fewest: int = _FEWEST_CHARACTERS) -> bool:
    """Tell whether a value looks as if it were drawn at random, with `least` bits a character."""
    return (
        len(value) >= fewest
        and _LETTER.search(value) is not None
        and _DIGIT.search(value) is not None
        and len(set(value)) >= 2**least
        and not is_placeholder(value)
        and not _is(_NO_SECRET, value)
        and entropy(value) >= least
    )


def is_token(value: str) -> bool:
    """Tell whether what stands in an `Authorization` field is a token, not a word about one."""
    return is_secret(value, 2.5) or (
        value.lower() != value != value.upper()
        and entropy(value) >= 2.75  # noqa: PLR2004 - bits; words in title case have less
        and not is_placeholder(value)
        and not value.istitle()
    )


def is_jwt(value: str) -> bool:
    """Tell whether the first part of a value is the header of a JSON Web Token."""
    header = value.partition(".")[0][:_LONGEST_HEADER]
    try:
        fields = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(fields, dict) and not _HEADER_FIELDS.isdisjoint(fields)


def is_encoded(value: str) -> bool:
    """Tell whether a value of a Kubernetes secret is base64 of a text or of random bytes."""
    try:
        decoded = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return False
    is_text = decoded.isascii() and decoded.decode("ascii", "replace").isprintable()
    return not is_placeholder(value) and (is_text or is_secret(value, 3.0, 16))
