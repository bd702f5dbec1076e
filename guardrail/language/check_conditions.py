"""Conditions: each atom gets what it can be true of."""

from __future__ import annotations

import operator
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal

from guardrail.language import checked, nodes
from guardrail.language.checked import CheckedDetector, Condition, Place
from guardrail.language.diagnostics import Label
from guardrail.text.entries import folds_to_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from guardrail.language.names import Scope, Sort
    from guardrail.language.vocabulary import Gives

GIVES: Final[dict[Gives, str]] = {
    "spans": "findings",
    "score": "a score",
    "number": "a number",
    "label": "a label",
    "unknown": "a score",
}
_SETTLED: Final[dict[Gives, Gives]] = {"unknown": "score"}
_HOLDS: Final = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_MOST_FINDINGS: Final = 1_000_000


class Signals:
    """What each detector gives. A detector of the host that does not say is told by its uses."""

    def __init__(self, detectors: Mapping[str, CheckedDetector]) -> None:
        self._detectors = detectors
        self._gives = {name: detector.gives for name, detector in detectors.items()}
        self._told: dict[str, Place] = {}
        self._limits: dict[str, list[nodes.Compare]] = {}

    def use(
        self, name: str, wanted: Literal["spans", "number", "label"], place: Place
    ) -> Gives | None:
        """Return what a detector gives; None if something is wrong with the detector itself."""
        if self._gives.get(name) == "unknown":
            self._gives[name] = wanted
            self._told[name] = place
        return self._gives.get(name)

    def gives(self, name: str) -> Gives | None:
        """Return what a detector gives, as far as its uses have told."""
        return self._gives.get(name)

    def labels(self, name: str) -> Mapping[str, str] | None:
        """Return all labels that a detector can give, None where they are open."""
        return self._detectors[name].labels if name in self._detectors else None

    def compare(self, name: str, node: nodes.Compare) -> None:
        """Note what a detector is compared with, which tells a score from a number."""
        self._limits.setdefault(name, []).append(node)

    def told_at(self, name: str) -> Place | None:
        """Return the use that told what a detector of the host gives."""
        return self._told.get(name)

    def settle(self) -> dict[str, CheckedDetector]:
        """Return the detectors, each with what it gives: a score where every limit suits one."""
        for name in self._told:
            if self._gives[name] == "number" and not any(map(constant, self._limits[name])):
                self._gives[name] = "score"
        return {
            name: replace(detector, gives=_SETTLED.get(self._gives[name], self._gives[name]))
            for name, detector in self._detectors.items()
        }


class Conditions:
    """Checks the conditions of one file."""

    def __init__(self, scope: Scope, signals: Signals) -> None:
        self._scope = scope
        self._signals = signals

    def check(self, expr: nodes.Expr) -> Condition | None:
        """Bind and type a condition; None if anything in it is wrong."""
        match expr:
            case nodes.And():
                items = self._all(expr.items)
                return checked.All(items) if items else None
            case nodes.Or():
                items = self._all(expr.items)
                return checked.Any(items) if items else None
            case nodes.Not():
                item = self.check(expr.item)
                return checked.Negated(item) if item else None
        return self._atom(expr)

    def _all(self, exprs: tuple[nodes.Expr, ...]) -> tuple[Condition, ...]:
        """Check several conditions; nothing comes back if anything is wrong in one of them."""
        items = [self.check(expr) for expr in exprs]
        return () if None in items else tuple(item for item in items if item is not None)

    def _atom(self, atom: nodes.Atom) -> Condition | None:
        match atom:
            case nodes.Contains():
                return self._contains(atom)
            case nodes.Matches():
                return self._matches(atom)
            case nodes.Found():
                return self._found(atom)
            case nodes.Compare():
                return self._compare(atom)
            case nodes.Is():
                return self._is(atom)

    def _matches(self, node: nodes.Matches) -> Condition | None:
        ways: dict[Sort, str] = {"list": f"use `{node.subject} contains any {node.pattern.name}`"}
        name = self._scope.name_of(node.pattern, "pattern", by="`matches`", ways=ways)
        return checked.Matches(node.subject, name, node.exactly) if name else None

    def _contains(self, node: nodes.Contains) -> Condition | None:
        what = node.what
        if isinstance(what, nodes.Ref):
            ways: dict[Sort, str] = {"pattern": f"use `{node.subject} matches {what.name}`"}
            by = f"`contains {node.mode}`"
            name = self._scope.name_of(what, "list", by=by, ways=ways)
            return checked.Contains(node.subject, node.mode, name) if name else None
        if folds_to_nothing(what.value):
            self._scope.report("G408", "there is nothing to look for in this phrase", what.span)
            return None
        return checked.Contains(node.subject, "phrase", what.value)

    def _found(self, node: nodes.Found) -> Condition | None:
        name, gives = self._signal(node.detector, "found", "spans", node)
        least = node.at_least.value if node.at_least else 1.0
        if node.at_least and not (least.is_integer() and 1 <= least <= _MOST_FINDINGS):
            found = self._scope.text(node.at_least.span)
            message = f"`at least` needs a whole number from 1 to 1,000,000, not {found}"
            self._scope.report("G215", message, node.at_least.span)
            return None
        if gives not in {"spans", None}:
            self._report_type("G202", node, "findings", name, gives)
            return None
        return checked.Found(name, int(least)) if gives else None

    def _compare(self, node: nodes.Compare) -> Condition | None:
        name, gives = self._signal(node.detector, node.operator, "number", node)
        limit = node.number.value
        if gives in {"spans", "label"}:
            help_ = _counting(node, gives)
            self._report_type("G203", node, "a score or a number", name, gives, help=help_)
            return None
        end = constant(node) if gives == "score" else None
        if end:
            message = f"`{self._scope.text(node.span)}` is {end} true: a score lies between 0 and 1"
            is_percent = 1 < limit <= 100  # noqa: PLR2004 - percent
            help_ = f"{limit:g} percent is written {limit / 100:g}" if is_percent else None
            self._scope.report("G205", message, node.number.span, help=help_)
            return None
        if gives is None:
            return None
        self._signals.compare(name, node)
        return checked.Compare(name, node.operator, limit)

    def _is(self, node: nodes.Is) -> Condition | None:
        name, gives = self._signal(node.detector, "is", "label", node)
        if gives not in {"label", None}:
            self._report_type("G204", node, "a label", name, gives)
            return None
        if gives is None or not check_label(self._scope, self._signals.labels(name), node.label):
            return None
        return checked.Is(name, node.label.value)

    def _signal(
        self,
        ref: nodes.Ref,
        word: str,
        wanted: Literal["spans", "number", "label"],
        node: nodes.Atom,
    ) -> tuple[str, Gives | None]:
        """Return a detector's name and what it gives, None if that cannot be said."""
        ways: dict[Sort, str] = {
            "list": f"use `text contains any {ref.name}`",
            "pattern": f"use `text matches {ref.name}`",
        }
        name = self._scope.name_of(ref, "detector", by=f"`{word}`", ways=ways)
        if name is None:
            return "", None
        return name, self._signals.use(name, wanted, Place(self._scope.source, node.span))

    def _report_type(
        self,
        code: str,
        node: nodes.Found | nodes.Compare | nodes.Is,
        wanted: str,
        name: str,
        gives: Gives | None,
        *,
        help: str | None = None,  # noqa: A002 - the word of the messages
    ) -> None:
        written = self._scope.text(node.span)
        given = GIVES[gives] if gives else "nothing"
        message = f"`{written}` needs {wanted}, but `{node.detector.name}` gives {given}"
        told = self._signals.told_at(name)
        others: tuple[Label, ...] = ()
        if told and told.source is self._scope.source:
            others = (Label(told.span, f"told by its first use: {given}"),)
        self._scope.report(code, message, node.span, others=others, help=help)


