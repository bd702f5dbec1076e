r"""The view in which letters that stand for digits are those: `4l5-555-O123`, `4111 llll`.

`O` and `l` are digits only where nothing but digits can stand: in a long run of digits, or in what
is built like an account number. Everywhere else they are letters, so the view is a guess.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import Final

from guardrail.text.places import matches_near
from guardrail.text.view import View

FEWEST: Final = 7
"""So many digits, and letters that stand for them, make a run: the shortest telephone number."""

_LETTERS: Final = {"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1"}
_DIGITS: Final = str.maketrans(_LETTERS)
_SURELY: Final = str.maketrans("ol", "01")
_MOST_UNCLEAR: Final = 8
_LISTED: Final = "".join(_LETTERS)
_ONE: Final = f"[0-9{_LISTED}]"
_BETWEEN: Final = r"[ .()/+-]{0,3}"
_ACCOUNT: Final = r"[A-Z]{2}[0-9OoIl]{2}(?:[ ]?[A-Z0-9ol]{4}){2,7}(?:[ ]?[A-Z0-9ol]{1,4})?"
_ASKS_FOR_RUN: Final = (
    rf"(?:\A|[^0-9A-Za-z]){_ONE}(?:{_BETWEEN}{_ONE}){{5}}"
    r"|\b[A-Z]{2}[0-9OoIl]{2}(?: ?[A-Z0-9ol]{4}){2}"
)


def renumbered(text: str) -> View | None:
    """Return the text with digits for the letters in its numbers; None if there are none.

    >>> renumbered("call 4l5-555-O123 or GB82 WEST l234 5698 7654 32").text
    'call 415-555-0123 or GB82 WEST 1234 5698 7654 32'
    >>> renumbered("to 10 or 20 of all 300, I said 5.") is None
    True
    """
    shown: list[str] = []
    done = 0
    for found in matches_near(text, _ASKS_FOR_RUN, _runs()):
        form = _form(found)
        if form != found[0]:
            shown += (text[done : found.start()], form)
            done = found.end()
    if not shown:
        return None
    return View("digits", "".join((*shown, text[done:])), (), (), (), ())


def asks_for_letter_digits() -> str:
    """Return an RE2 expression that occurs wherever `renumbered` shows something."""
    letter = f"[{_LISTED}]"
    gap = r"[ .()/+-]{0,3}"
    return rf"(?:\A|[^a-z]){letter}{{1,6}}{gap}[0-9]|[0-9]{gap}{letter}{{1,6}}(?:[^a-z]|\z)"


def begins_letter_digits() -> str:
    """Return an RE2 expression in a match of which each number lies that `renumbered` changes."""
    number = f"{_ONE}(?:{_BETWEEN}{_ONE})*"
    return rf"\b(?:{_ACCOUNT}|{number})|_{number}"


def _form(found: re.Match[str]) -> str:
    """Return a number in digits."""
    text = found[0]
    if found.lastgroup == "account":
        return _account(text)
    count = len(_places().findall(text))
    digits = sum(map(str.isdigit, text))
    return text.translate(_DIGITS) if count >= FEWEST and 2 * digits >= FEWEST else text


def _account(text: str) -> str:
    """Return an account number whose check digits are right, or else in a likely reading."""
    text = text.translate(_SURELY)
    unclear = [at for at, char in enumerate(text) if char in "OI" and at > 1]
    if len(unclear) <= _MOST_UNCLEAR:
        for count in range(len(unclear) + 1):
            for chosen in itertools.combinations(unclear, count):
                tried = "".join(
                    char.translate(_DIGITS) if at in chosen else char
                    for at, char in enumerate(text)
                )
                if _is_account(tried.replace(" ", "")):
                    return tried
    return _beside_digits().sub(lambda found: found[0].translate(_DIGITS), text)


def _is_account(text: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616)."""
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


@functools.cache
def _runs() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?P<account>{_ACCOUNT})(?![0-9A-Za-z])"
        rf"|(?<![0-9A-Za-z])(?P<number>{_ONE}(?:{_BETWEEN}{_ONE}){{5,40}})(?![0-9A-Za-z])"
    )


@functools.cache
def _beside_digits() -> re.Pattern[str]:
    return re.compile("(?<=[0-9])[OI]+|[OI]+(?=[0-9])")


@functools.cache
def _places() -> re.Pattern[str]:
    return re.compile(_ONE)
