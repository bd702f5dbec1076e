r"""The view without Markdown's and TeX's marks inside a word: `b**o**mb`, `jane\@example.com`.

Marks of emphasis, code, deletion or a spoiler come in pairs. A pair is taken off if one of its
marks stands between two characters of a word or value, or where none can stand in Markdown (behind
a word and before a blank), and so are pairs close by. Marks around whole words stay, and so do
powers, products, and names of programs with underscores. Of `\@` and `{}` inside a word only the
character stays, and of pictures nothing.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from guardrail.text.limits import most
from guardrail.text.places import matches_in, stretches
from guardrail.text.view import Edits, View, edited

FEWEST_MARKS: Final = 1 << 14
OF_MARKS: Final = 6
"""How many pairs of marks, and marks alone, a view looks at, or a mark for so many characters; more
of them are an error."""

FEWEST_SPLITS: Final = 1 << 13
OF_SPLITS: Final = 128
"""How many pairs a view takes off, or one for so many characters; more of them are an error."""

LONGEST_CONTENT: Final = 64
"""How many characters stand between two marks of a pair."""

_INSIDE: Final = "0-9A-Za-z\u00c0-\u1fff"
_BEYOND: Final = r"0-9A-Za-z\x{C0}-\x{1FFF}"
_VALUE: Final = "@.+:/-"
_PAIR: Final = (
    r"(?P<mark>\*{1,3}|~~|`{1,3}|_{1,2}|\|\|)"
    rf"(?P<content>[^\n*~`_|]{{1,{LONGEST_CONTENT}}})(?P=mark)"
)
_COMMANDS: Final = "text[a-z]{2}|emph|math[a-z]{2}|mbox|underline|textcolor"
_PICTURES: Final = "\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff"
_PICTURES_BEYOND: Final = r"\x{2600}-\x{27BF}\x{2B00}-\x{2BFF}\x{1F300}-\x{1FAFF}"
_PICTURED: Final = (
    rf"[{_BEYOND}()_@.+:/-][{_PICTURES_BEYOND}][{_PICTURES_BEYOND}\x{{FE0F}}]*[{_BEYOND}()_@.+:/-]"
)
_OTHERS: Final = (
    rf"(?P<picture>[{_PICTURES}])(?<=[{_INSIDE}()_{_VALUE}].)[{_PICTURES}\ufe0f]{{0,7}}+"
    rf"(?=[{_INSIDE}()_{_VALUE}])|"
    rf"(?P<escape>\\)(?<=[{_INSIDE}].)(?=[!-'*-/:-@_`|~][{_INSIDE}])"
    rf"|(?P<braces>\{{\}})(?<=[{_INSIDE}].{{2}})(?=[{_INSIDE}{_VALUE}])"
    rf"|\{{(?<=[{_INSIDE}].)(?P<inner>[A-Za-z@.-]{{1,3}})\}}(?=[{_INSIDE}{_VALUE}])"
    rf"|\\(?<=[{_INSIDE}].)(?:{_COMMANDS})[ ]?\{{(?P<last>[^{{}}\\\n]{{1,40}})\}}"
    rf"|\\(?:{_COMMANDS})[ ]?\{{(?P<first>[^{{}}\\\n]{{1,40}})\}}(?=[{_INSIDE}])"
)
_OPERATORS: Final = r"[=,;(){}<>\[\]\"]| [-+/] |[+/^]"
_MARKS: Final = "*~`_|"
_SIGNS: Final = "@.+-"
_ENOUGH_DIGITS: Final = 7
_CARD: Final = 13
_AROUND: Final = 20
_NEAR: Final = 12
"""Other pairs so near to one that splits a word are taken off too."""


def unmarked(text: str) -> View | None:
    r"""Return the text without the marks inside words; None if there are none.

    >>> unmarked(r"b**o**mb jane\@example.com pa{}ss").text
    'bomb jane@example.com pass'
    >>> unmarked("**bold** snake_case 2*3*4 x**2 + y**2 __init__") is None
    True
    """
    edits = Edits("unmarked", text)
    done = -_NEAR - 1
    most_marks = most(FEWEST_MARKS, text, 2 * OF_MARKS)
    room = most(FEWEST_SPLITS, text, OF_SPLITS)
    parts = stretches(text, asks_for_marks(), _unmarked_text(), is_rough=True)
    for count, found in enumerate(matches_in(text, parts, _marked()), 1):
        if count > most_marks or room == 0:
            edits.is_over = True
            break
        if found["mark"]:
            is_near = found.start() - done <= _NEAR and found["mark"] != "_"
            if not is_near and not _splits(text, found):
                continue
            done = found.end()
            start, end = found.span("content")
        elif found.lastgroup in {"escape", "braces", "picture"}:
            edits.replace(found.start(), found.end(), "")
            continue
        else:
            start, end = found.span(found.lastgroup or 0)
        room -= 1
        edits.replace(found.start(), start, "")
        edits.replace(end, found.end(), "")
    return edits.view()


def bare(text: str) -> View | None:
    """Return the text without any marks at words, whole or split; None if there are none.

    It is a guess: what has marks for its own sake loses them too. The first words of a key stay.

    >>> bare("zero day **exploit**, ove_rl_ord, ghp_Oj48nMCaNs_6J4P_FGQe").text
    'zero day exploit, overlord, ghp_Oj48nMCaNs6J4PFGQe'
    >>> bare("2*3*4 and snake_case") is None
    True
    """
    surplus: list[tuple[int, int]] = []
    odd: list[tuple[int, int]] = []
    most_marks = most(FEWEST_MARKS, text, OF_MARKS)
    is_over = False
    for token in _tokens().finditer(text):
        marks, singles = _surplus(token)
        if len(singles) % 2 == 0:
            surplus += (*marks, *singles)
        elif odd and _is_content(text[odd[-1][1] : singles[0][0]]):
            surplus += (*marks, *odd, *singles)
            odd = []
        else:
            edges = [
                (a, b)
                for a, b in singles
                if text[a] != "_" and (a == token.start() or b == token.end())
            ]
            surplus += (*marks, *edges)
            odd = [mark for mark in singles if mark not in edges] or edges
        is_over = len(surplus) > most_marks
        if is_over:
            break
    surplus.sort()
    marks = [*dict.fromkeys(surplus)]
    starts, ends = [start for start, _ in marks], [end for _, end in marks]
    return edited("bare", text, starts, ends, [""] * len(marks), is_over=is_over)


def asks_for_any_marks() -> str:
    """Return an RE2 expression that occurs wherever `bare` shows something."""
    word = rf"[{_BEYOND}.@+-]"
    edge = rf"[^{_BEYOND}.@+_-]"
    return (
        rf"{word}(?:\*|~~|`|\|\||__)|(?:\*|~~|`|\|\||__){word}"
        rf"|_[^\n_]{{1,{LONGEST_CONTENT}}}_|(?:{edge}|\A)_{word}|{word}_(?:{edge}|\z)"
    )


def begins_any_marks() -> str:
    """Return an RE2 expression of a word with marks; underscores may be paired with later ones."""
    char = r"[^\s<>\"'()\[\]{},;]"
    return rf"{char}+|{char}*_{char}*[^\n]{{0,{LONGEST_CONTENT + 1}}}{char}*"


@functools.cache
def asks_for_marks() -> str:
    """Return an RE2 expression that occurs wherever `unmarked` shows something."""
    marks = _marks_beside(r"[^\n*~`_|]+")
    return f"{marks}|{_PICTURED}"


def begins_marks() -> str:
    """Return an RE2 expression of the same with what is looked at behind a pair."""
    content = f"[^\\n*~`_|]{{1,{LONGEST_CONTENT}}}"
    return rf"(?:{_marks_beside(content)})[^\n]{{0,{_AROUND}}}|{_PICTURED}"


def _marks_beside(content: str) -> str:
    value, inside = rf"[{_BEYOND}@.+-]", rf"[{_BEYOND}]"
    number = r"(?:\*+|~~|`+|__?|\|\|)[0-9][-0-9 .()]*(?:\*|~~|`|_|\|\|)+"
    pairs = "|".join(
        f"{value}{mark}{content}{mark}|{mark}{content}{mark}{value}"
        for mark in (r"\*+", "~~", "`+", r"\|\|")
    )
    return (
        rf"{pairs}|[0-9][- .]{number}|{number}[- .][0-9]"
        rf"|[@.+-]__?{content}_|{value}__{content}__|{inside}_[^\n*~`_|]+_(?:[^_{_BEYOND}]|\z)"
        rf"|__?{content}__?[@.+-]|__{content}__{inside}|(?:[^_{_BEYOND}]|\A)_{content}_{inside}"
        rf"|{inside}(?:\\[!-'*-/:-@_`|~]|\{{(?:[A-Za-z@.-]{{1,3}})?\}})[{_BEYOND}@.+:/-]"
        rf"|{inside}\\(?:{_COMMANDS}) ?\{{|\\(?:{_COMMANDS}) ?\{{[^{{}}\\\n]+\}}{inside}"
    )


def _is_content(text: str) -> bool:
    """Whether two marks of a pair may have this between them."""
    return len(text) <= LONGEST_CONTENT and "\n" not in text and text.strip() != ""


def _surplus(token: re.Match[str]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the marks of a token that mean emphasis, and its underscores, if they may do."""
    if not _alnum().search(*_within(token)):
        return [], []
    text = token.string
    marks = [found.span() for found in _runs_of_marks().finditer(*_within(token))]
    if token[0].isascii() and "_" not in token[0] and not _digit().search(token[0]):
        return marks, []
    others = [
        (start, end)
        for start, end in marks
        if text[start] != "_" and not (text[start] == "*" and _is_product(token, start, end))
    ]
    doubles = [(start, end) for start, end in marks if text[start:end] == "__"]
    if others or len(doubles) > 1:
        return others + doubles, []
    kept = _prefix().match(*_within(token))
    first = kept.end() if kept else token.start()
    return [], [
        (start, end)
        for start, end in marks
        if start >= first and text[start] == "_" and not _is_of_variable(text, start, end)
    ]


