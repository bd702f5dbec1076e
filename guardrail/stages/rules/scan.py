"""One scan over a text for all lists, phrases and patterns of a policy, and all gates.

An RE2 set of widened expressions says in one pass which of them could occur: nearly always none,
and then that was all. What could occur is confirmed by `regex`, which decides what everything
means, in the plain text and in the views the text asks for. The set may be too generous, never
too strict, and no verdict depends on it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from guardrail.text.decoding import DEEPEST
from guardrail.text.entries import Entry, occurrences_of_many
from guardrail.text.exact import exact_matches
from guardrail.text.invisible import seen
from guardrail.text.lenses import DECODED, ENTRY_VIEWS, FOLDS, LAYERS, PATTERN_VIEWS, UNDISGUISED
from guardrail.text.pattern import Pattern
from guardrail.text.prefilter import prefilter
from guardrail.text.view import Lens, Spelling, View
from guardrail.values import Failure, Span

_CONFIRM_SECONDS: Final = 0.25
_CONFIRM_SECONDS_PER_CHARACTER: Final = 1e-6
_FEW: Final = 2_000
"""Up to so many entries share a set with the patterns; more of them get one of their own."""

_PATIENCE: Final = 10
"""How many times longer a pattern gets that RE2 cannot decide."""

_MANY: Final = 64
"""Up to so many entries of a list are looked for one by one; more of them in one walk."""


class EntriesSpec(NamedTuple):
    """A list or phrase to look for; `all` finds nothing unless every entry occurs."""

    entries: tuple[str, ...]
    label: str
    mode: Literal["any", "all"] = "any"


class PatternSpec(NamedTuple):
    """A pattern to look for; `exactly` keeps it to the plain text."""

    pattern: Pattern
    label: str
    exactly: bool = False


Spec: TypeAlias = EntriesSpec | PatternSpec


@dataclass(frozen=True, slots=True)
class Scan:
    """What was seen: for each spec its findings, for each gate whether it lets the text pass."""

    spans: list[tuple[Span, ...] | Failure]
    gates: list[bool]


class Scanner:
    """Everything a policy looks for in texts, compiled; immutable and safe to share.

    A gate is a tuple of RE2 expressions, and passes if one of them occurs in the plain text; an
    empty one always passes.

    >>> scanner = Scanner([EntriesSpec(("reset",), "steps")], gates=[("[0-9]{3}",)])
    >>> scanner.is_quiet("Nothing here."), scanner.is_quiet("Then RESET it.")
    (True, False)
    >>> [(span.start, span.end, span.type) for span in scanner.scan("Then RESET it.").spans[0]]
    [(5, 10, 'steps')]
    """

    def __init__(self, specs: Sequence[Spec], gates: Sequence[tuple[str, ...]] = ()) -> None:
        self._specs = tuple(specs)
        table = words = _Table()
        if sum(len(spec.entries) for spec in specs if isinstance(spec, EntriesSpec)) > _FEW:
            words = _Table()
        shared: dict[str, Entry] = {}
        self._entries = tuple(
            tuple(shared.setdefault(source, Entry(source)) for source in spec.entries)
            if isinstance(spec, EntriesSpec)
            else ()
            for spec in specs
        )
        for index, spec in enumerate(specs):
            if isinstance(spec, PatternSpec):
                table.use(spec.pattern.widened(), _Use(index, -1))
            for number, entry in enumerate(self._entries[index]):
                for expression in entry.widened():
                    words.use(expression, _Use(index, number))
        self._looking = frozenset(
            index
            for index, spec in enumerate(specs)
            if isinstance(spec, EntriesSpec) or not spec.exactly
        )
        lenses = {lens: self._audience(lens) for lens in FOLDS}
        self._lenses = tuple(
            (table.id(lens.asks()), lens, audience) for lens, audience in lenses.items() if audience
        )
        layers = LAYERS if self._looking else ()
        self._layers = tuple((table.id(lens.asks()), lens) for lens in layers)
        self._gates = tuple(frozenset(map(table.id, gate)) for gate in gates)
        self._is_never_quiet = not all(self._gates)
        self._uses = dict(table.uses)
        if words is not table:
            first = len(table.ids) + 1
            self._uses.update((first + number, uses) for number, uses in words.uses.items())
        self._speaking = frozenset(self._uses).union(*self._gates)
        self._occurring = prefilter(table.ids, apart=() if words is table else words.ids)
        self.expressions = (*dict.fromkeys((*table.ids, *words.ids)),)
        """RE2 expressions; a text in which anything can be found has one of them."""

    def _audience(self, lens: Lens) -> frozenset[int]:
        """Return the specs that look through a lens."""
        return frozenset(
            index
            for index in self._looking
            if lens in (ENTRY_VIEWS if self._entries[index] else PATTERN_VIEWS)
        )

    # ------------------------------------------------------------ the prefilter

    def candidates(self, text: str) -> Sequence[int]:
        """Return which expressions could occur; one of them, a sentinel, always does."""
        return self._occurring(text)

    def is_quiet(self, text: str) -> bool:
        """Whether surely nothing occurs and no gate passes: then there is nothing to scan."""
        ids = self._occurring(text)
        if self._is_never_quiet or not self._speaking.isdisjoint(ids):
            return False
        return len(ids) == 1 or not any(True for _ in self._views(text, ids))

    def _views(self, text: str, ids: Sequence[int]) -> Iterator[tuple[View, Spelling, list[_Use]]]:
        """Yield the views the text asks for, with what could occur in them.

        Left out are those in which nothing could occur, unless they went over a limit.
        """
        for layer, shown, layer_ids in self._uncovered(text, ids):
            if layer is not None:
                uses = [use for use in self._used(layer_ids) if use.spec in self._looking]
                if uses or layer.is_over:
                    yield layer, "own", uses
            for asks, lens, audience in self._lenses:
                if asks in layer_ids and (view := lens.look(shown)) is not None:
                    uses = [u for u in self._used(self._occurring(view.text)) if u.spec in audience]
                    if uses:
                        yield view.over(layer), lens.spelling, uses

    def _uncovered(
        self, text: str, ids: Sequence[int]
    ) -> Iterator[tuple[View | None, str, Sequence[int]]]:
        """Yield the plain text and what is left after each layer, with what could occur there."""
        yield None, text, ids
        yield from self._below(None, text, ids)
        ask = self._lenses[-1][0] if self._lenses else -1
        for plain, shown, shown_ids in ((None, text, ids), *self._stripped(text, ids)):
            if ask in shown_ids and (view := UNDISGUISED.look(shown)) is not None:
                below = self._occurring(view.text)
                if self._layers[-1][0] in below:
                    yield from self._below(view.over(plain), view.text, below)

    def _below(
        self, layer: View | None, text: str, ids: Sequence[int]
    ) -> Iterator[tuple[View | None, str, Sequence[int]]]:
        """Yield what is left of a text, or of a view, after each layer."""
        for depth in range(DEEPEST + 1):
            before = layer
            for asks, lens in self._layers:
                if asks not in ids or (view := lens.look(text)) is None:
                    continue
                if lens is DECODED and depth == DEEPEST:
                    yield replace(view, text="", is_over=True), "", ()
                    return
                layer = view.over(layer)
                text, ids = view.text, self._occurring(view.text)
                yield layer, text, ids
            if layer is before:
                return

    def _stripped(self, text: str, ids: Sequence[int]) -> list[tuple[View, str, Sequence[int]]]:
        """Return the text without its invisible characters, if it has any."""
        if not self._layers or self._layers[0][0] not in ids or (view := seen(text)) is None:
            return []
        return [(view, view.text, self._occurring(view.text))]

    def _used(self, ids: Iterable[int]) -> list[_Use]:
        """Return who wants to know about these expressions, each once, in order."""
        return sorted({use for key in ids for use in self._uses.get(key, ())})

    # ------------------------------------------------------------ confirmation

    def scan(self, text: str) -> Scan:
        """Look for everything; spans are those of the original text, not widened or merged."""
        spans: list[tuple[Span, ...] | Failure] = [()] * len(self._specs)
        ids = self._occurring(text)
        gates = [not gate or not gate.isdisjoint(ids) for gate in self._gates]
        if len(ids) == 1:
            return Scan(spans, gates)
        found = _Found()
        self._confirm(found, self._used(ids), text)
        for view, spelling, uses in self._views(text, ids):
            found.is_over = found.is_over or view.is_over
            self._confirm(found, uses, view.text, view, spelling)
        for index in self._looking if found.is_over else found.specs:
            spans[index] = self._outcome(index, found)
        return Scan(spans, gates)

    def occurrences(self, spec_index: int, text: str) -> list[tuple[int, int]]:
        """Return where one spec occurs in the plain text alone, as `except` needs it.

        A pattern that cannot be decided in time excuses nothing.
        """
        found = _Found()
        uses = self._used(self._occurring(text))
        self._confirm(found, [use for use in uses if use.spec == spec_index], text)
        return sorted({(start, end) for start, end, _ in found.specs.get(spec_index, ())})

    def _confirm(
        self,
        found: _Found,
        uses: Iterable[_Use],
        text: str,
        view: View | None = None,
        spelling: Spelling = "own",
    ) -> None:
        """Look in a text, plain or of a view, for what could occur in it."""
        by_spec: dict[int, list[int]] = {}
        for use in uses:
            by_spec.setdefault(use.spec, []).append(use.entry)
        for index, entries in by_spec.items():
            spec = self._specs[index]
            if isinstance(spec, PatternSpec):
                places = _matches(spec.pattern, text)
            else:
                places = self._places(index, entries, text, spelling)
            found.add(index, places, view)

    def _places(
        self, index: int, numbers: Sequence[int], text: str, spelling: Spelling
    ) -> Iterator[tuple[int, int, int]]:
        """Yield where some entries of a spec stand; only `all` counts which entry it was."""
        spec = self._specs[index]
        counts = isinstance(spec, EntriesSpec) and spec.mode == "all"
        entries = [self._entries[index][number] for number in numbers]
        if len(entries) > _MANY:
            is_folded, is_bare = spelling == "folded", spelling == "bare"
            for start, end, at in occurrences_of_many(
                entries, text, is_folded=is_folded, is_bare=is_bare
            ):
                yield start, end, numbers[at] if counts else -1
            return
        for number, entry in zip(numbers, entries, strict=True):
            for start, end in entry.occurrences_in(text, spelling):
                yield start, end, number if counts else -1

    def _outcome(self, index: int, found: _Found) -> tuple[Span, ...] | Failure:
        spec = self._specs[index]
        if index in found.failed:
            return Failure("timeout")
        places = found.specs.get(index, {})
        if isinstance(spec, EntriesSpec) and spec.mode == "all":
            occurring = {entry for _, _, entry in places}
            if len(occurring) < len(spec.entries):
                places = {}
        if not places and found.is_over and index in self._looking:
            return Failure("too much in disguise")
        return tuple(
            Span(start, end, spec.label, view=view, entry=entry)
            for (start, end, entry), view in sorted(places.items())
        )


class _Use(NamedTuple):
    """Who wants to know about an expression: a spec, and which of its entries (-1: a pattern)."""

    spec: int
    entry: int


class _Table:
    """The expressions of a set; equal ones share a number."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.uses: dict[int, list[_Use]] = {}

    def id(self, expression: str) -> int:
        return self.ids.setdefault(expression, len(self.ids))

    def use(self, expression: str, use: _Use) -> None:
        self.uses.setdefault(self.id(expression), []).append(use)


