"""Other spellings that a reader says aloud to himself: leet, defanged addresses, number words.

Sources: the leet alphabets of TextAttack and PyRIT's LeetspeakConverter; "defanging" as analysts
of threats write indicators (RFC 9424, section 3.2, and common practice).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from guardrail.disguises.base import WORDS, Apply, Disguise, Kind, mapped, outside

FAMILY: Final = "respelled"
_LIGHT: Final[dict[str, Sequence[str]]] = {"a": "4", "e": "3", "i": "1", "o": "0"}
_HEAVY: Final[dict[str, Sequence[str]]] = {
    "a": ("4", "@"), "b": ("8",), "c": ("(",), "e": ("3",), "g": ("9", "6"), "h": ("|-|",),
    "i": ("1", "!"), "k": ("|<",), "l": ("1", "|"), "o": ("0", "()"), "s": ("5", "$"),
    "t": ("7", "+"), "v": ("\\/",), "z": ("2",),
}  # fmt: skip
_NAMES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TIMES: Final = {2: "double", 3: "triple"}
_RUN: Final = re.compile(r"\(?\d(?:[\d ()./+-]*\d)?")
_ADDRESSED: Final[frozenset[Kind]] = frozenset({"email", "pattern"})
_LISTED: Final[frozenset[Kind]] = frozenset({"phone", "card", "iban"})


def _defanged(at: str, dot: str) -> Apply:
    return lambda text, _: text.replace("@", at).replace(".", dot)


def _hxxp(text: str, dice: Random) -> str:
    """Write the link to a host as analysts do; an address is none."""
    if "@" in text or "." not in text:
        return text
    return dice.choice(("hxxp://", "hxxps://", "hxxps[:]//")) + text.replace(".", "[.]")


def spoken(digits: str, dice: Random, *, is_counting: bool) -> str:
    """Say digits one by one; equal ones in a row may be counted.

    >>> spoken("4115", Random(0), is_counting=True)
    'four double one five'
    """
    zero = dice.choice(("zero", "oh"))
    said = []
    for run in re.finditer(r"(\d)\1{0,2}", digits):
        name, times = zero if run[1] == "0" else _NAMES[int(run[1])], len(run[0])
        said += [f"{_TIMES[times]} {name}"] if is_counting and times > 1 else [name] * times
    return " ".join(said)


def _number_words(*, is_counting: bool) -> Apply:
    def apply(text: str, dice: Random) -> str:
        def say(found: re.Match[str]) -> str:
            words = spoken(re.sub(r"\D", "", found[0]), dice, is_counting=is_counting)
            before, after = text[: found.start()][-1:], text[found.end() :][:1]
            return f"{' ' * before.isalpha()}{words}{' ' * after.isalpha()}"

        return _RUN.sub(say, text)

    return apply


def disguises() -> Iterator[Disguise]:
    """Yield the disguises of this family."""
    for name, table in (("leet_light", _LIGHT), ("leet_heavy", _HEAVY)):
        both = table | {char.upper(): forms for char, forms in table.items()}
        yield Disguise(name, FAMILY, mapped(both), WORDS, is_reading=True)
    brackets = _defanged("[at]", "[.]")
    yield Disguise("defanged_brackets", FAMILY, outside(brackets), _ADDRESSED, is_reading=True)
    parens = _defanged("(at)", "(dot)")
    yield Disguise("defanged_parentheses", FAMILY, outside(parens), _ADDRESSED, is_reading=True)
    words = _defanged(" at ", " dot ")
    yield Disguise("defanged_words", FAMILY, outside(words), _ADDRESSED, is_reading=True)
    yield Disguise("defanged_link", FAMILY, outside(_hxxp), frozenset({"pattern"}), is_reading=True)
    plain, counted = _number_words(is_counting=False), _number_words(is_counting=True)
    yield Disguise("number_words", FAMILY, outside(plain), _LISTED, is_reading=True)
    yield Disguise("number_words_counted", FAMILY, outside(counted), _LISTED, is_reading=True)
