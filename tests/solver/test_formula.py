from __future__ import annotations

import itertools
from random import Random

import pytest

from guardrail.solver.formula import (
    FALSE,
    TRUE,
    Conj,
    Disj,
    Formula,
    In,
    Variable,
    conj,
    disj,
    is_in,
    neg,
    with_value,
)
from guardrail.solver.search import UndecidedError, holds, is_true, quieter, search, value

X, Y, Z = Variable("x", 2), Variable("y", 3), Variable("z", 4)


def test_parts_on_one_variable_become_one():
    both = conj(is_in(Y, 0b011), is_in(Y, 0b110), TRUE)
    assert isinstance(both, In)
    assert both.mask == 0b010
    assert conj(is_in(Y, 0b001), is_in(Y, 0b010)) is FALSE
    assert disj(is_in(Y, 0b001), is_in(Y, 0b110)) is TRUE
    assert is_in(Y, 0) is FALSE


def test_nested_parts_are_flattened():
    inner = conj(is_in(X, 0b01), is_in(Y, 0b001))
    outer = conj(inner, is_in(Z, 0b0001))
    assert isinstance(outer, Conj)
    assert len(outer.items) == 3
    assert outer.variables == {X, Y, Z}
    either = disj(inner, FALSE, disj(is_in(Z, 0b1), inner))
    assert isinstance(either, Disj)
    assert len(either.items) == 2


def test_constants_decide():
    assert conj(is_in(X, 0b01), FALSE) is FALSE
    assert disj(is_in(X, 0b01), TRUE) is TRUE
    assert neg(TRUE) is FALSE
    assert neg(FALSE) is TRUE
    assert TRUE.variables == frozenset()


def formula(rng: Random, depth: int) -> Formula:
    if not depth or rng.random() < 0.2:
        variable = rng.choice((X, Y, Z))
        return is_in(variable, rng.randrange(1, variable.every))
    items = [formula(rng, depth - 1) for _ in range(rng.randint(2, 4))]
    joined = rng.choice((conj, disj))(*items)
    return neg(joined) if rng.random() < 0.3 else joined


def worlds():
    for numbers in itertools.product(range(X.size), range(Y.size), range(Z.size)):
        yield dict(zip((X, Y, Z), numbers, strict=True))


@pytest.mark.parametrize("block", range(4))
def test_search_finds_what_trying_everything_finds(block):
    for number in range(block, 1200, 4):
        rng = Random(f"formula {number}")
        asked = formula(rng, 4)
        true = [world for world in worlds() if is_true(asked, world)]
        found = search(asked)
        assert (found is not None) == bool(true), number
        assert len(true) + sum(is_true(neg(asked), world) for world in worlds()) == 24
        if found is not None:
            assert is_true(asked, found), number
            calm = quieter((asked,), found, lambda _: ())
            assert is_true(asked, calm)
            assert sum(map(bool, calm.values())) <= sum(map(bool, found.values()))


def test_laws_hold_in_what_is_found():
    law = disj(is_in(X, 0b01), is_in(Y, 0b110))
    laws = {X: (law,), Y: (disj(is_in(Y, 0b011), is_in(Z, 0b1000)),)}

    def laws_of(variable):
        return laws.get(variable, ())

    found = search(is_in(X, 0b10), laws_of)
    assert found == {X: 1, Y: 1}
    assert search(conj(is_in(X, 0b10), is_in(Y, 0b001)), laws_of) is None
    assert search(conj(is_in(X, 0b10), is_in(Y, 0b101), is_in(Z, 0b0111)), laws_of) is None
    assert quieter((TRUE,), {X: 1, Y: 1}, laws_of) == {X: 0, Y: 0}
    assert quieter((is_in(X, 0b10),), {X: 1, Y: 1}, laws_of) == {X: 1, Y: 1}


def test_search_gives_up_at_its_limit():
    """Nine things in eight places, no two in one: short to say, long to refute."""
    places = [Variable(f"thing {number}", 8) for number in range(9)]
    apart = [
        disj(neg(is_in(one, 1 << place)), neg(is_in(two, 1 << place)))
        for one, two in itertools.combinations(places, 2)
        for place in range(8)
    ]
    with pytest.raises(UndecidedError, match="100 steps"):
        search(conj(*apart), limit=100)
    eight = [law for law in apart if places[8] not in law.variables]
    found = search(conj(*eight))
    assert found is not None
    assert len({found[each] for each in places[:8]}) == 8


def test_value_knows_what_is_open():
    either = disj(is_in(X, 0b10), is_in(Y, 0b100))
    assert value(either, {}) is None
    assert value(either, {X: 0b10}) is True
    assert value(either, {X: 0b01, Y: 0b011}) is False
    assert value(conj(is_in(X, 0b10), is_in(Y, 0b100)), {X: 0b01}) is False
    assert value(TRUE, {}) is True
    assert holds(is_in(Y, 0b110), {Y: 0b110})
    assert not holds(is_in(Y, 0b100), {Y: 0b110})


def test_a_value_can_be_filled_in():
    either = disj(conj(is_in(X, 0b10), is_in(Y, 0b100)), is_in(Z, 0b1000))
    left = with_value(either, X, 1)
    assert left.variables == {Y, Z}
    assert isinstance(with_value(either, X, 0), In)
    assert with_value(either, Z, 3) is TRUE
    assert with_value(is_in(X, 0b10), X, 0) is FALSE
