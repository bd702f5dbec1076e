"""The views in which what is cut into lines, items, cells or strings is in one piece again.

A *seam* is what stands between two pieces of a value: a line break; a line break with the signs
that begin an item, a quotation or a comment (`- `, `2. `, `> `, `# `, `// `), where both lines have
them; the border of a cell; tags that begin a new line or cell; the quotes and the operator between
two strings of a program. One view closes the seams of one kind, so that a value does not stick to
what stands beside it in another way; a last one shows a blank for each. All are guesses, since any
text has lines: only a seam after which the same word or value could go on is one (`pass` and
`word`, but neither `pass.` nor `Word`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final

from guardrail.text.cells import is_address, is_before_addresses, is_between_figures, is_first, rows
from guardrail.text.grids import ROWS, Grids
from guardrail.text.limits import most
from guardrail.text.tag_splits import BLOCKS
from guardrail.text.view import View, edited

FEWEST_SEAMS: Final = 1 << 13
OF_SEAMS: Final = 6
"""How many seams a view looks at, or one for so many characters; more of them are an error."""

_BEFORE: Final = 12
_AFTER: Final = 24
_LINE: Final = 256
"""How much of the text around a seam says whether it is one."""

_LETTER: Final = "a-z\u00df-\u1fff"
_ORDINAL: Final = r"[0-9]{1,3}(?:\.|\)(?![ ][0-9]{3}[-. ]))"
_MARK: Final = rf"(?:[ \t]{{0,16}}(?:[-*+\u2022>|]|{_ORDINAL}|#{{1,6}}|//{{1,2}}|--|%|;)[ \t])"
_BREAK: Final = r"(?:(?<=\n)|(?<=\r)\n|(?<=\\)(?:n|\r?\n|r\\n))"
_STARTS_LINE: Final = rf"(?:\A|.*(?:\n|\\n|<[Bb][Rr] ?/?>|[|>\"'])){_MARK}"
_ATTRIBUTES: Final = r"(?:\s[^<>]{0,200}+)?/?>\s{0,40}+"
_TAGS: Final = (
    rf"(?:(?:[Bb][Rr]{_ATTRIBUTES})(?:<[Bb][Rr]{_ATTRIBUTES}){{0,7}}+"
    rf"|/(?P<name>(?i:{BLOCKS}))>\s{{0,40}}+(?:</[Tt][Rr]>\s{{0,40}}+<[Tt][Rr]{_ATTRIBUTES})?"
    rf"<(?P=name){_ATTRIBUTES}|(?i:{BLOCKS}){_ATTRIBUTES})"
)
_QUOTE: Final = "(?:\\\\[\"']|[\"'`])"
_AFTER_QUOTE: Final = "(?:(?<=[\"'`])|(?<=\\\\)[\"'])"
_OPERATOR: Final = r"\s{0,40}(?:\+|\.{1,2}|&|\|\||\\\n|[ \n])\s{0,40}"
_COMMA: Final = r",\s{0,8}\\?[\"']"
_LETTER_FOLLOWS: Final = r"[0-9a-z@.-]\\?[\"']"
_END: Final = "[-0-9A-Za-z@._+\u00c0-\u1fff]"
_SIGN: Final = r"[-@._+](?=[0-9A-Za-z]|\s*(?:\n|\\n|[|<\"]|\Z))"
_NO_NUMBERING: Final = r"(?![0-9]{1,3}(?:\.(?:\s|\Z)|\)(?:\s(?![0-9]{3}[-. ])|\Z)))"
_GOES_ON: Final = rf"[ ]?(?:[{_LETTER}@A-Z]|{_SIGN}|{_NO_NUMBERING}[0-9])"
_CELL_GOES_ON: Final = rf"(?:[{_LETTER}@(0-9A-Z]|{_SIGN})"
_MIX: Final = r"(?:[A-Za-z][0-9]|[0-9][A-Za-z])"
_OF_KEY: Final = "[0-9A-Za-z_-]"
_MIXED_END: Final = rf"{_MIX}{_OF_KEY}{{0,8}}(?<={_OF_KEY}{{9}})"
_MIXED_START: Final = r"[A-Z][a-z]{1,8}(?:[0-9_]|[A-Z]{2}|[A-Z][a-z]{1,8}[A-Z])"
_BETWEEN_LINES: Final = (
    (rf"[A-Z{_LETTER}]", rf"[ ]?[{_LETTER}]"),
    (r"[0-9](?:[-. ()]|)", rf"{_NO_NUMBERING}[ ]?[-(]?[0-9]"),
    (r"\([0-9]{1,3}", r"[0-9]{1,3}\)"),
    ("[0-9A-Za-z@]", r"(?:@|[._-][0-9A-Za-z])"),
    ("(?:[@_]|[0-9A-Za-z]-)", "[0-9A-Za-z]"),
    (r"[0-9a-z]\.", "[a-z]"),
    ("[A-Z]", '[A-Z](?:[A-Z0-9]|\\\\?[\n"])'),
    ("[0-9a-z]", "[0-9a-z._+-]{1,20}@"),
    ("@[0-9a-z.-]{0,10}", "[0-9a-z]"),
    (f"{_MIX}[0-9A-Za-z]{{0,8}}", f"[0-9A-Za-z]{{0,8}}{_MIX}"),
    (_MIXED_END, "[A-Z]"),
    ("[A-Z]{2}[0-9]{2}", "[A-Z]{2}"),
    ("[A-Z]{4}", "[0-9]{4}"),
    ("[A-Z]{2}", "[0-9]{1,3}[A-Z]"),
    ("[a-z]", r"[0-9]{1,4}\.[a-z]"),
)
"""What may stand at both sides of a line break for the same word or value to go on."""


def joined_lines(text: str) -> View | None:
    r"""Return the text without the line breaks inside words and values; None if there are none.

    >>> joined_lines("the pass\nword 4111\n1111").text
    'the password 41111111'
    >>> joined_lines("One line.\nAnother: Two\nThree") is None
    True
    """
    return _closed("joined lines", text, "", _line_breaks(), _between_lines)


def joined_items(text: str) -> View | None:
    r"""Return the text with nothing left of the seams of items, tags and strings.

    >>> joined_items('- bo\n- mb, <td>bo</td><td>mb</td>, "bo" + "mb"').text
    '- bomb, <td>bomb</td>, "bomb"'
    >>> joined_items("1. Apples\n2. Pears") is None
    True
    """
    return _closed("joined items", text, "", _item_seams(), _between_items)


def joined_cells(text: str) -> View | None:
    """Return the text with nothing left of the borders of its cells; None if it has none.

    >>> joined_cells("| bo | mb |").text
    '| bomb |'
    """
    return _closed("joined cells", text, "", _borders(), _between_cells)


def joined_later_cells(text: str) -> View | None:
    """Return the same, but for the first cell of each row, which often says what the row is.

    >>> joined_later_cells("| what | bo | mb |").text
    '| what | bomb |'
    """
    seams, judge = _borders(), _between_later_cells
    return _closed("joined later cells", text, "", seams, judge, is_for_first=False)


def respaced(text: str) -> View | None:
    r"""Return the text with one blank in place of its seams; None if it has none.

    A mere line break is white space as it is, but not to those who look for numbers.

    >>> respaced("> existential\n> dread").text
    '> existential dread'
    >>> respaced("existential\ndread") is None
    True
    """
    return _closed("respaced", text, " ", _all_seams(), _between_any)


def asks_to_join_lines() -> str:
    """Return an RE2 expression that occurs wherever `joined_lines` shows something."""
    letter, mix = r"a-z\x{DF}-\x{1FFF}", _MIX
    gap = r"[ \t]?(?:\\?\r?\n|\\n)"
    return "|".join(
        (
            rf"[A-Z{letter}]{gap} ?[{letter}]",
            rf"[0-9][-. ()]?{gap} ?[-(]?[0-9]+(?:[^0-9.)]|[.)]\S|\z)|\([0-9]+{gap}[0-9]+\)",
            rf"[0-9A-Za-z@]{gap}(?:@|[._-][0-9A-Za-z])|[@_]{gap}[0-9A-Za-z]",
            rf"[0-9A-Za-z]-{gap}[0-9A-Za-z]|[0-9a-z]\.{gap}[a-z]",
            rf"[A-Z]{gap}[A-Z](?:[A-Z0-9]|\\?[\n\"])",
            rf"[0-9a-z]{gap}[0-9a-z._+-]+@|@[0-9a-z.-]*{gap}[0-9a-z]",
            rf"{mix}{_OF_KEY}*{gap}[A-Z]",
            rf"{mix}[0-9A-Za-z]*{gap}[0-9A-Za-z]*{mix}|[A-Z]{{2}}[0-9]{{2}}{gap}[A-Z]{{2}}",
            rf"[A-Z]{{4}}{gap}[0-9]{{4}}|[A-Z]{{2}}{gap}[0-9]{{1,3}}[A-Z]",
            rf"[a-z]{gap}[0-9]{{1,4}}\.[a-z]|[0-9][-. ()]?{gap} ?[0-9]{{1,3}}\)\s[0-9]",
        )
    )


def asks_to_join_items() -> str:
    """Return an RE2 expression that occurs wherever `joined_items` shows something."""
    mark = r"[ \t]*(?:[-*+\x{2022}>|#/%;]+|[0-9]+[.)])[ \t] ?"
    begin = rf"(?:[-0-9a-z@._+\x{{DF}}-\x{{1FFF}}]|[A-Z](?:[^a-z]|\z)|{_MIXED_START})"
    line, tag = r"[ \t]?(?:\\?\r?\n|\\n)", rf"</?(?i:{BLOCKS})(?:\s[^<>]*)?/?>"
    quote = "\\\\?[\"'`]"
    return (
        rf"{_ASKED_END}{line}{mark}{begin}|{_MIX}{_OF_KEY}*{line}{mark}[A-Z]"
        rf"|{_ASKED_END}\s*(?:{tag}\s*)+(?:{mark})?{begin}"
        rf"|{_MIX}{_OF_KEY}*\s*(?:{tag}\s*)+(?:{mark})?[A-Z]"
        rf"|{_ASKED_END} ?{quote}\s*(?:[+&\s]|\.\.?|\|\||\\\n)\s*{quote} ?{_ASKED_END}"
        rf"|[\"'][0-9a-z@.-]{quote},\s*{quote}[0-9a-z@.-]\\?[\"']"
    )


def asks_to_join_cells() -> str:
    """Return an RE2 expression that occurs wherever cells are joined."""
    border = r"[ \t]*\|[ \t]*"
    begin = rf"(?:[-0-9a-z@._+(\x{{DF}}-\x{{1FFF}}]|[A-Z](?:[^a-z]|\z)|{_MIXED_START})"
    return f"{_ASKED_END}{border}{begin}|{_MIX}{_OF_KEY}*{border}[A-Z]"


def asks_to_space() -> str:
    """Return an RE2 expression that occurs wherever `respaced` shows something."""
    numbers = r"[0-9][-. ()]?[ \t]?(?:\\?\r?\n|\\n)[0-9]{2}"
    return f"{asks_to_join_items()}|{asks_to_join_cells()}|{numbers}"


def begins_to_join_lines() -> str:
    """Return an RE2 expression in a match of which each line break lies that may be closed.

    What decides about it lies there too, as in the other expressions of this kind: the word or sum
    that follows, and all rows of a grid of numbers.
    """
    letter, key = _RE2_LETTER, "[0-9A-Za-z]"
    number = r" ?[-(]?(?:[0-9]{1,3}(?:[^0-9.)]|\.\S|\)(?:\S|\s[0-9]))|[0-9]{4})"
    pairs = (
        (rf"[A-Z{letter}]", f" ?[{letter}]"),
        (r"[0-9][-. ()]?", number),
        (r"\([0-9]{1,3}", r"[0-9]{1,3}\)"),
        ("[0-9A-Za-z@]", f"(?:@|[._-]{key})"),
        (f"(?:[@_]|{key}-)", key),
        (r"\b\.", "[a-z]"),  # what stands before the point is no part of what is closed
        ("[A-Z]", r"[A-Z](?:[A-Z0-9\n\"]|\\[\n\"])"),
        ("[0-9a-z]", "[0-9a-z._+-]+@"),
        ("@[0-9a-z.-]*", "[0-9a-z]"),
        (f"{_MIX}[0-9A-Za-z]*", f"[0-9A-Za-z]*{_MIX}"),
        (f"{_MIX}{_OF_KEY}*", "[A-Z]"),
        ("[A-Z]{2}[0-9]{2}", "[A-Z]{2}"),
        ("[A-Z]{4}", "[0-9]{4}"),
        ("[A-Z]{2}", "[0-9]{1,3}[A-Z]"),
        ("[a-z]", r"[0-9]{1,4}\.[a-z]"),
    )
    seams = "|".join(f"{before}[ \t]?{_RE2_BREAK}{after}" for before, after in pairs)
    return f"(?:{seams}){_WORD}|{_IN_GRID}{_RE2_BREAK}{ROWS}"


def begins_to_join_items() -> str:
    """Return an RE2 expression in a match of which each seam of `joined_items` lies."""
    tag, quote = rf"</?(?i:{BLOCKS})(?:\s[^<>]*)?/?>", "\\\\?[\"'`]"
    begin = (
        rf"(?: ?[{_RE2_LETTER}@]| ?[A-Z][0-9A-Za-z_]*| ?[-@._+]\s*(?s:.)"
        r"| ?[0-9][0-9.)]*\s?[0-9]*(?s:.))"
    )
    line, tags = rf"[ \t]*{_RE2_BREAK}{_RE2_MARK}{{1,3}}", rf"\s*(?:{tag}\s*)+(?:{_RE2_MARK})?"
    return "|".join(
        (
            f"{_ASKED_END}(?:{line}|{tags}){begin}",
            f"{_IN_GRID}(?:{line}|{tags}){ROWS}",
            rf"{_ASKED_END} ?{quote}\s*(?:[+&\s]|\.\.?|\|\||\\\n)\s*{quote} ?{_ASKED_END}",
            rf"[0-9a-z@.-]{quote},\s*\\?[\"'][0-9a-z@.-]\\?[\"']",
        )
    )


def begins_to_join_cells() -> str:
    """Return an RE2 expression in a match of which each border lies that may be closed.

    Numbers at both sides, and an address, wait for the row below.
    """
    border, below = r"[ \t]*\|[ \t]*", r"[^\n]*\n[^\n]*"
    begin = r"(?:[-0-9a-z@._+(\x{DF}-\x{1FFF}]|[A-Z](?:[^a-z]|[a-z]+[0-9A-Z_]))"
    return "|".join(
        (
            rf"{_ASKED_END}{border}{begin}[^|\n]*",
            rf"{_MIX}{_OF_KEY}*{border}[A-Z][^|\n]*",
            rf"{_ASKED_END}{border}[^|\n@]*@{below}",
            rf"[0-9.]{border}[0-9.]{below}",
            rf"{_IN_GRID}\|{ROWS}",
        )
    )


def begins_to_space() -> str:
    """Return an RE2 expression in a match of which each seam of `respaced` lies."""
    numbers = rf"\pN[ \t]*{_RE2_BREAK}(?:[0-9]{{2}}{_WORD}|{ROWS})"
    return f"{begins_to_join_items()}|{begins_to_join_cells()}|{numbers}"


ZEROS: Final = str.maketrans("123456789", "000000000")
_OF_FIGURES: Final = frozenset("0123456789.")

_OF_NUMBERS: Final = frozenset("0123456789 \t.|_*")
"""What a seam follows in a grid of numbers."""

_RE2_LETTER: Final = r"a-z\x{DF}-\x{1FFF}"
_RE2_BREAK: Final = r"(?:\\?\r?\n|\\n|\\r\\n)"
_WORD: Final = r"\S*(?: \S?)?"
_RE2_MARK: Final = r"(?:[ \t]*(?:[-*+\x{2022}>|%;]|[0-9]{1,3}[.)]|#{1,6}|///?|--)[ \t])"
_IN_GRID: Final = r"[0-9A-Z|_*+.,\])}\"'][ \t]*"
_ASKED_END: Final = r"(?:[-0-9A-Za-z@._+(\x{C0}-\x{1FFF}]|[0-9]\))"

Judge = Callable[[str, re.Match[str], str, int], int]
"""Says where a seam begins that ends in something found, -1 if that is none: it is given the text,
what was found, what stands before it without blanks, and where that ends."""


def _closed(
    name: str,
    text: str,
    form: str,
    seams: re.Pattern[str],
    judge: Judge,
    *,
    is_for_first: bool = True,
) -> View | None:
    """Return the text with a form for its seams, None if it has none.

    Those at the first cell of a row are left where it is not for them.
    """
    starts: list[int] = []
    ends: list[int] = []
    grids = Grids(text)
    most_seams = most(FEWEST_SEAMS, text, OF_SEAMS)
    is_over = False
    for count, found in enumerate(seams.finditer(text), 1):
        is_over = count > most_seams
        if is_over:
            break
        at, end = found.span()
        if found.lastgroup == "sure":
            at -= text[at - 1] == " "
            if is_for_first or not is_first(text, at):
                starts.append(at)
                ends.append(end)
            continue
        window = text[max(0, at - _BEFORE) : at]
        before = window.rstrip(" \t")
        start = judge(text, found, before, at - len(window) + len(before))
        if start >= 0 and not (window[-1:] in _OF_NUMBERS and grids.has(start)):
            starts.append(start)
            ends.append(end)
    return edited(name, text, starts, ends, [form] * len(starts), is_over=is_over)


def _between_lines(text: str, found: re.Match[str], before: str, at: int) -> int:
    line = text.rfind("\n", max(0, at - _LINE), at) + 1
    if found.start() - at > 1 or _fences().match(text, line, at):
        return -1
    after = text[found.end() : found.end() + _AFTER]
    fits = _joints().search(f"{before}\0{after}")
    if not fits or _is_of_its_own(text[line:at], after):
        return -1
    return at - (fits.lastgroup == "hyphen")


def _is_of_its_own(line: str, after: str) -> bool:
    """Whether the number that begins the next line goes on with none: it is in a sum or record."""
    return bool(_sums().search(f"{line[-_BEFORE:]}\0{after}")) or _is_record(line, after)


def _is_record(line: str, after: str) -> bool:
    """Whether the next line begins with a number of the same shape as this one, which has words."""
    first = _first().match(line)
    second = _first().match(after) if first else None
    if not first or not second or len(first[0]) != len(second[0]):
        return False
    return first[0].translate(ZEROS) == second[0].translate(ZEROS) and bool(_word().search(line))


def _between_items(text: str, found: re.Match[str], before: str, at: int) -> int:
    if found.lastgroup in {"line", "tags"}:
        if not _goes_on(text, found, before):
            return -1
        fits = _ends().search(before)
        if fits and (found.lastgroup == "line" or found["mark"]):
            fits = _items().match(text[max(0, at - _LINE) : at])
        return at if fits else -1
    ends = _letters() if found.lastgroup == "letters" else _ends()
    blanks = found.start() - at
    is_near = blanks == 0 or (blanks == 1 and found.lastgroup == "quotes")
    return found.start() if is_near and ends.search(before) else -1


def _between_cells(text: str, found: re.Match[str], before: str, at: int) -> int:
    if not _ends().search(before) or not _goes_on(text, found, before):
        return -1
    follows = text[found.end() : found.end() + 1]
    if before[-1] in _OF_FIGURES and follows in _OF_FIGURES:
        return -1 if is_between_figures(*rows(text, at)) else at
    first = found.start() + 1
    cell = text[first : first + _LINE].partition("\n")[0].partition("|")[0]
    if not is_address(cell):
        return at
    return -1 if is_before_addresses(*rows(text, at)) else at


def _between_later_cells(text: str, found: re.Match[str], before: str, at: int) -> int:
    return -1 if is_first(text, at) else _between_cells(text, found, before, at)


def _goes_on(text: str, found: re.Match[str], before: str) -> bool:
    """Whether what follows could go on; a word with a capital does so in the middle of a key."""
    at = found.end() + (text[found.end() : found.end() + 1] == " ")
    if not _capital().match(text, at):
        return True
    return bool(_mixed_end().search(before) or _mixed_start().match(text, at))


def _between_any(text: str, found: re.Match[str], before: str, at: int) -> int:
    if found.lastgroup == "cell":
        return _between_cells(text, found, before, at)
    if found.lastgroup == "numbers":
        line = text.rfind("\n", max(0, at - _LINE), at) + 1
        after = text[found.end() : found.end() + _AFTER]
        return at if before[-1:].isdigit() and not _is_of_its_own(text[line:at], after) else -1
    return _between_items(text, found, before, at)


_LINE_SEAM: Final = rf"{_BREAK}(?=[ ]?[{_LETTER}@0-9]|[-._+(][0-9A-Za-z]|[A-Z][A-Z0-9\\\n\"a-z])"
_ITEM_SEAMS: Final = (
    rf"(?P<line>{_BREAK}{_MARK}{{1,3}}+)(?={_GOES_ON})"
    rf"|(?<=<)(?<!>.)(?<!>\s.)(?P<tags>{_TAGS}(?P<mark>{_MARK})?+)(?={_GOES_ON})"
    rf"|{_AFTER_QUOTE}(?P<quotes>{_OPERATOR}{_QUOTE})(?=[ ]?{_END})"
    rf"|{_AFTER_QUOTE}(?P<letters>{_COMMA})(?={_LETTER_FOLLOWS})"
)
_SURE_BORDER: Final = (
    r"(?P<sure>(?:(?:(?<=[a-z]{2}\|)|(?<=[a-z]{2} \|))[ \t]{0,40}+(?=[0-9]|[a-z]{2})"
    r"|(?:(?<=[0-9]\|)|(?<=[0-9] \|))[ \t]{0,40}+(?=[a-z]{2}))"
    r"(?=[^@|\n]{0,254}+(?:[|\n]|\Z)))"
)
"""Where no number ends at one side and begins at the other, and no address follows."""

_BORDER: Final = rf"{_SURE_BORDER}|(?<=\|)(?P<cell>[ \t]{{0,40}})(?={_CELL_GOES_ON})"
_NUMBERS: Final = rf"(?P<numbers>{_BREAK})(?={_NO_NUMBERING}[0-9]{{2}})"


@functools.cache
def _line_breaks() -> re.Pattern[str]:
    return re.compile(f"[\n\r\\\\]{_LINE_SEAM}")


@functools.cache
def _item_seams() -> re.Pattern[str]:
    return re.compile(f"[\n\r\\\\<\"'`](?:{_ITEM_SEAMS})")


@functools.cache
def _borders() -> re.Pattern[str]:
    return re.compile(f"[|](?:{_BORDER})")


@functools.cache
def _all_seams() -> re.Pattern[str]:
    return re.compile(f"[\n\r\\\\|<\"'`](?:{_ITEM_SEAMS}|{_BORDER}|{_NUMBERS})")


@functools.cache
def _ends() -> re.Pattern[str]:
    return re.compile(rf"(?:{_END}|\(|\([0-9]{{2,4}}\))\Z")


@functools.cache
def _sums() -> re.Pattern[str]:
    return re.compile("(?:\\A|[\\s=(+])[0-9.,]+\0[0-9.,]+(?:[-+][0-9.,]+ ?=| ?[/*=\u00d7\u00f7])")


@functools.cache
def _first() -> re.Pattern[str]:
    return re.compile(r"[^\s|,;0-9]{0,8}[0-9][^\s|,;]*")


@functools.cache
def _word() -> re.Pattern[str]:
    return re.compile(r"[^\W\d_]")


@functools.cache
def _capital() -> re.Pattern[str]:
    return re.compile("[A-Z][a-z]")


@functools.cache
def _mixed_end() -> re.Pattern[str]:
    return re.compile(rf"{_MIXED_END}\Z")


@functools.cache
def _mixed_start() -> re.Pattern[str]:
    return re.compile(_MIXED_START)


@functools.cache
def _letters() -> re.Pattern[str]:
    return re.compile(r"[\"'][0-9a-z@.-]\Z")


@functools.cache
def _items() -> re.Pattern[str]:
    return re.compile(rf"(?s:{_STARTS_LINE})[^\n]*\Z")


@functools.cache
def _fences() -> re.Pattern[str]:
    return re.compile(r"[ \t]*(?:```|~~~)")


@functools.cache
def _joints() -> re.Pattern[str]:
    hyphen = r"(?P<hyphen>[a-z]-\0(?=[a-z]))"
    return re.compile("|".join((hyphen, *(rf"{a}\0{b}" for a, b in _BETWEEN_LINES))))
