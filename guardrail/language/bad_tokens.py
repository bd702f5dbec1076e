"""Where parsing failed, and the words for tokens that are wrong anywhere.

The grammar's last terminals catch what is no token of the language: an open string, a curly
quote, a number that is none. Each gets its message here, whatever could have stood in its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.source import Range, Source

END: Final = "$END"
"""The kind of the token after the last one."""

_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Word:
    """A token: its text, its kind (keywords and signs are their own kind), and its place."""

    text: str
    kind: str
    span: Range


@dataclass(frozen=True, slots=True)
class Failure:
    """A token that cannot stand where it stands.

    `state` is the parser's, `accepts` the kinds that could stand there. `before` is the last token
    that was right, `inside` the word that began the declaration, `opened` an open bracket.
    """

    source: Source
    found: Word
    state: int
    accepts: frozenset[str]
    before: Word | None = None
    inside: str | None = None
    opened: Range | None = None

    @property
    def shown(self) -> str:
        """The token as messages show it: in backticks, cut if it is long."""
        return f"`{shortened(self.found.text)}`" if self.found.text else "the end of the file"

    @property
    def is_adjacent(self) -> bool:
        """Whether no space stands between the token and the one before it."""
        return self.before is not None and self.before.span.end == self.found.span.start

    @property
    def is_same_line(self) -> bool:
        """Whether the token stands on the line of the one before it."""
        start = self.before.span.end if self.before else self.found.span.start
        return "\n" not in self.source.text[start : self.found.span.start]

    @property
    def rest(self) -> str:
        """What follows the token on its line."""
        return self.source.text[self.found.span.end :].partition("\n")[0].rstrip("\r")

    def report(
        self,
        message: str,
        *hints: str,
        note: str = "",
        code: str = "G002",
        span: Range | None = None,
    ) -> Diagnostic:
        """Return a message about the token, or about the part of it that `span` names."""
        where = Label(span or self.found.span, note)
        return Diagnostic(code, message, self.source, where, (), hints)


def shortened(text: str) -> str:
    """Return a piece of source as messages show it.

    >>> shortened("a" * 100)[-3:]
    'aa…'
    """
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def bad_token(failure: Failure) -> Diagnostic | None:
    """Return the message for a token that is wrong anywhere, None for any other."""
    explain = _BY_KIND.get(failure.found.kind, _quote_inside)
    return explain(failure)


def _open_string(failure: Failure) -> Diagnostic:
    hint = 'a string ends with `"` on its own line; a line break in it is written `\\n`'
    if failure.found.text.endswith('\\"'):
        hint = 'its last `\\"` is a quote inside the string: add another `"` to end it'
    return failure.report("this string is never closed", hint, code="G003")


_CLOSING: Final = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "‟": "”"}  # noqa: RUF001 - quotes are the point


def _quote(failure: Failure) -> Diagnostic:
    opening = failure.found.text
    closing = re.search(f"[{re.escape(_CLOSING.get(opening, opening))}]", failure.rest)
    hint = 'write `"` instead'
    if closing and '"' not in failure.rest[: closing.start()]:
        hint = f'write `"{shortened(failure.rest[: closing.start()])}"`'
    shown = "a backtick" if opening == "`" else f"`{opening}`"
    return failure.report(f"a string stands in double quotes, not in {shown}", hint, code="G004")


def _quote_inside(failure: Failure) -> Diagnostic | None:
    before = failure.before
    if failure.found.text and failure.is_adjacent and before and before.kind == "STRING":
        return failure.report(
            'the string ends at the `"` before this', 'a `"` inside a string is written `\\"`'
        )
    return None


def _pattern(failure: Failure) -> Diagnostic | None:
    is_expected = "REGEX" in failure.accepts
    if not is_expected and (failure.found.text + failure.rest).startswith(("//", "/*")):
        return failure.report("a comment starts with `#`", "write `#` instead")
    if not is_expected:
        return None
    if failure.rest.startswith("/"):
        return failure.report("this pattern is empty", code="G006")
    hint = "a pattern ends with `/` on its own line; a `/` inside it is written `\\/`"
    return failure.report("this pattern is never closed", hint, code="G006")


def _number(failure: Failure) -> Diagnostic:
    text = failure.found.text
    digits, rest = re.findall(r"^(-?\d+(?:\.\d+)?)?(.*)", text)[0]
    hint = "a number is digits, with at most one point between them, as in `0.5`"
    if "NAME" in failure.accepts and "NUMBER" not in failure.accepts:
        hint = "a name starts with a letter or `_`"
    elif digits and rest.isalpha() and len(rest) > 1:
        hint = f"write `{digits} {rest}` if these are two words"
    return failure.report(f"{failure.shown} is not a number", hint, code="G007")


def _comma(failure: Failure) -> Diagnostic | None:
    before = failure.before
    if failure.is_adjacent and before and before.kind == "NUMBER" and failure.rest[:1].isdigit():
        hint = f"write `{before.text}.{re.findall(r'^[0-9]+', failure.rest)[0]}`"
        return failure.report("a number has a point, not a comma", hint, code="G007")
    if "or" in failure.accepts:
        return failure.report("conditions are joined with `and` or `or`, not with a comma")
    if "and" in failure.accepts:
        return failure.report("actions are joined with `and`, not with a comma")
    return None


def _closing(failure: Failure) -> Diagnostic | None:
    if failure.opened is not None:
        return None
    return failure.report(f"{failure.shown} closes nothing", "leave it out, or open it before")


def _colon(failure: Failure) -> Diagnostic:
    hint = "leave it out: only the arguments of a detector or rewriter take `:`"
    return failure.report("`:` does not belong here", hint)


def _word(failure: Failure) -> Diagnostic:
    text = failure.found.text
    at, letter = next((i, c) for i, c in enumerate(text) if not (c.isascii() and c.isalnum()))
    start = failure.found.span.start + at
    return failure.report(
        f"{failure.shown} is not a word: {_described(letter)} cannot stand in one",
        "names and keywords are made of the letters a to z, digits and `_`",
        code="G008",
        span=Range(start, start + 1),
    )


_SIGNS: Final = {
    "{": ("there are no braces", "leave it out: a declaration ends where the next one begins"),
    "}": ("there are no braces", "leave it out: a declaration ends where the next one begins"),
    ";": ("nothing ends with `;`", "leave it out"),
}


def _character(failure: Failure) -> Diagnostic | None:
    sign, before = failure.found.text, failure.before
    if sign in _SIGNS:
        return failure.report(*_SIGNS[sign], code="G008")
    if sign == "%" and before and before.kind == "NUMBER":
        hint = f"write `{float(before.text) / 100:g}`"
        return failure.report("a share is written as a number from 0 to 1", hint, code="G008")
    if sign == "-" and failure.is_adjacent and before and before.kind == "NAME":
        tail = re.findall(r"^\w*", failure.rest)[0]
        hint = f"write `{before.text}_{tail}`"
        return failure.report("a name cannot hold `-`", hint, code="G008")
    if sign in "&|!":
        return None
    hints = ("write an ordinary space",) if unicodedata.category(sign) == "Zs" else ()
    return failure.report(f"{_described(sign)} cannot stand here", *hints, code="G008")


def _described(character: str) -> str:
    r"""Return a character as messages name it.

    >>> _described("é"), _described("\xa0")
    ('`é` (LATIN SMALL LETTER E WITH ACUTE)', 'U+00A0 (NO-BREAK SPACE)')
    """
    if character.isascii() and character.isprintable():
        return f"`{character}`"
    name = unicodedata.name(character, "")
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    return f"{shown} ({name})" if name else f"U+{ord(character):04X}"


_BY_KIND: Final[dict[str, Callable[[Failure], Diagnostic | None]]] = {
    "BAD_STRING": _open_string,
    "BAD_QUOTE": _quote,
    "BAD_REGEX": _pattern,
    "REGEX": _pattern,
    "BAD_NUMBER": _number,
    "BAD_WORD": _word,
    "BAD_CHARACTER": _character,
    ",": _comma,
    ":": _colon,
    ")": _closing,
    "]": _closing,
}
