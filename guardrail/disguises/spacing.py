"""Letters apart from each other, and blanks and dashes that are other characters.

Sources: general categories Zs and Pd (UAX #44); "spaced letters" and "separators" of red-teaming
tools (PyRIT's CharSwap and InsertPunctuation converters, promptfoo).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Final

from guardrail.disguises.base import BUILT_IN, Apply, Disguise, Kind, letters, mapped

FAMILY: Final = "spacing"
_SPACES: Final = (
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"
_BLANKED: Final[frozenset[Kind]] = frozenset({"phrase", "phone", "card", "iban"})
_DASHED: Final[frozenset[Kind]] = frozenset({"pattern", "phone", "card", "key"})


_STARTS: Final = re.compile(r"(\n*^(?:(?:[-+*]|\d+\.) )?|\n)", re.MULTILINE)


def apart(text: str, by: str, gap: str) -> str:
    """Put `by` between the letters of each word, and `gap` between words.

    >>> apart("kill switch", ".", " ")
    'k.i.l.l s.w.i.t.c.h'
    """
    return gap.join(by.join(letters(word)) for word in text.split(" "))


def _on_lines(apply: Apply) -> Apply:
    """Apply to each line, without the mark of an item before it."""
    return lambda text, dice: "".join(
        part if at % 2 else apply(part, dice) for at, part in enumerate(_STARTS.split(text))
    )


def _by(separator: str, *gaps: str) -> Apply:
    return _on_lines(lambda text, dice: apart(text, separator, dice.choice(gaps)))


def _oddly(text: str, dice: Random) -> str:
    separator = dice.choice(_SPACES)
    return apart(text, separator, separator * 3)


def _dashed(text: str, dice: Random) -> str:
    return apart(text, dice.choice(_DASHES), " ")


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    yield Disguise("spaced", FAMILY, _by(" ", "   ", "  "), BUILT_IN)
    yield Disguise("dotted", FAMILY, _by(".", " "), BUILT_IN)
    yield Disguise("dashed", FAMILY, _by("-", " "), BUILT_IN)
    yield Disguise("spaced_oddly", FAMILY, _on_lines(_oddly), BUILT_IN)
    yield Disguise("dashed_oddly", FAMILY, _on_lines(_dashed), BUILT_IN)
    yield Disguise("odd_spaces", FAMILY, mapped({" ": _SPACES}), _BLANKED)
    yield Disguise("odd_dashes", FAMILY, mapped({"-": _DASHES}), _DASHED)
