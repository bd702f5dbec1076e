"""Reads a pattern: `regex` syntax without what cannot run in linear time.

Recursive descent over the subset that `regex` and RE2 can both run and that means one thing.
Whatever else `regex` would accept is refused by name. The lenient parser, for patterns of
third-party libraries, reads more: look-around is dropped and back-references become
`Anything`, so that its tree matches a superset.
"""

from __future__ import annotations

import re
import string
import sys
from typing import Final, Literal, NoReturn, TypeAlias

from guardrail.errors import GuardrailError
from guardrail.text import syntax
from guardrail.text.syntax import Anything, Assertion, CharSet, Choice, Group, Node, Repeat

Kind: TypeAlias = Literal["invalid", "nonlinear", "exponential", "empty"]

MOST_REPEATS: Final = 1000
"""The largest counted repeat: RE2's own limit."""

_DEEPEST: Final = 50
"""Groups inside groups, so that no pattern can exhaust the stack."""

_CONTROLS: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HEX_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_QUANTIFIERS: Final[dict[str, tuple[int, int | None]]] = {
    "?": (0, 1),
    "*": (0, None),
    "+": (1, None),
}
_COUNTED: Final = re.compile(r"\{(\d*)(?:(,)(\d*))?\}", re.ASCII)
_INLINE_FLAGS: Final = re.compile(r"\(\?([A-QS-Za-z]*)(?:-([A-Za-z]*))?([:)])", re.ASCII)
_PROPERTY: Final = re.compile(r"\\[pP](?:[CLMNPSZ]|\{[^{}]+\})")
_CLASS: Final = re.compile(r"\[\^?(?:\]|)(?:\\.|\[:\^?[\w &=.-]+:\]|[^\\\]])*\]", re.DOTALL)
_SET_OPERATION: Final = re.compile(r"(?:\\.|[^\\])*?(&&|\|\||~~|--)", re.DOTALL)
_NAMED: Final = re.compile(r"\(\?P?<([^\W\d]\w*)>")
_REFUSED_GROUPS: Final = (
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?>", "an atomic group"),
    ("(?|", "a branch reset"),
    ("(?(", "a conditional"),
    ("(?P=", "a back-reference"),
    ("(?P>", "recursion"),
    ("(?P&", "recursion"),
    ("(?&", "recursion"),
    ("(?R", "recursion"),
)
_REFUSED_ESCAPES: Final = {
    "K": "`\\K`",
    "G": "`\\G`",
    "m": "`\\m`",
    "M": "`\\M`",
    "X": "`\\X`",
    "R": "`\\R`",
    "L": "a named list",
    "N": "a character name",
    "g": "a back-reference",
}


