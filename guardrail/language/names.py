"""Names: what each file declares, what a reference means, and what was never referred to.

A file has one namespace for what it declares and for the aliases of its imports. Outside its file
a thing is known by its qualified name, which begins with the aliases that lead to the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from guardrail.language import nodes
from guardrail.language.checked import Place
from guardrail.language.diagnostics import Diagnostic, Label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from guardrail.language.resolve import Module, Program
    from guardrail.language.source import Range

Sort: TypeAlias = Literal[
    "import", "principle", "list", "pattern", "detector", "reply", "rewriter", "rule"
]

_SORTS: Final[dict[type, Sort]] = {
    nodes.Import: "import",
    nodes.Principle: "principle",
    nodes.ListNode: "list",
    nodes.PatternNode: "pattern",
    nodes.Detector: "detector",
    nodes.Reply: "reply",
    nodes.Rewriter: "rewriter",
    nodes.Rule: "rule",
}
_MUST_BE_USED: Final = frozenset({"detector", "list", "pattern", "reply", "rewriter"})
_MOST_SUGGESTIONS: Final = 50  # each compares a name with all others
_FEW: Final = 12
_TELLING: Final = 3
_LONGEST_QUOTE: Final = 60
_NO_WAYS: Final[Mapping[Sort, str]] = {}


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that was declared: what it is, its qualified name, and where its name stands."""

    sort: Sort
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the files of one policy share: qualified names that were used, or declared twice."""

    kinds: frozenset[str]
    diagnostics: list[Diagnostic]
    used: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)


class Scope:
    """The names of one file, and the door through which its mistakes are reported."""

    def __init__(self, module: Module, prefix: str, shared: _Shared) -> None:
        self.module = module
        self.source = module.source
        self.prefix = prefix
        self.policy = next(
            (item for item in module.tree.items if isinstance(item, nodes.Policy)), None
        )
        self.symbols: dict[str, Symbol] = {}
        self.imports: dict[str, Scope] = {}
        self.diagnostics = shared.diagnostics
        self._shared = shared

    def qualified(self, name: str) -> str:
        """Return the name by which the whole policy knows what this file calls `name`."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def text(self, span: Range) -> str:
        """Return what was written, on one line, cut where it is long."""
        text = " ".join(self.source.text[span.start : span.end].split())
        return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"

    def report(
        self,
        code: str,
        message: str,
        span: Range,
        label: str = "",
        *,
        others: tuple[Label, ...] = (),
        help: str | None = None,  # noqa: A002 - the word of the messages
    ) -> None:
        """Note a mistake in this file."""
        primary = Label(span, label)
        helps = (help,) if help else ()
        self.diagnostics.append(Diagnostic(code, message, self.source, primary, others, helps))

    def label(self, symbol: Symbol, text: str) -> tuple[Label, ...]:
        """Point at a declaration, if it stands in this file."""
        return (Label(symbol.place.span, text),) if symbol.place.source is self.source else ()

    def find(
        self,
        ref: nodes.Ref,
        *sorts: Sort,
        by: str,
        ways: Mapping[Sort, str] = _NO_WAYS,
        is_use: bool = True,
    ) -> Symbol | None:
        """Return what `ref` means, which must be of one of `sorts`; `by` is who needs it.

        `ways` says how a thing of another sort would be used in this place. A test names what it
        tests; that is no use.
        """
        symbol = self.peek(ref.name)
        if symbol is None:
            self._report_undefined(ref, sorts)
            return None
        if is_use:
            self._use(ref, symbol)
        if symbol.sort in sorts:
            return symbol
        if symbol.name not in self._shared.doubled:
            wanted = " or ".join(_a(sort) for sort in sorts)
            message = f"`{ref.name}` is {_a(symbol.sort)}, {by} needs {wanted}"
            others = self.label(symbol, "defined here")
            self.report("G103", message, ref.span, others=others, help=ways.get(symbol.sort))
        return None

    def name_of(
        self,
        ref: nodes.Ref,
        sort: Sort,
        *,
        by: str,
        ways: Mapping[Sort, str] = _NO_WAYS,
        is_use: bool = True,
    ) -> str | None:
        """Return the qualified name of what `ref` means, which must be of one sort."""
        symbol = self.find(ref, sort, by=by, ways=ways, is_use=is_use)
        return symbol.name if symbol else None

    def peek(self, name: str) -> Symbol | None:
        """Return what a name means, if anything; this does not count as use."""
        alias, dot, rest = name.partition(".")
        if not dot:
            return self.symbols.get(name)
        return self.imports[alias].symbols.get(rest) if alias in self.imports else None

    def declare(self, node: nodes.Item) -> None:
        """Enter what an item declares; a name that is taken keeps its first meaning."""
        if isinstance(node, (nodes.Policy, nodes.Test)):
            return
        name = node.name.name
        first = self.symbols.get(name)
        if first is None:
            place = Place(self.source, node.name.span)
            self.symbols[name] = Symbol(_SORTS[type(node)], self.qualified(name), place)
            return
        self._shared.doubled.add(first.name)
        others = (Label(first.place.span, f"first defined here, as {_a(first.sort)}"),)
        self.report("G101", f"`{name}` is already defined", node.name.span, others=others)

    def report_unused(self) -> None:
        """Warn of declarations and imports that nothing refers to."""
        for name, symbol in self.symbols.items():
            if symbol.name in self._shared.used:
                continue
            if symbol.sort in _MUST_BE_USED:
                message = f"the {symbol.sort} `{name}` is not used"
                self.report("G110", message, symbol.place.span)
            elif symbol.sort == "import" and not self._brings_rules(name):
                self.report("G109", f"the import `{name}` is not used", symbol.place.span)

    def _brings_rules(self, alias: str) -> bool:
        """Say whether importing a file brings a rule, its own or one that it imports."""
        waiting, seen = [self.imports[alias]], {self}
        while waiting:
            scope = waiting.pop()
            if any(symbol.sort == "rule" for symbol in scope.symbols.values()):
                return True
            seen.add(scope)
            waiting += [each for each in scope.imports.values() if each not in seen]
        return False

    def _use(self, ref: nodes.Ref, symbol: Symbol) -> None:
        self._shared.used.add(symbol.name)
        alias, dot, _ = ref.name.partition(".")
        if dot:
            self._shared.used.add(self.qualified(alias))

    def _report_undefined(self, ref: nodes.Ref, sorts: tuple[Sort, ...]) -> None:
        alias, dot, _ = ref.name.partition(".")
        head = self.symbols.get(alias)
        if dot and head is not None and head.sort != "import":
            message = f"`{alias}` is {_a(head.sort)}, only an import has names behind a dot"
            others = self.label(head, "defined here")
            self.report("G103", message, ref.span, others=others)
            return
        self.report("G102", f"`{ref.name}` is not defined", ref.span, self._suggest(ref, sorts))

    def _suggest(self, ref: nodes.Ref, sorts: tuple[Sort, ...]) -> str:
        if len(self.diagnostics) > _MOST_SUGGESTIONS:
            return ""
        visible = {name: symbol for name, symbol in self._visible() if symbol.sort in sorts}
        close = closest(ref.name, visible)
        if close is None:
            is_kind = "detector" in sorts and ref.name in self._shared.kinds
            return f"`{ref.name}` is a kind of detector: declare one" if is_kind else ""
        symbol = visible[close]
        line = symbol.place.source.position(symbol.place.span.start)[0]
        where = (
            "line" if symbol.place.source is self.source else f"{symbol.place.source.name}, line"
        )
        return f"did you mean the {symbol.sort} `{close}` ({where} {line})?"

    def _visible(self) -> Iterator[tuple[str, Symbol]]:
        yield from self.symbols.items()
        for alias, scope in self.imports.items():
            for name, symbol in scope.symbols.items():
                yield f"{alias}.{name}", symbol


