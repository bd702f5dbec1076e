"""Formulas over variables with finitely many values; negation stands in the tests alone.

A variable's values are numbered from 0, which is the quiet one: nothing found, the lowest score. A
set of values is a bit mask. Formulas compare by identity, but for `TRUE` and `FALSE`, which are
the only ones of their kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """Something with one of `size` values; `name` is for people who debug."""

    name: str
    size: int

    @property
    def every(self) -> int:
        """The mask of all values."""
        return (1 << self.size) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A formula without a variable: `TRUE` or `FALSE`."""

    value: bool

    @property
    def variables(self) -> frozenset[Variable]:
        """No variables."""
        return frozenset()


TRUE: Final[Formula] = Constant(value=True)
FALSE: Final[Formula] = Constant(value=False)


@dataclass(frozen=True, slots=True, eq=False)
class In:
    """True when the variable has one of the values of the mask; see `is_in`."""

    variable: Variable
    mask: int

    @property
    def variables(self) -> frozenset[Variable]:
        """The variable."""
        return frozenset((self.variable,))


@dataclass(frozen=True, slots=True, eq=False)
class Conj:
    """True when all items are; see `conj`."""

    items: tuple[Formula, ...]
    variables: frozenset[Variable]


@dataclass(frozen=True, slots=True, eq=False)
class Disj:
    """True when any item is; see `disj`."""

    items: tuple[Formula, ...]
    variables: frozenset[Variable]


Formula: TypeAlias = Constant | In | Conj | Disj


def is_in(variable: Variable, mask: int) -> Formula:
    """Return the formula that a variable has one of the values of a mask.

    >>> is_in(Variable("x", 3), 0b111) is TRUE
    True
    """
    mask &= variable.every
    if not mask:
        return FALSE
    return TRUE if mask == variable.every else In(variable, mask)


def conj(*formulas: Formula) -> Formula:
    """Return the formula that is true when all are.

    >>> x = Variable("x", 3)
    >>> conj(is_in(x, 0b011), is_in(x, 0b110)).mask, conj() is TRUE
    (2, True)
    """
    masks: dict[Variable, int] = {}
    rest: dict[Formula, None] = {}
    for formula in formulas:
        for item in formula.items if isinstance(formula, Conj) else (formula,):
            if isinstance(item, In):
                variable = item.variable
                mask = masks[variable] = masks.get(variable, -1) & item.mask
                if not mask:
                    return FALSE
            elif item is FALSE:
                return FALSE
            elif item is not TRUE:
                rest[item] = None
    items = (*(In(variable, mask) for variable, mask in masks.items()), *rest)
    if len(items) <= 1:
        return items[0] if items else TRUE
    return Conj(items, frozenset(masks).union(*(item.variables for item in rest)))


def disj(*formulas: Formula) -> Formula:
    """Return the formula that is true when any is.

    >>> x = Variable("x", 2)
    >>> disj(is_in(x, 0b01), is_in(x, 0b10)) is TRUE, disj() is FALSE
    (True, True)
    """
    masks: dict[Variable, int] = {}
    rest: dict[Formula, None] = {}
    for formula in formulas:
        for item in formula.items if isinstance(formula, Disj) else (formula,):
            if isinstance(item, In):
                variable = item.variable
                mask = masks[variable] = masks.get(variable, 0) | item.mask
                if mask == variable.every:
                    return TRUE
            elif item is TRUE:
                return TRUE
            elif item is not FALSE:
                rest[item] = None
    items = (*(In(variable, mask) for variable, mask in masks.items()), *rest)
    if len(items) <= 1:
        return items[0] if items else FALSE
    return Disj(items, frozenset(masks).union(*(item.variables for item in rest)))


def neg(formula: Formula) -> Formula:
    """Return the formula that is true when the other is not.

    >>> neg(is_in(Variable("x", 2), 0b01)).mask
    2
    """
    match formula:
        case In(variable, mask):
            return In(variable, variable.every & ~mask)
        case Conj(items):
            return disj(*map(neg, items))
        case Disj(items):
            return conj(*map(neg, items))
        case _:
            return FALSE if formula is TRUE else TRUE


def with_value(formula: Formula, variable: Variable, number: int) -> Formula:
    """Return what a formula says when a variable has one value.

    >>> with_value(is_in(Variable("x", 2), 0b01), Variable("y", 2), 1).mask
    1
    """
    if isinstance(formula, Conj | Disj) and variable in formula.variables:
        join = conj if isinstance(formula, Conj) else disj
        return join(*(with_value(item, variable, number) for item in formula.items))
    if isinstance(formula, In) and formula.variable is variable:
        return TRUE if formula.mask >> number & 1 else FALSE
    return formula