def _is_product(token: re.Match[str], start: int, end: int) -> bool:
    """Whether stars stand between digits, which are not those of one long number."""
    if not _is_between_digits(token.string, start, end):
        return False
    digits = sum(map(str.isdigit, token[0]))
    return digits < _ENOUGH_DIGITS or (digits < _CARD and "-" not in token[0])


def _is_of_variable(text: str, start: int, end: int) -> bool:
    """Whether an underscore begins the name of a variable, or stands before one: `$_X`, `x_$Y`."""
    return "$" in (text[max(0, start - 1) : start], text[end : end + 1])


def _within(token: re.Match[str]) -> tuple[str, int, int]:
    return token.string, token.start(), token.end()


def _is_between_digits(text: str, start: int, end: int) -> bool:
    return text[max(0, start - 1) : start].isdigit() and text[end : end + 1].isdigit()


def _splits(text: str, found: re.Match[str]) -> bool:
    """Whether a pair of marks splits a word or value."""
    mark, content = found["mark"], found["content"]
    before = text[max(0, found.start() - 6) : found.start()].rstrip(_MARKS)[-1:]
    after = text[found.end() : found.end() + 6].lstrip(_MARKS)[:2]
    goes_on = after[:1].isalnum() or (after[:1] in _SIGNS and after[1:].isalnum())
    opens = _is_inside(before) and _is_inside(content[0])
    closes = _is_inside(content[-1]) and goes_on
    is_number = _number().fullmatch(content) and _is_in_number(text, found)
    if is_number and not (opens or closes):
        return True
    is_loose = text[found.start() - 1 : found.start()].isalnum() and content[0] == " "
    is_misplaced = mark not in {"*", "_"} and is_loose
    if not (opens or closes or is_misplaced):
        return False
    if mark[0] == "_":
        return _splits_name(mark, before, content, after[:1])
    if _of_phone().fullmatch(content):
        return True
    if _operators().search(content):
        return False
    return mark[0] != "*" or not _is_formula(text, found, before, after[:1], closes=closes)


