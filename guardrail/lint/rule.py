"""What a lint rule is, what it sees of a policy, and what it says."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from guardrail.language import nodes
from guardrail.language.checked import CheckedPolicy, CheckedRule
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.resolve import Module, Program
from guardrail.language.source import Range, Source
from guardrail.lint.suppressions import Suppression, read
from guardrail.plan.lower import lower
from guardrail.plan.plan import Plan, PlannedRule
from guardrail.values import Side

if TYPE_CHECKING:
    from guardrail.solver.space import Space

Family: TypeAlias = Literal["correctness", "safety", "performance", "documentation", "style"]
SIDES: Final[tuple[Side, ...]] = ("output", "input")

_Item = TypeVar("_Item", bound=nodes.Item)


@dataclass(frozen=True, slots=True)
class Edit:
    """A safe change of a text: what stands at `span` becomes `text`."""

    source: Source
    span: Range
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a lint rule reports, with the edits that mend it where that is certain."""

    diagnostic: Diagnostic
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """Which lint rules run: the default ones and those enabled, less those disabled (by code)."""

    enabled: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()

    def runs(self, lint_rule: LintRule) -> bool:
        """Say whether a lint rule runs."""
        if lint_rule.code in self.disabled:
            return False
        return lint_rule.is_default or lint_rule.code in self.enabled


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A file of the policy that is judged, with the prefix of its qualified names."""

    module: Module
    prefix: str

    @property
    def source(self) -> Source:
        """The text of the file."""
        return self.module.source

    def qualified(self, name: str) -> str:
        """Return the name by which the whole policy knows what this file calls `name`."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def items(self, kind: type[_Item]) -> Iterator[_Item]:
        """Yield the declarations of one kind, in the order they were written."""
        return (item for item in self.module.tree.items if isinstance(item, kind))


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRule:
    """A rule that is judged: as written, as checked, and the file it stands in."""

    part: Part
    node: nodes.Rule
    checked: CheckedRule

    @property
    def name(self) -> str:
        """The qualified name."""
        return self.checked.name

    @property
    def source(self) -> Source:
        """The text the rule stands in."""
        return self.part.source

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides it applies to."""
        on = self.checked.on
        return SIDES if on == "both" else (on,)

    def finding(
        self,
        code: str,
        message: str,
        label: str = "",
        *,
        span: Range | None = None,
        others: tuple[Label, ...] = (),
        help: str | tuple[str, ...] = (),  # noqa: A002 - the word of the messages
        edits: tuple[Edit, ...] = (),
    ) -> Finding:
        """Make a finding about this rule, at its name unless a `span` is given."""
        at = self.node.name.span if span is None else span
        return finding(code, message, self.source, at, label, others=others, help=help, edits=edits)


class Context:
    """What a lint rule sees: the files, the policy, its plans, and what the user asked for.

    Judged are the root file and what it imports of files without a policy block of their own;
    the library and other policies are judged where they are the root. `used` holds the
    suppressions, each with the code, that have kept something quiet so far; `running` are the
    codes of the lint rules that run.
    """

    def __init__(
        self, program: Program, policy: CheckedPolicy, options: Options, today: date
    ) -> None:
        self.program = program
        self.policy = policy
        self.options = options
        self.today = today
        self.used: set[tuple[Suppression, str]] = set()
        self.running: frozenset[str] = frozenset()
        self._spaces: dict[Side, Space] = {}

    @functools.cached_property
    def parts(self) -> tuple[Part, ...]:
        """The files that are judged, the root first."""
        return tuple(
            Part(module, prefix)
            for module, prefix in self.program.prefixes.items()
            if module is self.program.root
            or (
                module.location.logical.is_absolute()
                and not any(isinstance(item, nodes.Policy) for item in module.tree.items)
            )
        )

    @functools.cached_property
    def rules(self) -> tuple[JudgedRule, ...]:
        """The rules that are judged, in the order they were written."""
        checked = {rule.name: rule for rule in self.policy.rules}
        return tuple(
            JudgedRule(part, node, checked[part.qualified(node.name.name)])
            for part in self.parts
            for node in part.items(nodes.Rule)
            if part.qualified(node.name.name) in checked
        )

    @functools.cached_property
    def _by_name(self) -> Mapping[str, JudgedRule]:
        return {rule.name: rule for rule in self.rules}

    def rule(self, name: str) -> JudgedRule | None:
        """Return a rule by its qualified name; None if it is not judged."""
        return self._by_name.get(name)

    @functools.cached_property
    def plans(self) -> Mapping[Side, Plan]:
        """The plan of each side."""
        return {side: lower(self.policy, side) for side in SIDES}

    @functools.cached_property
    def _planned(self) -> Mapping[tuple[Side, str], PlannedRule]:
        return {(side, rule.name): rule for side, plan in self.plans.items() for rule in plan.rules}

    def planned(self, side: Side, name: str) -> PlannedRule | None:
        """Return a rule of the plan of one side by its qualified name."""
        return self._planned.get((side, name))

    def space(self, side: Side) -> Space:
        """Return the solver's space over the plan of one side; it is built once."""
        from guardrail.solver.space import Space  # noqa: PLC0415 - only some lint rules solve

        if side not in self._spaces:
            self._spaces[side] = Space([self.plans[side]], [self.policy])
        return self._spaces[side]

    @functools.cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """What the authors allow, in the comments of the files that are judged."""
        return tuple(
            suppression
            for part in self.parts
            for suppression in read(part.source, part.module.tree)
        )

    def where(self, name: str, source: Source) -> str:
        """Say where a rule stands, seen from `source`: `line 35`, or with its file."""
        place = next(rule.place for rule in self.policy.rules if rule.name == name)
        line = place.source.position(place.span.start)[0]
        return f"line {line}" if place.source is source else f"{place.source.name}, line {line}"


Check: TypeAlias = Callable[[Context], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class LintRule:
    """An opinion: its code, its family, and the check; `is_default` says that it runs unasked.

    Its name and level stand in the catalogue of codes, its page is its module's docstring.
    """

    code: str
    family: Family
    check: Check = field(repr=False)
    is_default: bool = True

    @property
    def page(self) -> str:
        """The docstring of the module that the check stands in."""
        return (self.check.__globals__.get("__doc__") or "").strip()


def finding(
    code: str,
    message: str,
    source: Source,
    span: Range,
    label: str = "",
    *,
    others: tuple[Label, ...] = (),
    help: str | tuple[str, ...] = (),  # noqa: A002 - the word of the messages
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """Make a finding at a place of a source."""
    helps = (help,) if isinstance(help, str) else help
    return Finding(Diagnostic(code, message, source, Label(span, label), others, helps), edits)
