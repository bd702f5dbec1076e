"""From text to tokens to a tree: the only file that knows the parser generator.

A file is parsed whole. If that fails it is parsed again in stretches that begin at a top-level
word at the start of a line, so that one run finds the first mistake of every declaration. (To
resume the failed parse instead would mean to take its stacks apart for the same result.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from guardrail import assets
from guardrail.errors import PolicyError
from guardrail.language import syntax_help
from guardrail.language.bad_tokens import END, Failure, Word, shortened
from guardrail.language.build import build
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.source import Range, Source
from guardrail.language.words import TOP_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lark import Lark, Token, Tree

    from guardrail.language.nodes import File

_MAX_DEPTH: Final = 64
_MAX_SHOWN: Final = 100
MAX_COUNTED: Final = 1000

_GAP: Final = r"(?:[ \t\r\n]|#[^\n]*)*"
_EDITION: Final = re.compile(rf"\ufeff?{_GAP}(?P<word>[^\s#]*){_GAP}(?P<number>[^\s#]*)")
_FIRST_WORD: Final = re.compile(
    r"^(?P<indent>[ \t]*)(?P<word>[A-Za-z]+)\b(?!\s*[:,)\]=.])", re.MULTILINE
)
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def parse(source: Source) -> tuple[File | None, list[Diagnostic]]:
    """Return the file that a text makes and every mistake of form in it.

    The file holds the declarations that could be read; it is None without a known edition.

    >>> file, wrong = parse(Source("a.guard", 'edition 1 reply bye "Goodbye."'))
    >>> file.items[0].name.name, wrong
    ('bye', [])
    """
    start, unknown = edition(source)
    if unknown is not None:
        return None, [unknown]
    whole = None if _CONTROL.search(source.text) else _read(_blank(source.text), "start")
    if whole is not None and whole.tree is not None:
        file, wrong = build(source, [(0, whole.tree)])
        return file, capped(wrong)
    trees: list[tuple[int, Tree[Token]]] = []
    mistakes: list[Diagnostic] = []
    for stretch in stretches(source.text, start):
        tree, mistake = recover(source, stretch)
        if tree is not None:
            trees.append((stretch.start, tree))
        if mistake is not None:
            mistakes.append(mistake)
        if len(mistakes) > MAX_COUNTED:
            break
    file, wrong = build(source, trees)
    return file, capped([*mistakes, *wrong])


def read(source: Source) -> tuple[File, list[Token], Tree[Token]]:
    """Return the file that a text makes, its tokens, and the grammar's tree of it.

    Raises:
        PolicyError: The text does not parse.
    """
    _, unknown = edition(source)
    if unknown is None and not _CONTROL.search(source.text):
        whole = _read(_blank(source.text), "start")
        if whole.tree is not None:
            file, wrong = build(source, [(0, whole.tree)])
            if not wrong:
                return file, whole.tokens, whole.tree
    raise PolicyError(parse(source)[1])


def tokens(source: Source) -> list[Token]:
    """Return the tokens of a text, without white space and comments.

    Raises:
        PolicyError: The text does not parse.
    """
    return read(source)[1]


def tree(source: Source) -> Tree[Token]:
    """Return the grammar's tree of a text.

    Raises:
        PolicyError: The text does not parse.
    """
    return read(source)[2]


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a declaration: its words, and the kinds that could stand next."""

    words: tuple[Word, ...]
    accepts: frozenset[str]


def prefix(text: str, base: int = 0) -> Prefix | None:
    """Return what a text that begins with a declaration leaves open; None if it is wrong itself.

    `base` is the offset that the text has in its file.

    >>> sorted(prefix("rule r on").accepts)
    ['both', 'input', 'output']
    """
    reading = _read(text, "fragment")
    if reading.is_too_deep or (reading.stopped_at is not None and reading.stopped_at.type != END):
        return None
    parser, kinds = _lark().parse_interactive(start="fragment"), _kinds()
    for token in reading.tokens:
        parser.feed_token(token)
    accepts = frozenset(kinds.get(terminal, terminal) for terminal in parser.accepts())
    return Prefix(tuple(_word(token, base) for token in reading.tokens), accepts)


@cache
def terminals() -> Mapping[str, str]:
    """Return the regular expression of each terminal that is not a word, by its name.

    >>> "COMMENT" in terminals(), "CONTAINS" in terminals()
    (True, False)
    """
    return {
        terminal.name: terminal.pattern.to_regexp()
        for terminal in _lark().terminals
        if terminal.pattern.type == "re"
    }


