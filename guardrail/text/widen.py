"""RE2 expressions that match whatever `regex` would match, and perhaps more.

One RE2 scan over all patterns says which of them could match; `regex` then decides. For that the
scan may be too generous, never too strict. So nothing here rests on anybody's Unicode tables,
which differ between `regex`, RE2 and Python: `regex` itself is asked about the 128 ASCII
characters, and a class that can match any character beyond matches all of them, unless `regex`
was asked about every single one, as for digits and white space.
"""

from __future__ import annotations

import array
import functools
import re
import sys
from collections.abc import Iterable
from typing import Final

import regex

from guardrail.text import syntax
from guardrail.text.parser import PatternError, parse_leniently
from guardrail.text.syntax import (
    Anything,
    Assertion,
    CharSet,
    Choice,
    Group,
    Literal,
    Node,
    Repeat,
    Sequence,
)

BEYOND: Final = r"\x{80}-\x{10FFFF}"
"""All characters outside ASCII, as they stand in an RE2 class."""

ASCII: Final = "".join(map(chr, range(0x80)))
_EARLY: Final = 0x2FFF
_LAST_CASED_PLANE: Final = 0x1FFFF
_DOTTED: Final = "Ii\u0130\u0131"
_LISTED: Final = re.compile(
    r"\\[ds]|\[(?!\^|.*\[:)(?:[\x00-\x5b\x5d-\x7f]|\\(?:[ds]|[^A-Za-z0-9\x80-\U0010ffff]))*",
    re.DOTALL,
)
"""A class of ASCII characters, digits and white space, which matches few others."""
_MOST_COPIES: Final = 8
_MOST_NESTED_COPIES: Final = 64


def widened(node: Node) -> str:
    r"""Return an RE2 expression that occurs wherever a match of the tree does.

    Anchors and boundaries are dropped, and counted repeats above 8 have no upper bound: a set of
    many long counted repeats would need gigabytes.

    >>> print(widened(Repeat(0, 6, CharSet(0, 2, r"\w", False), 3, 12, False)))
    [0-9A-Z\x{5F}a-z\x{80}-\x{10FFFF}]{3,}
    """
    return _widened(node, 1)


def widen_foreign(source: str, flags: int) -> str | None:
    r"""Return the same for a pattern of a third party, in the syntax of `re` or `regex`.

    Look-around is dropped, back-references become any text. None when something is not understood
    or the result would match everything: then no scan can say that the pattern finds nothing.

    >>> widen_foreign(r"(?<!\d)(a)\1b{20}", 0)
    '(?:a)(?s:.*)b{8,}'
    >>> widen_foreign(r"\b\L<words>", 0) is None
    True
    """
    known = {"i": 2, "m": 8, "s": 16, "x": 64}
    harmless = 32 | 128  # Unicode is the default, and ASCII classes are smaller
    if flags & ~(sum(known.values()) | harmless):
        return None
    try:
        tree = parse_leniently(source, "".join(f for f, bit in known.items() if flags & bit))
        return widened(tree) if syntax.shortest(tree) else None
    except (PatternError, regex.error):
        return None


def quote(char: str) -> str:
    r"""Return one character as RE2 reads it anywhere, in a class or outside.

    >>> quote("a"), quote("]")
    ('a', '\\x{5D}')
    """
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):X}}}"


def character_class(chars: Iterable[str], *, beyond: bool = False) -> str:
    r"""Return an RE2 class of exactly these characters, with all beyond ASCII if so asked.

    >>> character_class("cabx"), character_class("", beyond=True)
    ('[a-cx]', '[\\x{80}-\\x{10FFFF}]')
    """
    parts = []
    for first, last in ranges(chars):
        parts.append(quote(first) if first == last else f"{quote(first)}-{quote(last)}")
    if beyond:
        parts.append(BEYOND)
    return f"[{''.join(parts)}]" if parts else r"[^\x{0}-\x{10FFFF}]"


@functools.cache
def any_blanks() -> str:
    """Return white space of ASCII, or anything beyond: all blanks by name are most of a set."""
    chars, _ = members(r"\s", fold=False)
    return character_class(filter(str.isascii, chars), beyond=True) + "+"


def ranges(chars: Iterable[str]) -> list[tuple[str, str]]:
    """Return the characters as ranges, both ends included.

    >>> ranges("cab")
    [('a', 'c')]
    """
    found: list[tuple[str, str]] = []
    for char in sorted(set(chars)):
        if found and ord(found[-1][1]) + 1 == ord(char):
            found[-1] = (found[-1][0], char)
        else:
            found.append((char, char))
    return found


