"""Lists and patterns: what is looked for in a text."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from guardrail.language.checked import CheckedPattern, EntryList, Place
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.files import Entry
from guardrail.language.source import Range, Source
from guardrail.text.entries import covers, fold_key, folds_to_nothing
from guardrail.text.pattern import PatternError, parse_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrail.language import nodes
    from guardrail.language.names import Scope

_SHOWN: Final = 3
_HEAD: Final = 3
_LAST_SPACED: Final = "\u0e00"  # scripts before Thai put spaces between words
_LONGEST: Final = 64  # longer entries are not looked for inside others, and shown cut
_MOST_TEXT: Final = 300_000  # nor is anything in a list of more characters than this

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
    """Say what is wrong with the entries of a list: one diagnostic for each sort of mistake."""
    firsts: dict[str, Entry] = {}
    nothing: list[tuple[Range, str]] = []
    again: list[tuple[Range, str]] = []
    for entry in entries:
        if folds_to_nothing(entry.text):
            nothing.append((entry.span, ""))
            continue
        first = firsts.setdefault(fold_key(entry.text), entry)
        if first is not entry:
            line = source.position(first.span.start)[0]
            again.append((entry.span, f"as `{first.text[:_LONGEST]}` in line {line}"))
    if nothing:
        yield _marked("G408", what, "with nothing to look for", source, nothing)
    if again:
        yield _marked("G406", what, "twice", source, again)
    inside = [
        (outer.span, f"`{inner.text}` finds this already")
        for outer, inner in islice(_covered(firsts), _SHOWN + 1)
    ]
    if inside:
        yield _marked("G407", what, "that another covers", source, inside)


def _marked(
    code: str, what: str, how: str, source: Source, marks: list[tuple[Range, str]]
) -> Diagnostic:
    """Make one diagnostic of many marks; it says how many, and shows the first few."""
    many = f"{len(marks)} entries" if len(marks) <= _SHOWN else f"more than {_SHOWN} entries"
    entries = "an entry" if len(marks) == 1 else many
    labels = [Label(span, text) for span, text in marks[:_SHOWN]]
    message = f"{what} has {entries} {how}"
    return Diagnostic(code, message, source, labels[0], tuple(labels[1:]))


def _covered(entries: dict[str, Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Yield each entry inside which another is found, with that other.

    The entries come by their folded text. The candidates at a place are looked up by the lengths
    of the entries that begin as the text does there, so the cost grows with the text.
    """
    if sum(map(len, entries)) > _MOST_TEXT:
        return
    short = sorted({len(key) for key in entries if len(key) < _HEAD})
    lengths: dict[str, set[int]] = {}
    for key in entries:
        if _HEAD <= len(key) <= _LONGEST:
            lengths.setdefault(key[:_HEAD], set()).add(len(key))
    for key, outer in entries.items():
        found = (
            entries[key[start : start + length]]
            for start in range(len(key))
            for length in (*short, *lengths.get(key[start : start + _HEAD], ()))
            if length < len(key)
            and key[start : start + length] in entries
            and not _is_inside_word(key, start)
            and not _is_inside_word(key, start + length)
        )
        inner = next((each for each in found if covers(each.text, outer.text)), None)
        if inner is not None:
            yield outer, inner


def _is_inside_word(text: str, at: int) -> bool:
    """Say whether a place is certainly inside a word; beyond these scripts that is not certain."""
    around = text[at - 1 : at + 1] if at else ""
    return len(around) > 1 and around.isalnum() and max(around) < _LAST_SPACED


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