def check_label(scope: Scope, labels: Mapping[str, str] | None, label: nodes.Text) -> bool:
    """Report a label that a detector cannot give; `labels` has each one's name in words."""
    if labels is None or label.value in labels:
        return True
    message = f"there is no label `{scope.text(label.span)[1:-1]}`"
    meant = _label_meant(label.value, labels)
    scope.report(
        "G218",
        message,
        label.span,
        f'did you mean "{meant}"?' if meant else "",
        help="`guardrail explain G218` lists the labels",
    )
    return False


def _label_meant(value: str, labels: Mapping[str, str]) -> str | None:
    """Return the label that is written otherwise here: in capitals, with a region, or in words.

    >>> _label_meant("en-US", {"en": "English"}), _label_meant("english", {"en": "English"})
    ('en', 'en')
    """
    value = value.strip().lower()
    code = value.replace("_", "-").partition("-")[0]
    if code in labels:
        return code
    names = {name.lower(): label for label, name in labels.items()}
    near = get_close_matches(value, names, n=1, cutoff=0.9)
    return names[near[0]] if near else None


def _counting(node: nodes.Compare, gives: Gives) -> str | None:
    """Write a comparison of findings as a count of them, where it is one."""
    limit = node.number.value
    if gives != "spans" or node.operator not in {">=", ">"} or not limit.is_integer():
        return None
    least = int(limit) + (node.operator == ">")
    if least < 1:
        return None
    times = f" at least {least} times" if least > 1 else ""
    return f"{node.detector.name} found{times}"


def constant(node: nodes.Compare) -> Literal["always", "never"] | None:
    """Say whether a comparison of a score, which lies in 0 to 1, can end in one way only."""
    holds = _HOLDS[node.operator]
    at_ends = holds(0.0, node.number.value), holds(1.0, node.number.value)
    if at_ends[0] != at_ends[1]:
        return None
    return "always" if at_ends[0] else "never"


def atoms_of(expr: nodes.Expr, *, positive: bool = True) -> Iterator[tuple[nodes.Atom, bool]]:
    """Yield the atoms of a condition, each with whether an even number of negations is above it."""
    match expr:
        case nodes.And() | nodes.Or():
            for item in expr.items:
                yield from atoms_of(item, positive=positive)
        case nodes.Not():
            yield from atoms_of(expr.item, positive=not positive)
        case _:
            yield expr, positive


def has_spans(atom: nodes.Atom) -> bool:
    """Say whether an atom finds places in the text that is checked."""
    match atom:
        case nodes.Found():
            return True
        case nodes.Contains() | nodes.Matches():
            return atom.subject == "text"
    return False
