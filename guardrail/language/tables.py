"""Reads a text that is right by the parser generator's tables, in a third of its time.

The generator makes a token and a tree of everything, and finds the place of each tree by a walk
over what it is made of. Here places are on a stack of their own, and words that mean nothing once
they are read are not made at all. What is wrong, or nests deep, or is empty, is not read: then the
generator says what about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from lark import Lark

_BLANKS: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_DEEPEST: Final = 48
"""Texts that nest deeper are left to the generator: what is too deep has a longer stack."""

_END: Final = "$END"


class Word(str):
    """A token, with its kind and its place."""

    __slots__ = ("end_pos", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int


class Branch:
    """What a rule of the grammar has read, and where; `meta` is where trees of `lark` have that."""

    __slots__ = ("children", "data", "end_pos", "start_pos")

    def __init__(self, data: str, children: list[Any], start_pos: int, end_pos: int) -> None:
        self.data = data
        self.children = children
        self.start_pos = start_pos
        self.end_pos = end_pos

    @property
    def meta(self) -> Branch:
        """What says where it stands."""
        return self


class _Reduction(NamedTuple):
    """What becomes of the last `size` values: those to keep, with whether each is taken apart."""

    size: int
    origin: str
    name: str
    kept: tuple[tuple[int, bool], ...]
    may_pass: bool
    """Whether a single child stands for the whole."""


class _Lexer(NamedTuple):
    match: Callable[[str, int], re.Match[str] | None]
    words: Mapping[str, Mapping[str, str]]
    """For each kind the kinds of the words that are keywords instead."""


class Tables:
    """The tables of a grammar, laid out for reading."""

    def __init__(self, lark: Lark) -> None:
        table = lark.parser.parser._parse_table  # noqa: SLF001
        reductions: dict[int, _Reduction] = {}
        self._start, self._end = table.start_states["start"], table.end_states["start"]
        self._steps: dict[Any, dict[str, Any]] = {
            state: {
                name: argument if str(action) == "Shift" else _reduction(argument, reductions)
                for name, (action, argument) in actions.items()
            }
            for state, actions in table.states.items()
        }
        self._hidden = frozenset(
            each.name for each in lark.terminals if _is_hidden(each.name, lark)
        )
        lexers: dict[int, _Lexer] = {}
        contextual = lark.parser.lexer.lexer
        self._lexers = {state: _lexer(each, lexers) for state, each in contextual.lexers.items()}

    def read(self, text: str) -> Branch | None:
        """Return the tree of a text, None if it has to be read by the generator."""
        stack, steps = _Stack(self._start), self._steps
        states, at, kind = stack.states, 0, ""
        while kind != _END:
            token = self._token(text, at, states[-1])
            if token is None or len(states) > _DEEPEST:
                return None
            kind, start, at = token
            step = steps[states[-1]].get(kind)
            while isinstance(step, _Reduction):
                if not step.size:
                    return None
                stack.reduce(step)
                states.append(steps[states[-1]][step.origin])
                if kind == _END and states[-1] == self._end:
                    return cast("Branch", stack.values[-1])
                step = steps[states[-1]].get(kind)
            if step is None:
                return None
            value = None if kind in self._hidden else Word(text[start:at])
            if value is not None:
                value.type, value.start_pos, value.end_pos = kind, start, at
            stack.shift(step, value, start, at)
        return None

    def _token(self, text: str, at: int, state: int) -> tuple[str, int, int] | None:
        """Return kind and place of the next token in a state, None if there is none for it."""
        blanks = _BLANKS.match(text, at)
        if blanks is not None:
            at = blanks.end()
        if at == len(text):
            return _END, at, at
        lexer = self._lexers[state]
        found = lexer.match(text, at)
        if found is None:
            return None
        kind = found.lastgroup or ""
        words = lexer.words.get(kind)
        return kind if words is None else words.get(found[0], kind), at, found.end()


class _Stack:
    """The states of a parser, with what has been read between them and where."""

    __slots__ = ("ends", "starts", "states", "values")

    def __init__(self, state: int) -> None:
        self.states = [state]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def shift(self, state: int, value: Word | None, start: int, end: int) -> None:
        """Take in a token."""
        self.states.append(state)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)

    def reduce(self, step: _Reduction) -> None:
        """Make one value of the last ones; the next state is not there yet."""
        count, values, children = -step.size, self.values, list[Any]()
        for index, is_taken_apart in step.kept:
            child = values[index]
            if not is_taken_apart:
                children.append(child)
            elif children:
                children += child.children
            else:  # a long list is taken apart again and again
                children = child.children
        start, end = self.starts[count], self.ends[-1]
        if not (step.may_pass and len(children) == 1):
            value: Any = Branch(step.name, children, start, end)
        else:
            (value,) = children
        for column in (self.states, values, self.starts, self.ends):
            del column[count:]
        values.append(value)
        self.starts.append(start)
        self.ends.append(end)


def _is_hidden(name: str, lark: Lark) -> bool:
    """Whether no rule keeps a terminal."""
    expansions: list[tuple[Any, Any]] = [(rule.options, rule.expansion) for rule in lark.rules]
    uses = [
        options.keep_all_tokens or not symbol.filter_out
        for options, expansion in expansions
        for symbol in expansion
        if symbol.is_term and symbol.name == name
    ]
    return bool(uses) and not any(uses)


def _reduction(rule: Any, known: dict[int, _Reduction]) -> _Reduction:
    """Return what a rule makes of its values, as `lark` has it."""
    if id(rule) in known:
        return known[id(rule)]
    options, count = rule.options, len(rule.expansion)
    if not count or any(options.empty_indices):
        known[id(rule)] = _Reduction(0, "", "", (), may_pass=False)
        return known[id(rule)]
    kept = tuple(
        (index - count, not symbol.is_term and symbol.name.startswith("_"))
        for index, symbol in enumerate(rule.expansion)
        if options.keep_all_tokens or not (symbol.is_term and symbol.filter_out)
    )
    name = rule.alias or options.template_source or rule.origin.name
    may_pass = options.expand1 and not rule.alias
    known[id(rule)] = _Reduction(count, rule.origin.name, str(name), kept, may_pass=may_pass)
    return known[id(rule)]


def _lexer(lexer: Any, known: dict[int, _Lexer]) -> _Lexer:
    """Return what finds the next token in a state."""
    if id(lexer) not in known:
        (pattern,) = lexer.scanner._mres  # noqa: SLF001
        words = {
            kind: {each.pattern.value: each.name for each in callback.scanner.terminals}
            for kind, callback in lexer.callback.items()
        }
        known[id(lexer)] = _Lexer(pattern.match, words)
    return known[id(lexer)]
