"""One scan over a text for all lists, phrases and patterns of a policy, and all gates.

An RE2 set of widened expressions says in one pass which of them could occur: nearly always none,
and then that was all. What could occur is confirmed by `regex`, which decides what everything
means, in the plain text and in the views the text asks for. The set may be too generous, never
too strict, and no verdict depends on it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeAlias, overload

from guardrail.stages.rules.matches import matches
from guardrail.text.charwise import Charwise
from guardrail.text.entries import MOST_BLANKS, Entry, occurrences_of_many
from guardrail.text.invisible import ESCAPE
from guardrail.text.lenses import CHARWISE, ENTRY_FOLDS, LENSES, PATTERN_FOLDS
from guardrail.text.pattern import Pattern
from guardrail.text.prefilter import Occurring, at_lines, prefilter, prefilters
from guardrail.text.respelled import Respelling
from guardrail.text.search import LONGEST_CHARWISE, Search, Shown
from guardrail.text.symbols import written
from guardrail.text.syntax import Node
from guardrail.text.view import Lens, Spelling, View
from guardrail.values import Failure, Span

_FEW: Final = 2_000
"""Up to so many entries share a set with the patterns; more of them get one of their own."""

_LONG: Final = 4096
"""A longer text with views is looked through once, not first to see whether it is quiet."""

_APART: Final = "\n\n"
"""What stands between texts that are scanned as one: for an expression that knows of lines alone,
each of them begins and ends there."""

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


@dataclass(slots=True)
class Scan:
    """What was seen: for each spec its findings, for each gate whether it lets the text pass.

    `views` are, for each gate, the views of the text that pass it. Where `is_over` is set, the
    text hides more than was looked at. `looked` are all views, each with whether it is a fold.
    `told` are the specs that may have findings, or failed; all others found nothing.
    """

    spans: list[tuple[Span, ...] | Failure]
    gates: list[bool]
    views: list[tuple[View, ...]]
    is_over: bool = False
    looked: Sequence[tuple[View, bool]] = field(default=(), repr=False, compare=False)
    told: Iterable[int] = field(default=(), repr=False, compare=False)


class Scanner:
    """Everything a policy looks for in texts, compiled; immutable and safe to share.

    A gate is a tuple of RE2 expressions; a text, or a view of it, passes if one of them occurs
    there. An empty one lets every text pass, and no view.

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
                for by, expression in entry.respelled():
                    words.use(expression, _Use(index, number, by))
        self._looking = frozenset(
            index
            for index, spec in enumerate(specs)
            if isinstance(spec, EntriesSpec) or not spec.exactly
        )
        self._lists = frozenset(i for i in self._looking if isinstance(specs[i], EntriesSpec))
        looks = bool(self._looking) or any(gates)
        asks = {lens: table.id(ask) for lens, ask in _asks()} if looks else {}
        gates = [tuple(map(at_lines, gate)) for gate in gates]
        folds = ((ENTRY_FOLDS, self._lists), (PATTERN_FOLDS, self._looking - self._lists))
        self._folds = tuple(
            (asks[lens], lens, audience)
            for lenses, audience in folds
            for lens in lenses
            if audience
        )
        self._folding = frozenset(key for key, _, _ in self._folds)
        self._gates = tuple(frozenset(map(table.id, gate)) for gate in gates)
        self._uses = dict(table.uses)
        if words is not table:
            first = len(table.ids) + 1
            self._uses.update((first + number, uses) for number, uses in words.uses.items())
        self._speaking = frozenset(self._uses).union(*self._gates)
        usual = (ask for _, ask in _asks() if table.ids.get(ask) not in table.uses)
        self._occurring, self._used_in = prefilters(
            table.ids, apart=() if words is table else words.ids, usual=usual
        )
        self._search = Search(asks, self._occurring, self._used_in)
        self._asking = frozenset(asks.values())
        self._has_words_apart = words is not table
        speaking = [each for each, key in table.ids.items() if key in self._speaking]
        self._spoken = None if words is not table else Charwise(speaking)
        self._charwise = frozenset(asks[lens] for lens in CHARWISE if lens in asks)
        self.expressions = (*dict.fromkeys((*table.ids, *words.ids)),)
        """RE2 expressions; a text in which anything can be found has one of them."""

        self.is_never_quiet = not all(self._gates)
        """Whether some gate lets every text pass."""

        self.looks = looks
        """Whether anybody looks at views."""

    # ------------------------------------------------------------ the prefilter

    def candidates(self, text: str) -> Sequence[int]:
        """Return which expressions could occur; one of them, a sentinel, always does."""
        return self._occurring(text)

    def candidates_or(self, more: Sequence[str]) -> Occurring:
        """Return the same as `candidates`, with more expressions numbered behind those of texts.

        >>> look = Scanner([EntriesSpec(("reset",), "steps")]).candidates_or(["x"])
        >>> len(look("nothing")), len(look("an x"))
        (1, 2)
        """
        if not self._has_words_apart:
            return prefilter((*self.expressions, *more))
        first, others = len(self.expressions), prefilter(more)

        def occurring(text: str) -> Sequence[int]:
            behind = [first + number for number in others(text)]
            return behind if len(self.candidates(text)) == 1 else [0, *behind]

        return occurring

    def asked(self, text: str) -> frozenset[int]:
        """Return the numbers of the specs that could occur in a text or in a view of it.

        `scan` has to confirm each of them.

        >>> scanner = Scanner([EntriesSpec(("reset",), "steps"), EntriesSpec(("STOP",), "end")])
        >>> sorted(scanner.asked("Then RESET it."))
        [0]
        """
        ids = self._occurring(text)
        uses = self._used(ids)
        for looked in self._looked(text, ids):
            uses += looked.uses
        return frozenset(use.spec for use in uses)

    def is_quiet(self, text: str) -> bool:
        """Whether surely nothing occurs and no gate passes: then there is nothing to scan.

        Of a long text that has views nobody is sure before the scan.
        """
        return self.glance(text) is None

    def glance(self, text: str) -> Sequence[int] | None:
        """Return None of a text that is quiet; else what could occur, as `scan` takes it over."""
        if self.is_never_quiet:
            return ()
        ids = self._occurring(text)
        return self.unless_quiet(text, ids) if len(ids) > 1 else None

    def unless_quiet(self, text: str, ids: Sequence[int]) -> Sequence[int] | None:
        """Return the same of a text in which these expressions occur, the sentinel among them."""
        if len(text) > _LONG or not self._speaking.isdisjoint(ids):
            return ids
        if self._shows_nothing(text, ids):
            return None
        is_loud = any(
            looked.uses or looked.opened or looked.is_over
            for looked in self._looked(text, ids, is_silent=self._is_silent(text, ids))
        )
        return ids if is_loud else None

    def are_quiet(self, texts: Sequence[str]) -> bool:
        """Whether surely nothing occurs in any of several texts; they are scanned as one.

        Where each is a paragraph of its own, whatever occurs in one of them occurs in all of it.

        >>> scanner = Scanner([EntriesSpec(("reset",), "steps")])
        >>> scanner.are_quiet(["Nothing", "here."]), scanner.are_quiet(["Nothing", "to reset"])
        (True, False)
        """
        return not self.is_never_quiet and len(self._occurring(_APART.join(texts))) == 1

    def _shows_nothing(self, text: str, ids: Sequence[int]) -> bool:
        """Whether a text surely has no views, and no folds of views."""
        return self._folding.isdisjoint(ids) and self._search.shows_nothing(text, ids)

    def _is_silent(self, text: str, ids: Sequence[int]) -> bool:
        """Whether surely nothing is to be found in the views that go character by character."""
        return not (
            self._spoken is None
            or self._charwise.isdisjoint(ids)
            or len(text) > LONGEST_CHARWISE
            or ESCAPE in text
            or self._spoken.may_occur(written(text))
        )

    def _looked(
        self,
        text: str,
        ids: Sequence[int],
        *,
        is_silent: bool = False,
        silences: Callable[[str], bool] | None = None,
    ) -> Iterator[_Looked]:
        """Yield the views of a text, with who wants to know about what could occur in each.

        Of one that `is_silent`, or of parts that `silences` says so of, some are left out in which
        surely nothing is to be found.
        """
        for shown in self._search.shown(text, ids, is_silent=is_silent, silences=silences):
            if shown.view is not None:
                audience = self._looking if shown.is_for_patterns else self._lists
                opened = frozenset(
                    number
                    for number, gate in enumerate(self._gates)
                    if not gate.isdisjoint(shown.ids)
                )
                uses = self._used(shown.ids, audience)
                yield _Looked(shown.view, False, shown.spelling, uses, opened)
            if is_silent and shown.view is None:
                continue
            for asks, lens, audience in self._folds:
                is_asked = shown.is_last or asks in shown.ids
                if is_asked and (view := lens.look(shown.text)) is not None:
                    yield self._folded(lens, view, shown, audience)

    def _folded(self, lens: Lens, view: View, shown: Shown, audience: frozenset[int]) -> _Looked:
        if not shown.is_for_patterns:
            audience &= self._lists
        uses = self._used(self._used_in(view.text), audience)
        return _Looked(view.over(shown.view), True, lens.spelling, uses, frozenset())

    def _used(self, ids: Iterable[int], audience: frozenset[int] | None = None) -> list[_Use]:
        """Return who of the audience wants to know about these expressions, each once, in order."""
        speaking = [each for key in ids if (each := self._uses.get(key)) is not None]
        if len(speaking) == 1 and len(speaking[0]) == 1 and audience is None:
            return speaking[0]
        uses = {*chain.from_iterable(speaking)}
        return sorted(use for use in uses if audience is None or use.spec in audience)

    # ------------------------------------------------------------ confirmation

    def scan(self, text: str, ids: Sequence[int] = ()) -> Scan:
        """Look for everything; spans are those of the original text, not widened or merged.

        `ids` are what a `glance` at the text has seen.
        """
        spans: list[tuple[Span, ...] | Failure] = [()] * len(self._specs)
        ids = ids or self._occurring(text)
        gates = [not gate or not gate.isdisjoint(ids) for gate in self._gates]
        views: list[tuple[View, ...]] = [()] * len(self._gates)
        if len(ids) == 1:
            return Scan(spans, gates, views)
        has_no_views = self._asking.isdisjoint(ids) or (
            len(text) <= _LONG and self._shows_nothing(text, ids)
        )
        uses = self._used(ids)
        if has_no_views and all(use.entry < 0 for use in uses):  # as most often
            for use in uses:
                spans[use.spec] = self._plain_outcome(use.spec, text)
            return Scan(spans, gates, views, told=[use.spec for use in uses])
        found = _Found()
        self._confirm(found, uses, text)
        if has_no_views:
            for index in found.specs:
                spans[index] = self._outcome(index, found)
            return Scan(spans, gates, views, told=found.specs.keys())
        looked: list[tuple[View, bool]] = []
        is_silent = self._is_silent(text, ids)
        is_long = len(text) > LONGEST_CHARWISE
        silences = partial(self._is_silent, ids=ids) if is_long else None
        for view, is_fold, spelling, uses, opened in self._looked(
            text, ids, is_silent=is_silent, silences=silences
        ):
            looked.append((view, is_fold))
            found.is_over = found.is_over or view.is_over
            self._confirm(found, uses, view.text, view, spelling)
            for gate in opened:
                views[gate] += (view,)
        told = self._looking.union(found.specs) if found.is_over else found.specs.keys()
        for index in told:
            spans[index] = self._outcome(index, found)
        every = _Views(self._looked(text, ids)) if is_silent or is_long else looked
        return Scan(spans, gates, views, found.is_over, every, told)

    def claims(self) -> Iterator[str | Node]:
        """Yield RE2 expressions and trees; every finding is a match of one, in text or view.

        Of very many entries it is one for as many words as the longest of them has.
        """
        entries = [each for each in self._entries if each]
        if sum(map(len, entries)) > _FEW:
            words = max(len(each.source.split()) for group in entries for each in group)
            yield rf"\S+(?:\s{{1,{MOST_BLANKS}}}\S+){{0,{words - 1}}}\s{{0,{MOST_BLANKS}}}"
            entries = []
        for entry in chain.from_iterable(entries):
            yield from entry.widened()
            yield from (expression for _, expression in entry.respelled())
        yield from (spec.pattern.tree for spec in self._specs if isinstance(spec, PatternSpec))

    def occurrences(self, spec_index: int, text: str) -> list[tuple[int, int]]:
        """Return where one spec occurs in the plain text alone, as `except` needs it.

        A pattern that cannot be decided in time excuses nothing.
        """
        found = _Found()
        uses = self._used(self._occurring(text))
        own = [use for use in uses if use.spec == spec_index and not use.by]
        self._confirm(found, own, text)
        return sorted({(start, end) for start, end, _ in found.specs.get(spec_index, ())})

    def _confirm(
        self,
        found: _Found,
        uses: Sequence[_Use],
        text: str,
        view: View | None = None,
        spelling: Spelling = "own",
    ) -> None:
        """Look in a text, plain or of a view, for what could occur in it."""
        if not uses:
            return
        by_spec: dict[tuple[int, Respelling | Literal[""]], list[int]] = {}
        for use in uses:
            index, entry, by = use
            by_spec.setdefault((index, by), []).append(entry)
        for (index, by), entries in by_spec.items():
            spec = self._specs[index]
            places: Iterable[tuple[int, int, int]] | None
            if isinstance(spec, PatternSpec):
                spans = matches(spec.pattern, text)
                places = None if spans is None else [(start, end, -1) for start, end in spans]
            elif by:
                places = self._respelled(index, entries, text, by)
            else:
                places = self._places(index, entries, text, spelling)
            found.add(index, places, view, by)

    def _places(
        self, index: int, numbers: Sequence[int], text: str, spelling: Spelling
    ) -> Iterator[tuple[int, int, int]]:
        """Yield where some entries of a spec stand; only `all` counts which entry it was."""
        counts = self._counts(index)
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

    def _respelled(
        self, index: int, numbers: Sequence[int], text: str, by: Respelling
    ) -> Iterator[tuple[int, int, int]]:
        """Yield where some entries of a spec stand in another spelling."""
        counts = self._counts(index)
        for number in numbers:
            for start, end in self._entries[index][number].respelled_occurrences(text, by):
                yield start, end, number if counts else -1

    def _counts(self, index: int) -> bool:
        """Whether it matters which entry it was."""
        spec = self._specs[index]
        return isinstance(spec, EntriesSpec) and spec.mode == "all"

    def _plain_outcome(self, index: int, text: str) -> tuple[Span, ...] | Failure:
        """Return what a pattern finds in a text that has no views."""
        spec = self._specs[index]
        places = matches(spec.pattern, text) if isinstance(spec, PatternSpec) else None
        if places is None:
            return Failure("timeout")
        return tuple([Span(start, end, spec.label) for start, end in places])

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
        ordered = places.items() if len(places) == 1 else sorted(places.items())
        return tuple(
            [
                Span(start, end, spec.label, 1.0, view, entry)
                for (start, end, entry), view in ordered
            ]
        )