@cache
def keywords() -> tuple[str, ...]:
    """Return every word of the language, sorted.

    >>> "contains" in keywords()
    True
    """
    return tuple(sorted({kind for kind in _kinds().values() if kind.isalpha() and kind.islower()}))


# ---------------------------------------------------------------- the parser


class _Names:
    """Lets a name stand wherever a word may, so that `blockwith` is not read as two words."""

    always_accept = ("NAME",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


def load(*, strict: bool = False) -> Lark:
    """Return a parser; `strict` looks for conflicts in the grammar and needs `interegular`."""
    from lark import Lark, lexer

    # Where `interegular` happens to be there, Lark would look for them in every process that
    # reads a policy: that takes several times as long as all the rest.
    is_there, lexer.has_interegular = lexer.has_interegular, strict and lexer.has_interegular
    try:
        return Lark(
            (assets.folder("grammar") / "policy.lark").read_text("utf-8"),
            parser="lalr",
            start=["start", "fragment", "mistake"],
            postlex=_Names(),
            propagate_positions=True,
            strict=strict,
        )
    finally:
        lexer.has_interegular = is_there


@cache
def _lark() -> Lark:
    return load()


@cache
def _kinds() -> dict[str, str]:
    """Return what messages call each terminal: keywords and signs by their text."""
    kinds = {
        terminal.name: terminal.pattern.value if terminal.pattern.type == "str" else terminal.name
        for terminal in _lark().terminals
    }
    return {**kinds, "_EQUAL": "=", END: END}


@cache
def _table() -> syntax_help.Table:
    return syntax_help.table(_failure_of)


# ---------------------------------------------------------------- reading


@dataclass(slots=True)
class _Reading:
    """What came of reading a text: its tree, or the token that stopped it."""

    tokens: list[Token]
    tree: Tree[Token] | None = None
    stopped_at: Token | None = None
    is_too_deep: bool = False
    opened: Token | None = None


def _read(text: str, start: str) -> _Reading:
    """Parse a text up to its end or its first mistake."""
    from lark import UnexpectedToken

    parser = _lark().parse_interactive(text, start)
    reading, nesting = _Reading([]), _Nesting()
    try:
        for token in parser.lexer_thread.lex(parser.parser_state):
            parser.feed_token(token)
            nesting.feed(token)
            if nesting.depth > _MAX_DEPTH:
                reading.stopped_at, reading.is_too_deep = token, True
                return reading
            reading.tokens.append(token)
        reading.tree = parser.feed_eof(reading.tokens[-1] if reading.tokens else None)
    except UnexpectedToken as error:
        reading.stopped_at, reading.opened = error.token, nesting.opened
    return reading


class _Nesting:
    """Counts the brackets and the `not`s that are open."""

    def __init__(self) -> None:
        self._open: list[Token] = []

    @property
    def depth(self) -> int:
        return len(self._open)

    @property
    def opened(self) -> Token | None:
        """The innermost bracket that is open."""
        return next((token for token in reversed(self._open) if token.type != "NOT"), None)

    def feed(self, token: Token) -> None:
        if token.type in {"LPAR", "LSQB", "NOT"}:
            self._open.append(token)
            return
        if token.type in {"RPAR", "RSQB"}:
            while self._open and self._open.pop().type == "NOT":
                pass
        while self._open and self._open[-1].type == "NOT":
            self._open.pop()


def _blank(text: str) -> str:
    """Return the text with a space for a leading byte order mark, so that places stay."""
    return f" {text[1:]}" if text.startswith("\ufeff") else text


# ---------------------------------------------------------------- mistakes


def edition(source: Source) -> tuple[int, Diagnostic | None]:
    """Return where the text goes on after `edition 1`, or what is wrong about it."""
    match = cast("re.Match[str]", _EDITION.match(source.text))
    word, number = match["word"], match["number"]
    if word == "edition" and number == "1":
        return match.end(), None
    if word == "edition" and number:
        message = f"edition `{shortened(number)}` is not known here"
        hint, span = "this version of guardrail reads `edition 1`", match.span("number")
    else:
        message = "a policy starts with its edition"
        hint, span = "write `edition 1` as the first line", match.span("word")
    return 0, Diagnostic("G001", message, source, Label(Range(*span)), (), (hint,))


def stretches(text: str, start: int) -> Iterator[Range]:
    """Cut a text at every line that begins a declaration; the first stretch may be empty."""
    for match in _FIRST_WORD.finditer(text, start):
        word = match["word"]
        if word in TOP_LEVEL or (not match["indent"] and syntax_help.is_misspelt_head(word)):
            yield Range(start, match.start("word"))
            start = match.start("word")
    yield Range(start, len(text))


def recover(source: Source, stretch: Range) -> tuple[Tree[Token] | None, Diagnostic | None]:
    """Return the declarations of one stretch that can be read, and its first mistake."""
    text = source.text[stretch.start : stretch.end]
    if match := _CONTROL.search(text):
        return None, _control(source, stretch.start + match.start())
    reading = _read(text, "fragment")
    if reading.stopped_at is None:
        return reading.tree, None
    if reading.is_too_deep:
        span = _span(reading.stopped_at, stretch.start)
        message = f"brackets and `not` nest at most {_MAX_DEPTH} deep"
        return None, Diagnostic("G016", message, source, Label(span, "one more here"))
    failure, before = _failure(source, stretch, reading)
    return before, syntax_help.explain(failure, _table(), keywords())


def _control(source: Source, start: int) -> Diagnostic:
    code_point = ord(source.text[start])
    return Diagnostic(
        "G008",
        f"the invisible character U+{code_point:04X} cannot stand in a policy",
        source,
        Label(Range(start, start + 1)),
        (),
        (f"delete it; in a string it can be written `\\u{{{code_point:X}}}`",),
    )


def _failure(
    source: Source, stretch: Range, reading: _Reading
) -> tuple[Failure, Tree[Token] | None]:
    """Return what is known about a mistake, and the declarations before the one it is in.

    The tokens before it are fed again: the parser that met it may have gone on from its state.
    """
    parser, kinds = _lark().parse_interactive(start="fragment"), _kinds()
    for token in reading.tokens:
        parser.feed_token(token)
    state = cast("int", parser.parser_state.position)
    accepts = frozenset(kinds.get(terminal, terminal) for terminal in parser.accepts())
    stopped_at = cast("Token", reading.stopped_at)
    before = reading.tokens[-1] if reading.tokens else None
    heads = [token.value for token in reading.tokens if kinds[token.type] in TOP_LEVEL]
    failure = Failure(
        source=source,
        found=_found(source, stretch, stopped_at, before),
        state=state,
        accepts=accepts,
        before=_word(before, stretch.start) if before is not None else None,
        inside=heads[-1] if heads else None,
        opened=_span(reading.opened, stretch.start) if reading.opened is not None else None,
    )
    if END not in accepts:
        return failure, None
    tree = parser.feed_eof(before)
    del tree.children[-1:]
    return failure, tree


def _found(source: Source, stretch: Range, token: Token, before: Token | None) -> Word:
    """Return the token that stopped the parser; at the end of a stretch, what comes next."""
    if token.type != END:
        return _word(token, stretch.start)
    if following := re.compile(r"\w+").match(source.text, stretch.end):
        return Word(following[0], END, Range(*following.span()))
    end = stretch.start + (cast("int", before.end_pos) if before is not None else 0)
    return Word("", END, Range(end, end))


def _failure_of(sample: str) -> Failure:
    """Return where a malformed sample goes wrong."""
    source = Source("sample", sample)
    stretch = Range(0, len(sample))
    return _failure(source, stretch, _read(sample, "fragment"))[0]


def _word(token: Token, base: int) -> Word:
    return Word(str(token), _kinds()[token.type], _span(token, base))


def _span(token: Token, base: int) -> Range:
    return Range(base + cast("int", token.start_pos), base + cast("int", token.end_pos))


def capped(mistakes: list[Diagnostic]) -> list[Diagnostic]:
    """Return mistakes in the order of the text, and one line for those beyond the first hundred."""
    mistakes = sorted(mistakes, key=lambda mistake: mistake.primary.span)
    if len(mistakes) <= _MAX_SHOWN:
        return mistakes
    first = mistakes[_MAX_SHOWN]
    hidden = min(len(mistakes), MAX_COUNTED) - _MAX_SHOWN
    more = "at least " if len(mistakes) > MAX_COUNTED else ""
    message = f"{more}{hidden} more mistakes are not shown, the first of them is here"
    return [
        *mistakes[:_MAX_SHOWN],
        Diagnostic("G002", message, first.source, Label(first.primary.span)),
    ]