def bind(
    program: Program, kinds: frozenset[str], diagnostics: list[Diagnostic]
) -> tuple[Scope, ...]:
    """Make the scope of every file, the root first; a kind is often taken for a name."""
    shared = _Shared(kinds, diagnostics)
    scopes = {module: Scope(module, prefix, shared) for module, prefix in program.prefixes.items()}
    for module, scope in scopes.items():
        for item in module.tree.items:
            scope.declare(item)
        for node in module.import_nodes():
            scope.imports.setdefault(node.name.name, scopes[module.imports[node.path.value]])
    return tuple(scopes.values())


def did_you_mean(word: str, known: frozenset[str]) -> str:
    """Name the known word that is closest, or all if they are few.

    >>> did_you_mean("word", frozenset({"words", "characters"}))
    'did you mean `words`?'
    """
    close = closest(word, sorted(known))
    if close:
        return f"did you mean `{close}`?"
    return f"known: {', '.join(sorted(known))}" if 0 < len(known) <= _FEW else ""


def closest(word: str, names: Collection[str]) -> str | None:
    """Return the name that was probably meant: one spelled alike, or the only one that goes on."""
    folded = {name.lower(): name for name in names}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=0.7)
    if not close and len(word) >= _TELLING:
        longer = [name for name in folded if word.lower() in name]
        close = longer if len(longer) == 1 else []
    return folded[close[0]] if close else None


def _a(sort: str) -> str:
    return f"an {sort}" if sort == "import" else f"a {sort}"