@functools.cache
def literal(char: str, *, fold: bool) -> str:
    """Return an RE2 expression for one character, with its other cases under `fold`.

    A lone surrogate cannot be encoded; the scan replaces it by another character beyond ASCII.

    >>> literal("a", fold=True)
    '[Aa]'
    """
    if "\ud800" <= char <= "\udfff":
        return f"[{BEYOND}]"
    if not fold:
        return quote(char)
    cases = other_cases(char)
    return character_class(cases) if len(cases) > 1 else quote(char)


@functools.cache
def other_cases(char: str) -> str:
    """Return every character that `regex` takes for `char` when case does not matter.

    >>> sorted(map(ord, other_cases("i")))
    [73, 105, 304, 305]
    """
    same = regex.compile(regex.escape(char), regex.V0 | regex.I)
    cases = {char, *same.findall(_cased())}
    if not cases.isdisjoint(_DOTTED):  # releases of `regex` differ about these four
        cases.update(_DOTTED)
    return "".join(sorted(cases))


@functools.cache
def _cased() -> str:
    """Every character that has another case, according to `regex`."""
    everything = "".join(map(chr, range(_LAST_CASED_PLANE + 1)))
    return "".join(regex.findall(r"[\p{CWCM}\p{CWCF}]", everything, regex.V0))


@functools.cache
def members(source: str, *, fold: bool) -> tuple[str, bool]:
    r"""Return the characters a class matches, and whether it may match all beyond ASCII.

    A class that is certain to match only few others has exact members. Of any other class they
    are the ASCII ones.

    >>> members(r"[\w]", fold=False)[1], members("[kx]", fold=True) == ("KXkx\u212a", False)
    (True, True)
    """
    compiled = regex.compile(source, regex.V0 | (regex.I if fold else 0))
    if not _LISTED.fullmatch(source):
        beyond = any(compiled.search(_beyond_ascii(last)) for last in (_EARLY, sys.maxunicode))
        return "".join(compiled.findall(ASCII)), beyond
    candidates = ASCII + (_cased() if fold else "")
    candidates += "".join(_all_of(name) for name in (r"\d", r"\s") if name in source)
    found = set(compiled.findall(candidates))
    if fold and not found.isdisjoint(_DOTTED):
        found.update(_DOTTED)
    return "".join(sorted(found)), False


@functools.cache
def _all_of(source: str) -> str:
    """Return all characters of a class beyond ASCII, according to `regex`."""
    return "".join(regex.findall(source, _beyond_ascii(sys.maxunicode), regex.V0))


@functools.cache
def _beyond_ascii(last: int) -> str:
    points = array.array("I", range(0x80, last + 1))
    return points.tobytes().decode(f"utf-32-{sys.byteorder[0]}e", "surrogatepass")


def _widened(node: Node, copies: int) -> str:
    match node:
        case Literal(char=char, fold=fold):
            return literal(char, fold=fold)
        case CharSet(source=source, fold=fold):
            chars, beyond = members(source, fold=fold)
            return character_class(chars, beyond=beyond)
        case Assertion():
            return ""
        case Anything():
            return "(?s:.*)"
        case Sequence(items=items):
            return "".join(_in_sequence(item, copies) for item in items)
        case Choice(items=items):
            return "|".join(_widened(item, copies) for item in items)
        case Group(body=body):
            return f"(?:{_widened(body, copies)})"
        case Repeat():
            return _repeat(node, copies)


def _in_sequence(node: Node, copies: int) -> str:
    text = _widened(node, copies)
    return f"(?:{text})" if isinstance(node, Choice) else text


def _repeat(node: Repeat, copies: int) -> str:
    """Return the repeat, with fewer copies the deeper it stands: RE2 writes each of them out."""
    if node.high == 0:
        return ""
    most = min(_MOST_COPIES, _MOST_NESTED_COPIES // copies) or 1
    is_bounded = node.high is not None and node.high <= most
    low = min(node.low, most)
    high = node.high if is_bounded else None
    body = _widened(node.body, copies * max(low, high or 1))
    if not isinstance(node.body, Literal | CharSet | Group):
        body = f"(?:{body})"
    return body + counts(low, high)


def counts(low: int, high: int | None) -> str:
    """Return the suffix that repeats so often.

    >>> counts(0, None), counts(2, 3), counts(1, 1)
    ('*', '{2,3}', '')
    """
    short = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}
    if (low, high) in short:
        return short[low, high]
    if low == high:
        return f"{{{low}}}"
    return f"{{{low},{'' if high is None else high}}}"