class _Found:
    """Confirmed places by spec; the first view that shows one names it, the plain text first."""

    def __init__(self) -> None:
        self.specs: dict[int, dict[tuple[int, int, int], str]] = {}
        self.failed: set[int] = set()
        self.is_over = False

    def add(
        self, index: int, places: Iterable[tuple[int, int, int]] | None, view: View | None
    ) -> None:
        known = self.specs.setdefault(index, {})
        if places is None:
            self.failed.add(index)
        elif view is None:
            for place in places:
                known[place] = "plain"
        else:
            for start, end, entry in places:
                known.setdefault((*view.original_span(start, end), entry), view.name)


def _matches(pattern: Pattern, text: str) -> Iterable[tuple[int, int, int]] | None:
    """Return where a pattern matches, None if neither `regex` nor RE2 can tell.

    `regex` is the faster one on ordinary texts. Its clock goes faster the more threads there are,
    so all it may decide is who answers.
    """
    seconds = _CONFIRM_SECONDS + len(text) * _CONFIRM_SECONDS_PER_CHARACTER
    spans = _spans(pattern, text, seconds)
    if spans is None:
        spans = exact_matches(pattern.tree, text)
    if spans is None:
        spans = _spans(pattern, text, seconds * _PATIENCE)
    return None if spans is None else ((start, end, -1) for start, end in spans)


def _spans(pattern: Pattern, text: str, seconds: float) -> list[tuple[int, int]] | None:
    """Return the spans of all matches, None if they take longer than that.

    `regex` has a clock for each match, so there is another for all of them.
    """
    deadline = time.perf_counter() + seconds
    spans = []
    try:
        for match in pattern.compiled().finditer(text, timeout=seconds):
            spans.append(match.span())
            if time.perf_counter() > deadline:
                return None
    except TimeoutError:
        return None
    return spans