@functools.cache
def _asks() -> tuple[tuple[Lens, str], ...]:
    """Return what each lens asks for; it is written once, not for each policy."""
    return tuple((lens, at_lines(lens.asks())) for lens in LENSES)


class _Looked(NamedTuple):
    """A view, who wants to know about what could occur in it, and the gates that it passes."""

    view: View
    is_fold: bool
    spelling: Spelling
    uses: list[_Use]
    opened: frozenset[int]

    @property
    def is_over(self) -> bool:
        return self.view.is_over


class _Views(Sequence[tuple[View, bool]]):
    """All views, made when somebody asks for them."""

    def __init__(self, looked: Iterator[_Looked]) -> None:
        self._looked = looked

    @functools.cached_property
    def _views(self) -> list[tuple[View, bool]]:
        return [(looked.view, looked.is_fold) for looked in self._looked]

    @overload
    def __getitem__(self, at: int) -> tuple[View, bool]: ...

    @overload
    def __getitem__(self, at: slice) -> list[tuple[View, bool]]: ...

    def __getitem__(self, at: int | slice) -> tuple[View, bool] | list[tuple[View, bool]]:
        return self._views[at]

    def __len__(self) -> int:
        return len(self._views)


class _Use(NamedTuple):
    """Who wants to know about an expression: a spec, and which of its entries (-1: a pattern).

    `by` says in which other spelling the entry is meant, if in one.
    """

    spec: int
    entry: int
    by: Respelling | Literal[""] = ""


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
        self,
        index: int,
        places: Iterable[tuple[int, int, int]] | None,
        view: View | None,
        by: str = "",
    ) -> None:
        known = self.specs.setdefault(index, {})
        if places is None:
            self.failed.add(index)
        elif view is None:
            if known:
                for place in places:
                    known.setdefault(place, by or "plain")
            else:
                known.update(dict.fromkeys(places, by or "plain"))
        else:
            name = f"{view.name}+{by}" if by else view.name
            for start, end, entry in places:
                known.setdefault((*view.original_span(start, end), entry), name)
