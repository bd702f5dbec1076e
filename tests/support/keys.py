"""Keys, tokens and passwords, made from seeds while tests run: none stands in a file."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from functools import cache
from random import Random

import regex

from guardrail.text.parser import parse_leniently
from guardrail.text.syntax import CharSet, Choice, Group, Literal, Node, Repeat, Sequence

URL_SAFE = string.ascii_letters + string.digits + "-_"
PLAIN = "".join(map(chr, range(0x20, 0x7F))) + "\n"


@cache
def _tree(source: str) -> Node:
    return parse_leniently(source, "")


@cache
def _members(source: str) -> str:
    return "".join(regex.findall(source, PLAIN))


Case = Callable[[str], str]


def grown(source: str, dice: Random, case: Case = str) -> str:
    """A random match of a pattern, or nearly one: anchors are not seen to.

    `case` is applied to what is random in it, and not to what always stands there.
    """
    return _grown(_tree(source), dice, case)


def _grown(node: Node, dice: Random, case: Case) -> str:
    match node:
        case Literal(char=char):
            return char
        case CharSet(source=source):
            return case(dice.choice(_members(source)))
        case Repeat(body=body, low=low, high=high):
            most = low + 8 if high is None else high
            return "".join(_grown(body, dice, case) for _ in range(dice.randint(low, most)))
        case Sequence(items=items):
            return "".join(_grown(item, dice, case) for item in items)
        case Choice(items=items):
            return _grown(dice.choice(items), dice, case)
        case Group(body=body):
            return _grown(body, dice, case)
        case _:
            return ""


def letters(dice: Random, count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(dice.choices(alphabet, k=count))


def _json64(**fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def jwt(dice: Random) -> str:
    header = _json64(alg=dice.choice(("HS256", "RS256", "ES384")), typ="JWT")
    payload = _json64(sub=letters(dice, 12), iat=dice.randint(10**9, 2 * 10**9))
    return f"{header}.{payload}.{letters(dice, dice.choice((43, 86)), URL_SAFE)}"


def encoded_jwt(dice: Random) -> str:
    return base64.b64encode(jwt(dice).encode()).decode()


def sentry_org_token(dice: Random) -> str:
    fields = {"iat": dice.random() * 10**9, "url": "https://s.test", "region_url": "https://u.test"}
    body = base64.b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()
    return f"sntrys_{body}_{letters(dice, 43)}"


def private_key(dice: Random) -> str:
    kind = dice.choice(("", "RSA ", "EC ", "OPENSSH ", "DSA ", "ENCRYPTED "))
    lines = [letters(dice, 64) for _ in range(dice.randint(2, 9))]
    body = "\n".join([*lines, letters(dice, 22) + "=="])
    key = f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"
    return key.replace("\n", "\\n") if dice.random() < 0.3 else key


def pgp_key(dice: Random) -> str:
    body = "\n".join(letters(dice, 64) for _ in range(dice.randint(2, 9)))
    label = "PGP PRIVATE KEY BLOCK-----"
    return f"-----BEGIN {label}\nVersion: GnuPG v2\n\n{body}\n=aB3d\n-----END {label}"


def kubernetes(dice: Random) -> str:
    value = dice.choice((letters(dice, 24), f"db-{letters(dice, 5)}-pass-{dice.randint(0, 99)}"))
    encoded = base64.b64encode(value.encode()).decode()
    return f"kind: Secret\nmetadata:\n  name: db\ndata:\n  password: {encoded}\n"


def curl_user(dice: Random) -> str:
    option = dice.choice(("-u ", "--user ", '-u "', "-u '"))
    quote = option[-1].strip()
    return f"curl -s {option}bob:{letters(dice, 10)}{quote} https://api.test/v1"


WRITTEN = {
    "jwt": jwt,
    "jwt-base64": encoded_jwt,
    "sentry-org-token": sentry_org_token,
    "private-key": private_key,
    "kubernetes-secret-yaml": kubernetes,
    "curl-auth-user": curl_user,
}
"""Secrets with a structure that no pattern says; the others are grown from patterns."""
