"""Sentences: how `each sentence` and `length(unit: sentences)` divide a text.

The rules are few and fixed, so that the same text is always divided in the same way, and a
stream knows that a sentence is over as soon as the next one has begun:

- `.` `!` `?` `…` and their Arabic and Indic kin end a sentence, in any number and with the closing
  quotes and brackets after them, where white space or the end of the text follows;
- `。` `！` `？` end one where they stand;
- an empty line ends one, a single line break does not;
- a period does not end one after a title or a common abbreviation (`Dr.`, `e.g.`), an initial,
  letters with periods between them (`U.S.`), the number of a list item, or before a number
  (`No. 5`); one inside a word or a number (`3.14`, `example.org`) never does;
- white space belongs to the sentence before it;
- a sentence longer than 2,000 characters is cut after the last white space within them.
"""

# ruff: noqa: RUF001, RUF002 - the punctuation of other scripts is meant
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 2000
"""The most characters that a sentence has."""

_MARKS: Final = ".!?…؟۔।॥"
_WIDE_MARKS: Final = "。！？｡"
_CLOSERS: Final = "\"'”’»›)\\]}*_`）］｝」』】》〉"
_END: Final = re.compile(
    rf"(?P<mark>(?<![{_MARKS}])[{_MARKS}]++[{_CLOSERS}]*+(?=\s|\Z))"
    rf"|[{_WIDE_MARKS}]++[{_CLOSERS}]*+"
    r"|\n[^\S\n]*+\n"
)
_LAST_WORD: Final = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\Z")
_LONGEST_WORD: Final = 20
_LETTERS_WITH_PERIODS: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LIST_NUMBER: Final = re.compile(r"(?:^|\n)[ \t]*\(?(?:\d{1,3}|[^\W\d_])\Z")
_NEVER_LAST: Final = re.compile(
    "mr|mrs|ms|mx|dr|prof|st|sr|jr|gen|col|sgt|capt|lt|rev|hon|gov|sen|rep|pres"
    "|vs|etc|approx|dept|est|inc|ltd|corp|co|cf|al|ca|ph.d"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec",
    re.IGNORECASE,
)
"""Titles, months and other abbreviations that stand before the rest of a sentence."""

_BEFORE_NUMBERS: Final = re.compile("no|nos|nr|fig|pp?|vol|sec|ch|art", re.IGNORECASE)


def sentences(text: str, start: int = 0) -> list[tuple[int, int]]:
    """Divide the whole of `text`: every character is in exactly one sentence.

    With `start`, where a sentence begins, only what follows is divided.

    >>> text = "Dr. Lee paid $3.50. Really?  Yes."
    >>> [text[start:end] for start, end in sentences(text)]
    ['Dr. Lee paid $3.50. ', 'Really?  ', 'Yes.']
    """
    found = []
    for end in (*_ends(text, start), len(text)):
        while end - start > LONGEST:
            cut = _last_space(text, start)
            found.append((start, cut))
            start = cut
        if start < end:
            found.append((start, end))
            start = end
    return found


def _ends(text: str, at: int) -> Iterator[int]:
    while match := _END.search(text, at):
        at = end = match.end()
        while end < len(text) and text[end].isspace():
            end += 1
        if match["mark"] is None or not _is_inside(text, match, end):
            at = end
            yield end


def _is_inside(text: str, match: re.Match[str], following: int) -> bool:
    """Tell whether a period belongs to what stands before it, so that no sentence ends there."""
    if match[0] != ".":
        return False
    at = match.start()
    before = text[max(0, at - _LONGEST_WORD) : at]
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    word = found[0]
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    return (
        is_initial
        or _NEVER_LAST.fullmatch(word) is not None
        or _LETTERS_WITH_PERIODS.fullmatch(word) is not None
        or _LIST_NUMBER.search(text, max(0, at - _LONGEST_WORD), at) is not None
        or (
            text[following : following + 1].isdigit()
            and _BEFORE_NUMBERS.fullmatch(word) is not None
        )
    )


def _last_space(text: str, start: int) -> int:
    """Return where to cut a sentence that is too long: after white space, if it has any."""
    cut = start + LONGEST
    while cut > start and not text[cut - 1].isspace():
        cut -= 1
    return cut if cut > start else start + LONGEST
