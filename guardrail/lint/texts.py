"""The texts that a policy holds, each with the way back to the characters of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardrail.language import nodes
from guardrail.language.source import Range, Source
from guardrail.lint.rule import Context, Part

_CHARACTER: Final = re.compile(r"\\u\{[^}]*\}|\\.|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a policy: what it is called, its value, and where it was written.

    A string is written between quotes and may hold escapes (`is_string`); a line of a list file
    stands as it is.
    """

    what: str
    source: Source
    value: str
    span: Range
    is_string: bool

    def place(self, start: int, end: int) -> Range:
        """Return where a stretch of the value stands in the source."""
        if not self.is_string:
            first = self.span.end - len(self.value)
            return Range(first + start, first + end)
        first = self.span.start + 1
        body = self.source.text[first : self.span.end - 1]
        ends = [0, *(match.end() for match in _CHARACTER.finditer(body))]
        return Range(first + ends[start], first + ends[end])


def passages(context: Context) -> Iterator[Passage]:
    """Yield the texts that people read or that are looked for: not titles, tests or questions."""
    for part in context.parts:
        for item in part.module.tree.items:
            for what, text in _texts(item):
                yield Passage(what, part.source, text.value, text.span, is_string=True)
            if isinstance(item, nodes.ListNode) and item.file is not None:
                yield from _lines(part, item.file.value)


def _lines(part: Part, file: str) -> Iterator[Passage]:
    source, entries = part.module.lists[file].source, part.module.lists[file].entries
    for entry in entries:
        yield Passage("entry", source, entry.text, entry.span, is_string=False)


def _texts(item: nodes.Item) -> Iterator[tuple[str, nodes.Text]]:
    match item:
        case nodes.Principle() | nodes.Reply():
            yield type(item).__name__.lower(), item.text
        case nodes.ListNode():
            yield from (("entry", text) for text in item.entries or ())
        case nodes.Detector() | nodes.Rewriter():
            for argument in item.call.arguments:
                yield from _in_value(argument.value)
        case nodes.Rule():
            yield from _in_rule(item)


def _in_rule(rule: nodes.Rule) -> Iterator[tuple[str, nodes.Text]]:
    for expr in (rule.when, rule.require, rule.unless.condition if rule.unless else None):
        if expr is not None:
            yield from (("phrase", text) for text in _phrases(expr))
    for action in rule.then:
        if isinstance(action, nodes.Redact) and action.template is not None:
            yield "template", action.template
    if rule.message is not None:
        yield "message", rule.message


def _in_value(value: nodes.Value) -> Iterator[tuple[str, nodes.Text]]:
    if isinstance(value, nodes.Text):
        yield "text", value
    elif isinstance(value, nodes.Many):
        for item in value.items:
            yield from (("entry", text) for _, text in _in_value(item))


def _phrases(expr: nodes.Expr) -> Iterator[nodes.Text]:
    match expr:
        case nodes.And() | nodes.Or():
            for item in expr.items:
                yield from _phrases(item)
        case nodes.Not():
            yield from _phrases(expr.item)
        case nodes.Contains(what=nodes.Text() as text):
            yield text
        case nodes.Is():
            yield expr.label