def _is_inside(char: str) -> bool:
    return char.isalnum() or (char != "" and char in _SIGNS)


def _is_in_number(text: str, found: re.Match[str]) -> bool:
    """Whether a blank or nothing parts what is between two marks from other digits."""
    before = text[max(0, found.start() - 4) : found.start()].rstrip(_MARKS)
    after = text[found.end() : found.end() + 4].lstrip(_MARKS)
    goes_on = after[:1] in {" ", "-", "."} and after[1:2].isdigit()
    return goes_on or (before[-1:] in {" ", "-", "."} and before[-2:-1].isdigit())


def _splits_name(mark: str, before: str, content: str, after: str) -> bool:
    """Whether underscores split a value; those between the words of a name do not."""
    if mark == "__":
        is_dunder = not before.isalnum() and content.isalpha() and content.islower()
        return (not is_dunder or after == "@") and not _operators().search(content)
    if not _value().fullmatch(content) or after in set("$({["):
        return False
    beside = {before, content[0], content[-1], after} & set(_SIGNS)
    return bool(beside) or not (before.isalnum() and after.isalnum())


def _is_formula(text: str, found: re.Match[str], before: str, after: str, *, closes: bool) -> bool:
    """Whether stars at numbers are those of a product or a power."""
    mark, content = found["mark"], found["content"]
    beside = (before, content[0], content[-1], after)
    if not any(map(str.isdigit, beside)) or "@" in content or content in _SIGNS:
        return False
    left = _number_before().search(text, max(0, found.start() - _AROUND), found.start())
    right = _number_after().match(text, found.end(), found.end() + _AROUND)
    around = f"{left[0] if left else ''}{content}{right[0] if right else ''}"
    digits = 0 if " * " in around else sum(map(str.isdigit, around))
    if mark == "*":
        return digits < _CARD and (closes or digits < _ENOUGH_DIGITS)
    is_of_name = before.isalpha() or any(map(str.isalpha, content))
    is_exponent = is_of_name and content[0].isdigit() and " " in content
    return is_exponent or (closes and content.isdigit() and digits < _ENOUGH_DIGITS)


