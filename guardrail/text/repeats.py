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
from collections.abc import Iterator
from typing import Final

from guardrail.text.limits import most
from guardrail.text.seams import ZEROS
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
_LOUD: Final = r"[\"'`\[\]{}<>\\]"
_FIRST: Final = rf"[ ,;:./)]{{0,2}}{_LOUD}{_SIGN}{{0,7}}"
_NEXT: Final = rf"(?:{_WORD}{{1,10}}{_QUIET}{{0,3}}[^{_LETTER}\s]{_QUIET}{{0,4}}|[0-9A-Z]{{1,8}} )"
_BREAK: Final = r"[ ,;:.]{0,2}\r?\n[ \t]{0,8}"
_LABEL: Final = rf"(?:{_WORD}{{1,10}}(?:: | ?[|] ?)|[0-9A-Z]{{1,8}} )"
_MARK: Final = rf"{_BREAK}[^{_LETTER}\s]{_SIGN}{{0,5}}"
_TAG: Final = rf"[^{_LETTER}\s<]{{0,3}}<[^<>\n]{{1,40}}>(?:\s{{0,9}}<[^<>\n]{{1,40}}>)?"
_REMARK: Final = r"/\*[^*/\n]{0,12}\*/| ?\([^()\n]{1,12}\) ?|\)\("
_SEAM: Final = (
    rf"(?:(?:{_FIRST}|{_MARK})(?:{_NEXT}){{0,6}}|{_BREAK}(?:{_NEXT}){{0,6}}{_LABEL}"
    rf"|{_REMARK}|{_TAG})"
)
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
        if _is_usual(shown[start - 1], seam) or _counts(text, *found.span("seam")):
            at = start + 1
            continue
        chain = [*_seams(shown, seam, start, found.end())]
        if (longer := _longer(shown, seam, chain[-1][1])) is not None:
            chain.append(longer)
        if not _is_behind_piece(shown, start, seam):
            del chain[0]
        starts += [each[0] for each in chain]
        ends += [each[1] for each in chain]
        at = ends[-1]
    is_over = len(starts) > most_seams
    return edited("joined repeats", text, starts, ends, [""] * len(starts), is_over=is_over)


def asks_for_repeats() -> str:
    """Return an RE2 expression in a match of which each seam lies that `unrepeated` may close."""
    return f"{_END}{_SEAM}{_PIECE}{_SEAM}"


def _alike(text: str) -> str:
    """Return the text with one digit for all digits, and one letter for all names of a letter."""
    return _names().sub("a", text.translate(ZEROS))


def _is_usual(before: str, seam: str) -> bool:
    """Whether a seam behind a character is what stands between words or figures anyway."""
    return (_of_numbers() if before.isdigit() else _of_words()).search(seam) is None


def _counts(text: str, at: int, end: int) -> bool:
    """Whether the numbers around a seam grow by one, as keys do: then the values are the pieces."""
    before = _last_number().search(text, max(0, at - LONGEST_PIECE), at)
    behind = _first_number().match(text, end)
    return before is not None and behind is not None and int(behind[0]) == int(before[0]) + 1


def _is_behind_piece(shown: str, at: int, seam: str) -> bool:
    """Whether a piece stands before a seam: it is short, and begins as the next ones do."""
    before = shown[max(0, at - LONGEST_PIECE - 1) : at]
    if _long_word().search(before):
        return False
    line_break = seam.rfind("\n")
    if line_break < 0:
        return True
    head = seam[line_break + 1 :] or "\n"
    lengths = range(1, LONGEST_PIECE + 1)
    return any(shown.endswith(head, 0, at - length) for length in lengths)


def _seams(shown: str, seam: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where a seam stands in a chain: what makes one does not occur in pieces."""
    size = len(seam)
    while start >= 0:
        yield start, start + size
        start = shown.find(seam, start + size + 1, end)


def _longer(shown: str, seam: str, at: int) -> tuple[int, int] | None:
    """Return where the seam behind the next piece stands if its number has one digit more there."""
    longer = seam.replace("0", "00", 1)
    piece = _piece().match(shown, at)
    if piece is None or longer == seam:
        return None
    start = shown.find(longer, at + 1, piece.end() + len(longer))
    return None if start < 0 else (start, start + len(longer))


@functools.cache
def _recurring() -> re.Pattern[str]:
    return re.compile(_own(rf"(?<={_END})(?P<seam>{_lazily(_SEAM)})(?:{_PIECE}(?P=seam))++"))


@functools.cache
def _of_words() -> re.Pattern[str]:
    """Return what tells a seam from what stands between words and figures, and from escapes."""
    return re.compile(r"\A[^&%]*[^&%\s.,;:|-][^&%]*\Z")


@functools.cache
def _of_numbers() -> re.Pattern[str]:
    """Return what seldom stands between the numbers of a sum or table."""
    return re.compile(r"\A[^&%]*[\"'`{}\[\]<>\\|=$A-Za-z][^&%]*\Z")


@functools.cache
def _piece() -> re.Pattern[str]:
    return re.compile(_own(_PIECE))


@functools.cache
def _long_word() -> re.Pattern[str]:
    return re.compile(_own(rf"{_WORD}{{{LONGEST_PIECE + 1}}}\Z"))


@functools.cache
def _first_number() -> re.Pattern[str]:
    return re.compile(rf"[0-9]{{1,{LONGEST_PIECE}}}(?![0-9])")


@functools.cache
def _last_number() -> re.Pattern[str]:
    return re.compile(r"[0-9]+\Z")


@functools.cache
def _names() -> re.Pattern[str]:
    return re.compile(_own(rf"(?<!{_WORD})[A-Za-z](?=[\"']? ?[:=])"))


def _lazily(expression: str) -> str:
    """Return the same, with as few words as there can be."""
    return expression.replace("{0,6}", "{0,6}?")


def _own(expression: str) -> str:
    r"""Return an expression of RE2's for `re`, which writes code points in another way."""
    return expression.replace(r"\x{C0}", "\u00c0").replace(r"\x{1FFF}", "\u1fff")
