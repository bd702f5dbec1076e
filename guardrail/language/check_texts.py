"""Lists and patterns: what is looked for in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from guardrail.language.checked import CheckedPattern, EntryList, Place
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.files import Entry
from guardrail.language.source import Range, Source
from guardrail.text.entries import folds_to_nothing
from guardrail.text.pattern import PatternError, parse_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrail.language import nodes
    from guardrail.language.names import Scope

_SHOWN: Final = 3

_PATTERN_MISTAKES: Final = {
    "invalid": ("G402", "this pattern is not valid"),
    "nonlinear": ("G403", "this pattern cannot run in linear time"),
    "exponential": ("G401", "this pattern can take exponential time"),
    "empty": ("G404", "this pattern matches the empty text"),
}


def check_list(scope: Scope, node: nodes.ListNode) -> EntryList:
    """Check the entries of a list, inline or from a file."""
    name = node.name.name
    if node.file is None:
        source = scope.source
        entries = tuple(Entry(text.value, text.span) for text in node.entries or ())
    else:
        file = scope.module.lists[node.file.value]
        source, entries = file.source, file.entries
    if not entries:
        where = f"`{source.name}` has no line with an entry" if node.file else ""
        scope.report("G405", f"the list `{name}` is empty", node.name.span, where)
    for found in check_entries(f"the list `{name}`", source, entries):
        scope.diagnostics.append(found)
    texts = tuple(entry.text for entry in entries)
    return EntryList(scope.qualified(name), name, texts, Place(scope.source, node.name.span))


def check_entries(what: str, source: Source, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    """Say which entries of a list cannot be looked for, in one diagnostic."""
    nothing = [Label(entry.span) for entry in entries if folds_to_nothing(entry.text)]
    if nothing:
        many = (
            f"{len(nothing)} entries" if len(nothing) <= _SHOWN else f"more than {_SHOWN} entries"
        )
        which = "an entry" if len(nothing) == 1 else many
        message = f"{what} has {which} with nothing to look for"
        yield Diagnostic("G408", message, source, nothing[0], tuple(nothing[1:_SHOWN]))


def check_pattern(scope: Scope, node: nodes.PatternNode) -> CheckedPattern | None:
    """Compile a pattern, or say which part of it is wrong."""
    try:
        pattern = parse_pattern(node.source, node.flags)
    except PatternError as error:
        code, message = _PATTERN_MISTAKES[error.kind]
        span = _span_in(scope, node, error.start, error.end)
        label = error.message if error.message != message else ""
        scope.report(code, message, span, label, help=_as_written(error.help) or _way_out(label))
        return None
    name = node.name.name
    return CheckedPattern(scope.qualified(name), name, pattern, Place(scope.source, node.name.span))


_WAYS_OUT: Final = {
    "look-": "match what stands around it too; `except` names matches to leave alone",
    "a possessive": "write an ordinary repeat: no pattern can hang here",
    "an atomic": "write an ordinary group `(?:…)`: no pattern can hang here",
    "a back-reference": "write out what is repeated",
}


def _way_out(label: str) -> str | None:
    """Say what can be written instead of what does not run in linear time."""
    return next((way for what, way in _WAYS_OUT.items() if label.startswith(what)), None)


def _as_written(help_: str | None) -> str | None:
    r"""Return a help line with the slashes inside its pattern written `\/`, as a file has them."""
    if help_ is None:
        return None
    return re.sub(
        r"(?<=^/).*(?=/\w* matches)", lambda match: re.sub(r"(?<!\\)/", r"\/", match[0]), help_
    )


def _span_in(scope: Scope, node: nodes.PatternNode, start: int, end: int) -> Range:
    r"""Find a part of a pattern in its file, where a slash is written `\/`."""
    first = node.source_span.start
    written = scope.source.text[first : node.source_span.end]
    offsets = [
        match.start() + (index if match[0] != r"\/" else 0)
        for match in re.finditer(r"\\.|.", written, re.DOTALL)
        for index in range(1 if match[0] == r"\/" else len(match[0]))
    ]
    offsets += range(len(written), len(written) + max(0, end - len(offsets)) + 1)  # the flags
    return Range(first + offsets[start], first + offsets[end])
