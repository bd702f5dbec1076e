"""The views in which addresses are written as such: `ann[at]example[.]org`, `ann at x dot com`.

Signs in brackets, and *at* and *dot* in brackets, become the signs. Bare words do so in a whole
address only: a name, *at*, a host, *dot*, and an ending; a host alone needs a known ending. So
"meet me at the dot" stays, and so does "see us at example.com", where only *at* could be a sign.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from guardrail.text.view import Edits, View

MOST_SIGNS: Final = 1 << 14
"""How many signs in brackets a view writes out; more of them are an error."""

MOST_WORDS: Final = 1 << 10
"""How often a word that may be a sign is looked at; more of them are an error."""

_ENDINGS: Final = (
    "com|org|net|edu|gov|io|co|info|biz|dev|app|ai|tv|uk|de|fr|es|nl|ch|eu|ru|cn|jp|br|au|ca"
    "|se|dk|cz|pt|gr|nz|za|mx|kr|xyz|online|test"
)
_NO_HOSTS: Final = "a|an|at|the|this|that|of|in|on|and|or|dot|dash|is|was"
_AT: Final = "at|arroba|klammeraffe|chiocciola|arobase"
_DOT: Final = "dot|d0t|punkt|punto|ponto"
_WIDEST_GAP: Final = 2
_VERBS: Final = (
    "works?|worked|working|lives?|lived|living|looks?|looked|looking|points?|pointed|pointing"
    "|find|found|see|seen|is|are|was|were|be|been|it|us|me|him|them|you|meet|met|stays?|stayed"
    "|arrives?|arrived|hosted|available|based|located|aimed|hosts?|visit|sold|made|served"
    "|starts?|started|begins?|site|page|only|or|and|here|there|out|up|even|still|now"
)
"""Words before *at* that are no names, where a host may follow: *he works at*."""

_LONGEST_BEFORE: Final = 96
"""So far before a word that may be a sign its address may begin."""

_MOST_STARTS: Final = 8
"""So many words before it are tried as the first one of the address."""

_BRACKETED: Final = (
    r"[\[({<|](?<=[0-9A-Za-z_ ].)(?:(?P<sign>[-.@:/+_])|[ ]?(?i:(?P<at>@|"
    + _AT
    + r")|(?P<dot>\.|"
    + _DOT
    + r")|(?P<dash>-|dash|hyphen)|(?P<a>a))[ ]?)[\])}>|][ ]{0,2}(?=[0-9A-Za-z/])"
)
_HOST_FOLLOWS: Final = r"[0-9A-Za-z-]{1,63}[ ]{0,2}(?:[.\[({<|]|(?i:dot)\b)"
_SCHEME: Final = (
    r"h(?<![A-Za-z0-9].)(?:(?:xx|XX|\*\*|__)p(?P<secure>[sS]?)"
    r"(?:\[://\]|:\[//\]|\[?:\]?//)|ttp(?P<still>s?)(?:\[://\]|:\[//\]|\[:\]//))(?=[^\s/])"
)
_GAP: Final = r"(?:\s{1,3}|[-_*~]{1,2})"
_AT_WORD: Final = rf"{_GAP}(?i:{_AT}){_GAP}"
_DOT_WORD: Final = rf"{_GAP}(?i:{_DOT}){_GAP}"
_NAME: Final = r"[A-Za-z0-9+]++(?:[-._][A-Za-z0-9+]++){0,4}?"
_LABEL: Final = r"[A-Za-z0-9]++(?:-[A-Za-z0-9]++){0,4}?"
_NAMES: Final = rf"{_NAME}(?:{_DOT_WORD}{_NAME}){{0,3}}?"
_TOP: Final = r"[A-Za-z]{2,24}(?![A-Za-z0-9])"
_CERTAIN_NAME: Final = r"[A-Za-z][A-Za-z0-9]*+(?:[._+][A-Za-z0-9]++){1,4}"
_HOST: Final = rf"{_LABEL}(?:(?:{_DOT_WORD}|\.){_LABEL}){{0,4}}(?:{_DOT_WORD}|\.){_TOP}"
_ADDRESS: Final = (
    rf"{_NAMES}(?:\s{{1,3}}AT\s{{1,3}}){_HOST}"
    rf"|{_CERTAIN_NAME}{_AT_WORD}{_HOST}"
    rf"|(?!(?i:{_VERBS}){_GAP}at\b){_NAMES}(?:{_AT_WORD}|\s?@\s?){_LABEL}(?:(?:{_DOT_WORD}|\s?\.\s?){_LABEL}){{0,4}}"
    rf"(?:{_DOT_WORD}|\s\.\s){_TOP}"
    rf"|{_NAME}(?:{_DOT_WORD}{_NAME}){{1,3}}\s?@\s?{_HOST}"
    rf"|(?!(?i:{_NO_HOSTS})\b){_LABEL}(?:{_DOT_WORD}{_LABEL}){{0,3}}{_DOT_WORD}"
    rf"(?i:{_ENDINGS})(?![A-Za-z0-9])"
)
_MAY_BE_SIGN: Final = (
    rf"{_DOT_WORD}(?=[A-Za-z0-9])|\sAT\s|\s@\s(?=[A-Za-z0-9])"
    rf"|[._+][A-Za-z0-9]++{_AT_WORD}[A-Za-z0-9-]++(?:\.(?=[A-Za-z])|{_DOT_WORD})"
)


def unbracketed(text: str) -> View | None:
    """Return the text with signs in brackets written out; None if there are none.

    >>> unbracketed("ann (at) example [dot] org, hxxps://a[.]b").text
    'ann@example.org, https://a.b'
    >>> unbracketed("Meet me (at noon); see (a) first.") is None
    True
    """
    edits = Edits("unbracketed", text)
    for count, found in enumerate(_bracketed().finditer(text), 1):
        if count > MOST_SIGNS:
            edits.is_over = True
            break
        start, form = found.start(), _sign(text, found)
        if form and not found["scheme"]:
            while start and text[start - 1] == " " and found.start() - start < _WIDEST_GAP:
                start -= 1
            if not text[max(0, start - 1) : start].isalnum():
                continue
        if form:
            edits.replace(start, found.end(), form)
    return edits.view()


def refanged(text: str) -> View | None:
    """Return the text with the words in its addresses written as signs; None if there are none.

    >>> refanged("bob at x dot com, ann AT example DOT org").text
    'bob@x.com, ann@example.org'
    >>> refanged("Meet me at the dot, or at example.com.") is None
    True
    """
    edits = Edits("refanged", text)
    done = 0
    for count, found in enumerate(_may_be_signs().finditer(text), 1):
        if count > MOST_WORDS:
            edits.is_over = True
            break
        if found.end() <= done or not text[found.start() - 1].isalnum():
            continue
        before = max(done, found.start() - _LONGEST_BEFORE)
        starts = [start.start() for start in _starts().finditer(text, before, found.end())]
        for start in starts[-_MOST_STARTS:]:
            address = _addresses().match(text, start)
            if address and address.end() > found.start():
                _write_out(edits, text, address)
                done = address.end()
                break
    return edits.view()


def asks_for_brackets() -> str:
    """Return an RE2 expression that occurs wherever `unbracketed` shows something."""
    return (
        r"h(?:xx|XX|\*\*|__)p[sS]?[:\[]|https?(?:\[:|\[/|:\[)"
        rf"|[0-9A-Za-z_] {{0,2}}[\[({{<|](?:[.@:/+_-]| ?(?i:{_AT}|{_DOT}|dash|hyphen|[a@.-]) ?)"
        r"[\])}>|] {0,2}[0-9A-Za-z/]"
    )


def asks_for_words() -> str:
    """Return an RE2 expression that occurs wherever `refanged` shows something."""
    return (
        rf"[A-Za-z0-9]{_GAP}(?i:{_DOT}){_GAP}[A-Za-z0-9]|[A-Za-z0-9]\sAT\s|[A-Za-z0-9]\s@\s"
        rf"|[A-Za-z0-9][._+][A-Za-z0-9]+{_GAP}(?i:{_AT}){_GAP}[A-Za-z0-9-]+(?:\.|{_GAP})[A-Za-z]"
    )


def begins_in_brackets() -> str:
    """Return an RE2 expression in a match of which each sign in brackets lies, with what decides.

    That is the name of a host behind it, or its ending.
    """
    host = r"[0-9A-Za-z-]{0,63} {0,2}(?:(?i:dot)|(?s:.))(?s:.)"
    return rf"(?:{asks_for_brackets()})(?:{host}|[\[\]:/]{{0,6}}(?s:.))"


def begins_in_words() -> str:
    """Return an RE2 expression of an address from its first sign on that is not one already."""
    first = rf"(?:{_GAP}(?i:{_AT}|{_DOT}){_GAP}|\s{{1,3}}AT\s{{1,3}}|\s@\s?|@\s)"
    sign = rf"(?:{_GAP}(?i:{_AT}|{_DOT}){_GAP}|\s{{0,3}}[@.]\s{{0,3}})"
    name = r"[A-Za-z0-9][A-Za-z0-9+._-]*"
    return rf"[A-Za-z0-9+]{first}(?:{name}{sign}){{0,10}}{name}"


def _sign(text: str, found: re.Match[str]) -> str | None:
    """Return the sign that something in brackets stands for."""
    if found["scheme"]:
        return "https://" if found["secure"] or found["still"] else "http://"
    is_apart = " " in (text[found.start() - 1], text[found.end() - 1])
    if sign := found["sign"]:
        if not is_apart:
            return sign
        follows = {".": _ending_follows(), "@": _host_follows()}.get(sign)
        return sign if follows and follows.match(text, found.end()) else None
    if found["dash"]:
        return "-"
    if found["dot"]:
        return "."
    if found["a"] and is_apart:
        return None
    return "@" if _host_follows().match(text, found.end()) else None


def _write_out(edits: Edits, text: str, address: re.Match[str]) -> None:
    for sign in _signs().finditer(text, *address.span()):
        edits.replace(sign.start(), sign.end(), "@" if sign["at"] else ".")


@functools.cache
def _bracketed() -> re.Pattern[str]:
    return re.compile(f"{_BRACKETED}|(?P<scheme>{_SCHEME})")


@functools.cache
def _host_follows() -> re.Pattern[str]:
    return re.compile(_HOST_FOLLOWS)


@functools.cache
def _ending_follows() -> re.Pattern[str]:
    return re.compile(rf"(?i:{_ENDINGS})(?![0-9A-Za-z])")


@functools.cache
def _may_be_signs() -> re.Pattern[str]:
    return re.compile(_MAY_BE_SIGN)


@functools.cache
def _starts() -> re.Pattern[str]:
    return re.compile(r"(?<![A-Za-z0-9+])(?<![A-Za-z0-9][.-])(?=[A-Za-z0-9])")


@functools.cache
def _addresses() -> re.Pattern[str]:
    return re.compile(_ADDRESS)


@functools.cache
def _signs() -> re.Pattern[str]:
    return re.compile(rf"(?P<at>{_AT_WORD}|\s@\s?|@\s)|{_DOT_WORD}|\s\.\s?|\.\s")