class PatternError(GuardrailError):
    """A pattern that is refused; `start` and `end` are offsets in its source.

    `kind` is `invalid` (no such syntax), `nonlinear` (RE2 cannot run it), `exponential` (nested
    repeats, or `regex` was measured to blow up) or `empty` (it matches the empty text). An
    unknown flag lies behind the source: after the closing slash.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        start: int,
        end: int,
        help: str | None = None,  # noqa: A002 - the word of all errors here
    ) -> None:
        super().__init__(message, help=help)
        self.kind: Kind = kind
        self.start = start
        self.end = end


def parse(source: str, flags: str) -> Node:
    """Return the tree of a pattern, or raise `PatternError`.

    >>> parse("a|b", "").items[1].char
    'b'
    """
    return _Parser(source, flags, is_lenient=False).whole()


def parse_leniently(source: str, flags: str) -> Node:
    """Return a tree that matches at least what a third-party pattern does.

    >>> syntax.shortest(parse_leniently("(?<=a)bc", ""))
    2
    """
    return _Parser(source, flags, is_lenient=True).whole()


class _Parser:
    """One pattern being read; `flags` are the ones in force at `at`."""

    def __init__(self, source: str, flags: str, *, is_lenient: bool) -> None:
        self.source = source
        self.flags = frozenset(flags)
        self.is_lenient = is_lenient
        self.at = 0
        self.depth = 0

    # ------------------------------------------------------------ sequences

    def whole(self) -> Node:
        while (inline := _INLINE_FLAGS.match(self.source, self.at)) and inline[3] == ")":
            self.flags = self._with_flags(inline)
            self.at = inline.end()
        node = self._choice()
        if self.at < len(self.source):
            self._fail("invalid", "unbalanced `)`", self.at, self.at + 1)
        return node

    def _choice(self) -> Node:
        start = self.at
        items = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            items.append(self._sequence())
        return items[0] if len(items) == 1 else Choice(start, self.at, tuple(items))

    def _sequence(self) -> Node:
        start = self.at
        items: list[Node] = []
        while (char := self._peek()) and char not in "|)":
            item = self._atom(char)
            if item is not None:
                items.append(self._repeated(item))
        return items[0] if len(items) == 1 else syntax.Sequence(start, self.at, tuple(items))

    def _peek(self) -> str:
        """Return the next character that counts; under `x`, blanks and comments do not."""
        source = self.source
        if "x" in self.flags:
            while self.at < len(source) and (source[self.at].isspace() or source[self.at] == "#"):
                if source[self.at] == "#":
                    newline = source.find("\n", self.at)
                    self.at = len(source) if newline < 0 else newline
                else:
                    self.at += 1
        return source[self.at : self.at + 1]

    def _atom(self, char: str) -> Node | None:
        start = self.at
        match char:
            case "\\":
                return self._escape()
            case "[":
                return self._class()
            case "(":
                return self._parenthesis()
            case "." | "^" | "$":
                self.at += 1
                if char == ".":
                    dot = "(?s:.)" if "s" in self.flags else "."
                    return CharSet(start, self.at, dot, fold=False)
                return Assertion(start, self.at, char, "m" in self.flags)
            case "?" | "*" | "+":
                self._fail("invalid", "nothing to repeat", start, start + 1)
            case "{":
                self._literal_brace()
        self.at += 1
        return syntax.Literal(start, self.at, char, "i" in self.flags)

    def _literal_brace(self) -> None:
        """Pass a `{` that both engines read as itself; refuse one that begins something."""
        if counted := self._counted():
            self._fail("invalid", "nothing to repeat", self.at, counted.end())
        begins = self.source[self.at + 1 : self.at + 2]
        if "x" in self.flags or (begins and begins in "deis0123456789"):
            message = "this reads as fuzzy matching, which does not run in linear time"
            help_ = "a literal `{` is written `\\{`"
            self._fail("nonlinear", message, self.at, self.at + 1, help_)

    # ------------------------------------------------------------ repeats

    def _counted(self) -> re.Match[str] | None:
        found = _COUNTED.match(self.source, self.at)
        return found if found and (found[1] or found[2]) else None

    def _repeated(self, item: Node) -> Node:
        while (char := self._peek()) and self.source.startswith("(?#", self.at):
            self._comment()
        counted = self._counted() if char == "{" else None
        if counted:
            low = int(counted[1] or 0)
            high = low if counted[2] is None else int(counted[3]) if counted[3] else None
        elif char and char in _QUANTIFIERS:
            low, high = _QUANTIFIERS[char]
        else:
            return item
        start, self.at = self.at, counted.end() if counted else self.at + 1
        if isinstance(item, Assertion) and not self.is_lenient:
            self._fail("invalid", "nothing to repeat", start, self.at)
        if high is not None and low > high:
            self._fail("invalid", "the smallest count is above the largest", start, self.at)
        if max(low, high or 0) > MOST_REPEATS:
            self._refuse(f"a repeat of more than {MOST_REPEATS:,}", start, self.at)
        suffix = self._peek()
        if suffix and suffix in "?+":
            self.at += 1
        if suffix == "+" and not self.is_lenient:
            self._refuse("a possessive repeat", start, self.at)
        end = self.at
        if (after := self._peek()) and (
            after in _QUANTIFIERS or (after == "{" and self._counted())
        ):
            self._fail("invalid", "a repeat directly after a repeat", self.at, self.at + 1)
        return Repeat(item.start, end, item, low, high, suffix == "?")

    # ------------------------------------------------------------ escapes and classes

    def _escape(self) -> Node:
        start, char = self.at, self.source[self.at + 1 : self.at + 2]
        self.at += 2
        fold = "i" in self.flags
        if not char:
            self._fail("invalid", "a backslash at the end", start, start + 1)
        if char in "dDwWsSh":
            return CharSet(start, self.at, "\\" + char, fold)
        if char in "bBAZz":
            return Assertion(start, self.at, "\\" + char, is_multiline=False)
        if char in "pP":
            return self._property(start)
        if char in _CONTROLS:
            return syntax.Literal(start, self.at, _CONTROLS[char], fold)
        if char in _HEX_DIGITS:
            return self._hexadecimal(start, _HEX_DIGITS[char])
        if char in string.ascii_letters + string.digits:
            return self._refused_escape(start, char)
        return syntax.Literal(start, self.at, char, fold)

    def _property(self, start: int) -> Node:
        found = _PROPERTY.match(self.source, start)
        if not found:
            self._fail("invalid", "a property is written `\\p{…}`", start, self.at)
        self.at = found.end()
        return CharSet(start, self.at, found[0], "i" in self.flags)

    def _hexadecimal(self, start: int, width: int) -> Node:
        digits = self.source[self.at : self.at + width]
        self.at = min(self.at + width, len(self.source))
        if len(digits) < width or not all(d in string.hexdigits for d in digits):
            self._fail("invalid", f"this escape needs {width} hexadecimal digits", start, self.at)
        if int(digits, 16) > sys.maxunicode:
            self._fail("invalid", "no such character", start, self.at)
        return syntax.Literal(start, self.at, chr(int(digits, 16)), "i" in self.flags)

    def _refused_escape(self, start: int, char: str) -> Node:
        if char in "123456789":
            while (digit := self._peek()) and digit in string.digits:
                self.at += 1
            return self._refuse("a back-reference", start, self.at)
        if char == "0":
            self._fail("invalid", "an octal escape", start, self.at, help="write `\\x00`")
        if char in "KGmM" and self.is_lenient:
            return Assertion(start, self.at, "\\" + char, is_multiline=False)
        if char in "LgN":
            closing = self.source.find("}" if char == "N" else ">", self.at)
            self.at = closing + 1 if closing >= 0 else self.at
        if char in _REFUSED_ESCAPES:
            return self._refuse(_REFUSED_ESCAPES[char], start, self.at)
        return self._fail("invalid", f"unknown escape `\\{char}`", start, self.at)

    def _class(self) -> Node:
        start = self.at
        found = _CLASS.match(self.source, start)
        if not found:
            self._fail("invalid", "this class is not closed", start, len(self.source))
        self.at = found.end()
        if operation := _SET_OPERATION.match(found[0]):
            where = start + operation.start(1)
            self._fail(
                "nonlinear",
                f"`{operation[1]}` in a class is a set operation in some dialects",
                where,
                where + 2,
                help="put a backslash before each of the two characters if you mean them literally",
            )
        return CharSet(start, self.at, found[0], "i" in self.flags)

    # ------------------------------------------------------------ parentheses

    def _parenthesis(self) -> Node | None:
        start = self.at
        if self.source.startswith("(?#", start):
            self._comment()
            return None
        for opening, what in _REFUSED_GROUPS:
            if self.source.startswith(opening, start):
                return self._refused_group(opening, what)
        if recursion := re.compile(r"\(\?[+-]?\d+\)").match(self.source, start):
            self.at = recursion.end()
            return self._refuse("recursion", start, self.at)
        if verb := re.compile(r"\(\*[A-Za-z]+\)").match(self.source, start):
            self._fail("nonlinear", "a backtracking verb is not linear", start, verb.end())
        outer = self.flags
        if named := _NAMED.match(self.source, start):
            self.at = named.end()
        elif inline := _INLINE_FLAGS.match(self.source, start):
            if inline[3] == ")":
                self._fail(
                    "invalid",
                    "flags in the middle of a pattern",
                    start,
                    inline.end(),
                    help=f"`(?{inline[1]}:…)` applies them to a part",
                )
            self.flags = self._with_flags(inline)
            self.at = inline.end()
        elif self.source.startswith("(?", start):
            self._fail("invalid", "unknown kind of group", start, min(start + 3, len(self.source)))
        else:
            self.at = start + 1
        body = self._inside(start)
        self.flags = outer
        return Group(start, self.at, body)

    def _inside(self, start: int) -> Node:
        """Read up to the closing parenthesis of the group that was opened at `start`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            self._fail("invalid", f"more than {_DEEPEST} groups inside each other", start, self.at)
        body = self._choice()
        if self._peek() != ")":
            self._fail("invalid", "this group is not closed", start, start + 1)
        self.at += 1
        self.depth -= 1
        return body

    def _refused_group(self, opening: str, what: str) -> Node:
        start = self.at
        self.at += len(opening)
        if not self.is_lenient:
            return self._refuse(what, start, self.at)
        if what in {"a back-reference", "recursion"}:
            closing = self.source.find(")", start)
            self.at = closing + 1 if closing >= 0 else len(self.source)
            return Anything(start, self.at)
        if opening == "(?(":
            condition = re.compile(r"[^\W]+\)").match(self.source, self.at)
            if not condition:
                self._fail("nonlinear", "a conditional on a look-around", start, self.at)
            self.at = condition.end()
        outer, body = self.flags, self._inside(start)
        self.flags = outer
        if what.startswith("look"):
            return syntax.Sequence(start, self.at, ())
        if opening == "(?(":
            branches = (body, syntax.Sequence(self.at, self.at, ()))
            return Choice(start, self.at, branches)
        return Group(start, self.at, body)

    def _comment(self) -> None:
        found = re.compile(r"\(\?#(?:\\.|[^)\\])*\)", re.DOTALL).match(self.source, self.at)
        if not found:
            self._fail("invalid", "this comment is not closed", self.at, len(self.source))
        self.at = found.end()

    def _with_flags(self, inline: re.Match[str]) -> frozenset[str]:
        known = "imsxau" if self.is_lenient else "imsx"
        for letter in inline[1] + (inline[2] or ""):
            if letter not in known:
                self._fail("invalid", f"unknown flag `{letter}`", inline.start(), inline.end())
        if inline[2] == "" or not (inline[1] or inline[2] or inline[3] == ":"):
            self._fail("invalid", "missing flag", inline.start(), inline.end())
        return (self.flags | set(inline[1])) - set(inline[2] or "")

    # ------------------------------------------------------------ refusals

    def _refuse(self, what: str, start: int, end: int, help: str | None = None) -> Node:  # noqa: A002
        """Refuse what is not linear; the lenient parser takes any text in its place."""
        if not self.is_lenient:
            self._fail("nonlinear", f"{what} does not run in linear time", start, end, help)
        return Anything(start, end)

    def _fail(
        self,
        kind: Kind,
        message: str,
        start: int,
        end: int,
        help: str | None = None,  # noqa: A002
    ) -> NoReturn:
        raise PatternError(kind, message, start, end, help)
