"""The search for values that make a formula true.

A tableau: what must hold narrows the values of variables, and of a choice that is still open one
item after the other is tried. Before each choice everything open is tried on the quietest values,
so most searches end without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from guardrail.errors import GuardrailError
from guardrail.solver.formula import FALSE, TRUE, Conj, Disj, Formula, In, Variable, neg

LIMIT: Final = 20_000
"""How many choices a search tries before it gives up; at worst some seconds."""

Laws = Callable[[Variable], Sequence[Formula]]
"""What must hold besides as soon as a variable is not quiet."""


class UndecidedError(GuardrailError):
    """The search was given up: the question is too large."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"not decided within {limit:,} steps")


def no_laws(_: Variable) -> Sequence[Formula]:
    """Return nothing: the variables are independent."""
    return ()


def search(
    formula: Formula, laws: Laws = no_laws, *, limit: int = LIMIT
) -> dict[Variable, int] | None:
    """Return values that make a formula true, None if there are none.

    Variables that are not in the answer may have any value, the quiet one at least. Laws must
    hold where all variables are quiet.

    Raises:
        UndecidedError: the limit was reached.

    >>> from guardrail.solver.formula import conj, disj, is_in
    >>> x, y = Variable("x", 2), Variable("y", 3)
    >>> found = search(conj(disj(is_in(x, 0b10), is_in(y, 0b110)), is_in(x, 0b01)))
    >>> found[x], found[y]
    (0, 1)
    """
    if holds(formula, {}):
        return dict.fromkeys(formula.variables, 0)
    open_choices: list[tuple[_State, list[Formula]]] = [(_State(laws), [formula])]
    steps = 0
    while open_choices:
        steps += 1
        if steps > limit:
            raise UndecidedError(limit)
        before, items = open_choices[-1]
        item = items.pop()
        if items:
            state = before.copy()
        else:
            state = before
            open_choices.pop()
        if items and isinstance(item, In) and not before.add(neg(item)):
            open_choices.pop()  # without this item no other can hold
        if state.add(item):
            if state.is_settled():
                return state.lowest()
            open_choices.append((state, state.choose()))
    return None


def value(formula: Formula, domains: Mapping[Variable, int]) -> bool | None:
    """Return what a formula is for all values that are left, None if that differs."""
    if isinstance(formula, In):
        left = domains.get(formula.variable)
        if left is None:
            return None
        if not left & formula.mask:
            return False
        return None if left & ~formula.mask else True
    if isinstance(formula, Conj | Disj):
        deciding = isinstance(formula, Disj)
        is_open = False
        for item in formula.items:
            each = value(item, domains)
            if each is deciding:
                return deciding
            is_open = is_open or each is None
        return None if is_open else not deciding
    return formula is TRUE


def holds(formula: Formula, domains: Mapping[Variable, int]) -> bool:
    """Whether a formula is true where each variable has the quietest value that is left."""
    if isinstance(formula, In):
        left = domains.get(formula.variable, 1)
        return bool(left & -left & formula.mask)
    if isinstance(formula, Conj | Disj):
        deciding = isinstance(formula, Disj)
        for item in formula.items:
            if holds(item, domains) is deciding:
                return deciding
        return not deciding
    return formula is TRUE


class _State:
    """What is left of the values of each variable, and the choices that are still open."""

    __slots__ = ("_laws", "choices", "domains", "lawful")

    def __init__(self, laws: Laws) -> None:
        self.domains: dict[Variable, int] = {}
        self.choices: list[Disj] = []
        self.lawful: set[Variable] = set()
        self._laws = laws

    def copy(self) -> _State:
        copied = _State(self._laws)
        copied.domains = self.domains.copy()
        copied.choices = self.choices.copy()
        copied.lawful = self.lawful.copy()
        return copied

    def add(self, formula: Formula) -> bool:
        """Take what must hold and what follows from it; False if it cannot hold."""
        added = [formula]
        while added:
            changed: set[Variable] = set()
            if not self._narrow(added, changed):
                return False
            if changed and not self._reduce(added, changed):
                return False
        return True

    def _narrow(self, added: list[Formula], changed: set[Variable]) -> bool:
        """Narrow values by all that was added; collect the variables."""
        domains = self.domains
        while added:
            formula = added.pop()
            if isinstance(formula, In):
                variable = formula.variable
                before = domains.get(variable, -1)
                left = before & formula.mask
                if not left:
                    return False
                if left != before:
                    domains[variable] = left
                    changed.add(variable)
                    if not left & 1 and variable not in self.lawful:
                        self.lawful.add(variable)
                        added += self._laws(variable)
            elif isinstance(formula, Conj):
                added += formula.items
            elif isinstance(formula, Disj):
                self.choices.append(formula)
                changed |= formula.variables
            elif formula is FALSE:
                return False
        return True

    def _reduce(self, added: list[Formula], changed: set[Variable]) -> bool:
        """Drop choices that are made and add what a choice of one leaves."""
        kept: list[Disj] = []
        for choice in self.choices:
            if choice.variables.isdisjoint(changed):
                kept.append(choice)
                continue
            is_made, items = self._open(choice)
            if is_made:
                continue
            if not items:
                return False
            if len(items) == 1:
                added.append(items[0])
            else:
                kept.append(choice)
        self.choices = kept
        return True

    def _open(self, choice: Disj) -> tuple[bool, list[Formula]]:
        """Return whether a choice is made, and the items that can still be true."""
        items = []
        for item in choice.items:
            each = value(item, self.domains)
            if each:
                return True, []
            if each is None:
                items.append(item)
        return False, items

    def is_settled(self) -> bool:
        """Whether the quietest values that are left make everything true."""
        return all(holds(choice, self.domains) for choice in self.choices)

    def choose(self) -> list[Formula]:
        """Take out the narrowest choice that quiet values do not make; its items, first last."""
        unmade = [choice for choice in self.choices if not holds(choice, self.domains)]
        items, chosen = min(
            ((self._open(choice)[1], choice) for choice in unmade), key=lambda pair: len(pair[0])
        )
        self.choices.remove(chosen)
        return items[::-1]

    def lowest(self) -> dict[Variable, int]:
        """Return the quietest value that is left of each variable."""
        return {variable: _lowest(left) for variable, left in self.domains.items()}


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def quieter(
    formulas: Iterable[Formula], values: Mapping[Variable, int], laws: Laws
) -> dict[Variable, int]:
    """Return the values with as many quiet ones as the formulas and laws allow, one by one."""
    wanted = tuple(formulas)
    found = dict(values)
    for variable in values:
        if not found[variable]:
            continue
        tried = {**found, variable: 0}
        if all(is_true(each, tried) for each in _with_laws(wanted, tried, laws)):
            found = tried
    return found


def _with_laws(
    formulas: Iterable[Formula], values: Mapping[Variable, int], laws: Laws
) -> Iterable[Formula]:
    yield from formulas
    for variable, number in values.items():
        if number:
            yield from laws(variable)


def is_true(formula: Formula, values: Mapping[Variable, int]) -> bool:
    """Whether a formula is true for these values; other variables are quiet."""
    return holds(formula, {variable: 1 << number for variable, number in values.items()})
