"""The entries of every list that is judged, and the edits that take some of them out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.language import nodes
from guardrail.language.diagnostics import Label
from guardrail.language.files import Entry
from guardrail.language.source import Range, Source
from guardrail.lint.rule import Context, Edit, Finding, Part, finding
from guardrail.text.entries import covers

_SHOWN: Final = 3
_HEAD: Final = 3
_LAST_SPACED: Final = "\u0e00"  # scripts before Thai put spaces between words
_LONGEST: Final = 64  # longer entries are not looked for inside others
_MOST_TEXT: Final = 300_000  # nor is anything in a list of more characters than this


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one list: `what` it is called in messages, and its qualified name.

    `is_file` says that they stand one to a line in a file of their own.
    """

    what: str
    name: str
    source: Source
    entries: tuple[Entry, ...]
    is_file: bool

    def without(self, gone: Collection[Entry]) -> tuple[Edit, ...]:
        """Return the edits that take entries out; none if a comment would be lost or all go."""
        taken = {entry.span for entry in gone}
        if not taken or len(taken) == len(self.entries):
            return ()
        if self.is_file:
            return tuple(Edit(self.source, self._line(span), "") for span in sorted(taken))
        return self._inline(taken)

    def _line(self, span: Range) -> Range:
        text = self.source.text
        end = text.find("\n", span.end)
        return Range(text.rfind("\n", 0, span.start) + 1, len(text) if end < 0 else end + 1)

    def _inline(self, taken: Collection[Range]) -> tuple[Edit, ...]:
        spans = [entry.span for entry in self.entries]
        first = next(index for index, span in enumerate(spans) if span not in taken)
        places = [Range(spans[index].start, spans[index + 1].start) for index in range(first)] + [
            Range(spans[index - 1].end, span.end)
            for index, span in enumerate(spans)
            if index > first and span in taken
        ]
        if any(self._holds_comment(place, spans) for place in places):
            return ()
        return tuple(Edit(self.source, place, "") for place in places)

    def _holds_comment(self, place: Range, spans: Sequence[Range]) -> bool:
        text = self.source.text[place.start : place.end]
        for span in spans:
            if place.start <= span.start and span.end <= place.end:
                text = text.replace(self.source.text[span.start : span.end], "", 1)
        return "#" in text

    def finding(
        self,
        code: str,
        how: str,
        marks: Sequence[tuple[Range, str]],
        edits: tuple[Edit, ...],
    ) -> Finding:
        """Make one finding of many marks; it says how many, and shows the first few."""
        many = f"{len(marks)} entries" if len(marks) <= _SHOWN else f"more than {_SHOWN} entries"
        entries = "an entry" if len(marks) == 1 else many
        (span, label), *others = marks[:_SHOWN]
        labels = tuple(Label(*mark) for mark in others)
        message = f"{self.what} has {entries} {how}"
        return finding(code, message, self.source, span, label, others=labels, edits=edits)


def lists(context: Context) -> Iterator[Entries]:
    """Yield the lists that are judged: declared ones, and those that detectors spell out."""
    for part in context.parts:
        for item in part.module.tree.items:
            match item:
                case nodes.ListNode():
                    yield _declared(part, item)
                case nodes.Detector() | nodes.Rewriter():
                    yield from _arguments(context, part, item)


def _declared(part: Part, node: nodes.ListNode) -> Entries:
    name = node.name.name
    what, qualified = f"the list `{name}`", part.qualified(name)
    if node.file is not None:
        file = part.module.lists[node.file.value]
        return Entries(what, qualified, file.source, file.entries, is_file=True)
    return _inline(what, qualified, part, node.entries or ())


def _arguments(
    context: Context, part: Part, node: nodes.Detector | nodes.Rewriter
) -> Iterator[Entries]:
    """Yield the lists among the arguments of a call; the compiler has named them."""
    declared = {
        listed.place.span: listed
        for listed in context.policy.lists.values()
        if listed.place.source is part.source
    }
    for argument in node.call.arguments:
        if isinstance(argument.value, nodes.Many):
            listed = declared.get(argument.value.span)
            texts = tuple(each for each in argument.value.items if isinstance(each, nodes.Text))
            if listed is not None:
                what = listed.label.rpartition(".")[2]
                yield _inline(f"`{what}`", listed.name, part, texts)


def _inline(what: str, name: str, part: Part, texts: Sequence[nodes.Text]) -> Entries:
    entries = tuple(Entry(text.value, text.span) for text in texts)
    return Entries(what, name, part.source, entries, is_file=False)


# ---------------------------------------------------------------- entries inside others


def covered(entries: Mapping[str, Entry]) -> Iterator[tuple[Entry, Entry]]:
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