@functools.cache
def _marked() -> re.Pattern[str]:
    return re.compile(f"{_PAIR}|{_OTHERS}")


@functools.cache
def _unmarked_text() -> re.Pattern[str]:
    """Return a pattern for so much text without marks that no pair goes on over it."""
    return re.compile(rf"[^*~`_|\\{{}}]{{{2 * LONGEST_CONTENT}}}")


@functools.cache
def _tokens() -> re.Pattern[str]:
    char, marks = "[^\\s<>\"'()\\[\\]{},;*~`|_]", r"(?:\*{1,3}|~~|`{1,3}|_{1,2}|\|\|)"
    return re.compile(rf"(?<!{char})(?:{char}{{0,200}}+{marks}){{1,32}}{char}{{0,200}}+")


@functools.cache
def _runs_of_marks() -> re.Pattern[str]:
    return re.compile(r"\*+|~~|`+|_+|\|\|")


@functools.cache
def _digit() -> re.Pattern[str]:
    return re.compile("[0-9]")


@functools.cache
def _alnum() -> re.Pattern[str]:
    return re.compile(r"[^\W_]")


@functools.cache
def _prefix() -> re.Pattern[str]:
    return re.compile(r"(?:[a-z]{2,8}_){1,2}(?=[0-9A-Za-z_-]{16})")


@functools.cache
def _number() -> re.Pattern[str]:
    return re.compile("[0-9][-0-9 .()]*")


@functools.cache
def _number_before() -> re.Pattern[str]:
    return re.compile(r"[-0-9 ().*~`_|+]+\Z")


@functools.cache
def _number_after() -> re.Pattern[str]:
    return re.compile(r"[-0-9 ().*~`_|+]*(?![0-9 ]*=)")


@functools.cache
def _value() -> re.Pattern[str]:
    return re.compile(rf"[{_INSIDE}@.+-]+={{0,6}}")


@functools.cache
def _of_phone() -> re.Pattern[str]:
    """Return a pattern for what goes on behind the first digits of `(617) 555-0112`."""
    return re.compile(r"[0-9]{1,2}\) ?[0-9]{3}[-. ][0-9]{1,4}")


@functools.cache
def _operators() -> re.Pattern[str]:
    return re.compile(_OPERATORS)
