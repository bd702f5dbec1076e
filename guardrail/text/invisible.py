"""The view without what nobody sees: joiners, fillers, variation selectors, tags, bidi controls.

Terminals show nothing of an escape sequence, so that all of it is left out (ECMA-48).

What is *ignorable* is Unicode's `Default_Ignorable_Code_Point` and the marks of interlinear
annotation. What is *invisible* is that, the blank Braille pattern, and control characters that are
no white space. Persian and emoji need their joiners, so only the view loses them, never the reply.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Final

import regex

from guardrail.text.blanks import ODD_BLANKS, ODD_DASHES
from guardrail.text.limits import LARGE
from guardrail.text.view import (
    View,
    edited,
    occurring_in,
    placed_later,
    places_of_edits,
    replaced,
    too_much,
)
from guardrail.text.widen import character_class, ranges

LONGEST_RUN: Final = 256
"""How many invisible characters in a row a view looks through; more of them are an error."""

_BLOCKS: Final = (
    *(range(0x300), range(0x340, 0x360), range(0x600, 0x620), range(0x1100, 0x1200)),
    *(range(0x1700, 0x1900), range(0x2000, 0x2100), range(0x2800, 0x2801), range(0x3100, 0x3200)),
    *(range(0xFE00, 0x10000), range(0x1BC00, 0x1BD00), range(0x1D100, 0x1D200)),
    range(0xE0000, 0xE1000),
)
"""Where invisible characters stand."""

_IGNORABLE: Final = r"[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]"
_BLANK, _SIGNS = "\u2800", "\u2801-\u283f"
"""The blank of Braille, and its other signs."""

ESCAPE: Final = "\x1b"
_SEQUENCE: Final = (
    rf"{ESCAPE}(?:\[[0-?]{{0,32}}[ -/]{{0,2}}[@-~]|\][^\x00-\x1f]{{0,256}}(?:\x07|{ESCAPE}\\))"
)
"""A sequence with parameters, and one with a text, such as the address of a link."""

_SEPARATORS: Final = " \t!#$%&*+,-./:;=?@\\^_`|~" + "".join((*ODD_BLANKS, *ODD_DASHES))
"""Signs that stand between letters which are pulled apart."""

_BESIDE: Final = r"(?!\s)[\p{Cc}\u2800]"


def seen(text: str) -> View | None:
    r"""Return the text without what is invisible; None if all of it is visible.

    >>> seen("in\u200bvis\u00adible").text, seen("plain")
    ('invisible', None)

    The blank of Braille stays where it stands beside Braille: there it parts words.

    >>> seen("a\u2800b").text, seen("\u2813\u280a\u2800\u2813\u280a")
    ('ab', None)
    """
    is_over = has_long_run(text)
    if is_over and len(text) > LARGE:
        return too_much("visible")
    is_single = _BLANK not in text and ESCAPE not in text
    shown = _less(text) if is_single else "".join(_runs().split(text))
    if len(shown) == len(text):
        return None

    def places() -> tuple[Sequence[int], ...]:
        starts, ends = zip(*(found.span() for found in _runs().finditer(text)), strict=True)
        return places_of_edits(starts, ends, [0] * len(starts))

    return placed_later("visible", shown, places, is_over=is_over)


def asks_for_invisible() -> str:
    """Return an RE2 expression that occurs wherever `seen` leaves something out."""
    sequence = r"\x{1B}(?:\[[0-?]*[ -/]*[@-~]?|\][^\x00-\x1f]*(?:\x{7}|\x{1B}\\?)?)"
    return f"{character_class(invisible())}|{sequence}"


def unfilled(text: str) -> View | None:
    r"""Return the text without fillers that stand for a letter, with one of the signs beside them.

    Whoever puts a sign between all letters puts two around a filler. None if there are none.

    >>> unfilled("b.o.\u3164.m.b").text, unfilled("b.o\u3164.m.b")
    ('b.o.m.b', None)
    """
    found = [*_filled().finditer(text)]
    starts, ends = [each.start() + 1 for each in found], [each.end() for each in found]
    return edited("unfilled", text, starts, ends, [""] * len(found))


def asks_for_fillers() -> str:
    """Return an RE2 expression that occurs wherever `unfilled` shows something."""
    return f"{character_class(_fillers())}{character_class(_SEPARATORS)}"


def begins_with_fillers() -> str:
    """Return an RE2 expression in a match of which each filler lies that `unfilled` leaves out."""
    sign, filler = character_class(_SEPARATORS), character_class(_fillers())
    return f"{sign}(?:{filler}+{sign})+"


def _fillers() -> list[str]:
    """Return the invisible characters that are letters, such as those of Hangul."""
    return sorted(filter(str.isalnum, invisible()))


@functools.cache
def _filled() -> re.Pattern[str]:
    listed = "".join(map(re.escape, _SEPARATORS))
    return re.compile(f"(?P<sign>[{listed}])(?:[{''.join(_fillers())}]++(?P=sign))++")


def _less(text: str) -> str:
    """Return a text without what is invisible wherever it stands, one character after the other."""
    return replaced(text, dict.fromkeys(occurring_in(_nothing, text), ""))


@functools.cache
def _nothing() -> Mapping[str, str]:
    return dict.fromkeys(invisible(), "")


def has_long_run(text: str) -> bool:
    """Whether more invisible characters are in a row than a view looks through.

    Such a row has one at a place of every so many, so that only those are looked at.
    """
    if _BLANK in text:
        return _too_long().search(text) is not None
    for at in range(LONGEST_RUN, len(text), LONGEST_RUN + 1):
        if text[at] not in invisible():
            continue
        before = _row().match(text[at - LONGEST_RUN : at][::-1])
        after = _row().match(text, at)
        if before and after and before.end() + after.end() - at > LONGEST_RUN:
            return True
    return False


@functools.cache
def _row() -> re.Pattern[str]:
    return re.compile(f"[{_others()}]{{0,{LONGEST_RUN + 1}}}+")


@functools.cache
def invisible() -> frozenset[str]:
    r"""Return the invisible characters.

    >>> "\u200d" in invisible(), " " in invisible()
    (True, False)
    """
    return ignorable() | _members(_BESIDE)


@functools.cache
def ignorable() -> frozenset[str]:
    r"""Return the characters that Unicode says are not shown, and marks of annotation.

    >>> "\u200d" in ignorable(), "\u2800" in ignorable()
    (True, False)
    """
    return _members(_IGNORABLE)


def _members(expression: str) -> frozenset[str]:
    candidates = "".join(chr(code) for block in _BLOCKS for code in block)
    return frozenset(regex.findall(expression, candidates, regex.V0))


@functools.cache
def _runs() -> re.Pattern[str]:
    """Return a pattern for a run; it begins with a class, which `re` looks for quickly."""
    return re.compile(f"{_SEQUENCE}|{_first()}(?:(?!{_SEQUENCE})[{_others()}]|{_any()})*+")


@functools.cache
def _too_long() -> re.Pattern[str]:
    return re.compile(f"{_first()}{_any()}{{{LONGEST_RUN}}}")


def _first() -> str:
    return rf"[{_others()}{_BLANK}](?:(?<!{_BLANK})|(?<![{_SIGNS}]{_BLANK})(?![{_SIGNS}]))"


def _any() -> str:
    return f"(?:[{_others()}]|(?<![{_SIGNS}]){_BLANK}(?![{_SIGNS}]))"


def _others() -> str:
    others = invisible() - {_BLANK}
    return "".join(f"{re.escape(a)}-{re.escape(b)}" for a, b in ranges(others))
