"""What the parts of a policy text are, line by line, as far as that can be seen without parsing.

The rules are tried in order at each place. They look at one line only, as editors do, so a name
that is spelt like a word of the language is known as a name only where its line says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from guardrail.language.parser import keywords, terminals
from guardrail.language.words import ACTIONS, TOP_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal[
    "space", "comment", "string", "escape", "placeholder", "regex", "number", "date",
    "declaration", "clause", "action", "logic", "constant", "subject", "definition", "name",
    "parameter", "comparison", "assignment", "punctuation", "error",
]  # fmt: skip
"""What a stretch of text is; the kinds from `declaration` to `subject` are words of the language.
"""

WORDS: Final[frozenset[Kind]] = frozenset(
    {"declaration", "clause", "action", "logic", "constant", "subject"}
)

_LOGIC: Final = frozenset({"and", "or", "not"})
_SUBJECTS: Final = frozenset({"text", "prompt"})
_CONSTANTS: Final = frozenset(
    {"low", "medium", "high", "critical", "violation", "pass", "error", "allow"}
    | {"output", "input", "both"}
)
_BEFORE_NAMES: Final = (
    "append", "by", "enforces", "except", "fallback", "matches", "meta", "using", "with",
    "contains any", "contains all",
)  # fmt: skip
"""What a name follows on the same line, in a place where nothing else can stand."""

_BEFORE_GROUPS: Final = ("and", "not", "or", "require", "unless", "when")
"""What can stand before a parenthesis without being the name of a call."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression, and the kind of each of its groups; one kind alone for the whole match."""

    expression: str
    kinds: tuple[Kind, ...]
    inside: tuple[Rule, ...] = ()


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules in the order in which they are tried; together they match any text.

    >>> next(rule.kinds for rule in rules() if re.fullmatch(rule.expression, "# a note"))
    ('comment',)
    """
    known = {name: _written(expression) for name, expression in terminals().items()}
    name = known["NAME"]
    gap = r"[ \t]+"
    return (
        Rule(r"[ \t\r\n\uFEFF]+", ("space",)),
        Rule(known["COMMENT"], ("comment",)),
        Rule(known["STRING"], ("string",), _IN_STRINGS),
        Rule(known["BAD_STRING"], ("error",)),
        Rule(rf"(=)([ \t]*)({known['REGEX']})", ("assignment", "space", "regex"), _IN_PATTERNS),
        Rule(rf"({_any(TOP_LEVEL[1:])})({gap})({name})", ("declaration", "space", "definition")),
        *(Rule(rf"({_spaced(words)})({gap})(?!by\b)({name})", (kind, "space", "name"))
          for kind, words in _before_names()),
        Rule(rf"(,)([ \t]*)({name})(?![ \t]*:)", ("punctuation", "space", "name")),
        Rule(rf"{name}(?=[ \t]*:)", ("parameter",)),
        Rule(rf"(?!{_any(_BEFORE_GROUPS)}){name}(?=[ \t]*\()", ("name",)),
        Rule(rf"(\.)({name})", ("punctuation", "name")),
        *(Rule(rf"{_any(words)}(?!\w)(?!\.\w)", (kind,)) for kind, words in _words()),
        Rule(name, ("name",)),
        Rule(known["DATE"], ("date",)),
        Rule(known["NUMBER"], ("number",)),
        Rule(known["COMPARE"], ("comparison",)),
        Rule(known["_EQUAL"], ("assignment",)),
        Rule(r"[\[\](),:.]", ("punctuation",)),
        Rule(known["BAD_REGEX"], ("error",)),
        Rule(known["BAD_OPERATOR"], ("error",)),
        Rule(known["BAD_NUMBER"], ("error",)),
        Rule(known["BAD_WORD"], ("error",)),
        Rule(known["BAD_CHARACTER"], ("error",)),
    )  # fmt: skip


_IN_STRINGS: Final = (
    Rule(r'\\(?:u\{[0-9A-Fa-f]{1,6}\}|["\\nt])', ("escape",)),
    Rule(r"\{(?:type|last4|hash|n)\}", ("placeholder",)),
)
_IN_PATTERNS: Final = (Rule(r"\\[^\r\n]", ("escape",)),)


def _before_names() -> list[tuple[Kind, tuple[str, ...]]]:
    actions = tuple(words for words in _BEFORE_NAMES if words.split()[0] in ACTIONS)
    others = tuple(words for words in _BEFORE_NAMES if words not in actions)
    return [("action", actions), ("clause", others)]


def _words() -> list[tuple[Kind, tuple[str, ...]]]:
    """Return every word of the language by its kind; what is not told apart begins a clause."""
    sets: list[tuple[Kind, frozenset[str]]] = [
        ("logic", _LOGIC),
        ("subject", _SUBJECTS),
        ("action", ACTIONS),
        ("constant", _CONSTANTS),
        ("declaration", frozenset(TOP_LEVEL)),
        ("clause", frozenset(keywords())),
    ]
    told: set[str] = set()
    found: list[tuple[Kind, tuple[str, ...]]] = []
    for kind, words in sets:
        some = (words & frozenset(keywords())) - told
        told |= some
        found.append((kind, tuple(sorted(some))))
    return found


def _any(words: tuple[str, ...]) -> str:
    return rf"\b(?:{'|'.join(words)})\b"


def _spaced(phrases: tuple[str, ...]) -> str:
    return _any(tuple(phrase.replace(" ", r"[ \t]+") for phrase in phrases))


def _written(expression: str) -> str:
    """Return an expression with line breaks written as escapes, as all engines read them."""
    return expression.replace("\r", r"\r").replace("\n", r"\n")


def scan(text: str) -> Iterator[tuple[int, Kind, str]]:
    """Yield the place, the kind and the text of every part; together they are the whole text.

    >>> [(kind, part) for _, kind, part in scan("then block") if kind != "space"]
    [('clause', 'then'), ('action', 'block')]
    """
    place = 0
    while place < len(text):
        rule, match = _first(text, place)
        for number, kind in enumerate(rule.kinds, start=len(rule.kinds) > 1):
            start, end = match.span(number)
            if kind in _WITH_PARTS:
                yield from _parts(text, start, end, kind, rule.inside)
            elif start < end:
                yield start, kind, text[start:end]
        place = match.end()


_WITH_PARTS: Final = frozenset({"string", "regex"})


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    return tuple((re.compile(rule.expression), rule) for rule in rules())


def _first(text: str, place: int) -> tuple[Rule, re.Match[str]]:
    for expression, rule in _compiled():
        match = expression.match(text, place)
        if match is not None and match.end() > place:
            return rule, match
    raise AssertionError("the last rule matches any character")


def _parts(
    text: str, start: int, end: int, kind: Kind, inside: tuple[Rule, ...]
) -> Iterator[tuple[int, Kind, str]]:
    """Yield what stands inside a string or a pattern, and what is between."""
    both = re.compile("|".join(f"({rule.expression})" for rule in inside))
    for match in both.finditer(text, start, end):
        if start < match.start():
            yield start, kind, text[start : match.start()]
        yield match.start(), inside[cast("int", match.lastindex) - 1].kinds[0], match[0]
        start = match.end()
    if start < end:
        yield start, kind, text[start:end]
