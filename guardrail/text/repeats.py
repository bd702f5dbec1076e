r"""The view in which short pieces with the same between all of them are in one piece again.

An array of letters, a template, the keys of a map, notes, numbered lines: `["bo", "mb", "er"]`,
`{"0": "bo", "1": "mb"}`, `${"bo"}${"mb"}`, `bo[^1]mb[^2]er`. It does not matter which signs and
words stand between, only that they recur, maybe with other numbers or single letters, and that
nobody writes them between words: a bracket, a quote, a sign of a program or a line break is among
them.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from guardrail.text.limits import most
from guardrail.text.view import View, edited

FEWEST_SEAMS: Final = 1 << 13
OF_SEAMS: Final = 6
"""How many seams the view closes, or one for so many characters; more of them are an error."""

LONGEST_PIECE: Final = 4
"""How many characters a piece between two seams has at most."""

_LETTER: Final = r"0-9A-Za-z_\x{C0}-\x{1FFF}"
_WORD: Final = f"[{_LETTER}]"
_SIGN: Final = f"[^{_LETTER}]"
_QUIET: Final = rf"[^{_LETTER}\n]"
_PIECE: Final = rf"[{_LETTER}@.+() -]{{1,{LONGEST_PIECE}}}"
_LOUD: Final = r"[\"'`\[\]{}<>\\~^$=#&\n\r(*]"
_FIRST: Final = rf"[ ,;:.)]{{0,2}}{_LOUD}{_SIGN}{{0,7}}"
_NEXT: Final = (
    rf"(?:{_WORD}{{1,10}}{_QUIET}{{0,3}}[^{_LETTER}\s]{_QUIET}{{0,4}}|[0-9A-Z]{{1,8}} )"
)
_TAG: Final = rf"[^{_LETTER}\s<]{{0,3}}<[^<>\n]{{1,40}}>(?:\s{{0,9}}<[^<>\n]{{1,40}}>)?"
_SEAM: Final = rf"(?:{_FIRST}(?:{_NEXT}){{0,6}}|{_TAG})"
_END: Final = f"[{_LETTER}@.+)-]"


def unrepeated(text: str) -> View | None:
    r"""Return the text without what recurs between short pieces; None if nothing does.

    >>> unrepeated('{"0": "bo", "1": "mb", "2": "er"}').text
    '{"0": "bomber"}'
    >>> unrepeated("text\n1 | bo\n2 | mb\n3 | er").text
    'text\n1 | bomber'
    >>> unrepeated('He said "so", and "no" to (all) of them.') is None
    True
    """
    starts: list[int] = []
    ends: list[int] = []
    shown = _alike(text)
    most_seams = most(FEWEST_SEAMS, text, OF_SEAMS)
    at = 0
    while len(starts) <= most_seams and (found := _recurring().search(shown, at)) is not None:
        seam, start = found["seam"], found.start("seam")
        if not _is_behind_piece(shown, start, seam):
            start = found.end("piece")
        while start >= 0:
            at = start + len(seam)
            starts.append(start)
            ends.append(at)
            start = _next(shown, seam, at)
    is_over = len(starts) > most_seams
    return edited("joined repeats", text, starts, ends, [""] * len(starts), is_over=is_over)


def asks_for_repeats() -> str:
    """Return an RE2 expression that occurs wherever `unrepeated` shows something."""
    return begins_repeats()


def begins_repeats() -> str:
    """Return an RE2 expression in a match of which each seam lies that may be closed."""
    return f"{_END}{_SEAM}{_PIECE}{_SEAM}"


def _alike(text: str) -> str:
    """Return the text with one digit for all digits, and one letter for all that stand alone."""
    return _alone().sub("a", text.translate(_DIGITS))


def _is_behind_piece(shown: str, at: int, seam: str) -> bool:
    """Whether a piece stands before a seam: it is short, and begins as the next ones do."""
    before = shown[max(0, at - LONGEST_PIECE - 1) : at]
    if len(_last_word().search(before)[0]) > LONGEST_PIECE:  # type: ignore[index] # may be empty
        return False
    head = seam[seam.rfind("\n") :]
    if not head.startswith("\n"):
        return True
    line = shown[max(0, at - LONGEST_PIECE - len(head)) : at]
    return any(f"\n{line}".endswith(head, 0, -size) for size in range(1, LONGEST_PIECE + 1))


def _next(shown: str, seam: str, at: int) -> int:
    """Return where the same seam stands behind a piece, -1 if it does not."""
    piece = _piece().match(shown, at)
    last = at + 1 if piece is None else piece.end() + 1
    return next((end for end in range(at + 1, last) if shown.startswith(seam, end)), -1)


_DIGITS: Final = str.maketrans("123456789", "000000000")


@functools.cache
def _recurring() -> re.Pattern[str]:
    return re.compile(
        _own(rf"(?<={_END})(?P<seam>{_FIRST}(?:{_NEXT}){{0,6}}?|{_TAG})(?P<piece>{_PIECE})(?P=seam)")
    )


@functools.cache
def _piece() -> re.Pattern[str]:
    return re.compile(_own(_PIECE))


@functools.cache
def _last_word() -> re.Pattern[str]:
    return re.compile(_own(rf"{_WORD}*\Z"))


@functools.cache
def _alone() -> re.Pattern[str]:
    return re.compile(_own(rf"(?<!{_WORD})[A-Za-z](?!{_WORD})"))


def _own(expression: str) -> str:
    r"""Return an expression of RE2's for `re`, which writes code points in another way."""
    return expression.replace(r"\x{C0}", "\u00c0").replace(r"\x{1FFF}", "\u1fff")
