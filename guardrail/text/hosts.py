r"""Which host an address leads to, read as a browser reads it.

Where readers differ, the answer is that nobody can tell: an address is trusted only when its host
is certain. So `https://good.example@evil.net`, `https:\\evil.net`, `good.example%2Eevil.net` and
look-alike letters never pass for `good.example`.
"""

# ruff: noqa: RUF001 - the full stops of other scripts divide hosts too
from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

UNCERTAIN: Final = ""
"""The host of an address that leads somewhere, but nobody can say where."""

LONGEST_ADDRESS: Final = 1024
"""As many characters of an address are read as it takes to find its host."""

_LONGEST_HOST: Final = 253
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):(.*)", re.DOTALL)
_WEB: Final = frozenset({"http", "https", "ftp", "ws", "wss"})
_CODE: Final = frozenset({"javascript", "vbscript", "data"})
_SLASHES: Final = "/\\"
_TWO_SLASHES: Final = re.compile(r"[/\\]{2}")
_BLANKS: Final = "".join(map(chr, range(0x21)))
_DROPPED: Final = re.compile(r"[\t\n\r]")
_AUTHORITY_END: Final = re.compile(r"[/?#\\]")
_LATER_END: Final = re.compile(r"[/?#]")
_BRACKETS: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d*)?")
_OPEN_END: Final = re.compile(r"[^\w\-.:%@\u0300-\u036f。．｡]|[。．｡](?![0-9A-Za-z])")
_GOES_ON: Final = re.compile(r"@|\.[^\W_]")
_NUMERIC: Final = re.compile(r"(?:.*\.)?\d+\Z")


def host_of(address: str, *, is_bare: bool = False) -> str | None:
    """Return the host of an address in its normal form.

    None if the address stays where it is (`/help`, `#top`) or has no host (`mailto:`); the empty
    text if it leads somewhere uncertain or carries code itself. `is_bare` is for an address in
    running text, which may be followed by quotes, brackets and stops.

    >>> host_of("HTTPS://good.example@Evil.NET.:443/a"), host_of("//bücher.example")
    ('evil.net', 'xn--bcher-kva.example')
    >>> host_of("docs/index.html"), host_of("javascript:alert(1)")
    (None, '')
    """
    address = _DROPPED.sub("", address[:LONGEST_ADDRESS]).strip(_BLANKS)
    found = _SCHEME.match(address)
    scheme, rest = (found[1].lower(), found[2]) if found else ("", address)
    if scheme in _CODE:
        return UNCERTAIN
    if scheme not in _WEB and not _TWO_SLASHES.match(rest):
        return None
    if not any(map(str.isalnum, rest)):
        return None
    is_of_web = not scheme or scheme in _WEB  # browsers skip any number of slashes there
    rest = rest.lstrip(_SLASHES) if is_of_web else rest[2:]
    return _host(rest, is_bare=is_bare)


def is_within(host: str, allowed: frozenset[str]) -> bool:
    """Tell whether `host` is one of `allowed`, or a name below one of them.

    >>> is_within("a.good.example", frozenset({"good.example"}))
    True
    >>> is_within("notgood.example", frozenset({"good.example"}))
    False
    """
    if host in allowed:
        return True
    if not host or _NUMERIC.match(host):
        return False
    return any(host[at + 1 :] in allowed for at, char in enumerate(host) if char == ".")


def _host(rest: str, *, is_bare: bool) -> str:
    """Return the host at the start of what follows the slashes."""
    end = _AUTHORITY_END.search(rest)
    authority = rest[: end.start()] if end else rest
    if len(authority) + len("https://") >= LONGEST_ADDRESS:
        return UNCERTAIN
    if end and end[0] == "\\" and "@" in _LATER_END.split(rest, maxsplit=1)[0]:
        return UNCERTAIN  # browsers end the host at the back slash, others do not
    if is_bare and not authority.startswith("["):
        stop = _OPEN_END.search(authority)
        if stop and not _GOES_ON.search(authority, stop.start()):
            authority = authority[: stop.start()]
        authority = authority.rstrip(".:_-")
    host = authority.rpartition("@")[2]
    if brackets := _BRACKETS.match(host):
        is_whole = is_bare or brackets.end() == len(host)
        return _ip(brackets[1]) if is_whole else UNCERTAIN
    host, _, port = host.partition(":")
    return _normal(unquote(host)) if not port or port.isdecimal() else UNCERTAIN


def _ip(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return UNCERTAIN


def _normal(host: str) -> str:
    """Return a host in lower case and ASCII, or that it is none."""
    host = unicodedata.normalize("NFKC", host).replace("。", ".").lower().removesuffix(".")
    labels = [_label(label) for label in host.split(".")]
    return ".".join(labels) if all(labels) and len(host) <= _LONGEST_HOST else UNCERTAIN


def _label(label: str) -> str:
    if not all(c.isalnum() or c in "-_" or unicodedata.category(c)[0] == "M" for c in label):
        return UNCERTAIN
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
